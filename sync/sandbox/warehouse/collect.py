"""What becomes a push: dispatches that left, stock events, and the snapshot of the night (SEKO contract 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from .. import witness
from ..store import Document
from . import stock_messages
from .cartons import CARTONS, cartons
from .events import ADJUSTMENT, ARRIVAL, MOVEMENT, RECEIPT
from .lifecycle import departure, has_left, stamp
from .messages import DISPATCH, TRACKING, dispatch, tracking
from .overnight import end_of_day, last_midnight, snapshot
from .push_book import Build, PushBook
from .world import World

META, NIGHT = "meta", "overnight"
RECORDS_PER_PART = 100
PARTS_PER_CALL = 10
BUILDERS = {DISPATCH: dispatch, TRACKING: tracking, CARTONS: cartons}
Entry = TypeVar("Entry")


class Collector:
    """Makes pushes; sending them is the outbox's work."""

    def __init__(self, world: World, book: PushBook) -> None:
        self.world = world
        self.book = book
        self.settings = world.settings
        self._store = world.ground.store
        wanted = {TRACKING: self.settings.tracking_push, CARTONS: self.settings.cartons}
        self._services = [service for service in BUILDERS if wanted.get(service, True)]
        told = self._store.get(META, NIGHT)
        self._night = told["at"] if told else ""

    def collect(self, now: datetime) -> None:
        """Make the pushes of everything that happened since the last run."""
        self._dispatches(now)
        with self._store.transaction():
            self._stock(now)

    async def nightly(self) -> None:
        """Make the overnight summary with the first tick of a day; the very first day of a world has none.

        It is a picture of one moment, but made part by part, so that a big one holds nobody up. One that a kill
        interrupts is made anew.
        """
        if not self.settings.stock_pushes:
            return
        now = self.world.now()
        midnight = last_midnight(now)
        if self._night == stamp(midnight):
            return
        if self._night:
            await self._summary(midnight, now)
        self._store.put(META, NIGHT, {"at": stamp(midnight)})
        self._night = stamp(midnight)

    def _dispatches(self, now: datetime) -> None:
        ready = [
            (order, shipment)
            for order in self.world.open.values()
            if order["push"] == "due"
            for shipment in order["dispatches"]
            if not shipment["pushed"] and has_left(order, shipment, now)
        ]
        ready.sort(key=lambda pair: (pair[0]["scenario"] == "naughty_push", departure(*pair)))
        for begin, chunk in _chunks(ready, self.settings.push_batch):
            for part, (order, shipment) in enumerate(chunk, start=1):
                with self._store.transaction():
                    shipment |= {"dispatch_number": f"{self._store.counter('dispatch'):06d}", "pushed": True}
                    for service in self._services:
                        self.book.make(
                            service, partial(BUILDERS[service], order, shipment, settings=self.settings), now,
                            number=order["number"], call=f"{stamp(now)}-{begin}", part=part, total=len(chunk),
                            scenario=order["scenario"],
                        )  # fmt: skip
                    self.world.dispatched(order)
                witness.dispatched(
                    self.world.ground.ledger, order["number"],
                    ((row["product"], row["sent"]) for row in shipment["lines"]), courier=shipment["courier"],
                    service=shipment["service"], tracking=shipment["tracking_number"],
                )  # fmt: skip

    def _stock(self, now: datetime) -> None:
        events = self.world.events.take_untold()
        settings, eans = self.settings, self.world.stock.eans
        adjust = partial(stock_messages.adjustment, eans=eans, settings=settings)
        for direction in ("Increase", "Decrease"):
            chosen = [e for e in events if e["kind"] == ADJUSTMENT and e["type"] == direction]
            self._make(stock_messages.ADJUSTMENT, chosen, adjust, now, call=direction)
        for kind, service, build in (
            (MOVEMENT, stock_messages.MOVEMENT, partial(stock_messages.movement, eans=eans, settings=settings)),
            (ARRIVAL, stock_messages.ARRIVE, partial(stock_messages.arrive, settings=settings)),
            (RECEIPT, settings.grn_service, partial(_receipt, settings=settings)),
        ):
            self._make(service, [event for event in events if event["kind"] == kind], build, now, call=kind)

    def _make(
        self,
        service: str,
        events: Sequence[Document],
        build: Callable[..., dict[str, Any]],
        now: datetime,
        *,
        call: str,
    ) -> None:
        for begin, chunk in _chunks(events, self.settings.push_batch):
            for part, event in enumerate(chunk, start=1):
                made: Build = partial(build, event)
                self.book.make(
                    service, made, now, number=_subject(event),
                    call=f"{stamp(now)}-{call}-{begin}", part=part, total=len(chunk),
                )  # fmt: skip

    async def _summary(self, midnight: datetime, now: datetime) -> None:
        world = self.world
        rows = snapshot(world.stock, world.visible_orders(), now, unseen=world.unseen())
        parts = list(_chunks(rows, RECORDS_PER_PART))
        for place, (_, chunk) in enumerate(parts, start=1):
            build = partial(stock_messages.overnight, chunk, end=end_of_day(midnight), settings=self.settings)
            await asyncio.sleep(0)
            self.book.make(
                stock_messages.OVERNIGHT, build, now, number=stamp(midnight),
                call=f"{stamp(now)}-{(place - 1) // PARTS_PER_CALL:05d}", part=place, total=len(parts),
            )  # fmt: skip


def _receipt(event: Document, **told: Any) -> dict[str, Any]:
    return stock_messages.goods_received(event["delivery"], **told)


def _subject(event: Document) -> str:
    """What a stock event is about: the product, or the order or delivery that the goods belong to."""
    if "delivery" in event:
        return str(event["delivery"]["reference"])
    if event["kind"] == ADJUSTMENT:
        return ",".join(line["product"] for line in event["lines"])
    return str(event["product"])


def _chunks(entries: Sequence[Entry], size: int) -> Iterator[tuple[int, Sequence[Entry]]]:
    for begin in range(0, len(entries), size):
        yield begin, entries[begin : begin + size]
