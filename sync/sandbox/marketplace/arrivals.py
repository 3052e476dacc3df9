"""New orders: when the next customer comes, and what that customer buys."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from ..ground import Ground
from ..scenarios import order_id_for, scenario_of
from .flow import FlowOrder, OrderFlow, next_arrival
from .offers import OfferBook
from .orders import instant, millis
from .sales import NEEDS_ITS_LINES, bought
from .settings import MarketSettings

META, ARRIVALS = "meta", "arrivals"
# A world that was stopped for longer than this does not catch up on the orders of the time between.
LATEST_ARRIVAL = timedelta(hours=1)

Arrival = tuple[str, FlowOrder, str | None]


class Arrivals:
    """The customers of a world, one after the other; how far they are is on disk."""

    def __init__(self, ground: Ground, *, settings: MarketSettings, flow: OrderFlow, offers: OfferBook) -> None:
        self._ground = ground
        self._settings = settings
        self._flow = flow
        self._offers = offers
        self._burst = max(settings.burst, len(settings.plan.forced))

    def until(self, now: datetime) -> Iterator[Arrival]:
        """Every order (id, content, scenario) that has come by now.

        Each must be made before the next is asked for: a customer finds what the one before has left. One who finds
        nothing leaves without an order.
        """
        store = self._ground.store
        told = store.get(META, ARRIVALS) or {"made": 0, "next": millis(self._ground.started)}
        if told["next"] is None:  # there was no rate so far; there may be one since the last start
            told["next"] = self._next(now, told["made"] + 1)
        before = told["made"]
        while told["next"] is not None and told["next"] <= millis(now):
            number = told["made"] + 1
            over = self._settings.max_orders is not None and number > self._settings.max_orders
            if over or self._flow.exhausted(number):
                break
            scenario = scenario_of(order_id_for(number), self._settings.seed, self._settings.plan)
            flow = self._bought(number, scenario)
            if flow is not None:
                yield order_id_for(number), flow, scenario
            at = max(instant(told["next"]), now - LATEST_ARRIVAL)
            told = {"made": number, "next": self._next(at, number + 1)}
        if told["made"] != before:
            store.put(META, ARRIVALS, told)

    def _bought(self, number: int, scenario: str | None) -> FlowOrder | None:
        return bought(
            self._flow.order(number, scenario),
            left=self._offers.left,
            products=self._flow.plain,
            draw=random.Random(f"instead {self._settings.seed} {number}"),
            keep=scenario in NEEDS_ITS_LINES,
        )

    def _next(self, previous: datetime, number: int) -> int | None:
        per_day = self._settings.orders_per_day
        at = next_arrival(previous, number, seed=self._settings.seed, burst=self._burst, orders_per_day=per_day)
        return None if at is None else millis(at)
