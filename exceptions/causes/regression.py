"""A cause that was fixed and has come back: what the last fix was, and who made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exceptions.models import Cause
from jlseko.ui.times import short_london

CAME_BACK = "came back"  # the word for it on a row


@dataclass(frozen=True, slots=True)
class Regression:
    """The fix that did not hold. ``at`` is business time; ``by`` = a name, empty where the machine did it."""

    note: str
    by: str
    at: datetime

    @property
    def sentence(self) -> str:
        """The fix in words: what, who, when."""
        who = f" by {self.by}" if self.by else ""
        return f"Last fixed {short_london(self.at)}{who}: {self.note or 'sent back'}"


def has_come_back(cause: Cause | None) -> bool:
    """Whether a cause was seen again after it was fixed; asks the database nothing."""
    return cause is not None and cause.fixed_at is not None and cause.last_seen > cause.fixed_at


def regression_of(cause: Cause | None) -> Regression | None:
    """The last fix of a cause that has come back since; None for any other. Load ``fixed_by`` along."""
    if cause is None or cause.fixed_at is None or not has_come_back(cause):
        return None
    by = cause.fixed_by
    return Regression(cause.fix_note, (by.get_full_name() or by.get_username()) if by else "", cause.fixed_at)
