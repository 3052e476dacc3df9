"""What saving or retiring a mapping would do, said before it is done."""

from dataclasses import dataclass
from datetime import datetime

from carriers.models import CarrierMapping
from carriers.names import key
from carriers.shipments import CourierSeen, Held, registered, total


@dataclass(frozen=True, slots=True)
class Impact:
    """The effect of a row on the dispatches of its courier and service.

    ``seen`` are the spellings that the row decides, ``held`` what waits among them, ``before`` the code that they go
    under now, empty if none.
    """

    seen: list[CourierSeen]
    held: Held
    before: str

    @property
    def parcels(self) -> int:
        """Dispatches of the last 90 days that the row decides."""
        return sum(one.parcels for one in self.seen)

    def sentence(self, now: datetime) -> str:
        """What saving releases, with the hurry at the time ``now``."""
        if not self.held.count:
            return "Nothing waits for this mapping. Saving it changes later dispatches only."
        noun = "dispatch" if self.held.count == 1 else "dispatches"
        start = f"Saving releases {self.held.count} {noun}"
        if self.held.due_soon:
            return f"{start}, {self.held.due_soon} due within 4 h."
        if self.held.earliest_deadline and self.held.earliest_deadline < now:
            return f"{start}, the first already past its deadline."
        return f"{start}."


def decided_by(shop: str, courier: str, service: str) -> list[CourierSeen]:
    """The spellings seen that a row for this courier and service decides, or would decide once it is saved.

    A row for any service leaves out the services that have a row of their own.
    """
    courier_key, service_key = key(courier), key(service)
    seen = [one for one in registered().couriers_seen(shop) if key(one.courier) == courier_key]
    if service_key:
        return [one for one in seen if key(one.service) == service_key]
    own = set(
        CarrierMapping.objects.filter(shop=shop, courier_key=courier_key, retired_at__isnull=True)
        .exclude(service_key="")
        .values_list("service_key", flat=True)
    )
    return [one for one in seen if key(one.service) not in own]


def spellings(shop: str, courier: str, service: str) -> list[tuple[str, str]]:
    """As :func:`decided_by`, as pairs, with the given spelling itself even where it has not been seen."""
    pairs = [(one.courier, one.service) for one in decided_by(shop, courier, service)]
    return list(dict.fromkeys([*pairs, (courier, service)]))


def preview(shop: str, courier: str, service: str) -> Impact:
    """What saving a row for this courier and service would release, and what goes under which code now."""
    shipments = registered()
    live = CarrierMapping.objects.filter(
        shop=shop, courier_key=key(courier), service_key__in={key(service), ""}, retired_at__isnull=True
    ).order_by("-service_key")
    current = live.first()
    return Impact(
        seen=decided_by(shop, courier, service),
        held=total(shipments.held(shop, *pair) for pair in spellings(shop, courier, service)),
        before=current.carrier_code if current else "",
    )
