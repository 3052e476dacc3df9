"""What the warehouse is asked to fulfil, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sync.shapes.orders import Address


class CancelReason(StrEnum):
    """Why an order is cancelled at the warehouse (SEKO contract 4.4)."""

    CUSTOMER_REQUEST = "001"
    DELAYED = "002"
    DUPLICATE = "003"
    NOT_AVAILABLE = "004"
    CANNOT_SHIP = "005"
    OTHER = "006"


@dataclass(frozen=True, slots=True)
class SecondaryPrice:
    """A line's price in a second currency."""

    unit_price: Decimal
    tax: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class WarehouseLine:
    """One line of a sales order: ``line_number`` from 1, a product code at most once per order.

    Amounts are in the order's currency; None = not told. ``message`` is personalisation or the text of a gift card,
    ``document`` a number of another system.
    """

    line_number: int
    product_code: str
    quantity: int
    unit_price: Decimal
    tax: Decimal
    ean: str = ""
    message: str = ""
    lot: str = ""
    channel: str = ""
    document: str = ""
    asn: str = ""
    guid: str = ""
    country_code: str = ""
    discount_price: Decimal | None = None
    customs_value: Decimal | None = None
    secondary: SecondaryPrice | None = None


@dataclass(frozen=True, slots=True)
class GiftMessage:
    """A gift: its message, from whom and to whom. Without a text it is only wrapped."""

    text: str = ""
    sender: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Papers:
    """What the order's documents show and how it is filed. ``document`` selects their layout."""

    invoice_number: str = ""
    purchase_order_number: str = ""
    group_reference: str = ""
    order_type: str = ""
    document: str = ""
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class Carriage:
    """How the order travels, beyond courier and service."""

    shop_id: str = ""
    account: str = ""
    address_type: str = ""
    location_type: str = ""
    notification: str = ""
    term: str = ""
    term_location: str = ""
    shipment_terms: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class FurtherTotals:
    """Totals that not every order has, in its currency; None = not told."""

    shipping_tax: Decimal | None = None
    shipping_without_tax: Decimal | None = None
    discount: Decimal | None = None
    customs_value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ForwardingAgent:
    """Who carries the goods on."""

    company_code: str
    company: str
    address: Address


@dataclass(frozen=True, slots=True)
class WarehouseOrder:
    """What the warehouse is asked to fulfil (SEKO contract 4.2). ``guid`` is ours, so that the effect can be read
    back.

    ``billing`` is sent only when it is a whole address (SEKO contract 4.3). ``notes`` are printed on the documents,
    ``instructions`` on the pick note. ``on_hold`` waits for a release, ``kept_back`` is not given to the distribution
    centre.
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
    instructions: str = ""
    gift: GiftMessage | None = None
    billing: Address | None = None
    forwarding_agent: ForwardingAgent | None = None
    papers: Papers = Papers()
    carriage: Carriage = Carriage()
    further_totals: FurtherTotals = FurtherTotals()
    scheduled_ship_at: datetime | None = None
    on_hold: bool = False
    kept_back: bool = False


@dataclass(frozen=True, slots=True)
class WarehouseStatus:
    """The answer of a status reading. ``found`` False = the warehouse does not know the order (yet)."""

    found: bool
    status: str = ""
    courier: str = ""
    tracking_number: str = ""
