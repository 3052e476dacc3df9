"""Reading a web sales order: a parsed body to a checked form, or the first fault found (SEKO contract 4.2 and 10.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import fields
from .reader import Reader, Rejected
from .settings import WarehouseSettings
from .shipping import Courier, knows_courier


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


class FormReader(Reader):
    """Checks one web sales order."""

    entity = "SalesOrder"

    def __init__(self, body: Mapping[str, Any], *, settings: WarehouseSettings) -> None:
        super().__init__(body, cut_long_texts=settings.over_length == "truncate")
        self.settings = settings

    def read(self) -> WebOrder:
        """The order; raises ``Rejected``."""
        head = self.section("WebSalesOrder")
        self.read_key(head, "SalesOrderNumber", 50)
        texts = {name: self.text(head, name, length) for name, length in fields.ORDER_LENGTHS.items()}
        self._check_values(head)
        delivery = self._address("DeliveryDetails")
        self._require_delivery(delivery)
        lines = tuple(self._lines())
        self._check_billing(self._address("BillingDetails"))
        self._address("ForwardingAgent", fields.FORWARDER_LENGTHS)
        self._check_codes(texts["CurrencyCode"], delivery)
        asked = Courier(texts["CourierName"], texts["CourierService"])
        dc = self.text(self.section("SalesOrderHeader"), "DCCode", 100).strip()
        self._check_mappings(dc, asked)
        return WebOrder(
            number=self.key,
            reference=texts["SalesOrderReference"],
            invoice=texts["SalesInvoiceNumber"],
            guid=texts["GUID"].strip(),
            currency=texts["CurrencyCode"],
            dc=dc or self.settings.dc,
            asked=asked,
            on_hold=self.switch(head, "OnHold"),
            delivery=delivery,
            lines=lines,
            cut=tuple(self.cut),
        )

    def _check_values(self, head: Mapping[str, Any]) -> None:
        for name in fields.ORDER_NUMBERS:
            self.decimal(head, name)
        for name in fields.ORDER_SWITCHES:
            self.switch(head, name)
        for name in fields.ORDER_DATES:
            self.date(head, name)

    def _address(self, name: str, lengths: Mapping[str, int] = fields.ADDRESS_LENGTHS) -> dict[str, str]:
        section = self.section(name)
        return {field: self.text(section, field, length) for field, length in lengths.items()}

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
        entries = self.entries("SalesOrderLineItem")
        if not entries:
            self.reject("SalesOrderLineItem is required.")
        seen: set[int] = set()
        for entry in entries:
            line = self._line(entry)
            if line.number in seen:
                self.reject(f"Duplicate Line Number {line.number}.")
            seen.add(line.number)
            yield line

    def _line(self, entry: Mapping[str, Any]) -> Line:
        texts = {name: self.text(entry, name, length) for name, length in fields.LINE_LENGTHS.items()}
        for name in fields.LINE_NUMBERS:
            self.decimal(entry, name)
        if not texts["ProductCode"].strip():
            self.reject("ProductCode is required.")
        for name in ("CurrencyCode", "SecondaryCurrencyCode"):
            if texts[name] and texts[name] not in fields.CURRENCIES:
                self.reject(f"Invalid Currency Code {texts[name]}.")
        return Line(self.whole(entry, "LineNumber"), texts["ProductCode"], self.whole(entry, "Quantity"))
