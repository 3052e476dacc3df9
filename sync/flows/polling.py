"""Pulling orders: everything that is not yet shipped at first, what changed since the watermark afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jlseko import failpoints
from jlseko.clock import real_delay
from sync import inbound, intake, limits, skew, timeline
from sync.budgets import POLL
from sync.failures import Unclear
from sync.flows.context import Context
from sync.models import EventLane, FlowState, Side
from sync.shapes import MarketplaceOrder, OrderPage

POLL_ORDERS = "poll-orders"
OPEN_STATES = ("STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING")
MOST_PAGES = 1000
REREAD_EVERY = timedelta(days=1)
REREAD_BACK = timedelta(days=14)
SOON = timedelta(minutes=1)


@dataclass
class _Reading:
    """What one reading of the list found: its counts, and the times that the marketplace itself named."""

    counts: dict[str, int] = field(default_factory=lambda: {"read": 0, "created": 0, "changed": 0, "unreadable": 0})
    remote_now: datetime | None = None
    newest: datetime | None = None


def poll_orders(context: Context, state: FlowState) -> dict[str, int]:
    """One poll (John Lewis contract 2.1). Returns its counts.

    The watermark is the largest time that the marketplace has named, never our own clock. It moves only after the last
    page is stored, so that nothing is passed over when a page fails; each poll reaches back behind it by the overlap.
    """
    first = state.watermark is None
    since = None if state.watermark is None else state.watermark - context.policy.minutes("poll_overlap_minutes")
    reading = _Reading()
    for page in _pages(context, state, since, states=OPEN_STATES if first else ()):
        _note_times(reading, page)
        stored = _store(context, page, page.orders, reading)
        reading.counts["created"] += stored.created
        reading.counts["changed"] += stored.changed
    state.watermark = _watermark(state.watermark, reading)
    return reading.counts


def read_again(context: Context, state: FlowState) -> dict[str, int]:
    """Read the orders of the last 14 days anew, whatever the watermark says: the proof that the polls miss nothing.

    What the polls should have seen is counted as ``missed`` where we did not know it, and as ``differed`` where we knew
    it otherwise.
    """
    poll = FlowState.objects.filter(connection=context.connection, flow=POLL_ORDERS).first()
    watermark = poll.watermark if poll else None
    if watermark is None:
        raise limits.Postponed("Nothing has been polled yet", due_in=real_delay(SOON, floor_seconds=1.0))
    reading = _Reading(counts={"read": 0, "missed": 0, "differed": 0, "unreadable": 0})
    for page in _pages(context, state, watermark - REREAD_BACK, states=()):
        seen_by_polls = [order for order in page.orders if order.updated_at <= watermark]
        intake.store(context.connection, [order for order in page.orders if order.updated_at > watermark])
        stored = _store(context, page, seen_by_polls, reading)
        reading.counts["missed"] += stored.created
        reading.counts["differed"] += stored.changed
    missed = reading.counts["missed"]
    if missed:
        title = f"The nightly reading found {missed} {'order' if missed == 1 else 'orders'} that no poll had shown"
        timeline.record(context.connection, "missed_orders", title, lane=EventLane.MARKETPLACE, tone="warn")
    return reading.counts


def _pages(
    context: Context, state: FlowState, since: datetime | None, *, states: tuple[str, ...]
) -> Iterator[OrderPage]:
    """Every page of the list, in turn. The next one begins with the last order of the one before.

    Where it does not, orders have left the list meanwhile, and others have moved up behind our back: the page before is
    read once more. Raises ``Unclear`` when the list does not end.
    """
    offset, last, size = 0, "", 0
    for _ in range(MOST_PAGES):
        page = _page(context, since, states, offset)
        failpoints.reach("poll.fetched")
        if offset == 0:
            skew.note(state, Side.MARKETPLACE, page.remote_now)
        yield page
        failpoints.reach("poll.stored")
        state.keep_lease()
        names = [order.order_id for order in page.orders]
        if last and offset > 1 and last not in names:
            offset, last = max(1, offset - size), ""
            continue
        if page.next_offset is None:
            return
        last, size = names[-1] if names else "", len(names) + len(page.unreadable)
        offset = max(page.next_offset - 1 - len(page.unreadable), offset + 1) if last else page.next_offset
    raise Unclear(f"The list of orders does not end after {MOST_PAGES} pages.")


def _page(context: Context, since: datetime | None, states: tuple[str, ...], offset: int) -> OrderPage:
    """One page; a poll costs one call of the budget however many pages it has."""
    if offset == 0:
        with limits.calling(context.connection, Side.MARKETPLACE, POLL):
            return context.marketplace.orders_page(updated_since=since, states=states, offset=0)
    return context.marketplace.orders_page(updated_since=since, states=states, offset=offset)


def _note_times(reading: _Reading, page: OrderPage) -> None:
    reading.remote_now = reading.remote_now or page.remote_now
    times = (reading.newest, *(order.updated_at for order in page.orders))
    reading.newest = max([moment for moment in times if moment], default=None)


def _store(context: Context, page: OrderPage, orders: Sequence[MarketplaceOrder], reading: _Reading) -> intake.Stored:
    stored = intake.store(context.connection, orders)
    for raw in page.unreadable:
        reading.counts["unreadable"] += inbound.keep_unreadable_order(context.connection, raw)
    reading.counts["read"] += len(page.orders)
    return stored


def _watermark(before: datetime | None, reading: _Reading) -> datetime | None:
    """Never our own clock, never backwards: the largest time that the marketplace itself has named.

    Before any order has named one, its ``Date`` header begins the window, so that a new shop's window has a start.
    """
    named = [moment for moment in (before, reading.newest) if moment]
    if not named and reading.remote_now:
        named = [reading.remote_now]
    return max(named, default=None)
