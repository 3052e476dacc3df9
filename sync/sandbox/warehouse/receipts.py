"""Receipts: deliveries that a client announces, as far as goods come in by them (SEKO contract 7.4).

The goods arrive after some hours; then they are received and put away like every delivery (SEKO contract 6.7).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from .reader import Reader, Rejected
from .world import World

RECEIPT = "receipt"
LENGTHS = {"HBReference": 50, "ReceiptType": 10, "ReceiptReasonCode": 50, "Notes": 4000, "GUID": 100}
LINE_LENGTHS = {
    "SupplierCompanyCode": 100, "ReturnReason": 100, "LotNumber": 100, "SupplierName": 200, "CountryOfOrigin": 100,
    "MIDCode": 100, "Channel": 100, "EAN": 100, "GUID": 100,
}  # fmt: skip


class ReceiptReader(Reader):
    """Checks one receipt."""

    entity = "Receipt"

    def read(self, *, dc: str) -> dict[str, Any]:
        """Head and lines. Raises `Rejected` for the first fault."""
        head = self.section("Receipt")
        self.read_key(head, "ASNNumber", 100)
        texts = {name: self.text(head, name, length) for name, length in LENGTHS.items()}
        if texts["ReceiptType"] not in ("", "Standard", "Return"):
            self.reject("Invalid ReceiptType.")
        for name in ("IsReturn", "UpdateReceipt"):
            self.switch(head, name)
        self.date(head, "WarehouseETA")
        given = self.text(self.section("ReceiptHeader"), "DCCode", 100).strip()
        if given and given != dc:
            raise Rejected("Error. Invalid Mapping - DC")
        lines = [self._line(entry) for entry in self.entries("ReceiptLineItem")]
        if not lines:
            self.reject("ReceiptLineItem is required.")
        return texts | {"lines": lines}

    def _line(self, entry: Mapping[str, Any]) -> tuple[str, int]:
        for name, length in LINE_LENGTHS.items():
            self.text(entry, name, length)
        code = self.text(entry, "ProductCode", 100)
        if not code.strip():
            self.reject("ProductCode is required.")
        return code, self.whole(entry, "Quantity")


def load_receipt(world: World, body: Mapping[str, Any]) -> str:
    """Take an announced delivery and plan its arrival; returns its GUID. Raises `Rejected` (E5, E6 and their twins)."""
    reader = ReceiptReader(body, cut_long_texts=world.settings.over_length == "truncate")
    read = reader.read(dc=world.settings.dc)
    store = world.ground.store
    if store.get(RECEIPT, reader.key) is not None:
        reader.reject("ASN Number already exists.")
    quantities: dict[str, int] = {}
    for given, quantity in read["lines"]:
        code = world.stock.find(given)
        if code is None:
            reader.reject(f"Product {given} does not exist.")
        if code in quantities:
            reader.reject(f"Duplicate Product Code {given}.")
        quantities[code] = quantity
    draw = world.draw("receipt", reader.key)
    guid = read["GUID"].strip() or str(uuid.UUID(int=draw.getrandbits(128), version=4))
    at = world.now() + timedelta(hours=draw.uniform(1, 4))
    with store.transaction():
        store.put(RECEIPT, reader.key, {"guid": guid})
        world.events.plan(
            at, "arrive", number=reader.key, reference=read["HBReference"] or reader.key, guid=guid, lines=quantities
        )
    return guid
