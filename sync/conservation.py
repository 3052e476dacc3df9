"""The promise, counted: every order that we know of is in exactly one place."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from sync.models import Connection, Item
from sync.states import FINAL, Kind, Status


@dataclass(frozen=True, slots=True)
class OrderState:
    """Where one order is. ``any_stalled`` = its own item, one of its dispatches or its unread message waits for a
    person.
    """

    connection_id: int
    order_id: str
    item_id: int
    status: str
    stage: str
    any_stalled: bool

    @property
    def is_over(self) -> bool:
        """Delivered, or cancelled on both sides."""
        return self.status in FINAL and not self.any_stalled


def order_states(connection: Connection | None = None) -> Iterator[OrderState]:
    """Every order once, oldest first, in one query; an order known only by an unreadable message counts too."""
    rows = Item.objects.all() if connection is None else Item.objects.filter(connection=connection)
    siblings = Item.objects.filter(
        connection=OuterRef("connection"), order_key=OuterRef("order_key"), status=Status.STALLED
    )
    orders = rows.filter(kind=Kind.ORDER).annotate(any_stalled=Exists(siblings)).order_by("id")
    for item in orders.iterator(chunk_size=2000):
        yield _state(item, any_stalled=item.any_stalled)
    known = Item.objects.filter(connection=OuterRef("connection"), order_key=OuterRef("order_key"), kind=Kind.ORDER)
    unread = rows.filter(kind=Kind.MESSAGE, status=Status.STALLED).exclude(order_key="").exclude(Exists(known))
    for message in unread.order_by("connection_id", "order_key", "id").distinct("connection_id", "order_key"):
        yield _state(message, any_stalled=True)


def _state(item: Item, *, any_stalled: bool) -> OrderState:
    return OrderState(item.connection_id, item.order_key, item.pk, item.status, item.stage, any_stalled)


@dataclass(frozen=True, slots=True)
class Totals:
    """The promise in four numbers: ``orders`` = ``moving`` + ``done`` + ``stalled``."""

    orders: int
    moving: int
    done: int
    stalled: int


def totals() -> Totals:
    """How many orders are where, counted in one query."""
    stalled_items = Item.objects.filter(
        connection=OuterRef("connection"), order_key=OuterRef("order_key"), status=Status.STALLED
    )
    counts = (
        Item.objects.filter(kind=Kind.ORDER)
        .annotate(any_stalled=Exists(stalled_items))
        .aggregate(
            orders=Count("pk"),
            stalled=Count("pk", filter=Q(any_stalled=True)),
            done=Count("pk", filter=Q(any_stalled=False, status__in=FINAL)),
        )
    )
    moving = counts["orders"] - counts["stalled"] - counts["done"]
    return Totals(counts["orders"], moving, counts["done"], counts["stalled"])
