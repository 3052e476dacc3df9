"""What the mapping table needs to know of dispatches, as a small protocol.

Carriers knows nothing of the engine: whoever moves dispatches registers an implementation when the process starts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SEEN_WINDOW = timedelta(days=90)
"""How far back couriers are looked for, in business time."""
DUE_SOON = timedelta(hours=4)
"""Held dispatches whose deadline is closer than this are named in the impact preview, in business time."""
ORDER_IDS_SHOWN = 20
"""How many order ids a :class:`Held` carries at most."""


@dataclass(frozen=True, slots=True)
class CourierSeen:
    """One spelling of courier and service on dispatches of the last 90 days.

    ``parcels`` counts the dispatches, ``waiting`` those of them that are held for their carrier: no mapping, a code
    that is not approved, or one that John Lewis refused.
    """

    courier: str
    service: str
    parcels: int
    waiting: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The dispatches that wait for a mapping. ``value`` is the worth of their orders in pounds."""

    count: int = 0
    due_soon: int = 0
    order_ids: tuple[str, ...] = field(default=())
    earliest_deadline: datetime | None = None
    value: Decimal = Decimal("0")


class Shipments(Protocol):
    """What the engine answers. Courier and service are given and compared exactly as the dispatches spell them."""

    def shops(self) -> list[str]:
        """Names of the connections, sorted."""
        ...

    def couriers_seen(self, shop: str) -> list[CourierSeen]:
        """Every spelling of courier and service on dispatches within :data:`SEEN_WINDOW`, once each."""
        ...

    def held(self, shop: str, courier: str, service: str) -> Held:
        """The dispatches with this spelling that are held for their carrier."""
        ...

    def release(self, shop: str, courier: str, service: str, *, by: "User | None") -> int:
        """Send the held dispatches with this spelling back on their way; how many moved."""
        ...


class NothingSeen:
    """Stands in until somebody registers: no shops, no dispatches."""

    def shops(self) -> list[str]:
        """No shops."""
        return []

    def couriers_seen(self, shop: str) -> list[CourierSeen]:
        """No couriers."""
        return []

    def held(self, shop: str, courier: str, service: str) -> Held:
        """Nothing waits."""
        return Held()

    def release(self, shop: str, courier: str, service: str, *, by: "User | None") -> int:
        """Nothing moves."""
        return 0


_current: list[Shipments] = [NothingSeen()]


def register(implementation: Shipments) -> None:
    """Make ``implementation`` the one that :func:`registered` returns from now on in this process."""
    _current[0] = implementation


def registered() -> Shipments:
    """The implementation in use."""
    return _current[0]


def total(parts: Iterable[Held]) -> Held:
    """Several spellings taken together; an order that occurs in two of them is listed once."""
    held = list(parts)
    deadlines = [part.earliest_deadline for part in held if part.earliest_deadline]
    order_ids = dict.fromkeys(order_id for part in held for order_id in part.order_ids)
    return Held(
        count=sum(part.count for part in held),
        due_soon=sum(part.due_soon for part in held),
        order_ids=tuple(order_ids)[:ORDER_IDS_SHOWN],
        earliest_deadline=min(deadlines, default=None),
        value=sum((part.value for part in held), Decimal("0")),
    )
