"""Why the desk says no. ``str()`` of each is a sentence for the person who asked."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


class DeskError(Exception):
    """Nothing was changed."""


class NotAllowed(DeskError):
    """This person may not do it."""


class Refused(DeskError):
    """It cannot be done now, or not with what was entered."""


class ChangedMeanwhile(DeskError):
    """Somebody else was faster. ``by`` is their name (the machine's, where it was nobody), ``at`` the business time."""

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__(f"{by} changed this at {timezone.localtime(at):%H:%M}. Look at it again before you go on.")
        self.by = by
        self.at = at
