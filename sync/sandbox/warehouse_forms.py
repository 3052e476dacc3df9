"""Reading a web sales order: bytes to a checked form, or the first fault found (SEKO contract 4.2 and 10.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from xml.etree.ElementTree import Element  # nosec B405

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from . import warehouse_fields as fields
from .warehouse_settings import WarehouseSettings
from .warehouse_shipping import Courier, knows_courier

DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,7})?Z?)?")


class Rejected(Exception):
    """The order is refused as a whole; the text is what the warehouse answers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One order line."""

    number: int
    code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class WebOrder:
    """A web sales order of right form; whether it can be fulfilled the world must say. `cut` names clipped fields."""

    number: str
    reference: str
    invoice: str
    guid: str
    currency: str
    dc: str
    asked: Courier
    on_hold: bool
    delivery: Mapping[str, str]
    lines: tuple[Line, ...]
    cut: tuple[str, ...]


def parse(raw: bytes, *, xml: bool) -> dict[str, Any]:
    """The body as a mapping. Raises `Rejected` with E4 (SEKO contract 3.1) for what is no JSON object or no XML.

    A double quote inside a text breaks SEKO's JSON upload however well it is escaped (SEKO contract 1.2).
    """
    return _parse_xml(raw) if xml else _parse_json(raw)


def _unreadable(reason: str) -> NoReturn:
    raise Rejected(f"Cannot process json salesorder {reason}")


def _parse_json(raw: bytes) -> dict[str, Any]:
    if not raw.lstrip().startswith(b"{"):
        _unreadable("A JSONObject text must begin with '{' at character 1")
    try:
        body = json.loads(raw, parse_float=Decimal, parse_constant=_unreadable)
    except json.JSONDecodeError as fault:
        _unreadable(f"Expected a ',' or '}}' at character {fault.pos + 1}")
    except (UnicodeDecodeError, RecursionError, ValueError):
        _unreadable("Unterminated string at character 1")
    if _has_quote(body):
        place = raw.find(b"\\") + 1
        _unreadable(f"Expected a ',' or '}}' at character {place}")
    return dict(body)


def _has_quote(value: Any) -> bool:
    if isinstance(value, str):
        return '"' in value
    if isinstance(value, Mapping):
        return any(_has_quote(entry) for entry in value.values())
    return isinstance(value, list) and any(_has_quote(entry) for entry in value)


def _parse_xml(raw: bytes) -> dict[str, Any]:
    try:
        root = fromstring(raw)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        raise Rejected(f"Cannot process xml salesorder {type(fault).__name__}") from None
    tree = _tree(root)
    return tree if isinstance(tree, dict) else {}


def _tree(element: Element) -> Any:
    if not len(element):
        return element.text or ""
    tree: dict[str, Any] = {}
    for child in element:
        value = _tree(child)
        if child.tag in tree:
            present = tree[child.tag]
            tree[child.tag] = [*present, value] if isinstance(present, list) else [present, value]
        else:
            tree[child.tag] = value
    return tree


class FormReader:
    """Checks one body; stops at the first fault, as the hub does (SEKO contract 2)."""

    def __init__(self, body: Mapping[str, Any], *, settings: WarehouseSettings) -> None:
        self.body = body
        self.settings = settings
        self.number = ""
        self.cut: list[str] = []

    def read(self) -> WebOrder:
        """The order; raises ``Rejected``."""
        head = self._section("WebSalesOrder")
        self.number = self._text(head, "SalesOrderNumber", 50).strip()
        if not self.number:
            self.reject("SalesOrderNumber is required.")
        texts = {name: self._text(head, name, length) for name, length in fields.ORDER_LENGTHS.items()}
        self._check_values(head)
        delivery = self._address("DeliveryDetails")
        self._require_delivery(delivery)
        lines = tuple(self._lines())
        self._check_billing(self._address("BillingDetails"))
        self._check_codes(texts["CurrencyCode"], delivery)
        asked = Courier(texts["CourierName"], texts["CourierService"])
        dc = self._text(self._section("SalesOrderHeader"), "DCCode", 100).strip()
        self._check_mappings(dc, asked)
        return WebOrder(
            number=self.number,
            reference=texts["SalesOrderReference"],
            invoice=texts["SalesInvoiceNumber"],
            guid=texts["GUID"].strip(),
            currency=texts["CurrencyCode"],
            dc=dc or self.settings.dc,
            asked=asked,
            on_hold=self._text(head, "OnHold", 5) == "true",
            delivery=delivery,
            lines=lines,
            cut=tuple(self.cut),
        )

    def reject(self, reason: str) -> NoReturn:
        """Refuse with SEKO's pattern (SEKO contract 3)."""
        raise Rejected(f"Error Submitting SalesOrder: {self.number} - Error. {reason}")

    def _section(self, name: str) -> Mapping[str, Any]:
        value = self.body.get(name)
        if value in (None, "", []):
            return {}
        if not isinstance(value, Mapping):
            self.reject(f"Invalid {name}.")
        return value

    def _text(self, section: Mapping[str, Any], name: str, length: int) -> str:
        value = section.get(name)
        if value is None or value == {}:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str | int | Decimal):
            self.reject(f"Invalid {name}.")
        text = str(value)
        if len(text) <= length:
            return text
        if self.settings.over_length == "reject" or name == "SalesOrderNumber":
            self.reject(f"{name} exceeds the maximum length of {length} characters.")
        self.cut.append(name)
        return text[:length]

    def _check_values(self, head: Mapping[str, Any]) -> None:
        for name in fields.ORDER_NUMBERS:
            self._decimal(head, name)
        for name in fields.ORDER_SWITCHES:
            if self._text(head, name, 5) not in ("", "true", "false"):
                self.reject(f"Invalid {name}.")
        for name in fields.ORDER_DATES:
            text = self._text(head, name, 30)
            if text and not DATE.fullmatch(text):
                self.reject(f"Invalid {name}.")

    def _decimal(self, section: Mapping[str, Any], name: str) -> None:
        text = self._text(section, name, 40)
        try:
            valid = not text or Decimal(text).is_finite()
        except InvalidOperation:
            valid = False
        if not valid:
            self.reject(f"Invalid {name}.")

    def _address(self, name: str) -> dict[str, str]:
        section = self._section(name)
        return {field: self._text(section, field, length) for field, length in fields.ADDRESS_LENGTHS.items()}

    def _require_delivery(self, delivery: Mapping[str, str]) -> None:
        for name in fields.ADDRESS_MANDATORY:
            if not delivery[name].strip():
                self.reject(f"{name} is required.")
        if self.settings.county_required and not delivery["County"].strip():
            self.reject("County is required.")

    def _check_billing(self, billing: Mapping[str, str]) -> None:
        started = any(billing[name].strip() for name in fields.ADDRESS_PLACE)
        if started and not all(billing[name].strip() for name in fields.ADDRESS_MANDATORY):
            self.reject("Billing address is incomplete.")

    def _check_codes(self, currency: str, delivery: Mapping[str, str]) -> None:
        if currency and currency not in fields.CURRENCIES:
            self.reject(f"Invalid Currency Code {currency}.")
        if not fields.is_country(delivery["CountryCode"].strip()):
            self.reject(f"Invalid Country Code {delivery['CountryCode']}.")

    def _check_mappings(self, dc: str, asked: Courier) -> None:
        if dc and dc != self.settings.dc:
            raise Rejected("Error. Invalid Mapping - DC")
        if not knows_courier(asked):
            raise Rejected("Error. Invalid Mapping - Courier")

    def _lines(self) -> Iterable[Line]:
        entries = self._section("List").get("SalesOrderLineItem")
        entries = [entries] if isinstance(entries, Mapping) else entries
        if not isinstance(entries, list) or not entries:
            self.reject("SalesOrderLineItem is required.")
        seen: set[int] = set()
        for entry in entries:
            line = self._line(entry)
            if line.number in seen:
                self.reject(f"Duplicate Line Number {line.number}.")
            seen.add(line.number)
            yield line

    def _line(self, entry: Any) -> Line:
        if not isinstance(entry, Mapping):
            self.reject("Invalid SalesOrderLineItem.")
        texts = {name: self._text(entry, name, length) for name, length in fields.LINE_LENGTHS.items()}
        for name in fields.LINE_NUMBERS:
            self._decimal(entry, name)
        if not texts["ProductCode"].strip():
            self.reject("ProductCode is required.")
        return Line(self._whole(entry, "LineNumber"), texts["ProductCode"], self._whole(entry, "Quantity"))

    def _whole(self, entry: Mapping[str, Any], name: str) -> int:
        text = self._text(entry, name, 20)
        if not text:
            self.reject(f"{name} is required.")
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
            self.reject(f"Invalid {name}.")
        return int(text)
