"""One file per model; this is the one place to import them from."""

from exceptions.models.cause import Cause
from exceptions.models.entry import Entry, EntryKind
from exceptions.models.fault import Fault
from exceptions.models.ownership import CategoryOwner
from exceptions.models.record import ExceptionRecord

__all__ = ["CategoryOwner", "Cause", "Entry", "EntryKind", "ExceptionRecord", "Fault"]
