"""Stock levels on their way to the marketplace, and offers as it shows them (John Lewis contract 3)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The absolute quantity that an offer shall show (STO01)."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class StockImport:
    """Where a stock file stands (STO02). ``status`` is an open string: WAITING, RUNNING, COMPLETE, FAILED; a counter
    that the marketplace did not tell is None.
    """

    import_id: str
    status: str
    has_report: bool
    succeeded: int | None
    failed: int | None

    @property
    def is_over(self) -> bool:
        """Whether the marketplace has finished with the file, well or badly."""
        return self.status in ("COMPLETE", "FAILED")


@dataclass(frozen=True, slots=True)
class StockError:
    """One line of the error report (STO03). ``sku`` is empty where the report did not tell it."""

    line: int | None
    sku: str
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer of the shop (OF21). ``inactive_because`` holds the platform's own words, ZERO_QUANTITY among them."""

    offer_id: str
    sku: str
    product_sku: str
    title: str
    quantity: int
    active: bool
    category: str = ""
    inactive_because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferPage:
    """One page of offers; ``remote_now`` is the marketplace's own clock (HTTP ``Date``), None when it sent none."""

    offers: tuple[Offer, ...]
    total_count: int
    next_offset: int | None
    remote_now: datetime | None
    unreadable: int = 0
