"""Stock of the warehouse: free stock changes at once, the quantity answer follows later (SEKO contract 7.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..catalogue import Product
from ..store import Store
from .lifecycle import moment, stamp
from .replies import share

LEVEL, AWAY, RAW = "stock_level", "stock_away", "stock_raw"
LOW = 0.1
AVAILABLE, QUARANTINE, QC, QUERY = "Available Stock", "Quarantine", "QC", "Query"
PUT_AWAY, GRN_PENDING, RETURNS = "Put Away", "GRN Pending", "Returns"
SHOWN_PLACES = (QUARANTINE, QC, QUERY, RETURNS)


class Stock:
    """Levels per product. A product goes by the first spelling of its code: letter case does not matter.

    `taken` counts what orders hold and what has left; it is rebuilt from the orders at every start, so that an order
    and its reservation can never part. `opening` holds first levels. Besides Available Stock a product may lie in other
    location types, which no order can take.
    """

    def __init__(self, products: Iterable[Product], *, store: Store) -> None:
        self._store = store
        self._codes: dict[str, str] = {}
        self.opening: Counter[str] = Counter()
        self.eans: dict[str, str] = {}
        for product in products:
            code = self._codes.setdefault(product.code.casefold(), product.code)
            self.opening[code] += product.stock
            self.eans.setdefault(code, product.ean)
        for code in list(self.opening):
            self._codes.setdefault(code.rstrip().casefold(), code)
        self._holders = {ean: code for code, ean in self.eans.items()}
        self._level = Counter(self.opening)
        self._places: dict[str, dict[str, int]] = {}
        self._fixed: set[str] = set()
        for code, doc in store.all(LEVEL):
            self._level[code] = doc["level"]
            self._places[code] = doc["places"]
            if doc["fixed"]:
                self._fixed.add(code)
        self._away: dict[str, dict[str, Any]] = dict(store.all(AWAY))
        self._raw: dict[str, Any] = {code: doc["raw"] for code, doc in store.all(RAW)}
        self.taken: Counter[str] = Counter()

    def find(self, code: str) -> str | None:
        """The warehouse's own spelling of a product code: letter case and blanks at the end do not matter."""
        return self._codes.get(code.casefold()) or self._codes.get(code.rstrip().casefold())

    def know(self, code: str, *, ean: str) -> None:
        """Know a product: a new one starts without stock, of one that is known the EAN may change."""
        if code not in self.opening:
            self._codes[code.casefold()] = code
            self._codes.setdefault(code.rstrip().casefold(), code)
            self.opening[code] = 0
            self._places.setdefault(code, {})
        self._holders.pop(self.eans.get(code, ""), None)
        self.eans[code] = ean
        if ean:
            self._holders[ean] = code

    def with_ean(self, ean: str) -> str | None:
        """The product that has this EAN: there is at most one (SEKO contract 7.3)."""
        return self._holders.get(ean)

    def codes(self) -> list[str]:
        """Every product, in the order of the catalogue."""
        return list(self.opening)

    def free(self, code: str) -> int:
        """What a new order may take now."""
        return self._level[code] - self.taken[code] - self.away(code)

    def away(self, code: str) -> int:
        """What is reserved away until a delivery brings it back."""
        away = self._away.get(code)
        return int(away["quantity"]) if away else 0

    def places(self, code: str) -> dict[str, int]:
        """What lies elsewhere than in Available Stock, by location type; a few products begin with some."""
        if code not in self._places:
            draw = share("location", code)
            place = SHOWN_PLACES[int(draw * 1000) % 3]
            self._places[code] = {place: 1 + int(draw * 100_000) % 40} if draw <= 0.08 else {}
        return self._places[code]

    def take(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Reserve what the lines of an order hold."""
        for line in lines:
            self.taken[line["product"]] += line["held"]

    def give_back(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Put the lines of a cancelled order back."""
        for line in lines:
            self.taken[line["product"]] -= line["held"]

    def change(self, code: str, quantity: int, *, place: str) -> None:
        """Bring a quantity into a location type, or, when it is below 0, out of it."""
        if place == AVAILABLE:
            self._keep(code, self._level[code] + quantity)
        else:
            places = self.places(code)
            places[place] = max(0, places.get(place, 0) + quantity)
            self._keep(code, self._level[code])

    def set_free(self, code: str, quantity: int) -> None:
        """Make `quantity` free, by hand: what was reserved away is back, and no delivery changes the level later."""
        self._bring_back(code)
        self._fixed.add(code)
        self._keep(code, quantity + self.taken[code])

    def show_raw(self, code: str, value: Any) -> None:
        """Tell `value` as the product's Quantity, whatever it is; None leaves Quantity out."""
        self._raw[code] = value
        self._store.put(RAW, code, {"raw": value})

    def shown_raw(self, code: str, *, default: int) -> Any:
        """What is told of a product: the value that somebody set, else the default."""
        return self._raw.get(code, default)

    def show_truth(self, code: str) -> None:
        """Tell the true figure again."""
        self._raw.pop(code, None)
        self._store.delete(RAW, code)

    def reserve_away(self, code: str, *, until: datetime) -> int:
        """Take all free stock of a product away until a delivery brings it back. Returns how much that is."""
        if code in self._away:
            return 0
        self._away[code] = {"quantity": max(0, self.free(code)), "until": stamp(until)}
        self._store.put(AWAY, code, self._away[code])
        return self.away(code)

    def receive(self, now: datetime) -> dict[str, int]:
        """Bring back what was reserved away and is due. Returns how much of each product that is."""
        back = {code: self.away(code) for code, away in self._away.items() if moment(away["until"]) <= now}
        for code in back:
            self._bring_back(code)
        return back

    def replenish(self) -> dict[str, int]:
        """A delivery: products that ran low come up to their opening level again. Returns what was brought of each."""
        brought = {}
        for code, opening in self.opening.items():
            if code not in self._fixed and code not in self._away and self.free(code) < opening * LOW:
                brought[code] = opening - self.free(code)
                self._keep(code, opening + self.taken[code])
        return brought

    def rows(self, codes: Iterable[str], *, dc: str, unseen: Mapping[str, int]) -> list[dict[str, Any]]:
        """Rows of the answer: one per product and location type, none for zero. `unseen` shows later."""
        found: list[dict[str, Any]] = []
        for code in codes:
            row = {"ProductCode": code, "DCCode": dc, "LocationType": AVAILABLE}
            if code in self._raw:
                raw = self._raw[code]
                found.append(row if raw is None else row | {"Quantity": raw})
            elif (free := self.free(code) + unseen.get(code, 0)) > 0:
                found.append(row | {"Quantity": free})
            found += [
                row | {"LocationType": place, "Quantity": quantity}
                for place, quantity in self.elsewhere(code).items()
                if quantity > 0
            ]
        return found

    def elsewhere(self, code: str) -> dict[str, int]:
        """What the stock answer shows elsewhere than in Available Stock; what is reserved away lies in Query."""
        places = self.places(code)
        shown = {place: places[place] for place in SHOWN_PLACES if place in places}
        if self.away(code):
            shown[QUERY] = shown.get(QUERY, 0) + self.away(code)
        return shown

    def _bring_back(self, code: str) -> None:
        if self._away.pop(code, None):
            self._store.delete(AWAY, code)

    def _keep(self, code: str, level: int) -> None:
        self._level[code] = level
        self._store.put(LEVEL, code, {"level": level, "places": self.places(code), "fixed": code in self._fixed})


def delivery_due(last: datetime, now: datetime, *, hours: float) -> bool:
    """Whether the next regular delivery is due."""
    return now - last >= timedelta(hours=hours)
