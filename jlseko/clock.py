"""Business time: the one clock of deadlines, ages, poll intervals and times on screen.

business = epoch + (real - epoch) * factor. The demo and the rehearsals run it faster than real time; production
keeps factor 1, where both are the same. Leases, HTTP deadlines and sign-in sessions stay on real time.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where business time and real time meet, and how fast business time runs from there."""

    epoch: datetime
    factor: float

    def business(self, real: datetime) -> datetime:
        """The business time at a real time."""
        return self.epoch + (real - self.epoch) * self.factor


IDENTITY = Anchor(epoch=datetime(2000, 1, 1, tzinfo=UTC), factor=1.0)
_read: dict[str, tuple[int, Anchor]] = {}


def parse(text: str) -> Anchor:
    """A clock file's content, `{"epoch": iso, "factor": n}`.

    Raises:
        ValueError: the text is no such object, the epoch has no offset or the factor is not positive.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or not {"epoch", "factor"} <= found.keys():
        raise ValueError("a clock file holds an epoch and a factor")
    anchor = Anchor(epoch=datetime.fromisoformat(str(found["epoch"])), factor=float(found["factor"]))
    if anchor.epoch.tzinfo is None or anchor.factor <= 0:
        raise ValueError("a clock file's epoch needs an offset and its factor must be positive")
    return anchor


def _anchor() -> Anchor:
    if settings.PRODUCTION:
        return IDENTITY
    path: str = settings.CLOCK_FILE
    if not path:
        epoch: datetime | None = settings.CLOCK_EPOCH
        return IDENTITY if epoch is None else Anchor(epoch=epoch, factor=settings.CLOCK_FACTOR)
    known = _read.get(path)
    try:
        changed = os.stat(path).st_mtime_ns
        if known is None or known[0] != changed:
            with open(path, encoding="utf-8") as handle:
                known = _read[path] = (changed, parse(handle.read()))
    except (OSError, ValueError):
        if known is None:
            raise
    return known[1]


def forget() -> None:
    """Reads the clock file anew at the next question."""
    _read.clear()


def business_now() -> datetime:
    """The business time now, aware, in UTC."""
    return _anchor().business(datetime.now(UTC))


def factor() -> float:
    """How many business seconds pass in one real second."""
    return _anchor().factor


def real_delay(business: timedelta, floor_seconds: float = 0.0) -> timedelta:
    """How long to wait in real time for a business duration, never less than `floor_seconds`."""
    return max(business / factor(), timedelta(seconds=floor_seconds))
