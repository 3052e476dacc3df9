"""An engine between two doubles: one connection, every step taken in this thread, nothing waits for real time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from carriers import approved
from carriers.services import save_mapping
from sync import dispatching, intake, lanes, partners_of
from sync.database_clock import DatabaseNow
from sync.flows.context import Context
from sync.loop import work
from sync.models import Attempt, Budget, Connection, Item, Order
from sync.partners_of import Partners
from sync.shapes import DispatchNews, DispatchNewsLine
from sync.states import Kind, Lane
from tests.sync.double_shipments import ShippingMarketplace
from tests.sync.doubles import WarehouseDouble


class Engine:
    """What a test drives."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.marketplace = ShippingMarketplace()
        self.warehouse = WarehouseDouble()

    def poll(self) -> None:
        """Store what the marketplace shows now."""
        intake.store(self.connection, list(self.marketplace.orders.values()))

    def run(self, rounds: int = 12) -> None:
        """Make everything that waits due, and drain the lanes, some rounds long."""
        for _ in range(rounds):
            Item.objects.filter(status__in=["ready", "waiting", "unknown"]).update(due_at=DatabaseNow())
            Budget.objects.all().delete()
            for lane in Lane:
                for item in lanes.claim(lane, limit=50):
                    work._work_on(item.connection, [item], threads=1)

    def context(self) -> Context:
        """What a recurring flow gets."""
        return Context(self.connection, self.connection.policy, self.marketplace, self.warehouse)

    def order(self, order_id: str = "JL1-A") -> Order:
        """An order as stored now."""
        return Order.objects.select_related("item").get(order_id=order_id)

    def item(self, order_id: str = "JL1-A", kind: Kind = Kind.ORDER) -> Item:
        """The item of an order, or its first dispatch item."""
        return Item.objects.filter(order_key=order_id, kind=kind).order_by("id").first() or Item()

    def codes(self, item: Item) -> list[str]:
        """Why an item is stalled."""
        item.refresh_from_db()
        return [failure["code"] for failure in item.failures] if item.status == "stalled" else []

    def dispatch(self, order_id: str = "JL1-A", *, number: str = "15501234567890", **changes) -> None:
        """SEKO's news that an order has left by DPD, whole unless ``lines`` says otherwise."""
        order = self.order(order_id)
        lines = changes.pop("lines", None)
        if lines is None:
            lines = tuple(DispatchNewsLine(line.sku, line.quantity) for line in order.lines.all())
        news = {
            "dispatch_id": f"D-{order_id}-{number}", "dispatch_number": "1", "order_number": order.warehouse_number,
            "order_reference": "", "guid": order.warehouse_guid, "courier": "DPD", "service": "Next Day",
            "tracking_number": number, "tracking_url": "", "dispatched_at": datetime.now(UTC), "lines": lines,
        }  # fmt: skip
        dispatching.store(self.connection, DispatchNews(**{**news, **changes}))

    def outlive(self, **span: float) -> None:
        """Let time pass for every attempt: a read-back believes a "not found" only after the visibility lag."""
        Attempt.objects.update(announced_at=F("announced_at") - timedelta(**span))


@pytest.fixture
def engine(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """One connection with DPD mapped and the approved list read."""
    yield from between_doubles(monkeypatch)


def between_doubles(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """What the fixture gives, in whatever transaction the test is."""
    connection = Connection.objects.create(
        name="shop", marketplace_kind="double", marketplace_url="https://m.example", marketplace_key="k",
        warehouse_kind="double", warehouse_url="https://w.example", warehouse_key="k", push_secret="s" * 40,
    )  # fmt: skip
    made = Engine(connection)
    monkeypatch.setattr(partners_of, "_build", lambda _: Partners(made.marketplace, made.warehouse))
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    partners_of._open.clear()
    now = datetime.now(UTC)
    rows = [approved.ApprovedRow(carrier.code, carrier.label) for carrier in made.marketplace.carriers()]
    approved.sync_list("shop", rows, now)
    save_mapping("shop", "DPD", "Next Day", "DPD_UK", by=None)
    yield made
    partners_of._open.clear()
