"""Reading around pushes that never came: what was dispatched meanwhile, and all stock anew (SEKO contract 6.1, 7.2)."""

from datetime import datetime, timedelta

from jlseko.clock import business_now
from sync import gaps, limits, pipeline, timeline
from sync.budgets import DISPATCHED
from sync.flows.context import Context
from sync.gaps import DISPATCH_SERVICES, STOCK_SERVICES
from sync.models import EventLane, FlowState, Order, PushGap, Side, StockReading
from sync.states import Kind, Stage, Status

EVERY = timedelta(minutes=5)
# The gen-A services go by whole periods; a little earlier catches what was under way when the last message left.
BEFORE = timedelta(hours=1)
# What leaves after a gap was noticed is told by messages of its own; so much later SEKO's clock may be.
AFTER = timedelta(minutes=5)


def backfill(context: Context, state: FlowState) -> dict[str, int]:
    """Read around every open gap, report those that stay, close those behind which everything was read.

    A reading of dispatches that fails passes its error on, and holds up nothing else.
    """
    closed = gaps.close_filled(context.connection)
    reported = gaps.report_overdue(context.connection)
    found = list(gaps.still_open(context.connection))
    _ask_for_stock(context, [gap for gap in found if gap.service in STOCK_SERVICES])
    try:
        woken = _read_dispatches(context, [gap for gap in found if gap.service in DISPATCH_SERVICES])
    finally:
        closed += _close_read(context)
    return {"reported": reported, "orders": woken, "closed": closed}


def _read_dispatches(context: Context, open_gaps: list[PushGap]) -> int:
    """Ask which orders were dispatched meanwhile, and look at those of whose dispatch nobody told us; once, and again
    when the gap was reported, so that what closes it is newer than SEKO's own last try.
    """
    if not context.warehouse.can_read_status:
        return 0
    wanted = [gap for gap in open_gaps if _has_to_be_read(gap)]
    given_up = [gap for gap in wanted if gap.reported_at is not None]
    still_tried = [gap for gap in wanted if gap.reported_at is None]
    return _read(context, given_up, kind=gaps.UNTOLD) + _read(context, still_tried, kind=gaps.AWAITED)


def _read(context: Context, wanted: list[PushGap], *, kind: str) -> int:
    """Read the time behind some gaps with one call; ``kind`` is the event of an order of which nobody told us."""
    if not wanted:
        return 0
    started = business_now()
    since = min(gaps.quiet_since(gap) for gap in wanted) - BEFORE
    until = min(max(gap.noticed_at for gap in wanted) + AFTER, started)
    try:
        with limits.calling(context.connection, Side.WAREHOUSE, DISPATCHED):
            guids = context.warehouse.dispatched_between(since, until)
    except limits.Postponed:
        return 0  # the next turn asks again; everything else of this turn still counts
    woken = _look_at(context, guids, kind=kind)
    PushGap.objects.filter(pk__in=[gap.pk for gap in wanted]).update(backfilled_at=started)
    return woken


def _has_to_be_read(gap: PushGap) -> bool:
    if gap.backfilled_at is None:
        return True
    return gap.reported_at is not None and gap.backfilled_at < gap.reported_at


def _look_at(context: Context, guids: list[str], *, kind: str) -> int:
    silent = Order.objects.filter(
        connection=context.connection, warehouse_guid__in=guids, dispatches=None, item__stage=Stage.INJECTED
    ).select_related("item")
    for order in silent:
        title = f"SEKO shows the order as dispatched; its message {'is missing' if kind == gaps.UNTOLD else 'is late'}"
        timeline.record(order.item, kind, title, lane=EventLane.WAREHOUSE, tone="warn")
    pipeline.wake([order.item_id for order in silent])
    return len(silent)


def _ask_for_stock(context: Context, open_gaps: list[PushGap]) -> None:
    """Have all stock read as soon as SEKO's Fair Usage Policy allows, unless a reading is newer than the gap."""
    if any(not _stock_read_since(context, gap.noticed_at) for gap in open_gaps):
        FlowState.bring_forward(context.connection, "read-stock")


def _stock_read_since(context: Context, moment: datetime) -> bool:
    """Whether all stock was read since, late enough for SEKO's figures to show what happened then."""
    visible = moment + context.policy.minutes("visibility_minutes")
    return StockReading.objects.filter(connection=context.connection, complete=True, as_of__gt=visible).exists()


def _close_read(context: Context) -> int:
    """Close the reported gaps behind which everything has been read since."""
    done = []
    for gap in gaps.still_open(context.connection).exclude(reported_at=None):
        since = gap.reported_at or gap.noticed_at
        if gap.service in DISPATCH_SERVICES:
            read = gap.backfilled_at is not None and gap.backfilled_at >= since and not _untold(context, gap)
        elif gap.service in STOCK_SERVICES:
            read = _stock_read_since(context, since)
        else:
            read = True  # nothing of ours hangs on the other services
        if read:
            done.append(gap)
    return gaps.close(context.connection, done, because="Everything behind it was read by other means") if done else 0


def _untold(context: Context, gap: PushGap) -> bool:
    """Whether an order that left behind the gap still has no dispatch here, and no open case of its own."""
    return (
        Order.objects.filter(
            connection=context.connection, dispatches=None, item__kind=Kind.ORDER, item__stage=Stage.INJECTED,
            item__events__kind=gaps.UNTOLD, item__events__at__gte=gap.reported_at,
        )
        .exclude(item__status=Status.STALLED)
        .exists()
    )  # fmt: skip
