"""How early or late an order was, in words that a dispute can be argued with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from exceptions.models import ExceptionRecord
from jlseko.ui.times import span
from sync.models import Attempt, Dispatch, Order, Outcome

CONFIRMING: Final = frozenset({"OR24", "ST24"})  # the whole order, a shipment (John Lewis contract, facts 6 and 7)
NO_DEADLINE: Final = "no deadline to measure against"


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment that counts. ``words`` compare it with the deadline, or say why it cannot be compared."""

    label: str
    at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The deadline (business time) and what it is measured against: of several parcels, the last."""

    deadline: datetime | None
    is_ours: bool
    marks: Sequence[Mark]

    @property
    def whose(self) -> str:
        """Who has set the deadline."""
        return "Deadline that we have set ourselves" if self.is_ours else "Deadline of John Lewis"


def clock_of(
    record: ExceptionRecord, order: Order | None, dispatches: Sequence[Dispatch], attempts: Sequence[Attempt]
) -> Clock:
    """The clock of one record; John Lewis's deadline for the order comes before the record's own."""
    told = order.shipping_deadline if order else None
    deadline = told or record.deadline
    left = max((each.dispatched_at for each in dispatches), default=order.dispatched_at if order else None)
    settled = [
        each.settled_at
        for each in attempts
        if each.operation in CONFIRMING and each.outcome == Outcome.APPLIED and each.settled_at
    ]
    shown = [each.confirmed_at for each in dispatches if each.confirmed_at]
    all_shown = max(shown) if shown and len(shown) == len(dispatches) else order.confirmed_at if order else None
    found = [
        ("Dispatched at SEKO", left, "SEKO has told us of no dispatch"),
        ("Confirmation accepted by John Lewis", max(settled, default=None), "none of ours was accepted yet"),
        ("Shown as shipped by John Lewis (read back)", all_shown, "not read back yet"),
    ]
    marks = [Mark(label, at, against(at, deadline, missing=missing)) for label, at, missing in found]
    return Clock(deadline, told is None and record.deadline_is_ours, marks if order or dispatches else ())


def against(moment: datetime | None, deadline: datetime | None, *, missing: str) -> str:
    """ "42 minutes early", "1,510 minutes late (1 d 1 h)", or why it cannot be said."""
    if moment is None:
        return missing
    if deadline is None:
        return NO_DEADLINE
    distance = deadline - moment
    side = "early" if distance >= timedelta(0) else "late"
    minutes = abs(distance) // timedelta(minutes=1)
    if not minutes:
        return f"less than a minute {side}"
    long = f" ({span(distance)})" if minutes >= 60 else ""
    return f"{minutes:,} {'minute' if minutes == 1 else 'minutes'} {side}{long}"
