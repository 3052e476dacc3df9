"""One seed, one simulated day: product and partners in one process under one clock, and a folder of evidence."""

from __future__ import annotations

import gc
import logging
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.conf import settings
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
from tests.campaign.days import databases, evidence
from tests.campaign.days.clock import VirtualClock
from tests.campaign.days.expected import expected
from tests.campaign.days.late_list import HIDDEN, shown_late
from tests.campaign.days.nemesis import Killed, Nemesis
from tests.campaign.days.partners import Door, Partners
from tests.campaign.days.people import UNMAPPED, People
from tests.campaign.days.seeds import HOSTS, MARKET_KEY, MARKET_URL, SHOP, WAREHOUSE_KEY, WAREHOUSE_URL, Plan
from tests.campaign.days.wire import Wire

TICK = timedelta(minutes=2)  # what falls due within so short a time is done together, as by workers that are busy
SECONDS_A_TURN = 20.0
MOST_TURNS = 60
CHECKPOINTS = 3
MARKED = 20  # customers whose data is looked for where it does not belong
# Flows that seldom have anything to do: nobody wakes for them alone before they are late by so much.
PATIENCE = {
    "store-references": timedelta(minutes=20),
    "watch": timedelta(minutes=14),
    "publish-stock": timedelta(seconds=30),
    "watch-stock": timedelta(minutes=25),
    "backfill": timedelta(minutes=10),
}  # fmt: skip

# When each lane, lease, flow and pause of the product wants to be looked at next.
_NEXT = """
SELECT 'lane', lane, min(due_at) FROM sync_item WHERE status IN ('ready', 'waiting', 'unknown') AND due_at IS NOT NULL
GROUP BY lane
UNION ALL SELECT 'lease', '', min(lease_until) + interval '1 ms' FROM sync_item WHERE status = 'leased'
UNION ALL SELECT 'flow', flow, greatest(due_at, leased_until) FROM sync_flowstate
    WHERE flow <> 'probe-partners' OR EXISTS (SELECT 1 FROM sync_partnerstate WHERE is_open)
UNION ALL SELECT 'pause', '', min(until) FROM sync_pause WHERE ended_at IS NULL
"""


class Stuck(Exception):
    """The product goes round in circles without letting time pass."""


class Day:
    """Lives one day and writes its evidence into ``folder``."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.clock = VirtualClock(plan.start)
        self.nemesis = Nemesis(plan, self.clock)
        self.rounds = self.checkpoints = 0
        self.fenced = _Fenced()

    def run(self) -> None:
        """From an empty database to the folder of evidence."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob("*.jsonl"):
            path.unlink()
        memory = Path("/dev/shm")
        scratch = Path(tempfile.mkdtemp(prefix="campaign-", dir=memory if memory.is_dir() else None))
        try:
            with ExitStack() as stack:
                stack.enter_context(_nothing_collected())
                stack.enter_context(databases.fresh())
                stack.enter_context(self._settings())
                stack.enter_context(self.clock)
                stack.enter_context(self._instead())
                self.partners = Partners(self.folder, scratch, self.plan, self.clock)
                if self.plan.shows_late:
                    stack.enter_context(shown_late(self.partners.market, self.plan.seed, self.nemesis.held_back))
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
            stack.enter_context(mock.patch("sync.sandbox.marketplace.flow.BURST_SPAN", self.plan.arrivals))
            stack.enter_context(mock.patch("sync.sandbox.gate.asyncio", self.clock.as_asyncio()))
            stack.enter_context(mock.patch("sync.doorbell.ring", _nobody_listens))
            partners_of._open.clear()
            business.forget()
            watched, everything = logging.getLogger("sync.loop.work"), logging.getLogger()
            watched.addFilter(self.fenced)
            written = logging.FileHandler(self.folder / "product.log", mode="w")
            told = dict(settings.LOGGING["formatters"]["structured"])
            written.setFormatter(told.pop("()")(**told))
            everything.addHandler(written)
            try:
                yield
            finally:
                everything.removeHandler(written)
                written.close()
                watched.removeFilter(self.fenced)
                partners_of._open.clear()

    def _adapter(self, kind: type, side: str) -> partial:
        return partial(kind, inner=_Late(self, side))

    def _live(self) -> None:
        self._connect()
        feeds.ensure_states()
        stops = [self.plan.start + self.plan.length * part / CHECKPOINTS for part in range(1, CHECKPOINTS + 1)]
        for stop in stops:
            while self.clock.now < stop:
                wanted = self._round()
                self._advance(stop, wanted)
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
        self.partners.open_warehouse(push_url, Door(self.nemesis.push))
        self.nemesis.partners(self.partners)
        carriers.fill(SHOP)
        self.people = People(self.plan, self.clock)

    def wire(self, side: str) -> Wire:
        """The line to one partner."""
        draw = self.plan.draw("latency", side)
        market = side == "marketplace"
        return Wire(
            self.partners.market_app if market else self.partners.depot_app, self.clock,
            settle=self.partners.tick_market if market else self.partners.settle_depot,
            before=partial(self.nemesis.before, side), after=self.nemesis.after,
            latency=lambda: 0.02 + draw.random() * 0.2,
        )  # fmt: skip

    def _round(self) -> list[tuple[str, str, datetime]]:
        """What the product's processes do until nothing is due any more; returns what they want to do later."""
        self.rounds += 1
        self.partners.tick_market()
        self.partners.push()
        errands.run(seconds=1.0)
        if self.plan.mixed and self.people.next <= self.clock.now:
            self.people.act()
        for _ in range(MOST_TURNS):
            wanted = self._wanted()
            due = {(kind, name) for kind, name, at in wanted if at <= self.clock.now}
            if not due:
                return wanted
            self._turn({kind for kind, _ in due}, {name for kind, name in due if kind == "flow"})
        raise Stuck(f"{self.clock.now:%d %H:%M:%S}: {self._wanted()}")

    def _turn(self, kinds: set[str], flows: set[str]) -> None:
        if "lease" in kinds:
            lanes.sweep()
        if "pause" in kinds:
            pausing.end_expired()
        if "lane" in kinds:
            for lane in sorted(lanes.due_lanes()):
                with suppress(Killed):
                    work.drain(lane, seconds=SECONDS_A_TURN)
        if flows:
            for state in sorted(feeds.due(), key=lambda state: (state.due_at, state.flow)):
                if state.flow in flows:
                    with suppress(Killed):
                        feeds.run(state)

    def _wanted(self) -> list[tuple[str, str, datetime]]:
        with database.cursor() as cursor:
            cursor.execute(_NEXT)
            rows = cursor.fetchall()
        return [(kind, name, at + PATIENCE.get(name, timedelta(0))) for kind, name, at in rows if at is not None]

    def _advance(self, ends: datetime, wanted: list[tuple[str, str, datetime]]) -> None:
        """Let time pass until something is due, the partners' worlds moving on by themselves meanwhile."""
        due = [at for _, _, at in wanted]
        target = max(min([ends, self.partners.next_push(), self.people.next, *due]), self.clock.now + TICK)
        while True:
            market = self.partners.next_of_market()
            if market is None or market >= target:
                break
            self.clock.move_to(market)
            self.partners.tick_market()
        self.clock.move_to(target)

    def _checkpoint(self) -> None:
        """The books at a quiet moment of the day, for what must hold at any time."""
        self.checkpoints += 1
        folder = self.folder / "checkpoints" / f"{self.checkpoints:02d}"
        evidence.export(folder, without=frozenset({"stock_levels"}))
        evidence.write(folder / "at.json", {**self.partners.lengths(), "time": self.clock.now.isoformat()})

    def counts(self) -> dict[str, int]:
        """What was seen besides the faults."""
        return {
            "writers fenced out": self.fenced.seen, "people refused": self.people.refused, "rounds": self.rounds,
            "days with clocks apart": int(any(self.plan.ahead.values())),
        }  # fmt: skip

    def _told(self) -> dict[str, Any]:
        """What was done and armed, in the campaign's own words."""
        plan, start = self.plan, self.plan.start
        mapped = [[courier, service, code, start.isoformat(), None] for courier, service, code in carriers.MAPPED]
        if self.people.mapped_at:
            mapped.append([*UNMAPPED, self.people.mapped_at.isoformat(), None])
        return {
            "tier": "core", "seed": plan.seed, "orders": len(self.partners.market.orders), "naive": plan.naive,
            "several": plan.several, "policy": dict(plan.policy), "started": start.isoformat(),
            "faults_ended": (start + plan.troubled).isoformat(), "ended": self.clock.now.isoformat(),
            "carriers": mapped, "approved": dict.fromkeys(self.partners.approved()), "expected": expected(
                self.partners, plan, self.folder / "warehouse.jsonl",
                mapped_at=self.people.mapped_at, ended=self.clock.now, nemesis=self.nemesis,
            ), "people": self.people.done, "faults": self.nemesis.report(),
            "canaries": [MARKET_KEY, WAREHOUSE_KEY, *self._marked_customers()], "unheard": self.nemesis.unheard,
            "skew": {side: ahead / timedelta(minutes=1) for side, ahead in plan.ahead.items()},
            "visible_late_minutes": 2 * HIDDEN / timedelta(minutes=1) if plan.shows_late else 0,
            "watch_minutes": 1 + PATIENCE["watch"] / timedelta(minutes=1), "lag_minutes": plan.lag_minutes, "speed": 1,
        }  # fmt: skip

    def _marked_customers(self) -> list[str]:
        """Streets and mail addresses that stand in no export and in no line of the log."""
        marked = list(self.partners.market.orders.values())[:MARKED]
        mail = {f"notification+{order['number']:x}@" for order in marked}
        return sorted(mail | {order["address"]["street_1"] for order in marked})


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A day is short: looking for cycles in all that it made costs more than the memory they hold until its end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def _nobody_listens(lane: str) -> bool:
    """The bell needs no Redis here: the runner looks at the lanes by itself."""
    return True


class _Fenced(logging.Filter):
    """Counts the workers that found their lease gone."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Look at a line of the loop's log."""
        self.seen += record.msg.startswith("fenced out")
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
