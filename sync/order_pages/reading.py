"""Orders for the pages: with their places, their timeline and their attempts; and those that somebody searches."""

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from sync.models import Attempt, Connection, Dispatch, Event, Item, Order
from sync.skus import key_of
from sync.states import FINAL, Kind, Status

SEARCH_CAP = 50


def orders() -> QuerySet[Order]:
    """All orders with their items, newest first."""
    return Order.objects.select_related("item", "connection").order_by("-placed_at", "-pk")


def orders_with_places() -> QuerySet[Order]:
    """All orders, each with ``any_stalled``: something of it waits for a person, and ``due_by``: the earliest deadline
    (business time) of the order and its dispatches that are not over.
    """
    own = Item.objects.filter(connection=OuterRef("connection"), order_key=OuterRef("order_id")).order_by()
    still_open = own.filter(kind__in=[Kind.ORDER, Kind.DISPATCH]).exclude(status__in=FINAL)
    earliest = still_open.values("order_key").annotate(earliest=Min("deadline")).values("earliest")
    rows = Order.objects.annotate(any_stalled=Exists(own.filter(status=Status.STALLED)), due_by=Subquery(earliest))
    return rows.select_related("item", "connection")


def timeline(connection: Connection, order_key: str) -> list[Event]:
    """Everything that happened to an order and its dispatches, oldest first."""
    events = Event.objects.filter(connection=connection, order_key=order_key).select_related("actor", "attempt")
    return list(events.order_by("at", "id"))


def attempts(connection: Connection, order_key: str) -> list[Attempt]:
    """Every write that was announced for an order and its dispatches, newest first."""
    rows = Attempt.objects.filter(item__connection=connection, item__order_key=order_key).select_related("item")
    return list(rows.order_by("-id"))


def search(text: str) -> list[Order]:
    """Orders by order number, SEKO number, SKU or tracking number; exact first, then by the beginning. At most 50."""
    wanted = text.strip()
    if len(wanted) < 3:
        return []
    by_dispatch = Dispatch.objects.filter(Q(tracking_number__iexact=wanted) | Q(dispatch_number=wanted))
    found = orders().filter(
        Q(order_id__istartswith=wanted)
        | Q(commercial_id__istartswith=wanted)
        | Q(warehouse_number=wanted)
        | Q(pk__in=by_dispatch.values("order"))
        | Q(lines__sku_key=key_of(wanted))
    )
    return list(found.distinct()[:SEARCH_CAP])
