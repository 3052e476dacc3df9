"""The bodies that are sent to SEKO: orders and products (SEKO contract 4.2 and 7.3).

The same value always gives the same bytes, so that an attempt can be compared with what was sent before.
"""

import json
from typing import Any

from sync.partners.seko.fields import (
    ADDRESS,
    ADDRESS_MANDATORY,
    FORWARDER,
    GIFT,
    HEADER,
    IDENTIFIER,
    LINE,
    ORDER,
    PRODUCT,
    SECONDARY,
    SUPPLIER,
    every,
    filled,
    safe,
)
from sync.shapes import Address, WarehouseLine, WarehouseOrder, WarehouseProduct

_WHOLE_ADDRESS = ("line1", "city", "postcode", "country_code")


def order_body(order: WarehouseOrder, *, wrapped: bool = False) -> bytes:
    """The body of websubmit v4; only what is filled is written. ``wrapped`` puts all of it into ``Request``.

    Raises:
        ValueError: a value that we chose ourselves is longer than SEKO takes.
    """
    head = filled(ORDER, order)
    if order.gift:
        head |= {"GiftWrap": True, **filled(GIFT, order.gift, checked=False)}
    document: dict[str, Any] = {"WebSalesOrder": head}
    if order.dc_code:
        document["SalesOrderHeader"] = filled(HEADER, order)
    document["DeliveryDetails"] = _address(order.delivery)
    if order.billing and _is_whole(order.billing):
        document["BillingDetails"] = _address(order.billing)
    if order.forwarding_agent:
        document["ForwardingAgent"] = {
            **filled(FORWARDER, order.forwarding_agent),
            **_address(order.forwarding_agent.address),
        }
    document["List"] = {"SalesOrderLineItem": [_line(line, order.currency) for line in order.lines]}
    return _encoded(document, wrapped=wrapped)


def product_body(product: WarehouseProduct, *, update: bool, wrapped: bool = False) -> bytes:
    """The body of products v4. An update says every field, because it blanks what is left out; a new product says
    what is known.

    Raises:
        ValueError: a text is longer than SEKO takes, or a field that SEKO needs is empty.
    """
    for name, value in (("ProductCode", product.code), ("ProductDescription", product.description)):
        if not value.strip():
            raise ValueError(f"{name} is empty; SEKO needs it.")
    if product.hts_code and not (
        product.hts_code.isascii() and product.hts_code.isdigit() and len(product.hts_code) >= 10
    ):
        raise ValueError("HTSCode is not at least 10 digits.")
    fields = every(PRODUCT, product) if update else filled(PRODUCT, product)
    master = {**fields, "GrossWeightUOM": "KG"}
    lists: dict[str, list[dict[str, Any]]] = {
        "SupplierMapping": [every(SUPPLIER, supplier) for supplier in product.suppliers],
        "ProductCategory": [{"CategoryCode": safe(code)} for code in product.categories],
        "ProductIdentifier": [every(IDENTIFIER, identifier) for identifier in product.identifiers],
    }
    document = {"ProductMaster": master, "List": {name: held for name, held in lists.items() if held or update}}
    return _encoded(document, wrapped=wrapped)


def _line(line: WarehouseLine, currency: str) -> dict[str, Any]:
    secondary = filled(SECONDARY, line.secondary) if line.secondary else {}
    return {**filled(LINE, line), "CurrencyCode": currency, **secondary}


def _is_whole(address: Address) -> bool:
    """SEKO refuses an order with part of a billing address (SEKO contract 4.2 and 4.3)."""
    return all(getattr(address, name).strip() for name in _WHOLE_ADDRESS)


def _address(address: Address) -> dict[str, Any]:
    written = every(ADDRESS, address, checked=False)
    return {name: value for name, value in written.items() if value or name in ADDRESS_MANDATORY}


def _encoded(document: Any, *, wrapped: bool) -> bytes:
    return json.dumps({"Request": document} if wrapped else document, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8"
    )
