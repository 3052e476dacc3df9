"""The way of a pushed message: read it, hand its news on, notice what is missing in the numbering."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from jlseko.clock import business_now
from sync import dispatching, gaps, intake, limits, pipeline, timeline
from sync.budgets import ORDERS_BY_ID
from sync.database_clock import DatabaseNow
from sync.failures import Code, Failure
from sync.flows.context import Context
from sync.flows.waiting import READING_EVERY
from sync.gaps import DISPATCH_SERVICES
from sync.models import Connection, EventLane, FlowState, InboundMessage, Item, Side
from sync.shapes import (
    DispatchNews,
    GoodsReceived,
    PushMessage,
    StockAdjustment,
    StockMovement,
    StockSummary,
    TrackingNews,
)
from sync.states import Kind, Milestone, Stage, Status
from sync.stock import ledger

ORDER_PATH = "OR11"


def advance(item: Item, context: Context) -> None:
    """Read one stored message. A message that cannot be read stays stored and becomes a person's case."""
    message = item.message
    if message.path == ORDER_PATH:
        _reread_order(item, context)
        return
    try:
        entities = context.warehouse.read_push(message.body.encode(), path=message.path)
    except ValueError as error:
        failure = Failure(Code.MESSAGE_UNREADABLE, f"A message from SEKO cannot be read: {error}", rule="push")
        pipeline.stall(item, [failure])
        return
    with transaction.atomic():
        _hold_orders(context.connection, entities)
        _note_sequence(message, entities)  # first, since a missing message makes what came with this one less certain
        for entity in entities:
            _hand_on(context.connection, entity)
        problems = [entity.problem for entity in entities if entity.problem]
        if problems:
            which = "A message" if len(problems) == len(entities) else "Part of a message"
            text = f"{which} from SEKO cannot be read: {' '.join(problems)}"
            pipeline.stall(item, [Failure(Code.MESSAGE_UNREADABLE, text[:2000], rule="push")])
            return
        pipeline.must_move(item, to=Status.DONE, stage=Stage.PROCESSED)
        pipeline.announce(item, Milestone.PROCESSED)


def _hold_orders(connection: Connection, entities: list[PushMessage]) -> None:
    """Lock the orders of all entities at once: two messages may name the same ones in another order."""
    named = [entity.news for entity in entities if isinstance(entity.news, DispatchNews | TrackingNews)]
    found = [dispatching.find_order(connection, number=news.order_number, guid=news.guid) for news in named]
    pipeline.hold([order.item_id for order in found if order is not None])


def _hand_on(connection: Connection, entity: PushMessage) -> None:
    """Give the news to the room that it concerns; each of them takes the same news twice without harm."""
    match entity.news:
        case DispatchNews() as news:
            dispatching.store(connection, news)
        case TrackingNews() as news:
            dispatching.add_tracking(connection, news)
        case StockAdjustment() as news:
            ledger.adjust(connection, news, entity.sequence)
        case StockMovement() as news:
            ledger.move(connection, news, entity.sequence)
        case StockSummary() as news:
            ledger.keep_summary(connection, news)
        case GoodsReceived() as news:
            _goods_received(connection, news)


def _goods_received(connection: Connection, news: GoodsReceived) -> None:
    """Goods came in. The message does not say where they were put (SEKO contract 6.7), so it moves no figure; what was
    put back of an order is noted with the order.
    """
    order = dispatching.find_order(connection, number=news.reference, guid="") if news.reference else None
    if order is not None:
        pieces = sum(line.quantity for line in news.lines)
        title = f"SEKO took {pieces} piece{'' if pieces == 1 else 's'} of the order back in"
        timeline.record(order.item, "goods_back", title, lane=EventLane.WAREHOUSE, detail=news.delivery_number)
    FlowState.bring_forward(connection, "read-stock")


def _note_sequence(message: InboundMessage, entities: list[PushMessage]) -> None:
    """SEKO numbers its messages per service; a jump means that one was lost (SEKO contract 6.1)."""
    service = next((entity.service for entity in entities if entity.service), "")
    if not gaps.note(message, service, [entity.sequence for entity in entities if entity.sequence is not None]):
        return
    FlowState.bring_forward(message.connection, "backfill")
    if service in DISPATCH_SERVICES:
        _read_waiting_orders(message)


def _read_waiting_orders(message: InboundMessage) -> None:
    """Ask SEKO for the state of every order that may be behind the gap, as often as it allows."""
    stale = business_now() - READING_EVERY
    waiting = Item.objects.filter(
        Q(order__warehouse_seen_at__lt=stale) | Q(order__warehouse_seen_at=None),
        connection=message.connection, kind=Kind.ORDER, stage=Stage.INJECTED, status=Status.WAITING,
    )  # fmt: skip
    # An order that somebody holds right now is being looked at anyway; waiting for its lock could end in a deadlock.
    free = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk", flat=True)
    Item.objects.filter(pk__in=list(free)).update(due_at=DatabaseNow() + timedelta(seconds=1))


def _reread_order(item: Item, context: Context) -> None:
    """An order that could not be read when it was polled: ask for it again."""
    with limits.calling(context.connection, Side.MARKETPLACE, ORDERS_BY_ID):
        orders = context.marketplace.orders_by_id([item.order_key])
    if not orders:
        text = f"John Lewis's order {item.order_key} cannot be read as it stands."
        pipeline.stall(item, [Failure(Code.MESSAGE_UNREADABLE, text, rule="order")])
        return
    with transaction.atomic():
        intake.store(context.connection, orders)
        pipeline.must_move(item, to=Status.DONE, stage=Stage.PROCESSED)
        pipeline.announce(item, Milestone.PROCESSED)
