"""The warehouses that the contract suite is run against: a real adapter, and a simulated partner on loopback.

A site knows the partner's back door; the tests know the port alone. Another adapter needs another site.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import httpx

from sync.partners.registry import warehouse
from sync.ports import Warehouse
from sync.sandbox.scenarios import Plan, order_id_by_hand
from sync.sandbox.warehouse.app import Warehouse as Depot
from sync.sandbox.warehouse.settings import WarehouseSettings
from sync.shapes import (
    Address,
    ProductHandling,
    ProductLabels,
    SupplierMapping,
    WarehouseLine,
    WarehouseOrder,
    WarehouseProduct,
)
from tests.system.ports import free_port
from tests.system.serving import Serving, until

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = Address(
    first_name="Ada", last_name="Example", line1="1 Sample Road", city="Leeds", county="West Yorkshire",
    postcode="LS1 1AA", country_code="GB", phone="07700900000", email="ada@example.com",
)  # fmt: skip
NOTHING_SPECIAL = ProductHandling(*[False] * 9)


@dataclass(frozen=True)
class Pushed:
    """One body that the partner sent, and where to."""

    path: str
    body: bytes


class Site(Protocol):
    """What the tests need beside the port."""

    warehouse: Warehouse
    now: datetime
    pushed: list[Pushed]

    def connect(self, *, key: str = "", elsewhere: bool = False) -> Warehouse:
        """Another client: with another key, or at an address where there is nothing."""

    def order(self, *, product: str = "", quantity: int = 1, **changes: Any) -> WarehouseOrder:
        """An order that nobody has sent yet, of something that is in stock unless a product is named."""

    def product(self) -> WarehouseProduct:
        """A product that nobody has loaded yet."""

    def in_stock(self) -> str:
        """The code of a product of which there is plenty."""

    def set_free(self, product: str, quantity: int) -> None:
        """Set what is free of a product."""

    def show(self, product: str, quantity: Any) -> None:
        """Let stock answers tell this quantity of a product, however absurd."""

    def hide(self, product: str) -> None:
        """Let stock answers tell the truth about it again."""

    def wait(self, **span: float) -> None:
        """Let the partner's time pass."""

    def fault(self, operation: str, kind: str, *, key: str = "*", effect: str = "before", times: int = 1) -> None:
        """Let the next call of an operation go wrong, before or after it takes effect."""

    def received(self, operation: str, key: str) -> int:
        """How many writes arrived."""

    def stir(self) -> None:
        """Let everything happen that is pushed."""


class SekoSite:
    """SEKO's adapter against the simulated SEKO warehouse."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self._folder, self._running = folder, 0
        self._key, self._port = "a-contract-key", free_port()
        self._rules: list[dict[str, Any]] = []
        self.now = START
        self.pushed: list[Pushed] = []
        self._set_clock()
        told = {
            "data": folder, "key": self._key, "clock_file": folder / "clock.json", "faults": folder / "faults.json",
            "plan": Plan(rates={}), "timeout_seconds": 0.01,
            "tick_seconds": 0.005, "push_url": "http://127.0.0.1:9/push/shop/secret",
            "fulfil_hours": (2.0, 2.0),
        }  # fmt: skip
        depot = Depot(WarehouseSettings(**(told | settings)), push_transport=httpx.MockTransport(self._receive))
        self._tick, self._ticks = depot.tick, 0
        depot.tick = self._counted  # type: ignore[method-assign]
        self._server = Serving(depot.app(), port=self._port)
        self._door = httpx.Client(base_url=f"http://127.0.0.1:{self._port}/_sandbox", timeout=10, verify=False)
        self.warehouse = self.connect()

    def close(self) -> None:
        """End the server."""
        self.warehouse.close()
        self._door.close()
        self._server.stop()

    def connect(self, *, key: str = "", elsewhere: bool = False) -> Warehouse:
        """A client of this warehouse."""
        url = f"http://127.0.0.1:{self._port}/{'elsewhere' if elsewhere else 'api'}/"
        return warehouse("seko", url, key or self._key, status_url=url, allowed_hosts=[], allow_loopback=True)

    def order(self, *, product: str = "", quantity: int = 1, **changes: Any) -> WarehouseOrder:
        """An order with a number that nothing special happens to."""
        self._running += 1
        line = WarehouseLine(1, product or self.in_stock(), quantity, Decimal("35.00"), Decimal("7.00"))
        told: dict[str, Any] = {
            "number": order_id_by_hand(None, self._running), "reference": f"R{self._running}", "guid": str(uuid4()),
            "placed_at": self.now, "currency": "GBP", "sub_total": Decimal("35.00"), "tax_total": Decimal("7.00"),
            "shipping_total": Decimal("0"), "delivery": HOME, "lines": (line,),
        }  # fmt: skip
        return WarehouseOrder(**(told | changes))

    def product(self) -> WarehouseProduct:
        """A bag."""
        self._running += 1
        return WarehouseProduct(
            code=f"NEW-{self._running}", description="A bag", long_description="", ean="", hts_code="4202210000",
            gross_weight=Decimal("0.125"), country_of_origin="GB", unit_price=Decimal("12.50"), currency="GBP",
            secondary_price=None, secondary_currency="", lead_time=None, minimum_order=None, quality_percentage=None,
            handling=NOTHING_SPECIAL, labels=ProductLabels(*[""] * 13), suppliers=(SupplierMapping("DEFSUP1", "", 1),),
            categories=(), identifiers=(),
        )  # fmt: skip

    def in_stock(self) -> str:
        """The first of the list with more than a hundred."""
        return next(row.product_code for row in self.warehouse.stock().rows if row.quantity > 100)

    def set_free(self, product: str, quantity: int) -> None:
        """Through the back door."""
        self._knock("stock", {"product": product, "quantity": quantity})

    def show(self, product: str, quantity: Any) -> None:
        """Through the back door."""
        self._knock("stock", {"product": product, "raw": quantity})

    def hide(self, product: str) -> None:
        """Through the back door."""
        self._knock("stock", {"product": product, "raw_off": True})

    def wait(self, **span: float) -> None:
        """Move the clock that stands still otherwise, and let the scheduler run."""
        self.now += timedelta(**span)
        self._set_clock()
        ticked = self._ticks
        until(lambda: self._ticks > ticked + 1, what="the warehouse moves on")  # the first may have begun before
        self._knock("run", {})

    def fault(self, operation: str, kind: str, *, key: str = "*", effect: str = "before", times: int = 1) -> None:
        """Rules are told apart by their places in the file, so none is ever taken out of it."""
        rule = {"operation": operation, "kind": kind, "match": key, "effect": effect, "times": times}
        self._rules.append(rule)
        (self._folder / "faults.json").write_text(json.dumps(self._rules))

    def received(self, operation: str, key: str) -> int:
        """As the ledger has it."""
        lines = [json.loads(line) for line in (self._folder / "warehouse.jsonl").read_text().splitlines()]
        wanted = ("in", operation, key)
        return sum((line["direction"], line["operation"], line["natural_key"]) == wanted for line in lines)

    def stir(self) -> None:
        """Orders sent and cancelled, stock adjusted and moved, goods taken in, a night."""
        product = self.in_stock()
        for quantity in (1, 3, 5):
            self.warehouse.send(self.warehouse.prepare_order(self.order(quantity=quantity)))
        undone = self.order()
        self.warehouse.send(self.warehouse.prepare_order(undone))
        self._knock("adjust", {"product": product, "quantity": -2})
        self._knock("adjust", {"product": product, "quantity": 4})
        self._knock("move", {"product": product, "quantity": 1, "to": "Quarantine"})
        self._knock("deliver", {"lines": {product: 7}})
        self.wait(hours=1, minutes=20)
        self.warehouse.send(self.warehouse.prepare_cancel(undone.number, reason_code="001"))
        for _ in range(4):
            self.wait(hours=6)

    def _knock(self, name: str, told: dict[str, Any]) -> None:
        answer = self._door.post(f"/{name}", json=told)
        assert answer.status_code == 200, answer.text

    async def _counted(self) -> None:
        await self._tick()
        self._ticks += 1

    def _receive(self, request: httpx.Request) -> httpx.Response:
        self.pushed.append(Pushed(request.url.path, request.content))
        return httpx.Response(200)

    def _set_clock(self) -> None:
        file = self._folder / "clock.json"
        file.write_text(json.dumps({"epoch": self.now.isoformat(), "factor": 1e-12}))
        os.utime(file, ns=(int(self.now.timestamp()) * 10**9,) * 2)


ADAPTERS: dict[str, Callable[..., SekoSite]] = {"seko": SekoSite}


@contextmanager
def opened(adapter: str, folder: Path, **settings: Any) -> Iterator[Site]:
    """A site of an adapter, closed after use."""
    site = ADAPTERS[adapter](folder, **settings)
    try:
        yield site
    finally:
        site.close()
