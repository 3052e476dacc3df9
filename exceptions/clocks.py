"""Deadlines, the order of the queue, and how severe something is right now. All times are business time."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from exceptions.category import registry
from exceptions.states import Severity
from sync.models import Item, Order

if TYPE_CHECKING:
    from exceptions.models import ExceptionRecord

# How far a record is brought forward in the queue, so that impact counts and not the clock alone.
FORWARD = {
    Severity.LOW: timedelta(0),
    Severity.NORMAL: timedelta(minutes=30),
    Severity.HIGH: timedelta(hours=2),
    Severity.CRITICAL: timedelta(hours=8),
}
PER_HUNDRED_POUNDS = timedelta(minutes=30)
MOST_FOR_MONEY = timedelta(hours=4)
URGENT = timedelta(hours=1)
SOON = timedelta(hours=4)
DEAR = Decimal(500)


def deadline_of(item: Item | None, order: Order | None, *, found: datetime, target: timedelta) -> tuple[datetime, bool]:
    """When it must be done, and whether the limit is our own (no partner set one)."""
    for limit in (item.deadline if item else None, order.shipping_deadline if order else None):
        if limit is not None:
            return limit, False
    return found + target, True


def act_by(deadline: datetime | None, *, severity: Severity, value: Decimal) -> datetime | None:
    """The sort key of the queue: the deadline, brought forward by severity and by the money held (at most 4 h).

    It does not depend on the present moment, so it is stored, indexed and paged by.
    """
    if deadline is None:
        return None
    return deadline - FORWARD[severity] - forward_for_money(value)


def forward_for_money(value: Decimal) -> timedelta:
    """How far the pounds that it holds bring a record forward."""
    return min(PER_HUNDRED_POUNDS * float(value / 100), MOST_FOR_MONEY)


def time_left(record: ExceptionRecord, now: datetime) -> timedelta | None:
    """How long until the deadline; negative when it has passed."""
    return None if record.deadline is None else record.deadline - now


def words(span: timedelta) -> str:
    """A duration as people say it: "2 d 4 h", "1 h 20 min", "12 min"."""
    minutes = int(abs(span).total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def severity_now(record: ExceptionRecord, now: datetime) -> Severity:
    """The worst of: the kind of exception, the time left, the money held."""
    return _worst(record, now)[0]


def severity_reason(record: ExceptionRecord, now: datetime) -> str:
    """Which of them decided, as a sentence."""
    return _worst(record, now)[1]


def place_reason(record: ExceptionRecord) -> str:
    """Why a record stands where it does in the queue, as a sentence: its deadline, its severity, its money."""
    if record.deadline is None:
        return "No deadline, so it comes after everything that has one."
    severity = registry.get(record.category).severity(record)
    reasons = []
    if FORWARD[severity]:
        reasons.append(f"{words(FORWARD[severity])} for severity {Severity(severity).label.lower()}")
    money = forward_for_money(record.value)
    if money >= timedelta(minutes=1):
        reasons.append(f"{words(money)} for £{record.value:,.2f} held")
    whose = "our own target" if record.deadline_is_ours else "the deadline of John Lewis"
    moved = f", brought forward {' and '.join(reasons)}" if reasons else ""
    return f"Placed by {whose}{moved}."


def _worst(record: ExceptionRecord, now: datetime) -> tuple[Severity, str]:
    category = registry.get(record.category)
    found = [(category.severity(record), f"Every “{category.title}” starts like this.")]
    left = time_left(record, now)
    if left is not None and not record.deadline_is_ours:
        if left < timedelta(0):
            found.append((Severity.CRITICAL, f"The deadline passed {words(left)} ago."))
        elif left < URGENT:
            found.append((Severity.CRITICAL, f"Only {words(left)} are left."))
        elif left < SOON:
            found.append((Severity.HIGH, f"Only {words(left)} are left."))
    if record.value >= DEAR:
        found.append((Severity.HIGH, f"It holds £{record.value:,.2f}."))
    return max(found, key=lambda pair: pair[0])
