"""The seller's offers: one for each product, how many pieces each shows, and OF21's form (John Lewis contract 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..catalogue import Product
from ..clock import show_instant
from ..ledger import Ledger
from ..store import Store
from .deadline import shipping_deadline
from .reference import SHIPPING_TYPE, ZONE, product_sku

TABLE, META, OPENING = "offer", "meta", "offers"
OPENING_MOST = 25
FIRST_ID = 1000


class OfferBook:
    """What every offer shows, kept in memory; only offers that have changed since the opening are on disk.

    Every change is one line of the ledger: direction ``world``, operation ``offer``, the SKU as natural key, and a note
    such as ``25 -> 24 sale JL70000001-A``.
    """

    def __init__(self, store: Store, ledger: Ledger, products: Sequence[Product], *, opening: int | None) -> None:
        self._store = store
        self._ledger = ledger
        told = store.get(META, OPENING)
        if told is None:
            told = {"quantity": opening}
            store.put(META, OPENING, told)
        first = told["quantity"]
        self._products = {product.code: product for product in products}
        self._ids = {code: FIRST_ID + place for place, code in enumerate(self._products)}
        self._shown = {p.code: min(p.stock, OPENING_MOST) if first is None else int(first) for p in products}
        self._shown.update({sku: int(doc["quantity"]) for sku, doc in store.all(TABLE) if sku in self._shown})
        self._orders: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self._shown)

    def left(self, sku: str) -> int | None:
        """How many pieces an offer shows; None when there is no such offer."""
        return self._shown.get(sku)

    def offer_id(self, sku: str) -> int | None:
        """The number of an offer; None when there is no such offer."""
        return self._ids.get(sku)

    def sell(self, sku: str, quantity: int, order_id: str) -> None:
        """A new order takes pieces at once. An offer never shows less than 0; an unknown SKU has no offer."""
        if sku in self._shown:
            self.change({sku: max(0, self._shown[sku] - quantity)}, f"sale {order_id}")

    def give_back(self, sku: str, quantity: int, order_id: str) -> None:
        """Pieces of a cancelled or refused order go back on offer."""
        if sku in self._shown and quantity > 0:
            self.change({sku: self._shown[sku] + quantity}, f"back {order_id}")

    def change(self, quantities: Mapping[str, int], cause: str) -> int:
        """Set the quantities of known offers; the number of offers that changed."""
        changed = {sku: number for sku, number in quantities.items() if self._shown[sku] != number}
        notes = [(sku, f"{self._shown[sku]} -> {number} {cause}") for sku, number in changed.items()]
        self._store.put_many(TABLE, [(sku, {"quantity": number}) for sku, number in changed.items()])
        self._shown.update(changed)
        self._ledger.write_world("offer", notes)
        return len(changed)

    def listed(self, criterion: str = "totalPrice") -> list[str]:
        """Every SKU in the order of OF21; prices and titles never change here, so that each order is made once."""
        if criterion not in self._orders:
            products = sorted(
                self._products.values(),
                key=lambda p: (p.title, p.price, p.code) if criterion == "productTitle" else (p.price, p.code),
            )
            self._orders[criterion] = [product.code for product in products]
        return self._orders[criterion]

    def json(self, sku: str, now: datetime) -> dict[str, Any]:
        """One offer as OF21 shows it (John Lewis contract 3.2)."""
        product, shown = self._products[sku], self._shown[sku]
        price = float(product.price)
        volume = {"price": price, "quantity_threshold": 1, "unit_discount_price": price, "unit_origin_price": price}
        offer = {
            "offer_id": self._ids[sku],
            "shop_sku": sku,
            "product_sku": product_sku(sku),
            "product_title": product.title,
            "quantity": shown,
            "active": shown > 0,
            "shipping_deadline": show_instant(shipping_deadline(now)),
            "product_references": [{"reference": product.ean, "reference_type": "EAN"}],
            "price": price,
            "total_price": price,
            "all_prices": [{"channel_code": None, "price": price, "unit_origin_price": price,
                            "volume_prices": [volume]}],
            "applicable_pricing": {"channel_code": None, "price": price, "unit_origin_price": price,
                                   "volume_prices": [volume]},
            **_same_for_all(),
        }  # fmt: skip
        if shown == 0:
            offer["inactivity_reasons"] = ["ZERO_QUANTITY"]
        return offer


def _same_for_all() -> dict[str, Any]:
    return {
        "allow_quote_requests": False,
        "category_code": "GIFTS",
        "category_label": "Gifts",
        "channels": ["JL_UK"],
        "currency_iso_code": "GBP",
        "description": "",
        "discount": None,
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "leadtime_to_ship": 2,
        "logistic_class": {"code": "STD", "label": "Standard"},
        "max_order_quantity": 0,
        "min_order_quantity": 0,
        "min_quantity_alert": 0,
        "min_shipping_price": 0,
        "min_shipping_price_additional": 0,
        "min_shipping_type": SHIPPING_TYPE["code"],
        "min_shipping_zone": ZONE["code"],
        "offer_additional_fields": [],
        "package_quantity": 1,
        "price_additional_info": None,
        "state_code": "11",
        "warehouses": None,
    }
