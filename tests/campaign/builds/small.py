"""Builds that need more than one process's day to show: what Redis holds, and two tickers at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.db import close_old_connections, connections
from django.test import override_settings
from django.utils import timezone

from sync import doorbell
from sync.connections import connecting
from sync.loop import ticker
from sync.models import Order
from tests.campaign.builds.build import Build, Patches, SmallDay
from tests.campaign.days import databases, evidence
from tests.campaign.days.seeds import HOSTS, MARKET_KEY, MARKET_URL, WAREHOUSE_KEY, WAREHOUSE_URL

RING = doorbell.ring
SECONDS, PAUSE = 1.5, 0.05
TOGETHER = 30.0


def records_jobs(day: SmallDay) -> Patches:
    """Whatever is put into Redis is kept in the folder, and a customer is marked."""
    path = day.folder / "rq.jsonl"

    def enqueue(*told: Any, **named: Any) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([told, named], default=str) + "\n")

    queue = SimpleNamespace(count=0, enqueue=enqueue)
    path.unlink(missing_ok=True)
    day.each_round.append(lambda: _mark(day))
    return [
        mock.patch.object(doorbell, "ring", RING),
        mock.patch.object(doorbell, "django_rq", SimpleNamespace(get_queue=lambda name: queue)),
    ]


def _mark(day: SmallDay) -> None:
    """Every customer's postcode and street is a canary."""
    found = {MARKET_KEY, WAREHOUSE_KEY}
    for order in day.partners.market.orders.values():
        found |= {order["address"][name] for name in ("zip_code", "street_1") if order["address"].get(name)}
    day.told["canaries"] = sorted(found)


def tells_all(day: SmallDay) -> Patches:
    """The job is given the order's address, so that it need not be looked up."""

    def ring(lane: str) -> bool:
        last = Order.objects.filter(marketplace_state="SHIPPING").order_by("-id").first()
        told = last.address if last else {}
        doorbell.django_rq.get_queue("orders").enqueue("sync.loop.jobs.pump", lane, told)
        return True

    return [mock.patch.object(doorbell, "ring", ring)]


def two_tickers(build: Build, folder: Path, seed: int, wounded: bool) -> None:
    """Two tickers on one database for a moment; who rings the bell, and when, is the evidence."""
    folder.mkdir(parents=True, exist_ok=True)
    rings: list[dict[str, Any]] = []
    guard, stop = threading.Lock(), threading.Event()

    def ring(lane: str) -> bool:
        with guard:
            rings.append({"at": time.time(), "process": threading.current_thread().name, "lane": lane})
        return True

    began = timezone.now()
    with databases.fresh(), mock.patch.object(doorbell, "ring", ring), override_settings(ALLOWED_REMOTE_HOSTS=HOSTS):
        connecting.connect(
            "two", marketplace=connecting.Address("mirakl", MARKET_URL),
            warehouse=connecting.Address("seko", WAREHOUSE_URL), status_url="", marketplace_key=MARKET_KEY,
            warehouse_key=WAREHOUSE_KEY, settings_text=[],
        )  # fmt: skip
        with mock.patch.object(ticker, "is_leader", return_value=True) if wounded else nullcontext():
            threads = [threading.Thread(target=_tick, args=(stop.is_set,), name=f"ticker-{n}") for n in (1, 2)]
            for thread in threads:
                thread.start()
            time.sleep(SECONDS)
            stop.set()
            for thread in threads:
                thread.join(TOGETHER)
    for name in ("marketplace.jsonl", "warehouse.jsonl"):
        (folder / name).write_text("")
    (folder / "rings.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rings))
    plan = {"tier": "tickers", "seed": seed, "orders": 0, "started": began.isoformat(), "expected": [], "canaries": [],
            "ended": timezone.now().isoformat(), "rings": len(rings)}  # fmt: skip
    evidence.write(folder / "plan.json", plan)


def _tick(stopping: Callable[[], bool]) -> None:
    close_old_connections()
    try:
        ticker.run_forever(pause=PAUSE, stopping=stopping)
    finally:
        connections.close_all()


def nothing(day: SmallDay) -> Patches:
    """The wound is made where the build is lived."""
    return ()


BUILDS = (
    Build("PII put into the RQ arguments", "customers lie in Redis", frozenset({"I14"}), tells_all, world=records_jobs,
          hours=2.0),
    Build("ticker without lock", "two tickers ring at once", frozenset({"I12"}), nothing, lived=two_tickers),
)  # fmt: skip
