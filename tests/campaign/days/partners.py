"""Both simulated partners inside this process: worlds, gates and ledgers, without servers and without threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from django.test import Client

from sync.sandbox import scenarios
from sync.sandbox.faults import Faults
from sync.sandbox.gate import Question
from sync.sandbox.ground import open_ground
from sync.sandbox.marketplace.app import assemble
from sync.sandbox.marketplace.reference import CARRIERS
from sync.sandbox.marketplace.settings import MarketSettings
from sync.sandbox.marketplace.world import MarketWorld
from sync.sandbox.warehouse.app import Warehouse
from sync.sandbox.warehouse.settings import WarehouseSettings
from tests.campaign.days.clock import PartnerClock, VirtualClock
from tests.campaign.days.seeds import MARKET_KEY, MIX, OTHERS, WAREHOUSE_KEY, Plan
from tests.campaign.days.wire import to_its_end

PRODUCTS = 150
OPENING = timedelta(minutes=30)
PUSH_SLACK = timedelta(seconds=1)


class Door(httpx.AsyncBaseTransport):
    """The way of SEKO's pushes: into the product's own view. ``disturb`` may lose a push or its answer."""

    def __init__(self, disturb: Callable[[httpx.Request, bool], None]) -> None:
        self._client = Client()
        self._disturb = disturb

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        self._disturb(request, False)
        answer = self._client.post(
            request.url.path, data=content, content_type=request.headers.get("Content-Type", "application/json")
        )
        self._disturb(request, True)
        return httpx.Response(answer.status_code, content=answer.content)


class Partners:
    """What the day moves on, and what it leaves in its folder."""

    def __init__(self, folder: Path, scratch: Path, plan: Plan, clock: VirtualClock) -> None:
        self.plan, self.clock = plan, clock
        self.scenarios = scenarios.Plan(rates=_rates(plan))
        shared = {"seed": plan.seed, "plan": self.scenarios}
        self.market_settings = MarketSettings(
            data=scratch / "marketplace",
            ledger=folder / "marketplace.jsonl",
            key=MARKET_KEY,
            acceptance=_acceptance(plan),
            orders_per_day=0,
            burst=plan.orders,  # one customer after the other, whatever the hour
            max_orders=plan.orders,
            multi_shipment=plan.several,
            offer_quantity=0,
            debit_delay=timedelta(minutes=3),
            received_after=timedelta(hours=2),
            confirmation_refused_for=timedelta(hours=2),
            outage=plan.windows("away", "marketplace"),
            refuse_key=plan.windows("refuses", "marketplace"),
            **shared,
        )
        self._depot_settings = {
            "data": scratch / "warehouse", "ledger": folder / "warehouse.jsonl", "key": WAREHOUSE_KEY,
            "naive": plan.naive, "fulfil_hours": (0.5, 1.5), "second_parcel_hours": (0.5, 1.0), "push_minutes": 15.0,
            "stock_lag_minutes": plan.lag_minutes, "stock_pushes": True, "stock_events_per_day": 24.0,
            "stock_out_hours": 2.0, "outage": plan.windows("away", "warehouse"),
            "refuse_key": plan.windows("refuses", "warehouse"), **shared,
        }  # fmt: skip
        with self._own_clock("marketplace"), mock.patch("sync.sandbox.catalogue.PRODUCTS", PRODUCTS):
            ground = open_ground(self.market_settings, name="marketplace")
            opened = round((ground.started + OPENING).timestamp() * 1000)  # customers come once something is on offer
            ground.store.put("meta", "arrivals", {"made": 0, "next": opened})
            self.market = MarketWorld(ground, settings=self.market_settings)
            self.market_app = assemble(self.market)

    def open_warehouse(self, push_url: str, door: Door) -> None:
        """Open the warehouse once the address for its pushes is known."""
        settings = WarehouseSettings(push_url=push_url, **self._depot_settings)
        with self._own_clock("warehouse"), mock.patch("sync.sandbox.catalogue.PRODUCTS", PRODUCTS):
            self.depot = Warehouse(settings, push_transport=door)
            self.depot_app = self.depot.app()
        self._slots = self.depot.ground.started

    def _own_clock(self, side: str) -> mock._patch[object]:
        return mock.patch("sync.sandbox.ground.SandboxClock", return_value=PartnerClock(self.plan.ahead[side]))

    def tick_market(self) -> None:
        """Let the marketplace catch up with the clock."""
        self.market.tick()

    def settle_depot(self) -> None:
        """Let the warehouse catch up with the clock; pushes leave with :meth:`push`."""
        self.depot.world.settle()
        self.depot.back_orders.settle()

    def push(self) -> None:
        """Run the warehouse's clockwork, pushes included."""
        to_its_end(self.depot.tick())

    def next_push(self) -> datetime:
        """When the push scheduler runs next, by our clock."""
        interval, started = self.depot.settings.push_interval, self._slots - self.plan.ahead["warehouse"]
        runs = int((self.clock.now - started) / interval) + 1
        return started + interval * runs + PUSH_SLACK

    def next_of_market(self) -> datetime | None:
        """When a customer comes or time moves an order on, by our clock."""
        due = [*self.market.agenda._due.values()]
        told = self.market.ground.store.get("meta", "arrivals") or {}
        if told.get("next") is not None and told["made"] < self.plan.orders:
            due.append(told["next"])
        return datetime.fromtimestamp(min(due) / 1000, UTC) - self.plan.ahead["marketplace"] if due else None

    def scenario(self, order_id: str) -> str | None:
        """What was injected into an order."""
        return scenarios.scenario_of(order_id, self.plan.seed, self.scenarios)

    def approved(self) -> list[str]:
        """The carrier codes that the marketplace has on its list."""
        return [each["code"] for each in CARRIERS]

    def lengths(self) -> dict[str, int]:
        """How many lines each ledger has."""
        return {"marketplace": self.market.ground.ledger._seq, "warehouse": self.depot.ground.ledger._seq}

    def faults(self, side: str) -> Faults:
        """The switchboard of one partner."""
        return self.market.ground.faults if side == "marketplace" else self.depot.ground.faults

    def rules(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The rules that stayed in force, by what they are; a load is proved by its status, tracking is never asked."""
        for partner in (self.market, self.depot):
            for rule in partner.ground.faults.state():
                if rule["operation"] == "tracking":
                    continue
                name = (
                    rule["name"] if rule["name"].startswith("campaign") else f"scenario: {rule['name'].split(' JL')[0]}"
                )
                yield name, rule

    def identify(self, side: str) -> Callable[[Question], tuple[str, str]]:
        """What a partner calls a request."""
        return self.market_app._identify if side == "marketplace" else self.depot_app._identify

    def window(self, side: str) -> str:
        """What a partner as a whole does at this moment: ``away``, ``refuses`` our key, or nothing of the kind."""
        settings = self.market_settings if side == "marketplace" else self.depot.settings
        ground = self.market.ground if side == "marketplace" else self.depot.ground
        age = ground.clock.now() - ground.started
        return "away" if settings.outage.cover(age) else "refuses" if settings.refuse_key.cover(age) else ""

    def close(self) -> None:
        """Close the files."""
        self.market.ground.close()
        to_its_end(self.depot.close())


def _rates(plan: Plan) -> dict[str, float]:
    if not plan.mixed:
        return {}
    return {name: MIX.get(name, OTHERS) for name in scenarios.SCENARIOS}


def _acceptance(plan: Plan) -> str:
    return "manual" if plan.seed % 3 == 0 else "automatic"
