"""An order of which nothing is missing, and which John Lewis does not show as shipped yet."""

from datetime import datetime, timedelta
from typing import cast

from django.db.models import Max

from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Failure
from sync.flows.context import Context
from sync.models import Item, Order
from sync.states import FINAL

ORDER_OPEN = "order_open"  # every parcel has ended, and the order is not shown as shipped


def advance(item: Item, order: Order, context: Context) -> None:
    """Leave it to the parcels that are still on their way. Where each has come to its end, nobody else would notice
    that John Lewis goes on waiting: a shipment taken back there, or one that a person took as confirmed.
    """
    if order.dispatches.exclude(item__status__in=FINAL).exists():
        pipeline.wait(item)
        return
    wait = _shown_until(order, context) - business_now()
    if wait > timedelta(0):
        pipeline.wait(item, look_again=wait)
    else:
        context.shown(order.order_id)  # what is stored of the order is what this reading showed
        pipeline.stall(item, [_failure(order)])


def _shown_until(order: Order, context: Context) -> datetime:
    """By when John Lewis should show it: the order is to be confirmed by then, and the last parcel only ended now."""
    last = order.dispatches.aggregate(left=Max("dispatched_at"), ended=Max("item__finished_at"))
    visible_after = context.policy.minutes("marketplace_visibility_minutes")
    left, ended = cast("datetime", last["left"]), cast("datetime", last["ended"])
    return max(left + context.policy.minutes("confirm_hours"), ended + visible_after)


def _failure(order: Order) -> Failure:
    text = (
        f"Every parcel of the order has come to its end, and John Lewis still shows it as {order.marketplace_state}. "
        "Confirm there by hand what its shipments do not show, or cancel it."
    )
    return Failure(Code.NOT_CONFIRMED, text, value=order.marketplace_state, rule=ORDER_OPEN)
