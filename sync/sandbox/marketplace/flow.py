"""The stream of new orders: what is in order number n, and when the next one arrives.

Shapes follow figures measured in 1,275 orders of D. Chen, "Online Retail", UCI Machine Learning Repository,
https://doi.org/10.24432/C5BW33, CC BY 4.0: lines per order by decile 1, 1, 1, 1, 1, 1, 2, 3, 5 (largest 177);
quantity of a line by decile 1, 1, 1, 1, 2, 3, 6, 12, 24; orders by hour of day as in `HOURS`, none from 20:00 to 07:00.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..catalogue import Product, clash_codes, spread
from ..retail import RetailOrder
from ..scenarios import chance

LONDON = ZoneInfo("Europe/London")
LINE_DECILES = ("1", "1", "1", "1", "1", "1", "1", "2", "3", "5", "12")
QUANTITY_DECILES = ("1", "1", "1", "1", "1", "2", "3", "6", "12", "24", "96")
HOURS = {7: 1, 8: 12, 9: 62, 10: 91, 11: 105, 12: 142, 13: 135, 14: 101, 15: 128, 16: 88, 17: 32, 18: 12, 19: 4}
# A shop on the web also sells at night: a quarter of the flow is spread evenly, so that no hour is empty.
EVEN_SHARE = 0.25
BURST_SPAN = timedelta(minutes=20)
UNKNOWN_CODES = ("ZZ-SAMPLE-001", "99999X", "DISCONTINUED-7", "JL-GIFTCARD")


@dataclass(frozen=True)
class FlowLine:
    """One line of a new order; `price` is the unit price in pounds."""

    sku: str
    title: str
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class FlowOrder:
    """What a new order holds, and the invoice of the file that it comes from ("" for the generator's own)."""

    lines: tuple[FlowLine, ...]
    invoice: str = ""


class OrderFlow:
    """Makes order number n, always the same for the same seed and file. `exhausted` tells where a file ends.

    `plain` holds the products that are in stock and whose code no other code resembles.
    """

    def __init__(self, seed: int, products: Sequence[Product], retail: Sequence[RetailOrder] | None = None) -> None:
        self._seed = seed
        self._retail = retail
        self._clash = clash_codes(list(products))
        clashing = set(self._clash)
        self._by_code = {product.code: product for product in products}
        self.plain = [product for product in products if product.stock > 0 and product.code not in clashing]

    def exhausted(self, number: int) -> bool:
        """Whether there is no order with this running number (a file has an end, the generator has none)."""
        return self._retail is not None and number > len(self._retail)

    def order(self, number: int, scenario: str | None, *, generated: bool = False) -> FlowOrder:
        """Order `number` with the lines that its scenario asks for laid over it; `generated` leaves the file aside."""
        draw = random.Random(f"order {self._seed} {number}")
        invoice = ""
        if self._retail is None or generated:
            lines = self._drawn(draw)
        else:
            source = self._retail[number - 1]
            invoice = source.invoice
            lines = [FlowLine(line.code, line.title, line.quantity, line.price) for line in source.lines]
        return FlowOrder(tuple(self._staged(lines, scenario, draw)), invoice)

    def _drawn(self, draw: random.Random) -> list[FlowLine]:
        count = min(round(spread(draw, LINE_DECILES)), len(self.plain))
        return [self._line(product, draw) for product in draw.sample(self.plain, count)]

    def _line(self, product: Product, draw: random.Random) -> FlowLine:
        return FlowLine(product.code, product.title, max(1, round(spread(draw, QUANTITY_DECILES))), product.price)

    def _staged(self, lines: list[FlowLine], scenario: str | None, draw: random.Random) -> list[FlowLine]:
        first = lines[0]
        if scenario == "unknown_sku":
            return [*lines, FlowLine(draw.choice(UNKNOWN_CODES), "Sample of a product nobody loaded", 1, first.price)]
        if scenario == "sku_case_clash":
            return [*lines, self._clashing(first, draw)]
        if scenario == "same_product_twice":
            return [*lines, FlowLine(first.sku, first.title, 1, first.price)]
        if scenario in ("short_dispatch", "two_parcels") and len(lines) < 2:
            spare = next((p for p in self.plain if p.code != first.sku), None)
            return [*lines, self._line(spare, draw)] if spare else lines
        if scenario in ("partial_dispatch", "split_lots") and all(line.quantity < 2 for line in lines):
            return [replace(first, quantity=draw.randint(2, 6)), *lines[1:]]
        return lines

    def _clashing(self, first: FlowLine, draw: random.Random) -> FlowLine:
        """A line whose code another code equals but for letter case; without such a pair, a code in the wrong case."""
        if self._clash:
            product = self._by_code[draw.choice(self._clash)]
            return FlowLine(product.code, product.title, 1, product.price)
        return FlowLine(first.sku.swapcase(), first.title, 1, first.price)


def next_arrival(previous: datetime, number: int, *, seed: int, burst: int, orders_per_day: float) -> datetime | None:
    """When order `number` (2 and up) arrives after the one before it; None = never.

    The first `burst` orders come evenly within 20 minutes, later ones at random at the rate of the hour.
    """
    if number <= burst:
        return previous + BURST_SPAN / burst
    if orders_per_day <= 0:
        return None
    total = sum(HOURS.values())
    weight = EVEN_SHARE + (1 - EVEN_SHARE) * 24 * HOURS.get(previous.astimezone(LONDON).hour, 0) / total
    mean = 86_400 / orders_per_day / weight
    return previous + timedelta(seconds=-math.log(1 - chance(seed, "gap", number)) * mean)
