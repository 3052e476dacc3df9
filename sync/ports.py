"""What the engine asks of a marketplace and of a warehouse. An adapter in ``sync/partners`` implements one of these.

Every method raises the typed errors of :mod:`sync.failures` (``NotSent``, ``Throttled``, ``Unauthorised``, ``Unclear``,
``Refused``) and nothing else. A write is two steps, ``prepare_*`` then ``send``: the engine records what is about to
leave before it leaves. Reads may be repeated; ``send`` never repeats by itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sync.shapes import (
    Answer,
    ApprovedCarrier,
    MarketplaceOrder,
    OrderPage,
    Prepared,
    PushMessage,
    ShopProfile,
    StockAnswer,
    WarehouseOrder,
    WarehouseStatus,
)


class Port(Protocol):
    """What both sides share."""

    def ping(self) -> None:
        """Make the cheapest authenticated call; returns when the partner answered as it should."""

    def send(self, prepared: Prepared) -> Answer:
        """Send a prepared write once."""

    def close(self) -> None:
        """Give the connections back."""


class Marketplace(Port, Protocol):
    """The side that owns orders."""

    def profile(self) -> ShopProfile:
        """Read what the platform allows (A01, PC01, SH12; John Lewis contract 2.8)."""

    def carriers(self) -> list[ApprovedCarrier]:
        """Read the approved carrier list (SH21; John Lewis contract 2.8)."""

    def orders_page(self, *, updated_since: datetime | None, states: Sequence[str], offset: int) -> OrderPage:
        """Read one page of orders, oldest first (OR11; John Lewis contract 2.1)."""

    def orders_by_id(self, order_ids: Sequence[str]) -> list[MarketplaceOrder]:
        """Read up to 100 orders by id (OR11); an id that the shop cannot see is left out."""

    def prepare_accept(self, order_id: str, line_ids: Sequence[str]) -> Prepared:
        """Accept all lines (OR21; John Lewis contract 2.3)."""

    def prepare_tracking(self, order_id: str, *, carrier_code: str, tracking_number: str) -> Prepared:
        """Set carrier and tracking number (OR23; John Lewis contract 2.4)."""

    def prepare_ship(self, order_id: str) -> Prepared:
        """Confirm the dispatch of the whole order (OR24; John Lewis contract 2.5)."""


class Warehouse(Port, Protocol):
    """The side that owns stock and fulfilment."""

    can_read_status: bool

    def prepare_order(self, order: WarehouseOrder) -> Prepared:
        """Load a web sales order (websubmit v4; SEKO contract 4.2)."""

    def prepare_cancel(self, number: str, *, reason_code: str) -> Prepared:
        """Ask to cancel a whole order (cancel v3; SEKO contract 4.4)."""

    def status(self, guid: str) -> WarehouseStatus:
        """Read where an order is, with courier and tracking once dispatched (gen-A status and tracking; contract 5)."""

    def stock(self, product_codes: Sequence[str] | None = None) -> StockAnswer:
        """Read stock; all products when no codes are given (stock/v3/quantity; SEKO contract 7.1)."""

    def read_push(self, body: bytes) -> list[PushMessage]:
        """Read a pushed body, JSON or XML (SEKO contract 6). Raises ``ValueError`` with a plain reason when it
        cannot.
        """
