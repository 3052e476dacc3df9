"""The published call ceilings, as tokens per operation (John Lewis contract 1.5).

The calls that are meant for once a day (A01, A21, AF01, DO01, RE01, SH11, SH12, SH21) may be made six times an hour, so
that a connection can be made anew and tests need no patience. Later pages of a list are free.

How often OR11 may be called is a setting: once a minute, or once in a quarter of an hour for an "External Partner";
nobody knows which of them a seller's own program is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from ..clock import SandboxClock

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SLACK = timedelta(seconds=3)
DAILY = dict.fromkeys(("A01", "A21", "AF01", "DO01", "RE01", "SH11", "SH12", "SH21"), ((6, HOUR),))
CEILINGS: Mapping[str, tuple[tuple[int, timedelta], ...]] = {
    "OR11": ((1, MINUTE - SLACK),),
    "OR04": ((1, MINUTE - SLACK),),
    "STO01": ((1, MINUTE - SLACK),),
    "STO02": ((1, timedelta(seconds=14)),),
    "STO03": ((1, MINUTE - SLACK),),
    "ST12": ((1, 5 * MINUTE - SLACK),),
    "RT11": ((1, 5 * MINUTE - SLACK),),
    "TL02": ((20, MINUTE), (60, HOUR)),
    **DAILY,
}


class Throttle:
    """Counts the calls of each operation; what is over the ceiling must wait. Kept in memory only."""

    def __init__(self, clock: SandboxClock, *, poll_every: timedelta = MINUTE) -> None:
        self._clock = clock
        self._ceilings = {**CEILINGS, "OR11": ((1, poll_every - SLACK),)}
        self._calls: dict[str, deque[datetime]] = {}

    def refuse(self, operation: str) -> int | None:
        """Real seconds to wait, at least 1, when a call comes too early; None when it may pass (and is counted)."""
        ceilings = self._ceilings.get(operation)
        if ceilings is None:
            return None
        now = self._clock.now()
        most = max(calls for calls, _ in ceilings)
        made = self._calls.setdefault(operation, deque(maxlen=most))
        early = max((_early(made, now, calls, span) for calls, span in ceilings), default=timedelta(0))
        if early > timedelta(0):
            return max(1, math.ceil(self._clock.real_seconds(early)))
        made.append(now)
        return None


def _early(made: deque[datetime], now: datetime, calls: int, span: timedelta) -> timedelta:
    """How long until fewer than `calls` calls lie within the span."""
    if len(made) < calls:
        return timedelta(0)
    return made[-calls] + span - now
