"""Stock of the warehouse: free stock is reserved at once, the quantity answer follows later (SEKO contract 7.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .catalogue import Product
from .store import Store
from .warehouse_lifecycle import moment, stamp
from .warehouse_replies import share

LEVEL, AWAY = "stock_level", "stock_away"
LOW = 0.1
OTHER_LOCATIONS = ("Quarantine", "QC", "Query")


class Stock:
    """Levels per product. A product goes by the catalogue's first spelling of its code: letter case does not matter.

    `taken` counts what orders hold and what has left; it is rebuilt from the orders at every start, so that an order
    and its reservation can never part. `opening` holds first levels.
    """

    def __init__(self, products: Iterable[Product], *, store: Store) -> None:
        self._store = store
        self._codes: dict[str, str] = {}
        self.opening: Counter[str] = Counter()
        for product in products:
            code = self._codes.setdefault(product.code.casefold(), product.code)
            self.opening[code] += product.stock
        for code in list(self.opening):
            self._codes.setdefault(code.rstrip().casefold(), code)
        self._level = Counter(self.opening)
        self._fixed: set[str] = set()
        for code, doc in store.all(LEVEL):
            self._level[code] = doc["level"]
            if doc["fixed"]:
                self._fixed.add(code)
        self._away: dict[str, dict[str, Any]] = dict(store.all(AWAY))
        self.taken: Counter[str] = Counter()

    def find(self, code: str) -> str | None:
        """The warehouse's own spelling of a product code: letter case and blanks at the end do not matter."""
        return self._codes.get(code.casefold()) or self._codes.get(code.rstrip().casefold())

    def codes(self) -> list[str]:
        """Every product, in the order of the catalogue."""
        return list(self.opening)

    def free(self, code: str) -> int:
        """What a new order may take now."""
        away = self._away.get(code)
        return self._level[code] - self.taken[code] - (away["quantity"] if away else 0)

    def take(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Reserve the lines of an order."""
        for line in lines:
            self.taken[line["product"]] += line["quantity"]

    def give_back(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Put the lines of a cancelled order back."""
        for line in lines:
            self.taken[line["product"]] -= line["quantity"]

    def set_free(self, code: str, quantity: int) -> None:
        """Make `quantity` free, by hand: what was reserved away is back, and no delivery changes the level later."""
        self._bring_back(code)
        self._fixed.add(code)
        self._keep(code, quantity + self.taken[code])

    def reserve_away(self, code: str, *, until: datetime) -> None:
        """Take all free stock of a product away until a delivery brings it back."""
        if code not in self._away:
            self._away[code] = {"quantity": max(0, self.free(code)), "until": stamp(until)}
            self._store.put(AWAY, code, self._away[code])

    def receive(self, now: datetime) -> None:
        """Bring back what was reserved away and is due."""
        for code in [code for code, away in self._away.items() if moment(away["until"]) <= now]:
            self._bring_back(code)

    def replenish(self) -> None:
        """A delivery: products that ran low come up to their opening level again."""
        for code, opening in self.opening.items():
            if code not in self._fixed and code not in self._away and self.free(code) < opening * LOW:
                self._keep(code, opening + self.taken[code])

    def rows(self, codes: Iterable[str], *, dc: str, unseen: Mapping[str, int]) -> list[dict[str, Any]]:
        """Rows of the answer: one per product and location type, none for zero. `unseen` is not yet shown as taken."""
        found = []
        for code in codes:
            shown = {"Available Stock": self.free(code) + unseen.get(code, 0)} | self._elsewhere(code)
            for location, quantity in shown.items():
                if quantity > 0:
                    found.append({"ProductCode": code, "DCCode": dc, "LocationType": location, "Quantity": quantity})
        return found

    def _elsewhere(self, code: str) -> dict[str, int]:
        draw = share("location", code)
        if draw > 0.08:
            return {}
        return {OTHER_LOCATIONS[int(draw * 1000) % 3]: 1 + int(draw * 100_000) % 40}

    def _bring_back(self, code: str) -> None:
        if self._away.pop(code, None):
            self._store.delete(AWAY, code)

    def _keep(self, code: str, level: int) -> None:
        self._level[code] = level
        self._store.put(LEVEL, code, {"level": level, "fixed": code in self._fixed})


def delivery_due(last: datetime, now: datetime, *, hours: float) -> bool:
    """Whether the next regular delivery is due."""
    return now - last >= timedelta(hours=hours)
