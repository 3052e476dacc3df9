"""Product masters: load and update (SEKO contract 7.3). A new product has no stock until goods come in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from ..store import Document
from . import product_fields as fields
from .fields import ALPHA_2, CURRENCIES
from .reader import Reader
from .world import PRODUCT, World


class ProductReader(Reader):
    """Checks one product master."""

    entity = "Product Master"

    def read(self) -> Document:
        """Every field by name, those that are missing empty. Raises `Rejected` for the first fault."""
        master = self.section("ProductMaster")
        self.read_key(master, "ProductCode", fields.PRODUCT_LENGTHS["ProductCode"])
        read: Document = {name: self.text(master, name, length) for name, length in fields.PRODUCT_LENGTHS.items()}
        for name in fields.PRODUCT_NUMBERS:
            self.decimal(master, name)
            read[name] = self.text(master, name, 40)
        for name in fields.PRODUCT_SWITCHES:
            read[name] = self.switch(master, name)
        for name in fields.PRODUCT_MANDATORY:
            if not read[name].strip():
                self.reject(f"{name} is required.")
        self._check_codes(read)
        self._check_lists()
        return read | {"ProductCode": self.key}

    def _check_codes(self, read: Mapping[str, Any]) -> None:
        if read["GrossWeightUOM"] != "KG":
            self.reject("Invalid GrossWeightUOM.")
        if read["HTSCode"] and not re.fullmatch(r"[0-9]{10,}", read["HTSCode"]):
            self.reject("Invalid HTSCode.")
        if read["CountryOfOrigin"] and read["CountryOfOrigin"].upper() not in ALPHA_2:
            self.reject(f"Invalid Country Code {read['CountryOfOrigin']}.")
        for name in ("Currency", "SecondaryCurrencyCode"):
            if read[name] and read[name] not in CURRENCIES:
                self.reject(f"Invalid Currency Code {read[name]}.")

    def _check_lists(self) -> None:
        for name, lengths in fields.LIST_LENGTHS.items():
            for entry in self.entries(name):
                for field, length in lengths.items():
                    self.text(entry, field, length)
                if name == "SupplierMapping" and "UOM" in entry:
                    self.whole(entry, "UOM")


def load_product(world: World, body: Mapping[str, Any], *, update: bool = False) -> str:
    """Take a product, or an update of one, and return the GUID of the call. Raises `Rejected` (E7 and its twins)."""
    reader = ProductReader(body, cut_long_texts=world.settings.over_length == "truncate")
    read = reader.read()
    known = world.stock.find(reader.key)
    if update and known is None:
        reader.reject("Product does not exist.")
    if not update and known is not None:
        reader.reject("Product Code already exists.")
    code = known or reader.key
    holder = world.stock.with_ean(read["EAN"])
    if read["EAN"] and holder not in (None, code):
        reader.reject("EAN already exists.")
    before = world.ground.store.get(PRODUCT, code) or {}
    for name in fields.FOR_EVER:
        if update and read[name] != before.get(name, False):
            reader.reject(f"{name} cannot be changed.")
    world.ground.store.put(PRODUCT, code, read | {"ProductCode": code})
    world.stock.know(code, ean=read["EAN"])
    return str(uuid.UUID(int=world.draw("product", code, before).getrandbits(128), version=4))
