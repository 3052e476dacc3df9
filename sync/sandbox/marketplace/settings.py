"""What can be set on the simulated marketplace; what John Lewis does not publish is a setting here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ..ground import Settings

ACCEPTANCE = ("manual", "automatic")
DISCREPANCIES = ("missing_line", "unpaid", "commission_mismatch", "penalty")
MOST_ODD = 50
DELIMITERS = {"SEMICOLON": ";", "COMMA": ","}


@dataclass(frozen=True, kw_only=True)
class MarketSettings(Settings):
    """How the marketplace behaves; all times are simulated.

    `acceptance` is ``manual`` or ``automatic``. `burst` orders come in the first 20 minutes, `orders_per_day` after
    that, `max_orders` at most (None = no limit; orders made by hand are not counted). `offer_quantity` is what every
    offer shows at the opening (None = the catalogue's stock, 25 at most). `import_time` is how long a stock
    import takes. `stray_offers` are for sale and unknown to the warehouse; `locked_offers` refuse every level until
    `unlocked_after` from the world's start.

    What John Lewis has not told, and so is provisional: `multi_shipment`, `returns` and `csv_delimiter` (PC01 tells
    them), `restock` (a cancelled or refused order puts its pieces back on offer), `quantity_shrinks` (the quantity
    of an order line falls with what is cancelled of it), `incident_closed_after` (from OR64 to the customer's word
    that it is so), `cycle_days` and `payout_after` (when a billing cycle closes, and is paid). `throttle` holds
    callers to the published ceilings, `poll_every` is the one of OR11.

    `return_share` of the delivered orders comes back while returns are on. `discrepancies` holds the share of orders
    with each planted fault in the money (`DISCREPANCIES`).

    Raises ValueError on a setting that makes no sense.
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
    multi_shipment: bool = False
    returns: bool = False
    return_share: float = 0.08
    discrepancies: Mapping[str, float] = field(default_factory=dict)
    cycle_days: tuple[int, ...] = (1, 11, 21)
    payout_after: timedelta = timedelta(days=2)
    csv_delimiter: str = "SEMICOLON"
    offer_quantity: int | None = None
    stray_offers: int = 0
    locked_offers: int = 0
    unlocked_after: timedelta = timedelta(hours=4)
    restock: bool = False
    quantity_shrinks: bool = False
    incident_closed_after: timedelta = timedelta(hours=1)
    import_time: timedelta = timedelta(minutes=1)
    throttle: bool = True
    poll_every: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        if self.acceptance not in ACCEPTANCE:
            raise ValueError(f"acceptance is manual or automatic, not {self.acceptance!r}")
        if self.orders_per_day < 0 or self.burst < 0 or (self.max_orders or 0) < 0:
            raise ValueError("numbers of orders must not be negative")
        if (self.offer_quantity or 0) < 0:
            raise ValueError("an offer's quantity must not be negative")
        if not 0 <= self.stray_offers <= MOST_ODD or not 0 <= self.locked_offers <= MOST_ODD:
            raise ValueError(f"from 0 to {MOST_ODD} offers can be stray, and as many locked")
        if self.csv_delimiter not in DELIMITERS:
            raise ValueError(f"the delimiter is SEMICOLON or COMMA, not {self.csv_delimiter!r}")
        for name, share in {**self.discrepancies, "returns": self.return_share}.items():
            if name not in (*DISCREPANCIES, "returns") or not 0 <= share <= 1:
                raise ValueError(f"a share from 0 to 1 of {', '.join(DISCREPANCIES)} or returns, not {name}={share}")
        if not self.cycle_days or not all(1 <= day <= 28 for day in self.cycle_days):
            raise ValueError("a billing cycle closes on days from 1 to 28")
        if self.import_time < timedelta(0):
            raise ValueError("the time of a stock import must not be negative")
