"""What the carrier mapping table asks of the engine: couriers seen, dispatches held, their release."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q, QuerySet

from carriers.shipments import DUE_SOON, ORDER_IDS_SHOWN, SEEN_WINDOW, CourierSeen, Held
from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code
from sync.models import Connection, Dispatch, Item
from sync.states import Kind, Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CARRIER_FAULTS = (Code.UNMAPPED_CARRIER, Code.CARRIER_NOT_APPROVED, Code.CARRIER_REJECTED)


def _held_for_carrier() -> Q:
    faults = Q()
    for code in CARRIER_FAULTS:
        faults |= Q(item__failures__contains=[{"code": code}])
    return Q(item__status=Status.STALLED) & faults


class EngineShipments:
    """The implementation of :class:`carriers.shipments.Shipments` over the dispatches in the database."""

    def shops(self) -> list[str]:
        """Names of the connections, sorted."""
        return list(Connection.objects.values_list("name", flat=True))

    def couriers_seen(self, shop: str) -> list[CourierSeen]:
        """Every spelling of courier and service on the dispatches of the last 90 days."""
        since = business_now() - SEEN_WINDOW
        rows = (
            Dispatch.objects.filter(connection__name=shop, dispatched_at__gte=since)
            .values("courier", "service")
            .annotate(parcels=Count("pk"), waiting=Count("pk", filter=_held_for_carrier()), last=Max("dispatched_at"))
            .order_by("courier", "service")
        )
        return [CourierSeen(r["courier"], r["service"], r["parcels"], r["waiting"], r["last"]) for r in rows]

    def held(self, shop: str, courier: str, service: str) -> Held:
        """The dispatches with this spelling that are held for their carrier."""
        rows = self._held(shop, courier, service).select_related("item", "order").order_by("item__deadline")
        dispatches = list(rows)
        deadlines = [row.item.deadline for row in dispatches if row.item.deadline]
        soon = business_now() + DUE_SOON
        return Held(
            count=len(dispatches),
            due_soon=sum(deadline <= soon for deadline in deadlines),
            order_ids=tuple(row.order.order_id for row in dispatches if row.order)[:ORDER_IDS_SHOWN],
            earliest_deadline=min(deadlines, default=None),
            value=sum((row.order.total_price for row in dispatches if row.order), Decimal(0)),
        )

    def release(self, shop: str, courier: str, service: str, *, by: "User | None") -> int:
        """Send the held dispatches with this spelling back through the loop; how many moved."""
        items = Item.objects.filter(kind=Kind.DISPATCH, dispatch__in=self._held(shop, courier, service))
        return sum(pipeline.resubmit(item, by=by, why="The carrier mapping was saved") for item in items)

    def _held(self, shop: str, courier: str, service: str) -> QuerySet[Dispatch]:
        rows = Dispatch.objects.filter(connection__name=shop, courier=courier, service=service)
        return rows.filter(_held_for_carrier())
