"""The way of a dispatch: find its order, check it, tell John Lewis in two calls, read it back."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from jlseko.clock import business_now
from sync import corrections as overlay
from sync import dispatching, effects, limits, pipeline, timeline
from sync.budgets import SHIP, TRACKING
from sync.failures import Code, Failure
from sync.flows.context import Context
from sync.intake import AFTER_SHIPPING
from sync.models import Attempt, Dispatch, EventLane, Item, Order, Outcome, Side
from sync.rules import confirmation
from sync.shapes import MarketplaceOrder
from sync.states import Milestone, Stage, Status

READ_BACK_AFTER = timedelta(seconds=30)


def advance(item: Item, context: Context) -> None:
    """Take a dispatch one step further. The caller handles the typed errors that a step lets through."""
    dispatch = item.dispatch
    corrections = overlay.live(item)
    order = _order_of(item, dispatch, corrections)
    if order is None:
        _unmatched(item, dispatch)
        return
    current = context.fresh.get(order.order_id)
    if current is None:
        raise limits.Postponed("John Lewis was not read just before", due_in=timedelta(seconds=1))
    attempt = effects.open_attempt(item)
    if attempt:
        _resolve(item, attempt, dispatch, current)
    elif current.state in ("CANCELED", "REFUSED"):
        _order_is_cancelled(item, order)
    elif current.state in AFTER_SHIPPING:
        _already_confirmed(item, dispatch, order, current)
    elif current.state != "SHIPPING":
        pipeline.wait(item, look_again=timedelta(minutes=30))
    else:
        _confirm(item, dispatch, order, current, context, corrections)


def _order_of(item: Item, dispatch: Dispatch, corrections: Mapping[str, str]) -> Order | None:
    if dispatch.order is not None:
        return dispatch.order
    named = corrections.get("order_id", "") or dispatch.order_number
    order = dispatching.find_order(item.connection, number=named, guid="")
    if order is not None:
        with transaction.atomic():
            Dispatch.objects.filter(pk=dispatch.pk).update(order=order)
            Item.objects.filter(pk=item.pk).update(order_key=order.order_id)
            item.order_key = order.order_id
            dispatch.order = order
            dispatching.wake_order(order, why="SEKO has dispatched the order")
    return order


def _unmatched(item: Item, dispatch: Dispatch) -> None:
    text = f"SEKO dispatched {dispatch.order_number or 'an order without a number'}, which we do not know."
    facts = {"order_number": dispatch.order_number, "dispatch_number": dispatch.dispatch_number}
    failure = Failure(Code.DISPATCH_UNMATCHED, text, field="order_id", value=dispatch.order_number, facts=facts)
    pipeline.stall(item, [failure])


def _resolve(item: Item, attempt: Attempt, dispatch: Dispatch, current: MarketplaceOrder) -> None:
    """Settle an announced call whose answer was lost, by what John Lewis shows now."""
    if attempt.operation == TRACKING:
        applied = current.tracking_number in _numbers(dispatch)
    else:
        applied = current.state in AFTER_SHIPPING
    reading = f"John Lewis shows {current.state}{' with our tracking number' if applied else ''}"
    with transaction.atomic():
        outcome = Outcome.APPLIED if applied else Outcome.NOT_APPLIED
        effects.settle_by_reading(attempt, outcome, by="read-back", reason=reading)
        title = f"Read back {attempt.operation}: {'it was applied' if applied else 'it was not applied'}"
        timeline.record(item, "read_back", title, lane=EventLane.MARKETPLACE, detail=reading, attempt=attempt)
        pipeline.postpone(item, due_in=timedelta(0))


def _order_is_cancelled(item: Item, order: Order) -> None:
    """The order item carries the exception; the dispatch has nobody left to tell."""
    with transaction.atomic():
        title = "Not confirmed: John Lewis has cancelled the order"
        timeline.record(item, "cancelled", title, lane=EventLane.MARKETPLACE, tone="warn")
        pipeline.must_move(item, to=Status.CANCELLED)
        pipeline.announce(item, Milestone.CANCELLED)
        dispatching.wake_order(order, why="John Lewis cancelled the order")


def _already_confirmed(item: Item, dispatch: Dispatch, order: Order, current: MarketplaceOrder) -> None:
    """John Lewis shows the order shipped: ours by carrier and tracking, a sister parcel's, or somebody else's."""
    ours = current.tracking_number in _numbers(dispatch)
    sisters = Dispatch.objects.filter(order=order).exclude(pk=dispatch.pk).select_related("item")
    sister = any(current.tracking_number in _numbers(row) for row in sisters)
    if ours or sister or _person_accepts(dispatch):
        note = "" if ours else "Confirmed together with another parcel of the order"
        _confirmed(item, dispatch, order, current, note=note)
        return
    text = f"John Lewis already shows this order as shipped with tracking number {current.tracking_number or 'none'}."
    facts = {"carrier_code": current.carrier_code, "tracking_number": current.tracking_number}
    pipeline.stall(item, [Failure(Code.CONFIRMATION_REJECTED, text, rule="conflict", facts=facts)])


def _numbers(dispatch: Dispatch) -> set[str]:
    corrected = overlay.live(dispatch.item).get("tracking_number", "")
    return {number.strip() for number in (dispatch.tracking_number, corrected) if number.strip()}


def _person_accepts(dispatch: Dispatch) -> bool:
    return overlay.live(dispatch.item).get("confirmation.accept") == "yes"


def _confirm(
    item: Item,
    dispatch: Dispatch,
    order: Order,
    current: MarketplaceOrder,
    context: Context,
    corrections: Mapping[str, str],
) -> None:
    """OR23 then OR24, each announced on its own, so that a stop between them resumes at the second (contract 2.4,
    2.5).
    """
    draft = confirmation.draft(dispatch, order, corrections)
    if draft.failures:
        pipeline.stall(item, draft.failures)
        return
    Dispatch.objects.filter(pk=dispatch.pk).update(carrier_code=draft.carrier_code)
    if (current.carrier_code, current.tracking_number) != (draft.carrier_code, draft.tracking_number):
        prepared = context.marketplace.prepare_tracking(
            order.order_id, carrier_code=draft.carrier_code, tracking_number=draft.tracking_number
        )
        effects.perform(item, side=Side.MARKETPLACE, port=context.marketplace, prepared=prepared)
        title = f"Tracking stored at John Lewis: {draft.carrier_code}"
        timeline.record(item, "tracked", title, lane=EventLane.MARKETPLACE, tone="good")
    if not effects.was_applied(item, SHIP, order.order_id):
        prepared = context.marketplace.prepare_ship(order.order_id)
        effects.perform(item, side=Side.MARKETPLACE, port=context.marketplace, prepared=prepared)
        timeline.record(item, "shipped", "Dispatch confirmed at John Lewis", lane=EventLane.MARKETPLACE, tone="good")
    elif _overdue(item, context):
        text = "John Lewis took the confirmation but still shows the order as waiting to ship."
        pipeline.stall(item, [Failure(Code.NOT_CONFIRMED, text, rule="unshown")])
        return
    pipeline.wait(item, stage=Stage.TRACKED, look_again=READ_BACK_AFTER)


def _overdue(item: Item, context: Context) -> bool:
    return business_now() - item.dispatch.dispatched_at > context.policy.minutes("confirm_hours")


def _confirmed(item: Item, dispatch: Dispatch, order: Order, current: MarketplaceOrder, *, note: str) -> None:
    with transaction.atomic():
        Dispatch.objects.filter(pk=dispatch.pk).update(confirmed_at=business_now())
        timeline.record(
            item, "confirmed", f"Read back: John Lewis shows {current.state}", lane=EventLane.MARKETPLACE,
            detail=note or f"{current.carrier_code} {current.tracking_number}", tone="good",
        )  # fmt: skip
        Order.objects.filter(pk=order.pk).update(
            marketplace_state=current.state,
            marketplace_carrier=current.carrier_code or current.carrier_name,
            marketplace_tracking=current.tracking_number,
        )
        pipeline.must_move(item, to=Status.DONE, stage=Stage.CONFIRMED)
        pipeline.announce(item, Milestone.CONFIRMED)
        for sister in Dispatch.objects.filter(order=order, confirmed_at=None).select_related("item"):
            pipeline.resubmit(sister.item, why="Another parcel of the order was confirmed")
            pipeline.wake([sister.item_id])
        dispatching.wake_order(order, why="John Lewis shows the order as shipped")
