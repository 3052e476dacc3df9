"""What the pages ask of the engine."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from sync.models import Attempt, Connection, Dispatch, Event, Order, PartnerState
from sync.skus import key_of

SEARCH_CAP = 50


def orders() -> QuerySet[Order]:
    """All orders with their items, newest first."""
    return Order.objects.select_related("item", "connection").order_by("-placed_at", "-pk")


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


@dataclass(frozen=True, slots=True)
class PartnerHealth:
    """Whether a partner answers, for one line on the Today page."""

    state: PartnerState
    name: str


def partners_away() -> list[PartnerHealth]:
    """The partners whose breaker is open now."""
    rows = PartnerState.objects.filter(is_open=True).select_related("connection")
    return [PartnerHealth(row, row.get_side_display()) for row in rows]
