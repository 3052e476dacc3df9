"""Orders for the pages: with their places, their timeline and their attempts."""

from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery

from sync.models import Attempt, Connection, Event, Item, Order
from sync.states import FINAL, Kind, Status


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
