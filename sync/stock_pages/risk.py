"""Which listings may sell more than there is before anybody notices."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, Sum

from sync.models import Connection, Listing, OrderLine

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Risk:
    """What makes a listing risky: units sold in an hour, and hours since its level was last seen to be right."""

    per_hour: float
    hours: float
    left: int

    @property
    def sentence(self) -> str:
        """In words."""
        hours = f"{self.hours:.0f} h" if self.hours >= 1 else f"{self.hours * 60:.0f} min"
        return f"Sells {self.per_hour:.1f} an hour, last seen right {hours} ago, {self.left} left."


def at_risk(connections: list[Connection], now: datetime) -> dict[int, Risk]:
    """Listings at risk by their key: speed of sale × time since they were last right > what is left.

    Only what has sold within the velocity period is looked at, in two queries for each connection. ``now`` is business
    time.
    """
    found: dict[int, Risk] = {}
    for connection in connections:
        period = connection.policy.minutes("velocity_hours")
        sold = OrderLine.objects.filter(order__connection=connection, order__placed_at__gt=now - period).order_by()
        units = dict(sold.values_list("sku").annotate(units=Sum("quantity")))
        rows = Listing.objects.filter(connection=connection, sku__in=units, active=True, shown__gt=0)
        for pk, sku, target, confirmed in rows.filter(Q(product__isnull=False)).values_list(
            "pk", "sku", "target", "confirmed_at"
        ):
            per_hour = (units[sku] or 0) / (period / HOUR)
            hours = (now - confirmed) / HOUR if confirmed else period / HOUR
            if per_hour * hours > max(target or 0, 0):
                found[pk] = Risk(per_hour, hours, max(target or 0, 0))
    return found
