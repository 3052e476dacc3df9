"""What happens to stock besides orders: counts, damage, quarantine, deliveries (SEKO contract 6.4, 6.5 and 6.7).

Free stock changes at once; the quantity answer shows it after the stock lag, the pushes leave with the next run.
"""

from __future__ import annotations

import heapq
import uuid
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..scenarios import chance
from ..store import Document
from .free import FreeBook
from .lifecycle import moment, stamp
from .settings import WarehouseSettings
from .stock import AVAILABLE, GRN_PENDING, PUT_AWAY, QUARANTINE, RETURNS, Stock

EVENT, PLAN = "stock_event", "stock_plan"
ADJUSTMENT, MOVEMENT, ARRIVAL, RECEIPT = "adjustment", "movement", "arrival", "receipt"
MOST_AT_ONCE = 200


class Reason(NamedTuple):
    """Why stock was adjusted. SEKO's own list of codes is not public: these are made up."""

    code: str
    text: str


COUNTED = Reason("CNT", "Stock count")
DAMAGED = Reason("DMG", "Damaged")
SCRAPPED = Reason("SCR", "Scrapped from quarantine")
SHORT = Reason("SHT", "Not found when picked")


class Events:
    """Stock events and those that are planned. Both are documents, so that a killed warehouse goes on where it was."""

    def __init__(self, stock: Stock, book: FreeBook, *, settings: WarehouseSettings, now: datetime) -> None:
        self.stock = stock
        self.book = book
        self.settings = settings
        self._store = book.store
        self.all: list[Document] = [doc for _, doc in self._store.all(EVENT)]
        self._recent: deque[Document] = deque(doc for doc in self.all if moment(doc["at"]) > now - settings.stock_lag)
        self._untold = [event for event in self.all if not event["told"]]
        self._plans = [(doc["at"], key, doc) for key, doc in self._store.all(PLAN)]
        heapq.heapify(self._plans)

    def take_untold(self) -> list[Document]:
        """Events that no push has told yet, oldest first; they count as told from now on."""
        found, self._untold = self._untold, []
        for event in found:
            event["told"] = True
            self._store.put(EVENT, event["id"], event)
        return found

    def between(self, kind: str, begin: datetime, end: datetime) -> list[Document]:
        """Events of a kind from `begin` to before `end`."""
        return [event for event in self.all if event["kind"] == kind and begin <= moment(event["at"]) < end]

    def unseen(self, now: datetime) -> Counter[str]:
        """Changes of free stock that figures do not show yet, to be taken off again."""
        while self._recent and moment(self._recent[0]["at"]) <= now - self.settings.stock_lag:
            self._recent.popleft()
        hidden: Counter[str] = Counter()
        for event in self._recent:
            hidden.update(event["free"])
        return hidden

    def adjust(
        self,
        changes: Mapping[str, int],
        now: datetime,
        *,
        reason: Reason,
        place: str = AVAILABLE,
        told_only: bool = False,
    ) -> list[Document]:
        """Adjust quantities of one location type; increases and decreases become two events (SEKO contract 6.4).

        With `told_only` stock stays as it is: what the adjustment takes was never free again.
        """
        made = []
        for kind, sign in (("Increase", 1), ("Decrease", -1)):
            chosen = {code: n for code, n in changes.items() if n * sign > 0}
            if not chosen:
                continue
            free = chosen if place == AVAILABLE and not told_only else {}
            lines = [{"product": code, "quantity": abs(n)} for code, n in chosen.items()]
            event = self._record(
                ADJUSTMENT, now, free, type=kind, location=place, reason=list(reason), lines=lines, told_only=told_only
            )
            if not told_only:
                for code, n in chosen.items():
                    self.stock.change(code, n, place=place)
                self.book.tell(chosen, f"adjustment {event['id']} {reason.text.lower()}")
            made.append(event)
        return made

    def move(
        self, code: str, quantity: int, now: datetime, *, origin: str, to: str, told_only: bool = False
    ) -> Document:
        """Move a quantity between location types (SEKO contract 6.5); with `told_only` it was moved already."""
        delta = (quantity if to == AVAILABLE else 0) - (quantity if origin == AVAILABLE else 0)
        event = self._record(
            MOVEMENT, now, {code: delta} if delta and not told_only else {},
            product=code, quantity=quantity, origin=origin, to=to,
        )  # fmt: skip
        if not told_only:
            self.stock.change(code, -quantity, place=origin)
            self.stock.change(code, quantity, place=to)
            self.book.tell([code], f"movement {event['id']} {origin} to {to}")
        return event

    def arrive(
        self, lines: Mapping[str, int], now: datetime, *, number: str = "", reference: str = "", guid: str = "",
        comes_back: bool = False,
    ) -> str:  # fmt: skip
        """A delivery stands at the door; its receipt and its way to the shelves are planned. Returns its number.

        Goods that a customer sends back have the order's number as `reference`; they stay in Returns.
        """
        number = number or f"DEL-{self._store.counter('delivery'):06d}"
        guid = guid or str(uuid.UUID(int=int(self._chance("guid", number) * 2**122), version=4))
        delivery = _delivery(number, lines, reference=reference, guid=guid)
        delivery["rma"] = f"{reference}.{number}" if comes_back else ""
        self._record(ARRIVAL, now, {}, delivery=delivery)
        for code, quantity in lines.items():
            self.stock.change(code, quantity, place=GRN_PENDING)
        self.plan(now + timedelta(minutes=20 + 70 * self._chance("grn", number)), "receive", delivery=delivery)
        return number

    def receive(self, delivery: Document, now: datetime) -> None:
        """Confirm a delivery (SEKO contract 6.7) and plan its put-away, which comes in several movements."""
        self._record(RECEIPT, now, {}, delivery=delivery)
        for place, line in enumerate(delivery["lines"]):
            code, quantity = line["product"], line["quantity"]
            self.stock.change(code, -quantity, place=GRN_PENDING)
            self.stock.change(code, quantity, place=RETURNS if delivery["rma"] else PUT_AWAY)
            if delivery["rma"]:
                continue
            at = now
            for part in _portions(quantity, self._chance("portions", delivery["number"], place)):
                at += timedelta(minutes=5 + 35 * self._chance("put away", delivery["number"], place, at))
                self.plan(at, "move", product=code, quantity=part, origin=PUT_AWAY, to=AVAILABLE)

    def replenished(self, brought: Mapping[str, int], now: datetime) -> None:
        """Tell the regular delivery, which is on the shelves already."""
        if not brought:
            return
        number = f"DEL-{self._store.counter('delivery'):06d}"
        self.book.tell(brought, f"delivery {number}")
        self._record(RECEIPT, now, {}, delivery=_delivery(number, brought))
        for code, quantity in brought.items():
            self.move(code, quantity, now, origin=PUT_AWAY, to=AVAILABLE, told_only=True)

    def put_back(self, order: Mapping[str, Any], now: datetime) -> None:
        """Tell the way back to the shelf of a cancelled order that had been picked; it is free already.

        The receipt is called after the dispatch that never left (SEKO contract 4.4).
        """
        picked = [line for line in order["lines"] if line["held"]]
        delivery = {
            "number": f"SS Cancellation - Dispatch {self._store.counter('dispatch'):06d}",
            "reference": order["number"], "guid": order["guid"], "rma": "",
            "lines": [{"line": line["line"], "product": line["product"], "quantity": line["held"]} for line in picked],
        }  # fmt: skip
        self._record(RECEIPT, now, {}, told=not self.settings.grn_push, delivery=delivery)
        for line in picked:
            self.move(line["product"], line["held"], now, origin=PUT_AWAY, to=AVAILABLE, told_only=True)

    def plan(self, at: datetime, what: str, **content: object) -> None:
        """Let something happen to stock later."""
        key = f"{self._store.counter('stock plan'):09d}"
        doc: Document = {"at": stamp(at), "what": what, **content}
        self._store.put(PLAN, key, doc)
        heapq.heappush(self._plans, (doc["at"], key, doc))

    def is_due(self, now: datetime) -> bool:
        """Whether something is planned up to now."""
        return bool(self._plans) and self._plans[0][0] <= stamp(now)

    def take_due(self, now: datetime) -> list[Document]:
        """Take what was planned up to now off the plan, a limited number at once."""
        found: list[Document] = []
        while self.is_due(now) and len(found) < MOST_AT_ONCE:
            _, key, doc = heapq.heappop(self._plans)
            self._store.delete(PLAN, key)
            found.append(doc)
        return found

    def planned(self, what: str) -> bool:
        """Whether something of this kind is planned."""
        return any(doc["what"] == what for _, _, doc in self._plans)

    def quarantine(self, code: str, quantity: int, now: datetime) -> None:
        """Put stock into quarantine; some hours later it comes back, or is scrapped."""
        event = self.move(code, quantity, now, origin=AVAILABLE, to=QUARANTINE)
        at = now + timedelta(hours=1 + 5 * self._chance("release", event["id"]))
        if self._chance("scrap", event["id"]) < 0.3:
            self.plan(at, "scrap", product=code, quantity=quantity)
        else:
            self.plan(at, "move", product=code, quantity=quantity, origin=QUARANTINE, to=AVAILABLE)

    def _chance(self, *parts: object) -> float:
        return chance(self.settings.seed, "stock", *parts)

    def _record(self, kind: str, now: datetime, free: Mapping[str, int], **content: object) -> Document:
        event: Document = {
            "id": f"{self._store.counter('stock event'):09d}", "kind": kind, "at": stamp(now), "free": dict(free),
            "told": not self.settings.stock_pushes, **content,
        }  # fmt: skip
        if not event["told"]:
            self._untold.append(event)
        self._store.put(EVENT, event["id"], event)
        self.all.append(event)
        if free:
            self._recent.append(event)
        return event


def _delivery(number: str, quantities: Mapping[str, int], *, reference: str = "", guid: str = "") -> Document:
    lines = [
        {"line": place, "product": code, "quantity": quantity}
        for place, (code, quantity) in enumerate(quantities.items(), start=1)
    ]
    return {"number": number, "reference": reference or number, "guid": guid, "rma": "", "lines": lines}


def _portions(quantity: int, lot: float) -> list[int]:
    """The quantity in two to four parts, as far as it goes."""
    count = min(quantity, 2 + int(lot * 3))
    size, rest = divmod(quantity, count)
    return [size + (place < rest) for place in range(count)]
