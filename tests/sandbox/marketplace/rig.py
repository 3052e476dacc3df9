"""A simulated marketplace on a clock that only moves when a test says so."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from sync.sandbox.ground import open_ground
from sync.sandbox.marketplace.app import assemble
from sync.sandbox.marketplace.settings import MarketSettings
from sync.sandbox.marketplace.world import MarketWorld
from sync.sandbox.scenarios import Plan

KEY = "a-key"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
STILL = 1e-9


class Market:
    """One marketplace and a client that knows its key."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.changes = {"orders_per_day": 0, "plan": Plan(rates={}), "max_orders": 0} | changes
        self.time = START
        self._set_clock()
        self.start()

    def start(self) -> None:
        """Open the world: the first time, and after the process was killed (nothing is closed before)."""
        clock_file = self.folder / "clock.json"
        told = {"data": self.folder, "key": KEY, "clock_file": clock_file, "timeout_seconds": 0.01}
        settings = MarketSettings(**(told | self.changes))
        self.world = MarketWorld(open_ground(settings, name="marketplace"), settings=settings)
        self.client = TestClient(assemble(self.world), headers={"Authorization": KEY})
        self.world.tick()

    def wait(self, *, step: timedelta = timedelta(minutes=1), **span: float) -> None:
        """Let sandbox time pass, a tick each `step`."""
        end = self.time + timedelta(**span)
        while self.time < end:
            self.time = min(end, self.time + step)
            self._set_clock()
            self.world.tick()

    def make(self, scenario: str | None = None, **told: Any) -> str:
        """Make one order by hand and return its id."""
        answer = self.client.post("/_sandbox/order", json={"scenario": scenario, **told})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["order_id"])

    def order(self, order_id: str) -> dict[str, Any]:
        """An order as OR11 shows it."""
        found = self.client.get("/api/orders", params={"order_ids": order_id}).json()["orders"]
        assert len(found) == 1
        return dict(found[0])

    def state(self, order_id: str) -> str:
        """The state of an order."""
        return str(self.order(order_id)["order_state"])

    def accept(self, order_id: str, *refused: int) -> Any:
        """OR21: every line accepted but those at the `refused` places (from 0)."""
        lines = [line["order_line_id"] for line in self.order(order_id)["order_lines"]]
        body = [{"id": line, "accepted": place not in refused} for place, line in enumerate(lines)]
        return self.client.put(f"/api/orders/{order_id}/accept", json={"order_lines": body})

    def paid(self, scenario: str | None = None, **told: Any) -> str:
        """Make an order, accept it, and wait until it may be shipped."""
        order_id = self.make(scenario, **told)
        assert self.accept(order_id).status_code == 204
        self.wait(minutes=12)
        return order_id

    def track(self, order_id: str, carrier: str | None = "DPD_UK", number: str | None = "15501234567890") -> Any:
        """OR23."""
        body = {"carrier_code": carrier, "tracking_number": number}
        return self.client.put(f"/api/orders/{order_id}/tracking", json=body)

    def ship(self, order_id: str) -> Any:
        """OR24."""
        return self.client.put(f"/api/orders/{order_id}/ship")

    def stock(self, text: str) -> Any:
        """STO01 with this file."""
        files = {"file": ("stock.csv", text.encode("utf-8"), "text/csv")}
        return self.client.post("/api/offers/stock/imports", files=files)

    def fault(self, operation: str, kind: str, **told: Any) -> None:
        """Arm a fault."""
        answer = self.client.post("/_sandbox/fault", json={"operation": operation, "kind": kind, **told})
        assert answer.status_code == 201, answer.text

    def left(self, sku: str) -> int:
        """What an offer shows, as OF21 tells it."""
        (offer,) = self.client.get("/api/offers", params={"sku": sku}).json()["offers"]
        return int(offer["quantity"])

    def offer_notes(self, sku: str) -> list[str]:
        """What the ledger tells of an offer."""
        return [line["note"] for line in self.ledger() if line["operation"] == "offer" and line["natural_key"] == sku]

    def ledger(self) -> list[dict[str, Any]]:
        """Every line of the ledger."""
        lines = (self.folder / "marketplace.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def _set_clock(self) -> None:
        fresh = self.folder / "clock.new"
        fresh.write_text(json.dumps({"epoch": self._epoch(), "factor": STILL}), encoding="utf-8")
        os.replace(fresh, self.folder / "clock.json")

    def _epoch(self) -> str:
        """The epoch that makes the present real moment the rig's time: real time adds next to nothing."""
        drift = (datetime.now(UTC) - self.time) * STILL
        return (self.time - drift).isoformat()
