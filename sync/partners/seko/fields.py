"""SEKO's field tables as data: the name there, where the value stands in our shapes, and how long it may be.

Read from SEKO contract 4.2 (orders, delivery, lines) and 7.3 (products). A length of 0 is no text or has no limit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``source`` is an attribute of the shape, or several joined by dots."""

    name: str
    source: str
    longest: int = 0


ORDER = (
    Field("SalesOrderNumber", "number", 50),
    Field("SalesOrderReference", "reference", 50),
    Field("SalesInvoiceNumber", "papers.invoice_number", 100),
    Field("SalesOrderDate", "placed_at"),
    Field("PurchaseOrderNumber", "papers.purchase_order_number", 100),
    Field("GroupReference", "papers.group_reference", 100),
    Field("OrderType", "papers.order_type", 100),
    Field("DocumentIdentifier", "papers.document", 100),
    Field("NIFNumber", "papers.tax_code", 100),
    Field("CurrencyCode", "currency", 3),
    Field("SubTotal", "sub_total"),
    Field("TaxTotal", "tax_total"),
    Field("ShippingTotal", "shipping_total"),
    Field("ShippingVAT", "further_totals.shipping_tax"),
    Field("ShippingExVAT", "further_totals.shipping_without_tax"),
    Field("DiscountPriceTotal", "further_totals.discount"),
    Field("CustomsValueTotal", "further_totals.customs_value"),
    Field("ShippingTerm", "carriage.term", 50),
    Field("ShippingTermLocation", "carriage.term_location", 50),
    Field("ShipmentTerms", "carriage.shipment_terms", 100),
    Field("CourierName", "courier_name", 100),
    Field("CourierService", "courier_service", 100),
    Field("CourierShopID", "carriage.shop_id", 50),
    Field("CarrierCustomerAccountNo", "carriage.account", 100),
    Field("DeliveryAddressLocationType", "carriage.address_type", 100),
    Field("LocationType", "carriage.location_type", 100),
    Field("Notes", "notes", 4000),
    Field("SpecialInstructions", "instructions", 400),
    Field("NotificationMethod", "carriage.notification", 50),
    Field("OnHold", "on_hold"),
    Field("DoNotPushToDC", "kept_back"),
    Field("ScheduledShipDate", "scheduled_ship_at"),
    Field("UltimateDestination", "carriage.destination", 100),
    Field("GUID", "guid", 100),
)
GIFT = (
    Field("GiftMessage", "text", 500),
    Field("GiftMessageFrom", "sender", 100),
    Field("GiftMessageTo", "recipient", 100),
)
HEADER = (Field("DCCode", "dc_code", 100),)
# Line4 is a placeholder that nobody prints, so no data goes there (SEKO contract 4.2).
ADDRESS = (
    Field("FirstName", "first_name", 50),
    Field("LastName", "last_name", 50),
    Field("Line1", "line1", 100),
    Field("Line2", "line2", 100),
    Field("Line3", "line3", 100),
    Field("City", "city", 50),
    Field("County", "county", 50),
    Field("PostcodeZip", "postcode", 20),
    Field("CountryCode", "country_code", 20),
    Field("PhoneNumber", "phone", 20),
    Field("EmailAddress", "email", 150),
)
# Written even when empty: SEKO's table calls them mandatory, and whether an empty county passes is not known.
ADDRESS_MANDATORY = frozenset({"Line1", "City", "County", "PostcodeZip", "CountryCode"})
FORWARDER = (Field("CompanyCode", "company_code", 100), Field("CompanyDescription", "company", 200))
LINE = (
    Field("LineNumber", "line_number"),
    Field("ProductCode", "product_code", 100),
    Field("Quantity", "quantity"),
    Field("EAN", "ean", 100),
    Field("UnitPrice", "unit_price"),
    Field("UnitDiscountPrice", "discount_price"),
    Field("VAT", "tax"),
    Field("CustomsValue", "customs_value"),
    Field("CountryCode", "country_code", 100),
    Field("OrderLineMessage", "message", 100),
    Field("LotNo", "lot", 100),
    Field("Channel", "channel", 100),
    Field("ExternalDocumentNo", "document", 100),
    Field("ASNNumber", "asn", 100),
    Field("GUID", "guid", 100),
)
SECONDARY = (
    Field("SecondaryUnitPrice", "unit_price"),
    Field("SecondaryVAT", "tax"),
    Field("SecondaryCurrencyCode", "currency", 3),
)
PRODUCT = (
    Field("ProductCode", "code", 100),
    Field("ProductDescription", "description", 200),
    Field("ProductLongDescription", "long_description", 500),
    Field("EAN", "ean", 50),
    Field("HTSCode", "hts_code", 100),
    Field("GrossWeight", "gross_weight"),
    Field("CountryOfOrigin", "country_of_origin", 2),
    Field("UnitPrice", "unit_price"),
    Field("Currency", "currency", 3),
    Field("SecondaryPrice", "secondary_price"),
    Field("SecondaryCurrencyCode", "secondary_currency", 3),
    Field("LeadTime", "lead_time"),
    Field("MOQ", "minimum_order"),
    Field("QCPercentage", "quality_percentage"),
    Field("Hazardous", "handling.hazardous"),
    Field("LotControlled", "handling.lot_controlled"),
    Field("DateControlled", "handling.date_controlled"),
    Field("SerialNumberControlled", "handling.serial_number_controlled"),
    Field("QCControlled", "handling.quality_controlled"),
    Field("InwardProcessing", "handling.inward_processing"),
    Field("WetBond", "handling.wet_bond"),
    Field("Bonded", "handling.bonded"),
    Field("Kit", "handling.kit"),
    Field("Brand", "labels.brand", 100),
    Field("Colour", "labels.colour", 100),
    Field("Size", "labels.size", 100),
    Field("StyleCode", "labels.style_code", 100),
    Field("GroupIdentifier", "labels.group_identifier", 100),
    Field("Business", "labels.business", 50),
    Field("Category1", "labels.category1", 50),
    Field("Category2", "labels.category2", 50),
    Field("ProductUse", "labels.product_use", 50),
    Field("ClientProductStatus", "labels.client_status", 50),
    Field("Material", "labels.material"),
    Field("DangerousGoodsClass", "labels.dangerous_goods_class"),
    Field("Hazmat", "labels.hazmat"),
)
SUPPLIER = (Field("SupplierCode", "code"), Field("SupplierDescription", "description"), Field("UOM", "units"))
IDENTIFIER = (Field("Name", "name", 100), Field("Value", "value", 200))

_OF = {
    field.source: attrgetter(field.source)
    for table in (ORDER, GIFT, HEADER, ADDRESS, FORWARDER, LINE, SECONDARY, PRODUCT, SUPPLIER, IDENTIFIER)
    for field in table
}


def longest(table: Sequence[Field], source: str) -> int:
    """How many characters a value of our shapes may have at SEKO; raises ``KeyError`` for one that is not sent."""
    return {field.source: field.longest for field in table}[source]


def filled(table: Sequence[Field], shape: Any, *, checked: bool = True) -> dict[str, Any]:
    """The fields of ``shape`` that hold something: zero is something, an empty text, False and None are not.

    Args:
        table: which fields.
        shape: where they are taken from.
        checked: refuse texts that are too long. What a customer wrote was checked before it came here, and what is
            still too long then is SEKO's to judge.

    Raises:
        ValueError: a text that we chose ourselves is longer than SEKO takes.
    """
    values = {field.name: _value(field, shape, checked=checked) for field in table}
    return {name: value for name, value in values.items() if value is not None and value is not False and value != ""}


def every(table: Sequence[Field], shape: Any, *, checked: bool = True) -> dict[str, Any]:
    """All fields of ``shape``, the empty ones too; None is written as an empty text. Else like :func:`filled`."""
    values = {field.name: _value(field, shape, checked=checked) for field in table}
    return {name: "" if value is None else value for name, value in values.items()}


def safe(text: str) -> str:
    """SEKO cannot read a double quote inside a text, escaped or not (SEKO contract 1.2)."""
    return text.replace('"', "'")


def _value(field: Field, shape: Any, *, checked: bool) -> Any:
    value = _OF[field.source](shape)
    write = _WRITTEN.get(type(value))
    written = write(value) if write else safe(str(value)) if isinstance(value, str) else value
    if checked and field.longest and isinstance(written, str) and len(written) > field.longest:
        raise ValueError(f"{field.name} has {len(written)} characters; SEKO takes {field.longest}.")
    return written


def _moment(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


_WRITTEN: dict[type, Callable[[Any], Any]] = {datetime: _moment, Decimal: float}
