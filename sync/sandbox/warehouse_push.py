"""The push scheduler: what leaves the warehouse by itself, its retries and its gaps (SEKO contract 6.1).

Every push is a document with its sequence number, state and next try, so that a killed warehouse goes on where it was.
States: ``waiting``, ``sent``, ``refused`` (answered 400: never tried again), ``given_up`` (all retries used), ``lost``
(never sent at all).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

import httpx

from .store import Document
from .warehouse_lifecycle import departure, has_left, moment, stamp
from .warehouse_messages import BUILDERS, DISPATCH, GRN, TRACKING, encode
from .warehouse_world import World

PUSH = "push"
ANSWER_SECONDS = 10.0


class Outbox:
    """Pushes of all services. One run at a time; within a run the calls leave one after the other."""

    def __init__(self, world: World, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.world = world
        self.settings = world.settings
        self._store = world.ground.store
        self._client = httpx.AsyncClient(
            timeout=ANSWER_SECONDS, follow_redirects=False, trust_env=False, transport=transport
        )
        self._busy = asyncio.Lock()
        self._slot: int | None = None
        self.pushes: dict[str, Document] = dict(self._store.all(PUSH))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def due(self) -> bool:
        """Whether the scheduler's next run has come; the first is at once, so that a restart delays nothing."""
        now = self.world.now()
        slot = int((now - self.world.ground.started) / self.settings.push_interval)
        if slot == self._slot:
            return False
        self._slot = slot
        return not self.settings.outage.cover(now - self.world.ground.started)

    async def run(self) -> None:
        """One run of the scheduler: make pushes for what was dispatched, then send all that is due."""
        async with self._busy:
            now = self.world.now()
            self.collect(now)
            if not self.settings.push_url:
                return
            due = [p for p in self.pushes.values() if p["state"] == "waiting" and moment(p["next_at"]) <= now]
            for push in [push for push in due if push["naughty"] and not push["tries"]]:
                await self._send([push])
            order = sorted(due, key=_call)
            for _, call in groupby(order, key=_call):
                await self._deliver(list(call), now)

    def collect(self, now: datetime) -> None:
        """Make the pushes of every dispatch that has left since the last run."""
        ready = [
            (order, shipment)
            for order in self.world.open.values()
            if order["push"] == "due"
            for shipment in order["dispatches"]
            if not shipment["pushed"] and has_left(order, shipment, now)
        ]
        ready.sort(key=lambda pair: (pair[0]["scenario"] == "naughty_push", departure(*pair)))
        services = (DISPATCH, TRACKING) if self.settings.tracking_push else (DISPATCH,)
        size = self.settings.push_batch
        for begin in range(0, len(ready), size):
            chunk = ready[begin : begin + size]
            for part, (order, shipment) in enumerate(chunk, start=1):
                with self._store.transaction():
                    shipment |= {"dispatch_number": self._dispatch_number(), "pushed": True}
                    for service in services:
                        self._make(
                            service, order, shipment, now, call=f"{stamp(now)}-{begin}", part=part, total=len(chunk)
                        )
                    self.world.dispatched(order)

    def put_back(self, orders: Iterable[Document]) -> None:
        """Announce the goods of cancelled orders that had been picked (SEKO contract 4.4)."""
        now = self.world.now()
        for order in orders:
            if self.settings.grn_push and order["cancel"]["picked"]:
                with self._store.transaction():
                    [shipment, *_] = order["dispatches"]
                    shipment["dispatch_number"] = self._dispatch_number()
                    self._make(GRN, order, shipment, now, call=f"{stamp(now)}-{order['id']}", part=1, total=1)
                    self.world.keep(order)

    async def resend(self, sequence: int, *, service: str = DISPATCH) -> dict[str, Any] | None:
        """Send one push again by hand, whatever became of it; None when there is no such sequence number."""
        push = self.pushes.get(_key(service, sequence))
        if push is None:
            return None
        async with self._busy:
            status = await self._send([push], note="sent again by hand")
        if status is not None and 200 <= status < 300:
            self._keep(push, state="sent")
        return {"sequence": sequence, "service": service, "status": status, "state": push["state"]}

    def counts(self) -> dict[str, int]:
        """How many pushes are in each state."""
        found: dict[str, int] = {}
        for push in self.pushes.values():
            found[push["state"]] = found.get(push["state"], 0) + 1
        return found

    def of(self, number: str) -> list[dict[str, Any]]:
        """The pushes of one order, without their bodies."""
        return [
            {k: v for k, v in push.items() if k != "body"} for push in self.pushes.values() if push["number"] == number
        ]

    async def _deliver(self, call: list[Document], now: datetime) -> None:
        """Send one call and note its outcome: 400 is not tried again, everything else that is no success is."""
        status = await self._send(call)
        delivered = status is not None and 200 <= status < 300
        for push in call:
            tries = push["tries"] + 1
            again = stamp(now + self.settings.push_interval)
            if delivered and push["naughty"] and tries == 1:
                self._keep(push, tries=tries, next_at=again)
            elif delivered or status == 400:
                self._keep(push, tries=tries, state="sent" if delivered else "refused")
            else:
                state = "waiting" if tries <= self.settings.push_retries else "given_up"
                self._keep(push, tries=tries, state=state, next_at=again)

    async def _send(self, call: list[Document], *, note: str = "") -> int | None:
        service = call[0]["service"]
        content, kind = encode([push["body"] for push in call], settings=self.settings)
        url = f"{self.settings.push_url.rstrip('/')}/{service}"
        status, answer = None, ""
        try:
            response = await self._client.post(url, content=content, headers={"Content-Type": kind})
            status, answer = response.status_code, response.text[:2000]
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            answer = type(fault).__name__
        sequences = ",".join(str(push["sequence"]) for push in call)
        self.world.ground.ledger.write(
            direction="push", method="POST", path=httpx.URL(url).path, operation=service,
            natural_key=",".join(push["number"] for push in call), body=content,
            applied=status is not None and 200 <= status < 300, status=status, answer=answer,
            note="; ".join(filter(None, [f"sequence {sequences}", f"try {call[0]['tries'] + 1}", note])),
        )  # fmt: skip
        return status

    def _make(
        self, service: str, order: Document, shipment: Document, now: datetime, *, call: str, part: int, total: int
    ) -> None:
        sequence = self._store.counter(f"sequence {service}")
        body = BUILDERS[service](order, shipment, settings=self.settings, sequence=sequence, part=part, total=total)
        push: Document = {
            "service": service, "sequence": sequence, "number": order["number"], "body": body, "call": call,
            "made_at": stamp(now), "next_at": stamp(now), "tries": 0,
            "state": "lost" if order["scenario"] == "lost_push" else "waiting",
            "naughty": order["scenario"] == "naughty_push",
        }  # fmt: skip
        self._keep(push)

    def _dispatch_number(self) -> str:
        return f"{self._store.counter('dispatch'):06d}"

    def _keep(self, push: Document, **changes: Any) -> None:
        push |= changes
        key = _key(push["service"], push["sequence"])
        self.pushes[key] = push
        self._store.put(PUSH, key, push)


def _key(service: str, sequence: int) -> str:
    return f"{service}:{sequence:09d}"


def _call(push: Document) -> tuple[str, str, int]:
    """Pushes of one call stay together, also when they are tried again."""
    return push["service"], push["call"], push["tries"]
