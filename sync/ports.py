"""What the engine asks of a marketplace and of a warehouse. An adapter in ``sync/partners`` implements one of these.

Every method raises the typed errors of :mod:`sync.failures` (``NotSent``, ``Throttled``, ``Unauthorised``, ``Unclear``,
``Refused``) and nothing else. A write is two steps, ``prepare_*`` then ``send``: the engine records what is about to
leave before it leaves. Reads may be repeated; ``send`` never repeats by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sync.shapes import (
    Answer,
    ApprovedCarrier,
    ItemToShip,
    LineCancelation,
    MarketplaceOrder,
    OfferPage,
    OrderPage,
    Prepared,
    PushMessage,
    Shipment,
    ShipmentDraft,
    ShopProfile,
    StockAnswer,
    StockError,
    StockImport,
    StockLevel,
    WarehouseOrder,
    WarehouseProduct,
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
        """Read what the platform allows (A01, PC01, SH11, SH12, RE01; John Lewis contract 2.8)."""

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

    def prepare_references(self, references: Mapping[str, str]) -> Prepared:
        """Store our number for up to 100 orders, order id to seller reference (OR04; John Lewis contract 2.1)."""

    def prepare_cancel_lines(self, order_id: str, lines: Sequence[LineCancelation]) -> Prepared:
        """Cancel quantities of an order before they are shipped (OR30; John Lewis contract 2.7)."""

    def prepare_cancel_order(self, order_id: str) -> Prepared:
        """Cancel a whole order before it is shipped, where it says ``can_cancel`` (OR29; John Lewis contract 2.7)."""

    def prepare_resolve_incident(self, order_id: str, line_id: str, *, reason_code: str) -> Prepared:
        """Say that an incident is resolved, with a reason of kind INCIDENT_CLOSE (OR64; John Lewis contract 2.7)."""

    def shipments(self, order_ids: Sequence[str]) -> list[Shipment]:
        """Read every shipment of up to 100 orders (ST11; John Lewis contract 2.6)."""

    def items_to_ship(self, order_ids: Sequence[str]) -> list[ItemToShip]:
        """Read what is left to ship of up to 100 orders (ST12; John Lewis contract 2.6)."""

    def prepare_shipment(self, draft: ShipmentDraft) -> Prepared:
        """Create one shipment that is not yet shipped (ST01); the answer's reference is its id.

        The natural key is the order with the name of the parcel, or with its tracking number when it has no name.
        """

    def prepare_shipment_tracking(self, shipment_id: str, *, carrier_code: str, tracking_number: str) -> Prepared:
        """Replace carrier and tracking number of a shipment (ST23)."""

    def prepare_shipment_ship(self, shipment_id: str) -> Prepared:
        """Confirm that a shipment has left (ST24)."""

    def prepare_shipment_delete(self, shipment_id: str) -> Prepared:
        """Take back a shipment that has not left (ST06)."""

    def prepare_stock(self, levels: Sequence[StockLevel], *, batch: str, delimiter: str = ";") -> Prepared:
        """Tell absolute stock levels in one file (STO01; John Lewis contract 3.1). ``batch`` is the natural key; the
        answer's reference is the import id.
        """

    def stock_import(self, import_id: str) -> StockImport:
        """Read where a stock file stands (STO02)."""

    def stock_errors(self, import_id: str) -> list[StockError]:
        """Read which lines of a stock file were refused (STO03)."""

    def offers_page(self, *, offset: int = 0, sku: str = "") -> OfferPage:
        """Read one page of offers, or the offer of one SKU (OF21; John Lewis contract 3.2)."""


class Warehouse(Port, Protocol):
    """The side that owns stock and fulfilment."""

    can_read_status: bool

    def prepare_order(self, order: WarehouseOrder) -> Prepared:
        """Load a web sales order (websubmit v4; SEKO contract 4.2)."""

    def prepare_cancel(self, number: str, *, reason_code: str) -> Prepared:
        """Ask to cancel a whole order (cancel v3; SEKO contract 4.4)."""

    def prepare_product(self, product: WarehouseProduct, *, update: bool) -> Prepared:
        """Load a product, or say all of it anew (products v4; SEKO contract 7.3)."""

    def status(self, guid: str) -> WarehouseStatus:
        """Read where an order is, with courier and tracking once dispatched (gen-A status and tracking; contract 5)."""

    def dispatched_between(self, start: datetime, end: datetime) -> list[str]:
        """Read the GUIDs of the orders that were dispatched in a period (gen-A dispatches; SEKO contract 7.2)."""

    def stock(self, product_codes: Sequence[str] | None = None) -> StockAnswer:
        """Read stock; all products when no codes are given (stock/v3/quantity; SEKO contract 7.1)."""

    def read_push(self, body: bytes, *, path: str = "") -> list[PushMessage]:
        """Read a pushed body, JSON or XML (SEKO contract 6). ``path`` is where it was sent, which tells the service
        where the body does not. Raises ``ValueError`` with a plain reason when it cannot.
        """
