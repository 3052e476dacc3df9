"""The marketplace's JSON turned into our values: strict types, open enumerations, unknown fields ignored."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sync.shapes import Address, ApprovedCarrier, MarketplaceLine, MarketplaceOrder

Model = TypeVar("Model", bound=BaseModel)
LARGEST_QUANTITY = 1_000_000
LARGEST_PRICE = Decimal(10**9)


def _moment(value: object) -> datetime:
    """A date-time with or without milliseconds, always with an offset (John Lewis contract 1.2)."""
    if not isinstance(value, str):
        raise ValueError("should be a date-time text")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("should be a date-time with an offset") from None


def _money(value: object) -> Decimal:
    """A JSON number by its shortest decimal text, so that 0.1 stays 0.1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("should be a number")
    amount = Decimal(str(value)) if abs(value) < LARGEST_PRICE else LARGEST_PRICE
    if not 0 <= amount < LARGEST_PRICE:
        raise ValueError("should be an amount from 0 to a billion")
    return amount


def _text(value: object) -> object:
    """Null is written where a text is empty."""
    return "" if value is None else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Money = Annotated[Decimal, BeforeValidator(_money)]
Text = Annotated[str, BeforeValidator(_text)]
Identity = Annotated[str, Field(min_length=1, max_length=200)]
Word = Annotated[str, Field(min_length=1, max_length=40)]
Short = Annotated[str, BeforeValidator(_text), Field(max_length=200)]


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Amount(_Wire):
    amount: Money


class _Cancelation(_Wire):
    quantity: Annotated[int, Field(ge=0, le=LARGEST_QUANTITY)] | None = None


class _Line(_Wire):
    order_line_id: Identity
    order_line_index: Annotated[int, Field(ge=0, le=LARGEST_QUANTITY)]
    order_line_state: Word
    offer_sku: Identity
    product_title: Text = ""
    quantity: Annotated[int, Field(gt=0, le=LARGEST_QUANTITY)]
    price_unit: Money
    total_price: Money
    taxes: list[_Amount] | None = None
    cancelations: list[_Cancelation] | None = None

    def to_line(self) -> MarketplaceLine:
        return MarketplaceLine(
            line_id=self.order_line_id,
            index=self.order_line_index,
            sku=self.offer_sku,
            title=self.product_title[:500],
            quantity=self.quantity,
            cancelled_quantity=sum(each.quantity or 0 for each in self.cancelations or ()),
            unit_price=self.price_unit,
            total_price=self.total_price,
            tax=sum((each.amount for each in self.taxes or ()), Decimal(0)),
            state=self.order_line_state,
        )


class _Address(_Wire):
    firstname: Text = ""
    lastname: Text = ""
    company: Text = ""
    company_2: Text = ""
    street_1: Text = ""
    street_2: Text = ""
    city: Text = ""
    state: Text = ""
    zip_code: Text = ""
    country_iso_code: Text = ""
    phone: Text = ""
    phone_secondary: Text = ""

    def to_address(self, *, email: str) -> Address:
        return Address(
            first_name=self.firstname,
            last_name=self.lastname,
            company=", ".join(part for part in (self.company, self.company_2) if part),
            line1=self.street_1,
            line2=self.street_2,
            city=self.city,
            county=self.state,
            postcode=self.zip_code,
            country_code=self.country_iso_code,
            phone=self.phone or self.phone_secondary,
            email=email,
        )


class _Customer(_Wire):
    shipping_address: _Address | None = None


class _Order(_Wire):
    order_id: Identity
    commercial_id: Identity
    order_state: Word
    created_date: Moment
    last_updated_date: Moment
    shipping_deadline: Moment | None = None
    currency_iso_code: Annotated[str, Field(min_length=1, max_length=10)]
    total_price: Money
    shipping_price: Money
    shipping_type_code: Short = ""
    shipping_type_label: Short = ""
    can_cancel: bool | None = None
    customer_notification_email: Text = ""
    customer: _Customer | None = None
    order_lines: Annotated[list[_Line], Field(min_length=1, max_length=1000)]
    shipping_carrier_code: Short = ""
    shipping_company: Short = ""
    shipping_tracking: Short = ""


class UnreadableOrder(ValueError):
    """An order that cannot be understood; the text names the offending fields, never their values."""


def read_order(entry: Mapping[str, Any]) -> MarketplaceOrder:
    """Turn one entry of OR11 into an order (John Lewis contract 2.1). Raises :class:`UnreadableOrder`."""
    try:
        order = _Order.model_validate(entry)
    except ValidationError as error:
        raise UnreadableOrder(_faults(error)) from None
    address = order.customer.shipping_address if order.customer else None
    return MarketplaceOrder(
        order_id=order.order_id,
        commercial_id=order.commercial_id,
        state=order.order_state,
        created_at=order.created_date,
        updated_at=order.last_updated_date,
        shipping_deadline=order.shipping_deadline,
        currency=order.currency_iso_code,
        total_price=order.total_price,
        shipping_price=order.shipping_price,
        shipping_type_code=order.shipping_type_code,
        shipping_type_label=order.shipping_type_label,
        can_cancel=bool(order.can_cancel),
        delivery=address.to_address(email=order.customer_notification_email) if address else None,
        lines=tuple(line.to_line() for line in order.order_lines),
        carrier_code=order.shipping_carrier_code,
        carrier_name=order.shipping_company,
        tracking_number=order.shipping_tracking,
        raw=entry,
    )


def unreadable(entry: object, reason: str) -> dict[str, Any]:
    """What is kept of an entry that is no order: its id if it has one, the reason, and the entry itself."""
    order_id = entry.get("order_id") if isinstance(entry, dict) else None
    return {"order_id": order_id if isinstance(order_id, str) else "", "reason": reason, "raw": entry}


class Carrier(_Wire):
    """One row of SH21."""

    code: Identity
    label: Short = ""
    standard_code: Short = ""
    tracking_url: Text = ""

    def to_carrier(self) -> ApprovedCarrier:
        return ApprovedCarrier(
            code=self.code, label=self.label, standard_code=self.standard_code, tracking_url=self.tracking_url
        )


class CarrierList(_Wire):
    """SH21 (John Lewis contract 2.8)."""

    carriers: list[Carrier]


class Account(_Wire):
    """A01: the identity of the shop."""

    shop_id: int
    shop_name: Text = ""
    currency_iso_code: Text = ""


class _Workflows(_Wire):
    order_acceptance: Text = ""


class _Shipment(_Wire):
    multi_shipment: bool | None = None


class _Features(_Wire):
    order_workflows: _Workflows | None = None
    shipment: _Shipment | None = None
    disable_seller_alternative_carrier: bool | None = None


class Configuration(_Wire):
    """PC01: the switches of the platform that matter to orders."""

    features: _Features | None = None
    timezone: Text = ""


class _ShippingType(_Wire):
    code: Identity
    mandatory_tracking: bool | None = None


class ShippingTypes(_Wire):
    """SH12: the shipping methods and whether they need tracking."""

    shipping_types: list[_ShippingType]


class OrderList(_Wire):
    """OR11: the frame of a page; its orders are read one by one."""

    orders: list[Any]
    total_count: Annotated[int, Field(ge=0)]


def parse(model: type[Model], document: Any) -> Model:
    """Read a whole document; raises ``ValueError`` naming the offending fields."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise ValueError(_faults(error)) from None


def _faults(error: ValidationError) -> str:
    """The offending fields and what is wrong with them, without their values: those may be personal."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    named = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in found[:5]]
    return "; ".join(named)
