"""SEKO's order number stored at John Lewis, so that both sides can name an order to each other (OR04)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import Q

from jlseko.clock import business_now
from sync import intake, limits, timeline
from sync.budgets import ORDERS_BY_ID, REFERENCES
from sync.failures import Refused, Unreadable
from sync.flows.context import Context
from sync.models import Event, EventLane, FlowState, Order, Side
from sync.shapes import MarketplaceOrder
from sync.states import FINAL

EVERY = timedelta(minutes=1)
AGAIN_AFTER = timedelta(days=1)
MOST = 100  # orders in one OR04
REFUSED = "reference_refused"


def store_references(context: Context, state: FlowState) -> dict[str, int]:
    """Store up to 100 numbers (John Lewis contract 2.1).

    The orders are read first, and only those are written that still lack it: a number is absolute, and after a lost
    answer nothing is repeated that John Lewis shows already.
    """
    orders = _lacking(context) if context.policy.store_references else {}
    if not orders:
        return {"stored": 0, "refused": 0}
    found = _read(context, list(orders))
    intake.store(context.connection, found)
    without = {order.order_id for order in found if not order.seller_reference}
    _tried([order for order_id, order in orders.items() if order_id not in without])
    wanted = {order_id: order for order_id, order in orders.items() if order_id in without}
    if not wanted:
        return {"stored": 0, "refused": 0}
    refused = _write(context, {order_id: order.warehouse_number for order_id, order in wanted.items()})
    _tried(wanted.values())
    for order_id, order in wanted.items():
        if order_id in refused:
            _note_refusal(order, refused[order_id])
        else:
            title = f"SEKO's number {order.warehouse_number} was stored as the seller reference"
            timeline.record(order.item, "referenced", title, lane=EventLane.MARKETPLACE)
    return {"stored": len(wanted) - len(refused), "refused": len(refused)}


def _lacking(context: Context) -> dict[str, Order]:
    """Orders that SEKO has shown to us and whose reference John Lewis has not shown, the longest known first."""
    long_ago = business_now() - AGAIN_AFTER
    rows = (
        Order.objects.filter(connection=context.connection, seller_reference="", verified_at__isnull=False)
        .filter(Q(reference_tried_at=None) | Q(reference_tried_at__lt=long_ago))
        .exclude(warehouse_number="")
        .exclude(item__status__in=FINAL)
        .select_related("item")
        .order_by("verified_at", "pk")[:MOST]
    )
    return {order.order_id: order for order in rows}


def _read(context: Context, order_ids: Sequence[str]) -> list[MarketplaceOrder]:
    """The orders as John Lewis shows them; one that cannot be read is left out, and so has its next turn in a day."""
    try:
        with limits.calling(context.connection, Side.MARKETPLACE, ORDERS_BY_ID):
            return context.marketplace.orders_by_id(order_ids)
    except Unreadable:
        return []


def _write(context: Context, references: dict[str, str]) -> dict[str, str]:
    """OR04; returns what was refused, order id to John Lewis's words."""
    prepared = context.marketplace.prepare_references(references)
    try:
        with limits.calling(context.connection, Side.MARKETPLACE, REFERENCES):
            answer = context.marketplace.send(prepared)
    except Refused as refused:  # the call as a whole, or the only order in it
        return dict.fromkeys(references, refused.failure.text)
    return dict(answer.refused)


def _tried(orders: Iterable[Order]) -> None:
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(reference_tried_at=business_now())


def _note_refusal(order: Order, words: str) -> None:
    if not Event.objects.filter(item=order.item, kind=REFUSED).exists():
        title = "John Lewis did not take SEKO's number as the seller reference"
        timeline.record(order.item, REFUSED, title, lane=EventLane.MARKETPLACE, detail=words, tone="warn")
