"""What the warehouse does to stock by itself: the plan comes true, and chance adds to it at a rate that is set."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .events import COUNTED, DAMAGED, SCRAPPED, Events
from .lifecycle import moment
from .settings import WarehouseSettings
from .stock import QUARANTINE

CHANCE = "chance"
TRIES = 20


class Routine:
    """Lets planned stock events happen when their time has come."""

    def __init__(self, events: Events, *, settings: WarehouseSettings, now: datetime) -> None:
        self.events = events
        self.stock = events.stock
        self.settings = settings
        self._codes = self.stock.codes()
        if settings.stock_events_per_day > 0 and self._codes and not events.planned(CHANCE):
            self._plan_chance(1, now)

    def settle(self, now: datetime) -> None:
        """Do what is due; the caller holds a transaction."""
        for doc in self.events.take_due(now):
            self._perform(doc, now)

    def _perform(self, doc: Mapping[str, Any], now: datetime) -> None:
        what = doc["what"]
        if what == CHANCE:
            self._by_chance(doc["number"], now)
            self._plan_chance(doc["number"] + 1, moment(doc["at"]))
        elif what == "arrive":
            told = {name: doc[name] for name in ("number", "reference", "guid")}
            self.events.arrive(doc["lines"], now, **told)
        elif what == "receive":
            self.events.receive(doc["delivery"], now)
        elif what == "move":
            self.events.move(doc["product"], doc["quantity"], now, origin=doc["origin"], to=doc["to"])
        elif what == "scrap":
            self.events.adjust({doc["product"]: -doc["quantity"]}, now, reason=SCRAPPED, place=QUARANTINE)

    def _plan_chance(self, number: int, after: datetime) -> None:
        if self.settings.stock_events_per_day > 0:
            gap = -math.log(1 - self._draw("gap", number).random()) / self.settings.stock_events_per_day
            self.events.plan(after + timedelta(days=gap), CHANCE, number=number)

    def _by_chance(self, number: int, now: datetime) -> None:
        draw = self._draw("event", number)
        code = self._product(draw)
        if code is None:
            return
        lot, some = draw.random(), min(self.stock.free(code), draw.randint(1, 12))
        if lot < 0.25:
            self.events.adjust({code: -some}, now, reason=DAMAGED)
        elif lot < 0.5:
            found = {self._codes[draw.randrange(len(self._codes))]: draw.randint(1, 9)}
            self.events.adjust(found | {code: -some}, now, reason=COUNTED)
        elif lot < 0.8:
            self.events.quarantine(code, some, now)
        else:
            lines = {self._codes[draw.randrange(len(self._codes))]: draw.randint(10, 200) for _ in range(3)}
            self.events.arrive(lines, now)

    def _product(self, draw: random.Random) -> str | None:
        """A product with free stock, by lot."""
        for _ in range(TRIES):
            code = self._codes[draw.randrange(len(self._codes))]
            if self.stock.free(code) > 0:
                return code
        return None

    def _draw(self, *parts: object) -> random.Random:
        return random.Random(f"stock routine {self.settings.seed} {parts}")
