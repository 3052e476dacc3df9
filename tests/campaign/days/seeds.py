"""What a seed stands for: the day, the two partners' manners, the mix of orders and the faults."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sync.sandbox.faults import NEVER, Windows
from sync.sandbox.scenarios import chance

SHOP = "campaign"
SIDES = ("marketplace", "warehouse")
MARKET_KEY, WAREHOUSE_KEY = "canary-marketplace-key-7f21", "canary-warehouse-key-90ab"
MARKET_URL, WAREHOUSE_URL = "https://marketplace.campaign.example", "https://warehouse.campaign.example/api/"
HOSTS = ["marketplace.campaign.example", "warehouse.campaign.example"]

# Days on which clocks do something: both nights of summer time, a leap day, the turn of a year and of a month.
DAYS = (
    datetime(2026, 11, 2, 7, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC),
    datetime(2027, 3, 27, 20, tzinfo=UTC), datetime(2028, 2, 28, 20, tzinfo=UTC),
    datetime(2026, 12, 31, 18, tzinfo=UTC), datetime(2027, 5, 31, 19, tzinfo=UTC),
    datetime(2027, 6, 15, 6, tzinfo=UTC),
)  # fmt: skip

# Shares of orders; the other scenarios of the partners happen at OTHERS each.
MIX: Mapping[str, float] = {
    "two_parcels": 0.03,
    "partial_dispatch": 0.02,
    "cancelled_before_injection": 0.02,
    "cancelled_after_injection": 0.01,
    "unknown_sku": 0.04,
    "unmapped_carrier": 0.03,
    "bad_address": 0.02,
    "timeout_after_effect": 0.02,
}
OTHERS = 0.008


@dataclass(frozen=True)
class Plan:
    """One day. ``arrivals`` is how long customers come; ``troubled`` how long
    faults strike, ``length`` how long the day is."""

    seed: int
    orders: int
    faults: bool = True
    mixed: bool = True
    arrivals: timedelta = timedelta(hours=5)
    length: timedelta = timedelta(hours=12)
    troubled: timedelta = timedelta(hours=7)
    lag_minutes: float = 5.0
    policy: Mapping[str, float | bool] = field(
        default_factory=lambda: {
            "poll_minutes": 15, "offers_hours": 4, "no_dispatch_hours": 3, "visibility_minutes": 5, "debit_hours": 2,
            "stock_publish_minutes": 30, "confirm_hours": 2,
        }
    )  # fmt: skip

    @property
    def naive(self) -> bool:
        """Whether the warehouse takes the same order number twice."""
        return self.seed % 2 == 1

    @property
    def several(self) -> bool:
        """Whether the marketplace knows several shipments for one order."""
        return self.seed // 2 % 2 == 1

    @property
    def start(self) -> datetime:
        """When the day begins."""
        return DAYS[self.seed % len(DAYS)]

    @property
    def ahead(self) -> Mapping[str, timedelta]:
        """By how much each partner's clock is ahead of ours; on three days of four not at all."""
        draw = self.draw("clocks")
        apart = self.faults and self.seed % 4 == 3
        return {side: timedelta(minutes=draw.randint(-10, 10) if apart else 0) for side in SIDES}

    @property
    def shows_late(self) -> bool:
        """Whether the marketplace's list lacks some orders for some minutes."""
        return self.faults and self.seed % 5 == 2

    def windows(self, what: str, side: str) -> Windows:
        """When a partner is ``away``, or ``refuses`` our key: one of the two partners on every sixth day."""
        draw = self.draw("window", what)
        if not self.faults or self.seed % 6 != {"away": 5, "refuses": 1}[what] or draw.choice(SIDES) != side:
            return NEVER
        return Windows(((timedelta(minutes=draw.randint(90, 330)), timedelta(minutes=draw.randint(25, 60))),))

    def draw(self, *parts: object) -> random.Random:
        """Chance of its own for each purpose."""
        return random.Random(f"campaign {self.seed} {parts}")

    def chance(self, *parts: object) -> float:
        """A number from 0 to below 1."""
        return chance(self.seed, "campaign", *parts)
