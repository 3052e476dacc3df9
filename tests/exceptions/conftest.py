"""A desk with people, and orders that can be stopped at will."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from carriers import approved
from exceptions.groups import grant
from exceptions.models import ExceptionRecord, Fault
from sync import dispatching, intake, pipeline
from sync.database_clock import DatabaseNow
from sync.failures import Failure
from sync.models import Connection, Item, Order, Product
from sync.partners.seko.adapter import SekoWarehouse
from sync.partners_of import Partners
from sync.shapes import DispatchNews, DispatchNewsLine
from sync.states import Kind, Lane, Milestone, Stage, Status
from sync.stock import trouble
from tests.factories.stock import ListingFactory
from tests.sync.conftest import engine  # noqa: F401 - the real loop between two doubles
from tests.sync.doubles import MarketplaceDouble, an_order


class Desk:
    """What a test drives: one connection, its orders, and the engine's reports."""

    def __init__(self) -> None:
        self.connection = Connection.objects.create(
            name="shop", marketplace_kind="double", marketplace_url="https://m.example", marketplace_key="k",
            warehouse_kind="double", warehouse_url="https://w.example", warehouse_key="k", push_secret="s" * 40,
        )  # fmt: skip
        now = datetime.now(UTC)
        rows = [approved.ApprovedRow("DPD_UK", "DPD UK"), approved.ApprovedRow("RM24", "Royal Mail 24")]
        approved.sync_list("shop", rows, now)
        Product.objects.create(connection=self.connection, code="BAG-01", code_key="bag-01", title="Bag", source="test")

    def order(self, order_id: str = "JL1-A", **changes) -> Item:
        """An order as polled; ``changes`` are fields of the marketplace order."""
        skus = changes.pop("skus", {"BAG": 1})
        intake.store(self.connection, [replace(an_order(order_id, **skus), **changes)])
        return Item.objects.get(order_key=order_id, kind=Kind.ORDER)

    def dispatch(self, order_id: str = "JL1-A", *, courier: str = "Fagans Freight", service: str = "Pallet 48") -> Item:
        """A dispatch of an order, known or not."""
        news = DispatchNews(
            dispatch_id=f"D-{order_id}", dispatch_number=f"N-{order_id}", order_number=order_id, order_reference="",
            guid="", courier=courier, service=service, tracking_number="15501234567890", tracking_url="",
            dispatched_at=datetime.now(UTC), lines=(DispatchNewsLine("BAG", 1),),
        )  # fmt: skip
        dispatching.store(self.connection, news)
        return Item.objects.get(kind=Kind.DISPATCH, external_key=f"D-{order_id}")

    def message(self) -> Item:
        """A pushed message."""
        now = datetime.now(UTC)
        return Item.objects.create(
            connection=self.connection, kind=Kind.MESSAGE, external_key="m1", lane=Lane.INBOUND, due_at=DatabaseNow(),
            stage=Stage.RECEIVED, status=Status.READY, entered_stage_at=now, created_at=now,
        )  # fmt: skip

    def listing(self, sku: str = "BAG") -> Item:
        """The item of a listing that shows 9."""
        return trouble.item_of(ListingFactory(connection=self.connection, sku=sku))

    def stall(self, item: Item, *failures: Failure) -> ExceptionRecord:
        """Stop an item as the engine does; returns the record that leads."""
        item.refresh_from_db()
        assert pipeline.stall(item, failures)
        leading = Fault.objects.filter(item=item, cleared_at=None, code=failures[0].code).values("record")
        return ExceptionRecord.objects.live().get(pk__in=leading)

    def prove(self, item: Item, milestone: Milestone) -> None:
        """The engine has read something back."""
        item.refresh_from_db()
        pipeline.announce(item, milestone)

    def order_of(self, item: Item) -> Order:
        """The content of an order item."""
        return Order.objects.get(item=item)


@pytest.fixture
def desk(db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One connection, with nothing stuck yet."""
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    return Desk()


def _person(group: str) -> User:
    grant()
    user = User.objects.create_user(f"{group.lower()}-person", first_name=group, last_name="Person")
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def operations(db: None) -> User:
    """An operations assistant."""
    return _person("Operations")


@pytest.fixture
def manager(db: None) -> User:
    """A manager."""
    return _person("Manager")


@pytest.fixture
def admin(db: None) -> User:
    """An admin."""
    return _person("Admin")


@pytest.fixture
def finance(db: None) -> User:
    """Somebody from finance."""
    return _person("Finance")


@pytest.fixture
def partners(monkeypatch: pytest.MonkeyPatch) -> Partners:
    """Real writers of requests, which nobody sends here."""
    seko = SekoWarehouse("https://seko.example/api/", "k", allowed_hosts=["seko.example"])
    both = Partners(MarketplaceDouble(), seko)
    monkeypatch.setattr("sync.rehearsal.partners_of", lambda connection: both)
    return both


@pytest.fixture
def client_of(db: None) -> Callable[[User], Client]:
    """A session of its own for each person."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
