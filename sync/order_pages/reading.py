"""Orders for the pages: with their places, their timeline and their attempts."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from sync.models import Attempt, Connection, DispatchLine, Event, Item, Order
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


def parcels(order: Order) -> list[Any]:
    """The dispatches of an order, oldest first, each with its item and with ``parts``: what was in it, as dicts of
    ``product_code``, ``product_key`` and ``dispatched``.
    """
    inside = DispatchLine.objects.filter(dispatch=OuterRef("pk")).order_by("pk")
    part = JSONObject(product_code="product_code", product_key="product_key", dispatched="dispatched")
    rows = order.dispatches.select_related("item").annotate(parts=ArraySubquery(inside.values_list(part)))
    return list(rows.order_by("dispatched_at", "pk"))


def timeline(connection: Connection, order_key: str) -> list[Event]:
    """Everything that happened to an order and its dispatches, oldest first."""
    events = Event.objects.filter(connection=connection, order_key=order_key).select_related("actor")
    return list(events.order_by("at", "id"))


def attempts(connection: Connection, order_key: str) -> list[Attempt]:
    """Every write that was announced for an order and its dispatches, newest first."""
    rows = Attempt.objects.filter(item__connection=connection, item__order_key=order_key).select_related("item")
    return list(rows.order_by("-id"))
