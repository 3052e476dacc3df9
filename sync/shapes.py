"""Typed values that cross the ports. Plain, frozen, without Django: a partner's wire format ends where these begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer as kept for triage. Keys are redacted; bodies are cut; ``seconds`` is wall
    time.
    """

    operation: str
    method: str
    path: str
    status: int | None
    request_body: str
    response_body: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write that is ready to leave: what will be sent, and the natural key by which its effect can be read back."""

    operation: str
    method: str
    path: str
    natural_key: str
    body: bytes | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A write that was applied. ``reference`` is the partner's own id of the effect, or empty."""

    exchange: Exchange
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A person and a place, as the marketplace gave it. ``country_code`` is ISO alpha-3 or alpha-2, verbatim."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    city: str = ""
    county: str = ""
    postcode: str = ""
    country_code: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class MarketplaceLine:
    """One order line. ``sku`` is the seller's own SKU verbatim; ``quantity`` is what was ordered."""

    line_id: str
    index: int
    sku: str
    title: str
    quantity: int
    cancelled_quantity: int
    unit_price: Decimal
    total_price: Decimal
    tax: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class MarketplaceOrder:
    """One logistic order (John Lewis contract 2.1). ``delivery`` is None while the platform withholds it."""

    order_id: str
    commercial_id: str
    state: str
    created_at: datetime
    updated_at: datetime
    shipping_deadline: datetime | None
    currency: str
    total_price: Decimal
    shipping_price: Decimal
    shipping_type_code: str
    shipping_type_label: str
    can_cancel: bool
    delivery: Address | None
    lines: tuple[MarketplaceLine, ...]
    carrier_code: str = ""
    carrier_name: str = ""
    tracking_number: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a poll. ``remote_now`` is the partner's own clock (HTTP ``Date``), None when it sent none."""

    orders: tuple[MarketplaceOrder, ...]
    total_count: int
    next_offset: int | None
    remote_now: datetime | None
    unreadable: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovedCarrier:
    """One row of the marketplace's carrier list (SH21)."""

    code: str
    label: str
    standard_code: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """What the marketplace told at connect time (A01, PC01, SH12). ``None`` = not said."""

    shop_id: str
    shop_name: str
    currency: str
    acceptance: str
    multi_shipment: bool | None
    alternative_carriers_refused: bool | None
    timezone: str
    tracking_mandatory_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WarehouseLine:
    """One line of a sales order: ``line_number`` from 1, a product code at most once per order."""

    line_number: int
    product_code: str
    quantity: int
    unit_price: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class WarehouseOrder:
    """What the warehouse is asked to fulfil (SEKO contract 4.2). ``guid`` is ours, so that the effect can be read
    back.
    """

    number: str
    reference: str
    guid: str
    placed_at: datetime
    currency: str
    sub_total: Decimal
    tax_total: Decimal
    shipping_total: Decimal
    delivery: Address
    lines: tuple[WarehouseLine, ...]
    dc_code: str = ""
    courier_name: str = ""
    courier_service: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class WarehouseStatus:
    """The answer of a status reading. ``found`` False = the warehouse does not know the order (yet)."""

    found: bool
    status: str = ""
    courier: str = ""
    tracking_number: str = ""


@dataclass(frozen=True, slots=True)
class StockRow:
    """Quantity of one product in one distribution centre and location type."""

    product_code: str
    dc_code: str
    location_type: str
    quantity: int


@dataclass(frozen=True, slots=True)
class StockAnswer:
    """A stock reading. ``complete`` True = a product that is absent has zero; False = absent says nothing."""

    rows: tuple[StockRow, ...]
    complete: bool


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


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One entity of a push. ``news`` is None for a service that nothing reads yet; ``sequence`` None = not numbered.

    ``problem`` says why this entity could not be read while others of the same body could.
    """

    service: str
    sequence: int | None
    news: DispatchNews | TrackingNews | None
    raw: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
