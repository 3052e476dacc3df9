"""Stock as the warehouse tells it: readings, and what it pushes in between (SEKO contract 6.4 to 6.7 and 7.1)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StockRow:
    """Quantity of one product in one distribution centre and location type."""

    product_code: str
    dc_code: str
    location_type: str
    quantity: int


@dataclass(frozen=True, slots=True)
class StockAnswer:
    """A stock reading. ``complete`` True = a product that is absent has zero; False = absent says nothing.

    ``remote_now`` is the warehouse's own clock (HTTP ``Date``), None when it sent none; ``skipped`` counts rows whose
    product or quantity could not be read, so that their last good figure stays.
    """

    rows: tuple[StockRow, ...]
    complete: bool
    remote_now: datetime | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class StockMoveLine:
    """A quantity of one product that was counted in or out; always positive."""

    product_code: str
    quantity: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StockAdjustment:
    """Stock that appeared or vanished in one location type (SEKO contract 6.4). ``at`` is SEKO's clock."""

    internal_id: str
    increase: bool
    at: datetime | None
    dc_code: str
    location_type: str
    lines: tuple[StockMoveLine, ...]


@dataclass(frozen=True, slots=True)
class StockMovement:
    """Stock that changed its location type (SEKO contract 6.5). ``at`` is SEKO's clock."""

    movement_id: str
    at: datetime | None
    dc_code: str
    from_location: str
    to_location: str
    line: StockMoveLine


@dataclass(frozen=True, slots=True)
class StockSummaryLine:
    """One product of the overnight summary; ``on_hand`` is free stock (SEKO contract 7.1 says what that excludes)."""

    product_code: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class StockSummary:
    """One part of the overnight summary (SEKO contract 6.6). A product in none of the parts has nothing anywhere;
    ``group`` is what the parts share.
    """

    group: str
    part: int
    total: int
    at: datetime | None
    dc_code: str
    lines: tuple[StockSummaryLine, ...]


@dataclass(frozen=True, slots=True)
class GoodsReceived:
    """Goods that the warehouse took in: a delivery, a return, or what was put back (SEKO contract 6.7)."""

    delivery_number: str
    reference: str
    rma: str
    dc_code: str
    lines: tuple[StockMoveLine, ...]
