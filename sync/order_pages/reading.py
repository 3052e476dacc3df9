"""Orders for the pages: with their places, their timeline and their attempts; and those that somebody searches."""

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from sync.models import Attempt, Connection, Dispatch, Event, Item, Order
from sync.skus import key_of
from sync.states import FINAL, Kind, Status

SEARCH_CAP = 50
SHORTEST_SEARCH = 3


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


def matching(text: str) -> Q:
    """Orders with this SEKO number, SKU or tracking number, or whose order number begins so.

    Too short a text matches nothing rather than everything.
    """
    wanted = text.strip().replace("\x00", "")
    if len(wanted) < SHORTEST_SEARCH:
        return Q(pk__in=[])
    tracked = Dispatch.objects.filter(Q(tracking_number__iexact=wanted) | Q(dispatch_number=wanted)).values("order")
    return (
        Q(order_id__istartswith=wanted)
        | Q(commercial_id__istartswith=wanted)
        | Q(warehouse_number=wanted)
        | Q(pk__in=tracked)
        | Q(pk__in=Order.objects.filter(lines__sku_key=key_of(wanted)).values("pk"))
    )


def search(text: str) -> list[Order]:
    """The orders that match, the newest first; at most 50."""
    return list(orders().filter(matching(text))[:SEARCH_CAP])
