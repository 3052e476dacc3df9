"""How many calls it takes to send items back, against what the partners allow. A forecast: nothing is taken or asked.

What a step reads first, and how the answers fall, decides what is really called; this counts the usual way.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.utils import timezone

from jlseko.clock import real_delay
from sync.budgets import (
    ACCEPT,
    CREATE_SHIPMENT,
    LOAD_ORDER,
    ORDERS_BY_ID,
    SHIP,
    SHIP_SHIPMENT,
    SHIPMENTS,
    STATUS,
    STOCK_FILE,
    TRACKING,
    Ceiling,
    ceiling,
)
from sync.looks import CALLS
from sync.loop.work import BATCH
from sync.models import Budget, Connection, Item, Side
from sync.states import Kind, Stage

Call = tuple[Side, str]

TOGETHER: dict[str, int] = {ORDERS_BY_ID: BATCH, STOCK_FILE: 1_000_000}  # so many items share one call
PERIODS = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}  # in seconds


@dataclass(frozen=True, slots=True)
class Need:
    """Calls of one operation: ``free`` of them may leave at once, the last after ``takes`` (real time)."""

    connection: Connection
    side: Side
    operation: str
    calls: int
    free: int
    allowed: Ceiling
    takes: timedelta

    @property
    def title(self) -> str:
        """What the call does, in words."""
        return CALLS.get(self.operation, self.operation)

    @property
    def per(self) -> str:
        """The allowance in words: "5 a second"."""
        seconds = int(self.allowed.per.total_seconds())
        return (
            f"{self.allowed.calls} {f'a {PERIODS[seconds]}' if seconds in PERIODS else f'in {seconds // 60} minutes'}"
        )

    @property
    def fits(self) -> bool:
        """Whether all of them may leave at once."""
        return self.calls <= self.free


def needs(items: Iterable[Item]) -> list[Need]:
    """What sending these stalled items back takes, the slowest first, in one query. ``items`` come with their
    connection and order.
    """
    calls: Counter[tuple[int, Side, str]] = Counter()
    known: dict[int, Connection] = {}
    for item in items:
        known[item.connection_id] = item.connection
        calls.update((item.connection_id, side, operation) for side, operation in _calls_of(item))
    rows = Budget.objects.filter(connection__in=known) if known else ()
    budgets = {(row.connection_id, row.side, row.operation): row for row in rows}
    found = [
        _need(known[connection], side, operation, number, budgets.get((connection, side, operation)))
        for (connection, side, operation), number in calls.items()
    ]
    return sorted(found, key=lambda need: (-need.takes, need.side, need.operation))


def _calls_of(item: Item) -> Iterator[Call]:
    shop, warehouse = Side.MARKETPLACE, Side.WAREHOUSE
    match item.kind_enum:
        case Kind.ORDER if item.order.marketplace_state == "WAITING_ACCEPTANCE":
            yield shop, ACCEPT
        case Kind.ORDER if item.stage in (Stage.RECEIVED, Stage.VALIDATED):
            yield from ((shop, ORDERS_BY_ID), (warehouse, LOAD_ORDER), (warehouse, STATUS))
        case Kind.ORDER:
            yield from ((shop, ORDERS_BY_ID), (warehouse, STATUS))
        case Kind.DISPATCH if item.connection.has_shipments:
            yield from ((shop, ORDERS_BY_ID), (shop, SHIPMENTS), (shop, CREATE_SHIPMENT), (shop, SHIP_SHIPMENT))
        case Kind.DISPATCH:
            yield from ((shop, ORDERS_BY_ID), (shop, TRACKING), (shop, SHIP))
        case Kind.LISTING | Kind.STOCK_FILE:
            yield shop, STOCK_FILE


def _need(connection: Connection, side: Side, operation: str, items: int, budget: Budget | None) -> Need:
    number = ceil(items / TOGETHER.get(operation, 1))
    allowed = ceiling(side, operation)
    interval = real_delay(allowed.per / allowed.calls)
    free, asleep = allowed.calls, timedelta(0)
    if budget is not None:
        now = timezone.now()
        free = max(int(min(allowed.calls, budget.tokens + (now - budget.refreshed_at) / interval)), 0)
        asleep = max(budget.sleep_until - now, timedelta(0)) if budget.sleep_until else timedelta(0)
    takes = asleep + interval * max(number - free, 0)
    return Need(connection, side, operation, number, 0 if asleep else free, allowed, takes)


def duration(needed: Iterable[Need], records: int, *, per_minute: int | None, each: timedelta) -> timedelta:
    """About how long (real time) it takes until the last of so many records was told: the slowest of the allowances,
    the cap, and our own ``each`` a record.
    """
    slowest = max((need.takes for need in needed), default=timedelta(0))
    capped = timedelta(minutes=1) * (records - 1) / per_minute if per_minute else timedelta(0)
    return max(slowest, capped, each * records)
