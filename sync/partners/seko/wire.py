"""SEKO's JSON: what is sent, and the loose shapes that come back.

SEKO converts XML to JSON in places: an empty text may be ``{}``, a list of one an object, a number a text, and the
whole answer may or may not be wrapped in ``Response`` (SEKO contract 1.2 and 2).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sync.shapes import Address, StockRow, WarehouseOrder

LARGEST_QUANTITY = 1_000_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class Envelope:
    """An unwrapped answer: the verdict, and the rest of the body."""

    success: bool
    message: str
    body: Mapping[str, Any]

    def text(self, name: str, longest: int = 200) -> str:
        """A text of the body; empty where SEKO writes nothing, null or ``{}``."""
        return loose_text(self.body.get(name))[:longest]


def read_envelope(document: Any) -> Envelope:
    """Unwrap an answer; raises ``ValueError`` when it carries no verdict."""
    body = document
    if isinstance(body, dict) and isinstance(body.get("Response"), dict):
        body = body["Response"]
    status = body.get("CallStatus") if isinstance(body, dict) else None
    if not isinstance(status, dict):
        raise ValueError("CallStatus is missing")
    verdict = status.get("Success")
    if isinstance(verdict, str):
        verdict = {"true": True, "false": False}.get(verdict.strip().lower())
    if not isinstance(verdict, bool):
        raise ValueError("CallStatus.Success is neither true nor false")
    return Envelope(success=verdict, message=loose_text(status.get("Message")), body=body)


def loose_text(value: Any) -> str:
    """A text that may be a number, null, ``{}`` or absent."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    return str(value)


def many(value: Any) -> list[Any]:
    """A list that may be a single object, ``{}`` or absent."""
    if isinstance(value, list):
        return value
    return [value] if value else []


def order_body(order: WarehouseOrder) -> bytes:
    """The body of websubmit v4 (SEKO contract 4.2). The same order always gives the same bytes."""
    head = _filled(
        {
            "SalesOrderNumber": order.number,
            "SalesOrderReference": order.reference,
            "SalesOrderDate": _moment(order.placed_at),
            "CurrencyCode": order.currency,
            "SubTotal": _number(order.sub_total),
            "TaxTotal": _number(order.tax_total),
            "ShippingTotal": _number(order.shipping_total),
            "CourierName": order.courier_name,
            "CourierService": order.courier_service,
            "Notes": order.notes,
            "GUID": order.guid,
        }
    )
    lines = [
        _filled(
            {
                "LineNumber": line.line_number,
                "ProductCode": line.product_code,
                "Quantity": line.quantity,
                "UnitPrice": _number(line.unit_price),
                "VAT": _number(line.tax),
                "CurrencyCode": order.currency,
            }
        )
        for line in order.lines
    ]
    document: dict[str, Any] = {"WebSalesOrder": head}
    if order.dc_code:
        document["SalesOrderHeader"] = {"DCCode": _safe(order.dc_code)}
    document["DeliveryDetails"] = _delivery(order.delivery)
    document["List"] = {"SalesOrderLineItem": lines}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _delivery(address: Address) -> dict[str, Any]:
    mandatory = {
        "Line1": _safe(address.line1),
        "City": _safe(address.city),
        "County": _safe(address.county),
        "PostcodeZip": _safe(address.postcode),
        "CountryCode": _safe(address.country_code),
    }
    optional = _filled(
        {
            "FirstName": address.first_name,
            "LastName": address.last_name,
            "Line2": address.line2,
            "Line3": address.line3,
            "PhoneNumber": address.phone,
            "EmailAddress": address.email,
        }
    )
    return {**mandatory, **optional}


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold something; zero is something, an empty text is not."""
    safe = {name: _safe(value) if isinstance(value, str) else value for name, value in fields.items()}
    return {name: value for name, value in safe.items() if value != ""}


def _safe(text: str) -> str:
    """SEKO cannot read a double quote inside a text, escaped or not (SEKO contract 1.2)."""
    return text.replace('"', "'")


def _number(amount: Decimal) -> float:
    return float(amount)


def _moment(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def stock_rows(body: Mapping[str, Any]) -> tuple[list[StockRow], bool]:
    """The rows of a stock answer, and whether every one of them could be read (SEKO contract 7.1)."""
    if "List" not in body:
        return [], False
    held = body["List"]
    entries = many(held.get("StockQuantityLineItem")) if isinstance(held, dict) else many(held)
    rows = [_stock_row(entry) for entry in entries]
    return [row for row in rows if row is not None], all(row is not None for row in rows)


def _stock_row(entry: Any) -> StockRow | None:
    if not isinstance(entry, dict):
        return None
    code, location = loose_text(entry.get("ProductCode")), loose_text(entry.get("LocationType"))
    try:
        quantity = whole_number(entry.get("Quantity"))
    except ValueError:
        return None
    if not code or not location or len(code) > 200:
        return None
    return StockRow(
        product_code=code,
        dc_code=loose_text(entry.get("DCCode"))[:100],
        location_type=location[:100],
        quantity=quantity,
    )


def whole_number(value: Any) -> int:
    """A quantity given as a number or a text; raises ``ValueError`` unless it is whole and from 0 to a million."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("is not a number")
    if not 0 <= value <= LARGEST_QUANTITY:
        raise ValueError("is not between 0 and 1,000,000")
    if value != int(value):
        raise ValueError("is not a whole number")
    return int(value)
