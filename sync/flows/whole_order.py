"""Confirming where John Lewis knows one shipment for an order: OR23 then OR24, once everything has left."""

from datetime import timedelta

from django.db import transaction

from jlseko import failpoints
from sync import corrections as overlay
from sync import dispatching, effects, intake, lanes, limits, pipeline, timeline
from sync.budgets import ORDERS_BY_ID, SHIP, TRACKING
from sync.failures import Code, Failure, Refused
from sync.flows import parcel as ends
from sync.flows.parcel import Parcel
from sync.intake import AFTER_SHIPPING, CALLED_OFF
from sync.models import Attempt, Dispatch, EventLane, Order, Outcome, Side
from sync.rules import confirmation, parcels
from sync.shapes import MarketplaceOrder
from sync.states import Stage

OPERATIONS = frozenset({TRACKING, SHIP})
READ_BACK_AFTER = timedelta(seconds=30)
LOOK_AGAIN = timedelta(minutes=30)


def advance(parcel: Parcel) -> None:
    """Take a parcel one step further (John Lewis contract 2.4, 2.5).

    The order is told once, with carrier and tracking number of the parcel that left first; the others follow it.
    """
    if parcel.is_shipped:
        already_confirmed(parcel, parcel.current)
    elif parcel.current.state != "SHIPPING":
        pipeline.wait(parcel.item, look_again=LOOK_AGAIN)
    else:
        _confirm_or_hold(parcel)


def resolve(parcel: Parcel, attempt: Attempt) -> None:
    """Settle an announced call whose answer was lost, by the order as John Lewis shows it now."""
    current = parcel.current
    applied = current.tracking_number in parcel.numbers if attempt.operation == TRACKING else parcel.is_shipped
    reading = f"John Lewis shows {current.state}{' with our tracking number' if applied else ''}"
    ends.settle(parcel, attempt, applied=applied, reading=reading)


def already_confirmed(parcel: Parcel, current: MarketplaceOrder) -> None:
    """John Lewis shows the order shipped: ours by tracking number, a sister parcel's, or somebody else's."""
    ours = current.tracking_number in parcel.numbers
    sister = any(current.tracking_number in numbers for numbers in _numbers_of_sisters(parcel))
    if not (ours or sister or parcel.is_accepted_as_shown):
        ends.shown_with_other_data(parcel)
        return
    note = f"{current.carrier_code} {current.tracking_number}"
    if sister and not ours:
        note = f"Confirmed together with the parcel {current.tracking_number}: John Lewis knows one for this order"
    with transaction.atomic():
        dispatching.hold(parcel.order)
        Order.objects.filter(pk=parcel.order.pk).update(
            marketplace_state=current.state,
            marketplace_carrier=current.carrier_code or current.carrier_name,
            marketplace_tracking=current.tracking_number,
        )
        ends.confirmed(parcel, shown=current.state, note=note)
        for other in Dispatch.objects.filter(order=parcel.order, confirmed_at=None).select_related("item"):
            pipeline.resubmit(other.item, why="Another parcel of the order was confirmed")
            pipeline.wake([other.item_id])


def _numbers_of_sisters(parcel: Parcel) -> list[set[str]]:
    sisters = Dispatch.objects.filter(order=parcel.order).exclude(pk=parcel.dispatch.pk).select_related("item")
    return [{row.tracking_number.strip(), overlay.live(row.item).get("tracking_number", "").strip()} - {""}
            for row in sisters]  # fmt: skip


def was_told(order: Order) -> bool:
    """Whether John Lewis took the one confirmation of an order (OR24), for whichever parcel."""
    return Attempt.objects.filter(item__dispatch__order=order, operation=SHIP, outcome=Outcome.APPLIED).exists()


def _confirm_or_hold(parcel: Parcel) -> None:
    """What was read for this step may be old by now: a number told after the confirmation would take the place of the
    one confirmed.
    """
    if Order.objects.filter(pk=parcel.order.pk, marketplace_state__in=AFTER_SHIPPING).exists():
        pipeline.go_on(parcel.item)
    elif was_told(parcel.order) and not effects.was_applied(parcel.item, SHIP, parcel.order.order_id):
        _read_back(parcel)
    else:
        _first_or_hold(parcel)


def _first_or_hold(parcel: Parcel) -> None:
    first = dispatching.first_to_tell(parcel.order)
    if first is not None and first.pk != parcel.dispatch.pk:
        dispatching.wake_held([first], why="Another parcel of the order has left")
        _hold(parcel, "Is confirmed together with the first parcel of the order")
        return
    draft = confirmation.draft(parcel.dispatch, parcel.corrections)
    if draft.failures:
        pipeline.stall(parcel.item, draft.failures)
    elif parcels.shortfalls(parcel.order):
        _hold(parcel, "Waits until the whole order has left: John Lewis takes one confirmation for it")
    elif surplus := confirmation.whole_of(parcel.order, parcel.corrections):
        pipeline.stall(parcel.item, surplus)
    else:
        _confirm(parcel, draft)


def _hold(parcel: Parcel, why: str) -> None:
    """Nothing is told before the order is whole; the order itself watches what is short."""
    with transaction.atomic():
        if parcel.item.stage == Stage.RECEIVED:
            timeline.record(parcel.item, "held", why)
        stage = Stage.VALIDATED if parcel.item.stage == Stage.RECEIVED else None
        pipeline.wait(parcel.item, stage=stage)


def _confirm(parcel: Parcel, draft: confirmation.Confirmation) -> None:
    """OR23 then OR24, each announced on its own, so that a stop between them resumes at the second."""
    item, order, current, port = parcel.item, parcel.order, parcel.current, parcel.context.marketplace
    with lanes.fenced(item):
        Dispatch.objects.filter(pk=parcel.dispatch.pk).update(carrier_code=draft.carrier_code)
    if (current.carrier_code, current.tracking_number) != (draft.carrier_code, draft.tracking_number):
        prepared = port.prepare_tracking(
            order.order_id, carrier_code=draft.carrier_code, tracking_number=draft.tracking_number
        )
        effects.perform(item, side=Side.MARKETPLACE, port=port, prepared=prepared)
        title = f"Tracking stored at John Lewis: {draft.carrier_code}"
        timeline.record(item, "tracked", title, lane=EventLane.MARKETPLACE, tone="good")
        failpoints.reach("dispatch.tracking_done")
    if not effects.was_applied(item, SHIP, order.order_id):
        try:
            effects.perform(item, side=Side.MARKETPLACE, port=port, prepared=port.prepare_ship(order.order_id))
        except Refused as refused:
            _refused(parcel, refused)
            return
        timeline.record(item, "shipped", "Dispatch confirmed at John Lewis", lane=EventLane.MARKETPLACE, tone="good")
        failpoints.reach("dispatch.shipped")
    else:
        _read_back(parcel, stage=Stage.TRACKED)
        return
    pipeline.wait(item, stage=Stage.TRACKED, look_again=READ_BACK_AFTER)


def _read_back(parcel: Parcel, *, stage: Stage | None = None) -> None:
    """All is told: look again until John Lewis shows it, as long as it may take."""
    if parcel.is_overdue:
        text = "John Lewis took the confirmation but still shows the order as waiting to ship."
        pipeline.stall(parcel.item, [Failure(Code.NOT_CONFIRMED, text, rule="unshown")])
        return
    pipeline.wait(parcel.item, stage=stage, look_again=READ_BACK_AFTER)


def _refused(parcel: Parcel, refused: Refused) -> None:
    """A repeat on a shipped order is refused, too: only the order as it stands tells which it was (contract 2.5)."""
    with limits.calling(parcel.context.connection, Side.MARKETPLACE, ORDERS_BY_ID):
        found = parcel.context.marketplace.orders_by_id([parcel.order.order_id])
    intake.store(parcel.context.connection, found, in_hand=[parcel.item.pk])
    state = found[0].state if found else ""
    if state in AFTER_SHIPPING:
        already_confirmed(parcel, found[0])
    elif state in CALLED_OFF:
        ends.order_is_cancelled(parcel)
    else:
        raise refused
