"""The way of a dispatch: find its order, then tell John Lewis of it in the way that the shop's profile names."""

from collections.abc import Mapping

from django.db import transaction

from sync import corrections as overlay
from sync import dispatching, pipeline
from sync.failures import Code, Failure
from sync.flows import parcel as ends
from sync.flows import shipments, whole_order
from sync.flows.context import Context
from sync.flows.parcel import Parcel
from sync.intake import CALLED_OFF
from sync.models import Dispatch, Item, Order

STRANGER = "stranger"  # the dispatch is of an order under a number of ours that SEKO did not take from us


def advance(item: Item, context: Context) -> None:
    """Take a dispatch one step further. The caller handles the typed errors that a step lets through."""
    dispatch = item.dispatch
    corrections = overlay.live(item)
    order = _order_of(item, dispatch, corrections)
    if order is None:
        _unmatched(item, dispatch)
        return
    current = context.shown(order.order_id)
    parcel = Parcel(item, dispatch, order, current, context, corrections)
    attempt = context.open_attempt(item)
    if attempt:
        way = whole_order if attempt.operation in whole_order.OPERATIONS else shipments
        way.resolve(parcel, attempt)
    elif parcel.is_empty:
        ends.nothing_to_tell(parcel)
    elif current.state in CALLED_OFF:
        ends.order_is_cancelled(parcel)
    elif context.connection.has_shipments:
        shipments.advance(parcel)
    else:
        whole_order.advance(parcel)


def _order_of(item: Item, dispatch: Dispatch, corrections: Mapping[str, str]) -> Order | None:
    if dispatch.order is not None:
        return dispatch.order
    said = corrections.get("order_id", "")
    if said:
        order = Order.objects.filter(connection=item.connection, order_id=said).select_related("item").first()
    else:
        order = dispatching.find_order(item.connection, number=dispatch.order_number, guid="")
    if order is not None:
        with transaction.atomic():
            pipeline.hold([order.item_id, item.pk])
            Dispatch.objects.filter(pk=dispatch.pk).update(order=order)
            Item.objects.filter(pk=item.pk).update(order_key=order.order_id)
            item.order_key = order.order_id
            dispatch.order = order
            dispatching.wake_order(order, why="SEKO has dispatched the order")
    return order


def _unmatched(item: Item, dispatch: Dispatch) -> None:
    number = dispatch.order_number
    if dispatching.is_known_number(item.connection, number):
        text, rule = f"SEKO dispatched an order {number} that it did not take from us.", STRANGER
    else:
        text, rule = f"SEKO dispatched {number or 'an order without a number'}, which we do not know.", ""
    facts = {"order_number": number, "dispatch_number": dispatch.dispatch_number}
    failure = Failure(Code.DISPATCH_UNMATCHED, text, field="order_id", value=number, rule=rule, facts=facts)
    pipeline.stall(item, [failure])
