"""Storing what the marketplace says of its orders: set-based, idempotent, keyed on the order id and a content hash."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from jlseko.clock import business_now
from sync import dispatching, doorbell, pipeline, postcodes
from sync.database_clock import DatabaseNow
from sync.models import Connection, Event, EventLane, Item, Order, OrderLine
from sync.policy import Policy
from sync.rules import parcels
from sync.shapes import MarketplaceOrder
from sync.skus import key_of
from sync.states import FINAL, Kind, Lane, Stage, Status

CONTENT = [
    "content_hash", "marketplace_state", "marketplace_seen_at", "shipping_deadline", "shipping_type", "currency",
    "total_price", "shipping_price", "can_cancel", "address", "postcode_key", "raw", "marketplace_carrier",
    "marketplace_tracking", "seller_reference",
]  # fmt: skip
LINE_CONTENT = [
    "index", "sku", "sku_key", "title", "quantity", "cancelled_quantity", "unit_price", "total_price", "tax", "state",
]  # fmt: skip
AFTER_SHIPPING = frozenset({"SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED"})
CALLED_OFF = frozenset({"CANCELED", "REFUSED"})
OVER = AFTER_SHIPPING | CALLED_OFF


@dataclass(frozen=True, slots=True)
class Stored:
    """What a batch did: how many orders were new, changed, or over before we ever saw them."""

    created: int
    changed: int
    passed_over: int


def store(connection: Connection, orders: Sequence[MarketplaceOrder], *, in_hand: Collection[int] = ()) -> Stored:
    """Upsert orders as the marketplace describes them now; unchanged ones write nothing.

    An order that is new to us and already shipped or over is passed over, unless it came and was cancelled between two
    readings: that one is accounted for like any other. A changed order is made due, since no later reading sees this
    change again; a stalled one that was cancelled or shipped elsewhere goes back through the loop, because its fault
    may be pointless now. Items ``in_hand``, whose step is taken with these very orders, are not made due.
    """
    try:
        return _store(connection, orders, in_hand)
    except IntegrityError:  # another reading met an order that is new to us at the same moment: now it is known
        return _store(connection, orders, in_hand)


@transaction.atomic
def _store(connection: Connection, orders: Sequence[MarketplaceOrder], in_hand: Collection[int]) -> Stored:
    latest = {order.order_id: _as_ordered(order, connection.policy) for order in orders}
    known = {
        order.order_id: order
        for order in Order.objects.filter(connection=connection, order_id__in=latest).select_related("item")
    }
    hashes = {order_id: _hash(order) for order_id, order in latest.items()}
    fresh = [o for key, o in latest.items() if key not in known and not _is_before_our_time(o, connection)]
    changed = [o for key, o in latest.items() if key in known and known[key].content_hash != hashes[key]]
    _create(connection, fresh, hashes)
    _update(connection, [(known[o.order_id], o) for o in changed], hashes, in_hand)
    if fresh:
        doorbell.ring_after_commit(Lane.ORDERS)
    passed_over = len(latest) - len(known) - len(fresh)
    return Stored(len(fresh), len(changed), passed_over)


def _is_before_our_time(order: MarketplaceOrder, connection: Connection) -> bool:
    if order.state in AFTER_SHIPPING:
        return True
    return order.state in OVER and order.created_at < connection.created_at


def _as_ordered(order: MarketplaceOrder, policy: Policy) -> MarketplaceOrder:
    """The order with what was once ordered as the quantity of each line, cancelled pieces among it.

    Whether John Lewis lowers the quantity of a line when a part of it is cancelled is not published (contract 2.7).
    """
    if not policy.quantity_is_net:
        return order
    lines = tuple(replace(line, quantity=line.quantity + line.cancelled_quantity) for line in order.lines)
    return replace(order, lines=lines)


def _hash(order: MarketplaceOrder) -> str:
    values = asdict(replace(order, raw={}))  # emptied first: raw is most of an order, and copied in vain
    del values["raw"], values["updated_at"]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def deadline_of(order: MarketplaceOrder, policy: Policy) -> datetime | None:
    """When John Lewis's patience ends: for acceptance while it waits for that, else for shipping."""
    if order.state in ("STAGING", "WAITING_ACCEPTANCE"):
        return order.created_at + timedelta(hours=policy.acceptance_hours)
    return order.shipping_deadline


def _create(connection: Connection, orders: Sequence[MarketplaceOrder], hashes: dict[str, str]) -> None:
    now, policy = business_now(), connection.policy
    items = Item.objects.bulk_create(
        Item(
            connection=connection, kind=Kind.ORDER, external_key=order.order_id, order_key=order.order_id,
            lane=Lane.ORDERS, stage=Stage.RECEIVED, status=Status.READY, due_at=DatabaseNow(),
            deadline=deadline_of(order, policy), entered_stage_at=now, created_at=now,
        )
        for order in orders
    )  # fmt: skip
    rows = Order.objects.bulk_create(
        Order(item=item, connection=connection, order_id=order.order_id, commercial_id=order.commercial_id,
              placed_at=order.created_at, **_content(order, hashes[order.order_id], now))
        for item, order in zip(items, orders, strict=True)
    )  # fmt: skip
    OrderLine.objects.bulk_create(_lines(zip(rows, orders, strict=True)))
    Event.objects.bulk_create(
        _event(connection, item, order, now, kind="received", title=f"Order received in state {order.state}")
        for item, order in zip(items, orders, strict=True)
    )


def _update(
    connection: Connection,
    pairs: Sequence[tuple[Order, MarketplaceOrder]],
    hashes: dict[str, str],
    in_hand: Collection[int],
) -> None:
    if not pairs:
        return
    now, policy = business_now(), connection.policy
    pipeline.hold(_touched(connection, pairs))
    events = []
    for row, order in pairs:
        if row.marketplace_state != order.state:
            title = f"John Lewis: {row.marketplace_state} → {order.state}"
            events.append(_event(connection, row.item, order, now, kind="state", title=title))
        for name, value in _content(order, hashes[order.order_id], now).items():
            setattr(row, name, value)
        row.item.deadline = deadline_of(order, policy)
    Order.objects.bulk_update([row for row, _ in pairs], CONTENT)
    Item.objects.bulk_update([row.item for row, _ in pairs], ["deadline"])
    OrderLine.objects.bulk_create(
        _lines(pairs), update_conflicts=True, unique_fields=["order", "line_id"], update_fields=LINE_CONTENT
    )
    Event.objects.bulk_create(events)
    _wake([row for row, _ in pairs], in_hand)


def _touched(connection: Connection, pairs: Sequence[tuple[Order, MarketplaceOrder]]) -> set[int]:
    """The items of all that :func:`_update` writes to: of these orders, and of the parcels of those that are over."""
    items = {row.item_id for row, _ in pairs}
    over = [row.order_id for row, order in pairs if order.state in OVER]
    if over:
        items |= set(_held(connection.pk, over).values_list("pk", flat=True))
    return items


def _held(connection_id: int, order_ids: Iterable[str]) -> QuerySet[Item]:
    """What of these orders has not come to its end with us."""
    rows = Item.objects.filter(connection=connection_id, order_key__in=order_ids, kind__in=[Kind.ORDER, Kind.DISPATCH])
    return rows.exclude(status__in=FINAL)


def _wake(rows: Sequence[Order], in_hand: Collection[int]) -> None:
    over = {row.order_id: row for row in rows if row.marketplace_state in OVER}
    held = _held(rows[0].connection_id, over)
    pipeline.wake(list({*(row.item_id for row in rows), *(item.pk for item in held)} - set(in_hand)))
    doorbell.ring_after_commit(Lane.ORDERS)
    for item in held:
        if item.status == Status.STALLED:
            pipeline.resubmit(item, why=f"John Lewis moved the order to {over[item.order_key].marketplace_state}")
    short = {item.pk: item for item in Item.objects.filter(pk__in=[row.item_id for row in rows], status=Status.STALLED)}
    for row in rows:
        stopped = short.get(row.item_id)
        if stopped and dispatching.is_short(stopped) and not parcels.shortfalls(row):
            pipeline.resubmit(stopped, why="Nothing of the order is missing any more")


def _content(order: MarketplaceOrder, content_hash: str, now: datetime) -> dict[str, Any]:
    return {
        "content_hash": content_hash,
        "marketplace_state": order.state[:40],
        "marketplace_seen_at": now,
        "shipping_deadline": order.shipping_deadline,
        "shipping_type": (order.shipping_type_label or order.shipping_type_code)[:200],
        "currency": order.currency[:10],
        "total_price": order.total_price,
        "shipping_price": order.shipping_price,
        "can_cancel": order.can_cancel,
        "address": asdict(order.delivery) if order.delivery else None,
        "postcode_key": postcodes.key_of(order.delivery.postcode) if order.delivery else "",
        "raw": dict(order.raw),
        "marketplace_carrier": (order.carrier_code or order.carrier_name)[:200],
        "marketplace_tracking": order.tracking_number[:200],
        "seller_reference": order.seller_reference[:200],
    }


def _lines(pairs: Iterable[tuple[Order, MarketplaceOrder]]) -> list[OrderLine]:
    return [
        OrderLine(
            order=row, line_id=line.line_id, index=line.index, sku=line.sku, sku_key=key_of(line.sku),
            title=line.title[:500], quantity=line.quantity, cancelled_quantity=line.cancelled_quantity,
            unit_price=line.unit_price, total_price=line.total_price, tax=line.tax, state=line.state[:40],
        )
        for row, order in pairs
        for line in order.lines
    ]  # fmt: skip


def _event(
    connection: Connection, item: Item, order: MarketplaceOrder, now: datetime, *, kind: str, title: str
) -> Event:
    return Event(
        connection=connection, item=item, order_key=order.order_id, lane=EventLane.MARKETPLACE, kind=kind,
        title=title, tone="plain", at=max(order.updated_at, order.created_at) if kind == "state" else now,
    )  # fmt: skip
