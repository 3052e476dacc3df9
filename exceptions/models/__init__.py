"""One file per model; this is the one place to import them from."""

from exceptions.models.attachment import Attachment, Mention
from exceptions.models.cause import Cause
from exceptions.models.desk_reader import DeskReader
from exceptions.models.entry import Entry, EntryKind
from exceptions.models.fault import Fault
from exceptions.models.ownership import CategoryOwner
from exceptions.models.placement import Placement
from exceptions.models.record import ExceptionRecord
from exceptions.models.run import ResubmitRun, RunItem, RunItemState, RunState
from exceptions.models.runbook_step import RunbookStep
from exceptions.models.saved_view import SavedView

__all__ = [
    "Attachment",
    "CategoryOwner",
    "Cause",
    "DeskReader",
    "Entry",
    "EntryKind",
    "ExceptionRecord",
    "Fault",
    "Mention",
    "Placement",
    "ResubmitRun",
    "RunItem",
    "RunItemState",
    "RunState",
    "RunbookStep",
    "SavedView",
]
