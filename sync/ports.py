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
    Attachment,
    CustomerReturn,
    CustomField,
    CyclePage,
    DocumentType,
    File,
    Inspection,
    InvoicePage,
    ItemToShip,
    LineCancelation,
    LineRefund,
    MarketplaceOrder,
    OfferPage,
    OrderDocument,
    OrderPage,
    Prepared,
    PushMessage,
    ReturnableLine,
    ReturnDecision,
    ReturnDetails,
    ReturnPage,
    Shipment,
    ShipmentDraft,
    ShopProfile,
    ShopStatistics,
    StockAnswer,
    StockError,
    StockImport,
    StockLevel,
    Thread,
    ThreadPage,
    TransactionPage,
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


class Returns(Protocol):
    """Goods that come back, where the platform runs returns for the shop (John Lewis contract 5.1), and refunds."""

    def page(self, *, updated_since: datetime | None = None, states: Sequence[str] = (), token: str = "") -> ReturnPage:
        """Read one page of returns (RT11); ``token`` is the last page's ``next_token``, empty for the first."""

    def by_id(self, return_ids: Sequence[str]) -> list[CustomerReturn]:
        """Read up to 100 returns by id (RT11); one that the shop cannot see is left out."""

    def returnable(self, commercial_ids: Sequence[str]) -> list[ReturnableLine]:
        """Read what may still come back of up to 100 customers' orders (RT12)."""

    def prepare_details(self, details: Sequence[ReturnDetails]) -> Prepared:
        """Add our number, a label or a tracking number to up to 100 returns (RT04)."""

    def prepare_decisions(self, decisions: Sequence[ReturnDecision]) -> Prepared:
        """Accept or refuse up to 100 returns (RT21)."""

    def prepare_received(self, return_ids: Sequence[str]) -> Prepared:
        """Say that up to 100 returns have arrived (RT25)."""

    def prepare_inspected(self, inspections: Mapping[str, Sequence[Inspection]]) -> Prepared:
        """Say whether what came back is as it should be, for every line of up to 100 returns, by return id (RT26)."""

    def prepare_closed(self, return_ids: Sequence[str]) -> Prepared:
        """Close up to 100 returns (RT27)."""

    def prepare_refund(self, order_id: str, refunds: Sequence[LineRefund], *, currency: str = "") -> Prepared:
        """Give money back after the dispatch (OR28; John Lewis contract 2.7); the answer's reference holds the ids."""


class Messages(Protocol):
    """Conversations with customers and operator (John Lewis contract 5.2); read only when a page shows them."""

    def page(
        self,
        *,
        order_ids: Sequence[str] = (),
        updated_since: datetime | None = None,
        with_messages: bool = False,
        token: str = "",
    ) -> ThreadPage:
        """Read one page of conversations (M11); ``token`` is the last page's ``next_token``."""

    def thread(self, thread_id: str) -> Thread:
        """Read one conversation with its messages (M10)."""

    def prepare_thread(
        self, order_id: str, *, topic: str, body: str, to: Sequence[str], attachments: Sequence[Attachment] = ()
    ) -> Prepared:
        """Open a conversation about an order (OR43). ``to`` holds CUSTOMER, OPERATOR or both; the answer's reference
        is the id of the conversation.
        """

    def prepare_reply(
        self, thread_id: str, *, body: str, to: Sequence[str], attachments: Sequence[Attachment] = ()
    ) -> Prepared:
        """Answer in a conversation (M12); the answer's reference is the id of the message."""


class Documents(Protocol):
    """Papers of orders (John Lewis contract 5.3)."""

    def types(self) -> list[DocumentType]:
        """Read which kinds of documents there are (DO01)."""

    def of_orders(self, order_ids: Sequence[str]) -> list[OrderDocument]:
        """Read which documents up to 100 orders have (OR72)."""

    def download(self, document_ids: Sequence[str]) -> File:
        """Fetch one document as it is, or up to 100 as a ZIP archive (OR73)."""


class Money(Protocol):
    """The shop's account, payouts and invoices (John Lewis contract 4); empty where payment runs elsewhere."""

    def transactions(
        self, *, updated_since: datetime | None = None, cycle_id: str = "", token: str = ""
    ) -> TransactionPage:
        """Read one page of the account, last change first (TL02)."""

    def cycles(self, *, since: datetime | None = None, token: str = "") -> CyclePage:
        """Read one page of payouts (SBC11)."""

    def invoices(self, *, cycle_id: str = "", offset: int = 0) -> InvoicePage:
        """Read one page of accounting documents of every kind (IV01)."""

    def invoice_file(self, invoice_id: str) -> File:
        """Fetch an accounting document (IV02)."""


class Account(Protocol):
    """The shop as the platform sees it (John Lewis contract 2.8)."""

    def statistics(self) -> ShopStatistics:
        """Read how the platform judges the shop (A21)."""

    def custom_fields(self) -> list[CustomField]:
        """Read which fields the operator added (AF01)."""

    def is_up(self) -> bool:
        """Whether the platform itself answers, whatever it thinks of the key (V01)."""


class Marketplace(Port, Protocol):
    """The side that owns orders. What is not about orders, parcels and stock is reached through its attributes."""

    returns: Returns
    messages: Messages
    documents: Documents
    money: Money
    account: Account

    def profile(self) -> ShopProfile:
        """Read what the platform allows (A01, PC01, SH11, SH12, RE01; John Lewis contract 2.8)."""

    def carriers(self) -> list[ApprovedCarrier]:
        """Read the approved carrier list (SH21; John Lewis contract 2.8)."""

    def orders_page(self, *, updated_since: datetime | None, states: Sequence[str], offset: int) -> OrderPage:
        """Read one page of orders, oldest first (OR11; John Lewis contract 2.1)."""

    def orders_by_id(self, order_ids: Sequence[str]) -> list[MarketplaceOrder]:
        """Read up to 100 orders by id (OR11).

        An id that the shop cannot see is left out, and so is an order that cannot be understood; where nothing else was
        answered, ``Unreadable`` is raised.
        """

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
