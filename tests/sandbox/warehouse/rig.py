"""A simulated warehouse on a clock that only moves when a test says so, with a receiver for its pushes."""

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient

from sync.sandbox.scenarios import Plan, order_id_by_hand
from sync.sandbox.warehouse.app import Warehouse
from sync.sandbox.warehouse.settings import WarehouseSettings

KEY = "a-key"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLAIN = "JL70000001-A"


class Rig:
    """One warehouse, its client, and what its pushes brought."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.changes = changes
        self.time = START
        self.answers: list[int | Exception] = []
        self.received: list[tuple[str, dict[str, Any]]] = []
        self._set_clock()
        self.start()

    def start(self) -> None:
        """Open the world: the first time and after a stop."""
        told = {"push_url": "http://127.0.0.1:9/push/shop/secret", "plan": Plan(rates={}), "timeout_seconds": 0.01}
        settings = WarehouseSettings(
            data=self.folder, key=KEY, clock_file=self.folder / "clock.json", **(told | self.changes)
        )
        self.warehouse = Warehouse(settings, push_transport=httpx.MockTransport(self._receive))
        self.world, self.outbox = self.warehouse.world, self.warehouse.outbox
        self.client = TestClient(self.warehouse.app(), base_url="http://warehouse.test")

    def wait(self, **span: float) -> None:
        """Let sandbox time pass and do what the clockwork does."""
        self.time += timedelta(**span)
        self._set_clock()
        with ThreadPoolExecutor(1) as apart:  # a browser test of the same run may hold a loop in this thread
            apart.submit(asyncio.run, self.warehouse.tick()).result()

    def submit(self, number: str = PLAIN, *, lines: Any = None, **address: str) -> dict[str, Any]:
        """Send an order and return the verdict, unwrapped."""
        return self.send(order(number, lines=lines or [(self.code(0), 2)], **address))

    def send(self, body: Any) -> dict[str, Any]:
        """Send any body as JSON and return the verdict, unwrapped."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.client.post(
            "/api/salesorders/v4/websubmit",
            params={"api_key": KEY},
            content=raw,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 200
        told = answer.json()
        return told.get("Response", told)

    def message(self, **given: Any) -> str:
        """The message of a refused order."""
        told = self.submit(**given)
        assert told["CallStatus"]["Success"] is False
        assert told["CallStatus"]["Code"] == 100
        return told["CallStatus"]["Message"]

    def cancel(self, number: str) -> dict[str, Any]:
        """Cancel an order and return the verdict, unwrapped."""
        told = self.client.post(f"/api/salesorders/v3/{number}/cancel", params={"api_key": KEY}).json()
        return told.get("Response", told)["CallStatus"]

    def status(self, guid: str, what: str = "status") -> Any:
        """The gen-A read-back, inside its wrapper."""
        return self.client.get(f"/api/salesorders/v1/{guid}/{what}.json", params={"token": KEY}).json()["Response"]

    def stock(self, code: str) -> dict[str, int]:
        """Quantity per location type."""
        told = self.client.get(
            "/api/stock/v3/quantity",
            params={"api_key": KEY, "productCodes": code},
            headers={"Accept": "application/json"},
        ).json()
        return {row["LocationType"]: row["Quantity"] for row in told["List"].get("StockQuantityLineItem", [])}

    def code(self, place: int) -> str:
        """The product at a place of the catalogue, among those with stock."""
        return [code for code in self.world.stock.codes() if self.world.stock.free(code) > 500][place]

    def dispatches(self) -> list[dict[str, Any]]:
        """Every dispatch that was pushed and answered, in order of arrival."""
        return [entry["Response"]["Dispatch"] for _, body in self.received for entry in body["Responses"]]

    def ledger(self) -> list[dict[str, Any]]:
        """The lines of the ledger."""
        return [json.loads(line) for line in (self.folder / "warehouse.jsonl").read_text().splitlines()]

    def _receive(self, request: httpx.Request) -> httpx.Response:
        outcome = self.answers.pop(0) if self.answers else 200
        if isinstance(outcome, Exception):
            raise outcome
        self.received.append((request.url.path, json.loads(request.content)))
        return httpx.Response(outcome)

    def _set_clock(self) -> None:
        file = self.folder / "clock.json"
        file.write_text(json.dumps({"epoch": self.time.isoformat(), "factor": 1e-12}))
        os.utime(file, ns=(int(self.time.timestamp()) * 10**9,) * 2)


def order(number: str, *, lines: Any, **address: str) -> dict[str, Any]:
    """A web sales order as a client sends it."""
    delivery = {
        "FirstName": "Ada", "LastName": "Example", "Line1": "1 Sample Road", "City": "Leeds", "County": "",
        "PostcodeZip": "LS1 1AA", "CountryCode": "GBR", "PhoneNumber": "07700 900000",
    }  # fmt: skip
    return {
        "WebSalesOrder": {"SalesOrderNumber": number, "SalesOrderReference": number[:-2], "CurrencyCode": "GBP"},
        "DeliveryDetails": delivery | address,
        "List": {
            "SalesOrderLineItem": [
                {"LineNumber": place, "ProductCode": code, "Quantity": quantity}
                for place, (code, quantity) in enumerate(lines, start=1)
            ]
        },
    }


def number_of(scenario: str, running: int = 1) -> str:
    """An order number in which a scenario happens."""
    return order_id_by_hand(scenario, running)
