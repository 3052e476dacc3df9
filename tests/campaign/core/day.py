"""One seed, one simulated day: product and partners in one process under one clock, and a folder of evidence."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.db import connection as database
from django.test import override_settings

from exceptions.groups import grant
from jlseko import clock as business
from jlseko.demo import carriers
from sync import lanes, partners_of
from sync.connections import connecting
from sync.loop import errands, feeds, pausing, work
from sync.partners.mirakl.adapter import MiraklMarketplace
from sync.partners.seko.adapter import SekoWarehouse
from tests.campaign.core import databases, evidence
from tests.campaign.core.clock import VirtualClock
from tests.campaign.core.partners import Door, Partners
from tests.campaign.core.seeds import HOSTS, MARKET_KEY, MARKET_URL, SHOP, WAREHOUSE_KEY, WAREHOUSE_URL, Plan
from tests.campaign.core.wire import Wire

TICK = timedelta(seconds=5)  # the product's own ticker looks about so often
SECONDS_A_TURN = 20.0
MOST_TURNS = 60
CHECKPOINTS = 3
# Flows that seldom have anything to do: nobody wakes for them alone before they are late by so much.
PATIENCE = {
    "probe-partners": timedelta(minutes=10), "store-references": timedelta(minutes=10), "watch": timedelta(minutes=10),
    "publish-stock": timedelta(seconds=30), "watch-stock": timedelta(minutes=15), "backfill": timedelta(minutes=5),
}  # fmt: skip

_NEXT = """
SELECT min(due_at) FILTER (WHERE status IN ('ready', 'waiting', 'unknown')),
       min(lease_until) FILTER (WHERE status = 'leased')
FROM sync_item WHERE status IN ('ready', 'waiting', 'unknown', 'leased')
"""


class Stuck(Exception):
    """The product goes round in circles without letting time pass."""


class Day:
    """Lives one day and writes its evidence into ``folder``."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.clock = VirtualClock(plan.start)
        self.rounds = self.checkpoints = 0

    def run(self) -> None:
        """From an empty database to the folder of evidence."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob("*.jsonl"):
            path.unlink()
        memory = Path("/dev/shm")
        scratch = Path(tempfile.mkdtemp(prefix="campaign-", dir=memory if memory.is_dir() else None))
        try:
            with ExitStack() as stack:
                stack.enter_context(databases.fresh())
                stack.enter_context(self._settings())
                stack.enter_context(self.clock)
                stack.enter_context(self._instead())
                self.partners = Partners(self.folder, scratch, self.plan, self.clock)
                try:
                    self._live()
                    evidence.export(self.folder)
                    evidence.write(self.folder / "plan.json", self._told())
                finally:
                    self.partners.close()
        finally:
            shutil.rmtree(scratch)

    def _settings(self) -> override_settings:
        return override_settings(
            WORKER_THREADS=1, ALLOWED_REMOTE_HOSTS=HOSTS, CLOCK_FILE="", CLOCK_EPOCH=None,
            PUBLIC_URL="https://desk.campaign.example", ALLOWED_HOSTS=["testserver"],
        )  # fmt: skip

    @contextmanager
    def _instead(self) -> Iterator[None]:
        """What the product's modules find instead of time, chance and network."""
        time, draw = self.clock.as_time(), self.plan.draw("product")
        names = random.Random(f"names {self.plan.seed}")
        wires = {
            "sync.partners.registry.MARKETPLACES": {"mirakl": self._adapter(MiraklMarketplace, "marketplace")},
            "sync.partners.registry.WAREHOUSES": {"seko": self._adapter(SekoWarehouse, "warehouse")},
        }
        with ExitStack() as stack:
            for module in ("sync.partners.transport", "sync.partners.network", "sync.loop.work",
                           "exceptions.services.running"):  # fmt: skip
                stack.enter_context(mock.patch(f"{module}.time", time))
            for target, instead in wires.items():
                stack.enter_context(mock.patch.dict(target, instead))
            stack.enter_context(mock.patch("sync.partners.transport._JITTER", draw))
            stack.enter_context(mock.patch("sync.backoff.random", draw))
            uuids = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=f"{names.getrandbits(128):032x}"))
            stack.enter_context(mock.patch("sync.stock.files.uuid", uuids))
            stack.enter_context(mock.patch("sync.sandbox.gate.asyncio", self.clock.as_asyncio()))
            stack.enter_context(mock.patch("sync.doorbell.ring", _nobody_listens))
            partners_of._open.clear()
            business.forget()
            try:
                yield
            finally:
                partners_of._open.clear()

    def _adapter(self, kind: type, side: str) -> partial:
        return partial(kind, inner=_Late(self, side))

    def _live(self) -> None:
        self._connect()
        stops = [self.plan.start + self.plan.length * part / CHECKPOINTS for part in range(1, CHECKPOINTS + 1)]
        for stop in stops:
            while self.clock.now < stop:
                self._round()
                self._advance(stop)
            self._round()
            if stop != stops[-1]:
                self._checkpoint()

    def _connect(self) -> None:
        grant()
        connection = connecting.connect(
            SHOP, marketplace=connecting.Address("mirakl", MARKET_URL),
            warehouse=connecting.Address("seko", WAREHOUSE_URL), status_url="",
            marketplace_key=MARKET_KEY, warehouse_key=WAREHOUSE_KEY,
            settings_text=[f"{name}={value}" for name, value in self.plan.policy.items()],
        )  # fmt: skip
        push_url = f"https://desk.campaign.example{connecting.push_path(connection)}"
        self.partners.open_warehouse(push_url, Door(self._disturb_push))
        carriers.fill(SHOP)
        self.connection = connection

    def wire(self, side: str) -> Wire:
        """The line to one partner."""
        draw = self.plan.draw("latency", side)
        market = side == "marketplace"
        return Wire(
            self.partners.market_app if market else self.partners.depot_app, self.clock,
            settle=self.partners.tick_market if market else self.partners.settle_depot,
            disturb=lambda request: None, latency=lambda: 0.02 + draw.random() * 0.2,
        )  # fmt: skip

    def _disturb_push(self, request: object, taken: bool) -> None:
        return None

    def _round(self) -> None:
        """What the product's processes do until nothing is due any more."""
        self.rounds += 1
        self.partners.tick_market()
        self.partners.push()
        feeds.ensure_states()
        for _ in range(MOST_TURNS):
            steps = lanes.sweep() + pausing.end_expired()
            for lane in lanes.due_lanes():
                steps += work.drain(lane, seconds=SECONDS_A_TURN)
            for state in sorted(feeds.due(), key=lambda state: (state.due_at, state.flow)):
                if not self._can_wait(state.flow, state.due_at):
                    steps += feeds.run(state)
            steps += errands.run(seconds=1.0)
            if not steps:
                return
        raise Stuck(f"{self.clock.now:%d %H:%M:%S}: {lanes.due_lanes()} {[state.flow for state in feeds.due()]}")

    def _can_wait(self, flow: str, due_at: datetime) -> bool:
        return self.clock.now < due_at + PATIENCE.get(flow, timedelta(0))

    def _advance(self, ends: datetime) -> None:
        """Let time pass until something is due, the partners' worlds moving on by themselves meanwhile."""
        target = max(min([ends, self.partners.next_push(), *self._due()]), self.clock.now + TICK)
        while True:
            market = self.partners.next_of_market()
            if market is None or market >= target:
                break
            self.clock.move_to(market)
            self.partners.tick_market()
        self.clock.move_to(target)

    def _due(self) -> Iterator[datetime]:
        with database.cursor() as cursor:
            cursor.execute(_NEXT)
            yield from (moment for moment in cursor.fetchone() or () if moment is not None)
            cursor.execute("SELECT flow, due_at, leased_until FROM sync_flowstate")
            for flow, due_at, leased in cursor.fetchall():
                yield max(leased or due_at, due_at) + PATIENCE.get(flow, timedelta(0))

    def _checkpoint(self) -> None:
        """The books at a quiet moment of the day, for what must hold at any time."""
        self.checkpoints += 1
        folder = self.folder / "checkpoints" / f"{self.checkpoints:02d}"
        evidence.export(folder, without=frozenset({"stock_levels"}))
        evidence.write(folder / "at.json", {**self.partners.lengths(), "time": self.clock.now.isoformat()})

    def _told(self) -> dict[str, Any]:
        """What was done and armed, in the campaign's own words."""
        plan, start = self.plan, self.plan.start
        mapped = [[courier, service, code, start.isoformat(), None] for courier, service, code in carriers.MAPPED]
        return {
            "tier": "core", "seed": plan.seed, "orders": len(self.partners.market.orders), "naive": plan.naive,
            "several": plan.several, "policy": dict(plan.policy), "started": start.isoformat(),
            "faults_ended": (start + plan.troubled).isoformat(), "ended": self.clock.now.isoformat(),
            "carriers": mapped, "approved": {}, "expected": self.partners.expected(), "people": [], "faults": {},
            "canaries": [MARKET_KEY, WAREHOUSE_KEY], "lag_minutes": plan.lag_minutes, "speed": 1,
        }  # fmt: skip


def _nobody_listens(lane: str) -> bool:
    """The bell needs no Redis here: the runner looks at the lanes by itself."""
    return True


class _Late:
    """A line that is laid when it is first used: the partners open after the product knows them."""

    def __init__(self, day: Day, side: str) -> None:
        self._day, self._side, self._wire = day, side, None

    def handle_request(self, request: object) -> object:
        if self._wire is None:
            self._wire = self._day.wire(self._side)
        return self._wire.handle_request(request)

    def close(self) -> None:
        """Nothing to give back."""
