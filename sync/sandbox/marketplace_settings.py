"""What can be set on the simulated marketplace; what John Lewis does not publish is a setting here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .ground import Settings

ACCEPTANCE = ("manual", "automatic")


@dataclass(frozen=True, kw_only=True)
class MarketSettings(Settings):
    """How the marketplace behaves; all times are simulated.

    `acceptance` is ``manual`` or ``automatic``. `burst` orders come in the first 20 minutes, `orders_per_day` after
    that, `max_orders` at most (None = no limit; orders made by hand are not counted). Raises ValueError on a setting
    that makes no sense.
    """

    acceptance: str = "manual"
    orders_per_day: float = 200.0
    burst: int = 0
    max_orders: int | None = None
    accept_within: timedelta = timedelta(days=3)
    debit_delay: timedelta = timedelta(minutes=10)
    received_after: timedelta = timedelta(days=2)
    closed_after: timedelta = timedelta(days=14)
    confirmation_refused_for: timedelta = timedelta(hours=6)
    unregistered_carriers: bool = False
    tick_seconds: float = 0.2

    def __post_init__(self) -> None:
        if self.acceptance not in ACCEPTANCE:
            raise ValueError(f"acceptance is manual or automatic, not {self.acceptance!r}")
        if self.orders_per_day < 0 or self.burst < 0 or (self.max_orders or 0) < 0:
            raise ValueError("numbers of orders must not be negative")
