"""Pulling orders: everything that is not yet shipped at first, what changed since the watermark afterwards."""

from datetime import datetime

from jlseko import failpoints
from sync import inbound, intake, limits
from sync.budgets import POLL
from sync.flows.context import Context
from sync.models import FlowState, Side
from sync.shapes import OrderPage

OPEN_STATES = ("STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING")
MOST_PAGES = 1000


def poll_orders(context: Context, state: FlowState) -> dict[str, int]:
    """One poll (John Lewis contract 2.1). Returns its counts.

    The watermark is the marketplace's own clock as of the start of the poll, and moves only after the last page is
    stored, so that nothing that changed meanwhile is missed.
    """
    first = state.watermark is None
    since = None if state.watermark is None else state.watermark - context.policy.minutes("poll_overlap_minutes")
    states = OPEN_STATES if first else ()
    counts = {"read": 0, "created": 0, "changed": 0, "unreadable": 0}
    started_remote: datetime | None = None
    newest: datetime | None = None
    offset: int | None = 0
    for _ in range(MOST_PAGES):
        if offset is None:
            break
        page = _page(context, since, states, offset)
        failpoints.reach("poll.fetched")
        started_remote = started_remote or page.remote_now
        newest = max([moment for moment in (newest, *(o.updated_at for o in page.orders)) if moment], default=None)
        _store(context, page, counts)
        failpoints.reach("poll.stored")
        offset = page.next_offset
    state.watermark = _watermark(state.watermark, started_remote, newest)
    return counts


def _page(context: Context, since: datetime | None, states: tuple[str, ...], offset: int) -> OrderPage:
    """One page; a poll costs one call of the budget however many pages it has."""
    if offset == 0:
        with limits.calling(context.connection, Side.MARKETPLACE, POLL):
            return context.marketplace.orders_page(updated_since=since, states=states, offset=0)
    return context.marketplace.orders_page(updated_since=since, states=states, offset=offset)


def _store(context: Context, page: OrderPage, counts: dict[str, int]) -> None:
    stored = intake.store(context.connection, page.orders)
    for raw in page.unreadable:
        counts["unreadable"] += inbound.keep_unreadable_order(context.connection, raw)
    counts["read"] += len(page.orders)
    counts["created"] += stored.created
    counts["changed"] += stored.changed


def _watermark(before: datetime | None, started_remote: datetime | None, newest: datetime | None) -> datetime | None:
    """Never our own clock, never backwards: the largest time that the marketplace itself has named.

    Its ``Date`` header is used where no order tells a later time, so that a quiet shop's window does not grow for ever.
    """
    named = [moment for moment in (before, newest) if moment]
    if not named and started_remote:
        named = [started_remote]
    return max(named, default=None)
