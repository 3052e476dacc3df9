"""Orders as the marketplace describes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    """A person and a place, as the marketplace gave it. ``country_code`` is ISO alpha-3 or alpha-2, verbatim;
    ``notes`` is what the customer asks of whoever delivers.
    """

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
    notes: str = ""


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
    """One logistic order (John Lewis contract 2.1). ``delivery`` is None while the platform withholds it;
    ``seller_reference`` is our own number of the order, once it was stored there.
    """

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
    seller_reference: str = ""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a poll. ``remote_now`` is the partner's own clock (HTTP ``Date``), None when it sent none."""

    orders: tuple[MarketplaceOrder, ...]
    total_count: int
    next_offset: int | None
    remote_now: datetime | None
    unreadable: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """The part of an amount that is one tax, by the marketplace's code of the tax."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineCancelation:
    """A quantity of one order line that will not be sent (OR30, John Lewis contract 2.7). Amounts in the order's
    currency; ``reason_code`` is one of the marketplace's own (RE01); taxes are needed where the order has them.
    """

    line_id: str
    quantity: int
    amount: Decimal
    shipping_amount: Decimal
    reason_code: str
    taxes: tuple[TaxAmount, ...] = ()
    shipping_taxes: tuple[TaxAmount, ...] = ()
