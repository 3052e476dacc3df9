"""The push scheduler: what leaves the warehouse by itself, and its retries (SEKO contract 6.1)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import httpx

from ..store import Document
from .collect import Collector
from .lifecycle import stamp
from .messages import DISPATCH, encode
from .push_book import PushBook
from .world import World

ANSWER_SECONDS = 10.0


class Outbox:
    """Pushes of all services. One run at a time; within a run the calls leave one after the other."""

    def __init__(self, world: World, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.world = world
        self.settings = world.settings
        self._client = httpx.AsyncClient(
            timeout=ANSWER_SECONDS, follow_redirects=False, trust_env=False, transport=transport
        )
        self._busy = asyncio.Lock()
        self._slot: int | None = None
        self.book = PushBook(world.ground, settings=world.settings)
        self.collector = Collector(world, self.book)

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
        """One run of the scheduler: make pushes for what happened, then send all that is due.

        Pushes of one call stay together, also when they are tried again.
        """
        async with self._busy:
            now = self.world.now()
            self.collector.collect(now)
            if not self.settings.push_url:
                return
            due = self.book.due(now)
            for push in [push for push in due if push["early"] and not push["tries"]]:
                await self._send([push])
            calls: dict[tuple[str, str, int], list[Document]] = {}
            for push in sorted(due, key=lambda push: (push["service"], push["sequence"])):
                calls.setdefault((push["service"], push["call"], push["tries"]), []).append(push)
            for call in calls.values():
                await self._deliver(call, now)

    async def resend(self, sequence: int, *, service: str = DISPATCH) -> dict[str, Any] | None:
        """Send one push again by hand, whatever became of it; None when there is no such sequence number."""
        push = self.book.find(service, sequence)
        if push is None:
            return None
        async with self._busy:
            status = await self._send([push], note="sent again by hand")
        if status is not None and 200 <= status < 300:
            self.book.keep(push, state="sent")
        return {"sequence": sequence, "service": service, "status": status, "state": push["state"]}

    async def _deliver(self, call: list[Document], now: datetime) -> None:
        """Send one call and note its outcome: 400 is not tried again, everything else that is no success is."""
        status = await self._send(call)
        delivered = status is not None and 200 <= status < 300
        for push in call:
            tries = push["tries"] + 1
            again = stamp(now + self.settings.push_interval)
            if delivered and push["twice"] and tries == 1:
                self.book.keep(push, tries=tries, next_at=again)
            elif delivered or status == 400:
                self.book.keep(push, tries=tries, state="sent" if delivered else "refused")
            else:
                state = "waiting" if tries <= self.settings.push_retries else "given_up"
                self.book.keep(push, tries=tries, state=state, next_at=again)

    async def _send(self, call: list[Document], *, note: str = "") -> int | None:
        service = call[0]["service"]
        content, kind = encode([self.book.body(push) for push in call], settings=self.settings)
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
