"""What the warehouse pushes: dispatches, tracking, stock (SEKO contract 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.shapes.stock import GoodsReceived, StockAdjustment, StockMovement, StockSummary


@dataclass(frozen=True, slots=True)
class DispatchNewsLine:
    """What one line of a dispatch carried; ``ordered`` None = not said. Zero dispatched = a short pick."""

    product_code: str
    dispatched: int
    ordered: int | None = None
    line_number: int | None = None
    lot: str = ""


@dataclass(frozen=True, slots=True)
class DispatchNews:
    """A dispatch confirmation pushed by the warehouse (SEKO contract 6.2)."""

    dispatch_id: str
    dispatch_number: str
    order_number: str
    order_reference: str
    guid: str
    courier: str
    service: str
    tracking_number: str
    tracking_url: str
    dispatched_at: datetime | None
    lines: tuple[DispatchNewsLine, ...]


@dataclass(frozen=True, slots=True)
class TrackingNews:
    """Tracking details pushed by the warehouse (SEKO contract 6.3)."""

    order_number: str
    dispatch_number: str
    guid: str
    courier: str
    tracking_number: str
    tracking_url: str


News = DispatchNews | TrackingNews | StockAdjustment | StockMovement | StockSummary | GoodsReceived


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One entity of a push. ``news`` is None for a service that nothing reads yet; ``sequence`` None = not numbered.

    ``problem`` says why this entity could not be read while others of the same body could.
    """

    service: str
    sequence: int | None
    news: News | None
    raw: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
