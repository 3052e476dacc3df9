"""Where it is stuck, in words: at which step, since when, how late, and whose move is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from exceptions.category import Category, Mover, registry
from exceptions.models import ExceptionRecord, Fault
from exceptions.states import State
from jlseko.ui.times import short_london, span
from sync.models import Item, Order, Side
from sync.policy import Policy
from sync.states import Kind, Stage

SAME: Final = timedelta(minutes=1)
PLACES: Final = {
    Stage.RECEIVED: "in our checks",
    Stage.VALIDATED: "on its way to SEKO",
    Stage.INJECTED: "at SEKO",
    Stage.DISPATCHED: "between SEKO and John Lewis",
    Stage.TRACKED: "between SEKO and John Lewis",
    Stage.CONFIRMED: "after its confirmation",
}
OTHERS: Final = {
    Kind.MESSAGE: "A message is stuck before it was read",
    Kind.LISTING: "The stock level at John Lewis needs a person",
    Kind.STOCK_FILE: "A file of stock levels is stuck on its way to John Lewis",
}


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where, how late, and whose move is next (behind "Next move:"); each may be empty but the first."""

    where: str
    late: str = ""
    move: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(filter(None, (self.where, self.late, f"Next move: {self.move}" if self.move else "")))


@dataclass(frozen=True, slots=True)
class Expected:
    """By when a step should be over (business time), and what should be so then: "at SEKO"."""

    by: datetime
    what: str


def describe(
    record: ExceptionRecord, *, order: Order | None, faults: Sequence[Fault], now: datetime, policy: Policy
) -> Stuck:
    """What the head of the page says. ``faults`` with the leading one first; ``now`` is business time."""
    if not record.is_live:
        return Stuck(_ended(record))
    outstanding = [fault for fault in faults if fault.cleared_at is None]
    item = outstanding[0].item if outstanding else record.item
    if record.state == State.RESUBMITTED:
        return Stuck(
            _sent_back(record),
            _late(record, None, now),
            "nobody’s here. It closes by itself when the other side has been read.",
        )
    expected = _expected(item, order, policy)
    return Stuck(_where(record, item, len(outstanding), now), _late(record, expected, now), next_move(record))


def _ended(record: ExceptionRecord) -> str:
    headline = record.closed_reason or record.headline
    return f"{State(record.state).label}: {headline.rstrip('.')}."


def _sent_back(record: ExceptionRecord) -> str:
    moved = f"Sent back {short_london(record.resubmitted_at)}" if record.resubmitted_at else "Sent back"
    took = f", accepted {short_london(record.accepted_at)}; not yet proved" if record.accepted_at else ""
    if not took and record.is_sending:
        took = "; the other side has not accepted it yet"
    return f"{moved}{took}. It was: {record.headline.rstrip('.')}."


def _where(record: ExceptionRecord, item: Item | None, faults: int, now: datetime) -> str:
    headline = record.headline.rstrip(".")
    began = item.stalled_at if item is not None and item.stalled_at else record.opened_at
    since = f"since {short_london(began, now)} ({span(now - began)})"
    if item is None:
        waiting = "Orders that need it wait and go on by themselves when it answers." if record.partner else ""
        return f"{headline}, {since}. {waiting}".strip()
    if item.kind_enum in OTHERS:
        return f"{OTHERS[item.kind_enum]}, {since}: {headline}."
    what = "dispatch" if item.kind == Kind.DISPATCH else "order"
    place = PLACES[Stage.DISPATCHED] if what == "dispatch" else PLACES.get(Stage(item.stage), "at its end")
    more = faults - 1
    rest = f" {more} more {'fault was' if more == 1 else 'faults were'} found." if more > 0 else ""
    return f"The {what} is stuck {place} {since}: {headline}.{rest}"


def _expected(item: Item | None, order: Order | None, policy: Policy) -> Expected | None:
    """By when the step that it is stuck in is over as a rule; None where there is no rule."""
    if item is None:
        return None
    if item.kind == Kind.DISPATCH:
        left = item.dispatch.dispatched_at
        return Expected(left + policy.minutes("confirm_hours"), "confirmed at John Lewis")
    if item.kind != Kind.ORDER or order is None:
        return None
    if item.stage in (Stage.RECEIVED, Stage.VALIDATED):
        if order.marketplace_state != "SHIPPING":
            return None
        return Expected(item.entered_stage_at + policy.minutes("orphan_minutes"), "at SEKO")
    if item.stage == Stage.INJECTED:
        began = order.injected_at or item.entered_stage_at
        return Expected(began + policy.minutes("no_dispatch_hours"), "dispatched by SEKO")
    return None


def _late(record: ExceptionRecord, expected: Expected | None, now: datetime) -> str:
    found = []
    deadline = record.deadline
    if expected is not None and (deadline is None or abs(expected.by - deadline) > SAME):
        by = f"{expected.what} by {short_london(expected.by, now)}"
        late = now - expected.by
        found.append(f"It should have been {by}: {span(late)} late." if late >= SAME else f"It should be {by}.")
    if deadline is not None:
        whose = "Our own target" if record.deadline_is_ours else "The deadline at John Lewis"
        if deadline <= now:
            found.append(f"{whose} passed {span(now - deadline)} ago.")
        else:
            found.append(f"{whose} is in {span(deadline - now)}, {short_london(deadline, now)}.")
    return " ".join(found)


def next_move(record: ExceptionRecord) -> str:
    """Whose move is next with an open record, and what it is."""
    category = registry.get(record.category)
    if record.state == State.WAITING_ON:
        chase = f" We chase them {short_london(record.chase_at)}." if record.chase_at else ""
        return f"{record.waiting_whom}.{chase}"
    if record.parent is not None:
        return f"nobody’s here. It goes on by itself when this is over: {record.parent.headline}."
    woken = f" It sleeps until {short_london(record.snoozed_until)}." if record.snoozed_until else ""
    return f"{mover(record, category)}, to {category.move(record)}.{woken}"


def mover(record: ExceptionRecord, category: Category) -> str:
    """Who has the next move, with our person or queue where it is ours."""
    if category.mover == Mover.PARTNER:
        return Side(record.partner).label if record.partner in Side.values else "the partner"
    return f"ours ({record.owner_label})" if category.mover == Mover.OURS else category.mover.value
