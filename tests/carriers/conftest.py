"""One shop with an approved list, people of two roles, and dispatches that exist only here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User

from carriers import shipments
from carriers.approved import ApprovedRow, sync_list
from carriers.shipments import CourierSeen, Held
from jlseko.clock import business_now

SHOP = "jl-main"
LIST = [
    ApprovedRow("DPD_UK", "DPD UK", "DPD", "https://track.example/{trackingId}"),
    ApprovedRow("RM24", "Royal Mail 24"),
    ApprovedRow("RM48", "Royal Mail 48"),
    ApprovedRow("EVRI", "Evri"),
]


@dataclass
class Parcels:
    """Dispatches as the engine would count them: spelling -> (parcels, order ids that wait)."""

    seen: dict[tuple[str, str], tuple[int, list[str]]] = field(default_factory=dict)
    released: list[tuple[str, str, str, object]] = field(default_factory=list)
    due_soon: int = 0

    def sent(self, courier: str, service: str, *, parcels: int, waiting: int = 0) -> None:
        orders = [f"JL-{courier}-{service}-{number}" for number in range(waiting)]
        self.seen[courier, service] = (parcels, orders)

    def shops(self) -> list[str]:
        return [SHOP]

    def couriers_seen(self, shop: str) -> list[CourierSeen]:
        assert shop == SHOP
        return [
            CourierSeen(courier=pair[0], service=pair[1], parcels=parcels, waiting=len(orders), last_seen_at=_moment())
            for pair, (parcels, orders) in self.seen.items()
        ]

    def held(self, shop: str, courier: str, service: str) -> Held:
        orders = self.seen.get((courier, service), (0, []))[1]
        if not orders:
            return Held()
        return Held(
            count=len(orders),
            due_soon=min(self.due_soon, len(orders)),
            order_ids=tuple(orders[:20]),
            earliest_deadline=_moment() + timedelta(hours=1),
            value=Decimal(10 * len(orders)),
        )

    def release(self, shop: str, courier: str, service: str, *, by: object) -> int:
        self.released.append((shop, courier, service, by))
        parcels, orders = self.seen.get((courier, service), (0, []))
        self.seen[courier, service] = (parcels, [])
        return len(orders)


def _moment() -> datetime:
    return business_now()


@pytest.fixture
def parcels() -> Iterator[Parcels]:
    """The registered dispatches; nothing seen until a test says so."""
    world, before = Parcels(), shipments.registered()
    shipments.register(world)
    yield world
    shipments.register(before)


@pytest.fixture
def shop(db: None, parcels: Parcels) -> str:
    """A shop whose approved list has been read."""
    sync_list(SHOP, LIST, business_now() - timedelta(hours=1))
    return SHOP


def _person(name: str, *codenames: str) -> User:
    user = User.objects.create_user(name, password="not used")
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="carriers", codename__in=codenames))
    return user


@pytest.fixture
def manager(db: None) -> User:
    """May change the table."""
    return _person("morag", "view_carriermapping", "change_carriermapping")


@pytest.fixture
def reader(db: None) -> User:
    """May look at the table."""
    return _person("rita", "view_carriermapping")


@pytest.fixture
def stranger(db: None) -> User:
    """Signed in, without any right on carriers."""
    return _person("stan")
