"""The world of the simulated warehouse: its orders on disk, found by number and GUID, and what may happen to them."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .. import witness
from ..catalogue import build_catalogue
from ..faults import Rule
from ..ground import Ground
from ..scenarios import scenario_of
from ..store import Document
from .events import SHORT, Events
from .forms import WebOrder
from .free import FreeBook
from .lifecycle import (
    CANCELLED,
    DISPATCHED,
    IN_A_WAVE,
    STEPS,
    TO_DISPATCH,
    cancel_verdict,
    draw_timeline,
    frozen,
    has_left,
    moment,
    resume_timeline,
    stamp,
    status_at,
)
from .parcels import plan_dispatches, sent_by_line
from .plans import plan_cancel, plan_hold
from .routine import Routine
from .settings import WarehouseSettings
from .shipping import Courier
from .stock import AVAILABLE, QUERY, Stock, delivery_due

ORDER, META, TRIED, PRODUCT = "order", "meta", "tried", "product"
REASONS = frozenset({"001", "002", "003", "004", "005", "006"})
MORE_BY_HAND = "waits for more dispatches by hand"


class World:
    """Orders and stock. An order is one document: status, reservation and shipment follow from it and the clock."""

    def __init__(self, ground: Ground, *, settings: WarehouseSettings) -> None:
        self.ground = ground
        self.settings = settings
        self.stock = Stock(build_catalogue(settings.seed, settings.orders), store=ground.store)
        for code, product in ground.store.all(PRODUCT):
            self.stock.know(code, ean=product["EAN"])
        self.orders: dict[str, Document] = {}
        self.by_number: dict[str, list[Document]] = {}
        self.by_guid: dict[str, Document] = {}
        self.invoices: set[str] = set()
        self.demand: Counter[str] = Counter()
        self.open: dict[str, Document] = {}
        for _, order in ground.store.all(ORDER):
            self._index(order)
        self.book = FreeBook(ground, self.stock)
        self.book.open()
        self.events = Events(self.stock, self.book, settings=settings, now=self.now())
        self.routine = Routine(self.events, settings=settings, now=self.now())
        told = ground.store.get(META, "delivery")
        self._delivered = moment(told["at"]) if told else ground.started

    def now(self) -> datetime:
        """Sandbox time, to the second like every time of the warehouse."""
        return self.ground.clock.now().replace(microsecond=0)

    def draw(self, *parts: object) -> random.Random:
        """Chance that is the same after a restart."""
        return random.Random(f"warehouse {self.settings.seed} {parts}")

    def scenario(self, number: str) -> str | None:
        """What is to go wrong with an order of this number."""
        return scenario_of(number, self.settings.seed, self.settings.plan)

    def status(self, order: Mapping[str, Any]) -> str:
        """The order's status now."""
        return status_at(order, self.now())

    def latest(self, number: str) -> Document | None:
        """The order of this number; where the number was taken twice, the later one."""
        held = self.by_number.get(number)
        return held[-1] if held else None

    def keep(self, order: Document) -> None:
        """Write an order."""
        self.ground.store.put(ORDER, order["id"], order)

    def tried(self, number: str, what: str) -> int:
        """Count a try of an order and return how many there were before."""
        doc = self.ground.store.get(TRIED, number) or {}
        before = int(doc.get(what, 0))
        self.ground.store.put(TRIED, number, doc | {what: before + 1})
        return before

    def add(self, web: WebOrder, *, products: Mapping[int, str], by_hand: bool = False) -> Document:
        """Accept an order: it is on disk, its stock reserved, when this returns. `products`: line number to product."""
        number, now = web.number, self.now()
        scenario = None if by_hand else self.scenario(number)
        queues = self.settings.back_orders and not by_hand
        draw = self.draw("order", number, by_hand)
        timeline = draw_timeline(now, hours=self.settings.fulfil_hours, draw=draw)
        lines = [
            {
                "line": line.number, "code": line.code, "product": products[line.number], "quantity": line.quantity,
                "held": 0 if queues else line.quantity,
            }
            for line in web.lines
        ]  # fmt: skip
        order: Document = {
            "id": f"{self.ground.store.counter('order'):08d}",
            "number": number, "reference": web.reference, "invoice": web.invoice,
            "guid": web.guid or str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "accepted_at": stamp(now), "dc": web.dc, "delivery": dict(web.delivery), "lines": lines,
            "scenario": scenario, "by_hand": by_hand,
            "timeline": timeline, "held": plan_hold(web, scenario, by_hand=by_hand),
            "cancel": plan_cancel(scenario, timeline, draw),
            "asked": list(web.asked), "queued": [line.number for line in web.lines] if queues else [],
            "dispatches": [], "back_order": False, "partially_cancelled": False,
            "push": "none" if by_hand else "due", "settled": False,
        }  # fmt: skip
        if not queues:
            order["dispatches"] = self.plan_dispatches(order, lines, scenario, draw)
        self.keep(order)
        self._index(order)
        if not by_hand:
            taken = ((products[line.number], line.quantity) for line in web.lines)
            witness.taken(self.ground.ledger, number, taken, guid=order["guid"], delivery=web.delivery)
        self.book.tell(products.values(), f"order {number}")
        self._arm(order)
        return order

    def plan_dispatches(
        self, order: Document, lines: list[Document], scenario: str | None, draw: random.Random
    ) -> list[Document]:
        """In which dispatches lines of an order will leave."""
        later = self.settings.second_parcel_hours
        return plan_dispatches(lines, scenario, asked=Courier(*order["asked"]), draw=draw, later=later)

    def reserve(self, order: Document, lines: list[Document]) -> None:
        """Reserve the stock of lines that waited for it (SEKO contract 8.2)."""
        committed = {line["line"] for line in lines}
        for line in lines:
            line["held"] = line["quantity"]
        order["queued"] = [number for number in order["queued"] if number not in committed]
        self.keep(order)
        self.stock.take(lines)
        self.book.tell([line["product"] for line in lines], f"order {order['number']}")

    def reserve_away(self, code: str, *, until: datetime) -> None:
        """Take all free stock of a product away for a while: it is moved to Query (scenario no_free_stock)."""
        with self.book.transaction():
            quantity = self.stock.reserve_away(code, until=until)
            self.book.tell([code], "reserved away to Query")
            if quantity:
                self.events.move(code, quantity, self.now(), origin=AVAILABLE, to=QUERY, told_only=True)

    def set_free(self, code: str, quantity: int) -> None:
        """Make so much of a product free, by hand."""
        self.stock.set_free(code, quantity)
        self.book.tell([code], "by hand")

    def cancel(self, number: str, *, reason: str) -> str | None:
        """Ask for a cancel; returns why it is refused, or nothing when it was taken (SEKO contract 4.4)."""
        order, now = self.latest(number), self.now()
        if order is None:
            return "Sales Order does not exist."
        if order["queued"] and order["dispatches"]:
            self._drop_rest(order)
            return None
        pending = order["cancel"] is not None and moment(order["cancel"]["requested_at"]) <= now
        status = status_at(order, now)
        verdict = cancel_verdict(status, cancel_pending=pending, wave_picking=self.settings.wave_picking)
        if verdict is None:
            done = now + timedelta(minutes=self.draw("cancel", number).uniform(5, 30))
            order["cancel"] = {
                "requested_at": stamp(now),
                "processed_at": stamp(done),
                "reason": reason,
                "picked": status in IN_A_WAVE,
            }
            self.keep(order)
        return verdict

    def _drop_rest(self, order: Document) -> None:
        """A cancel of an order that is on back order drops the lines that wait for stock (SEKO contract 4.4)."""
        order |= {"queued": [], "partially_cancelled": True}
        self.dispatched(order)

    def release(self, number: str) -> bool:
        """Let a held order go on from now; False when there is nothing to release."""
        order = self.latest(number)
        if order is None or order["held"] is None or order["held"]["why"] == MORE_BY_HAND:
            return False
        draw = self.draw("release", number)
        order["timeline"] = resume_timeline(order, self.now(), hours=self.settings.fulfil_hours, draw=draw)
        order["held"] = None
        self.keep(order)
        return True

    def dispatch(self, number: str, shipments: list[Document], *, final: bool = True) -> bool:
        """Let the given dispatches of an order leave at once; False when it is unknown, dispatched or cancelled.

        They replace whatever had not left yet. Without `final` the order stays open for more dispatches by hand.
        """
        order = self.latest(number)
        now = self.now()
        if order is None or status_at(order, now) in (DISPATCHED, CANCELLED):
            return False
        gone = [shipment for shipment in order["dispatches"] if has_left(order, shipment, now)]
        self.reserve(order, [line for line in order["lines"] if line["line"] in order["queued"]])
        order["dispatches"] = [frozen(order, shipment) for shipment in gone]
        order["timeline"] = {step: min(order["timeline"][step], stamp(now)) for step in STEPS}
        order["dispatches"] += [shipment | {"left_at": stamp(now)} for shipment in shipments]
        held = None if final else {"at": TO_DISPATCH, "why": MORE_BY_HAND}
        order |= {"held": held, "cancel": None, "push": "due", "scenario": None, "by_hand": False}
        self.dispatched(order)
        return True

    def dispatched(self, order: Document) -> None:
        """Keep an order whose dispatches changed; when all have left and were told, it is done."""
        if status_at(order, self.now()) == DISPATCHED and all(told["pushed"] for told in order["dispatches"]):
            order["push"] = "done"
            self.open.pop(order["id"], None)
            self._write_off(order)
        self.keep(order)

    def _write_off(self, order: Mapping[str, Any]) -> None:
        """What was not found when an order was picked is taken out of the books; it never becomes free again."""
        sent = sent_by_line(order["dispatches"])
        missing: Counter[str] = Counter()
        for line in order["lines"]:
            missing[line["product"]] -= max(0, line["held"] - sent.get(line["line"], 0))
        self.events.adjust(missing, self.now(), reason=SHORT, told_only=True)

    def settle(self) -> None:
        """Do what time has brought: deliveries, stock events, and cancelled orders whose stock is free again."""
        now = self.now()
        with self.book.transaction():
            self._bring(now)
            self.routine.settle(now)
            for order in [order for order in self.open.values() if order["cancel"]]:
                if status_at(order, now) == CANCELLED:
                    self._give_back(order, now)

    def _bring(self, now: datetime) -> None:
        """What was reserved away comes back, and the regular delivery comes when it is due."""
        for code, quantity in self.stock.receive(now).items():
            self.book.tell([code], "back from Query")
            if quantity:
                self.events.move(code, quantity, now, origin=QUERY, to=AVAILABLE, told_only=True)
        if delivery_due(self._delivered, now, hours=self.settings.replenish_hours):
            self._delivered = now
            self.events.replenished(self.stock.replenish(), now)
            self.ground.store.put(META, "delivery", {"at": stamp(now)})

    def _give_back(self, order: Document, now: datetime) -> None:
        order["settled"] = True
        self.keep(order)
        self.stock.give_back(order["lines"])
        dropped = ((line["product"], line["quantity"]) for line in order["lines"])
        witness.cancelled(self.ground.ledger, order["number"], dropped)
        self.book.tell([line["product"] for line in order["lines"]], f"cancelled {order['number']}")
        if order["cancel"]["picked"]:
            self.events.put_back(order, now)
        del self.open[order["id"]]

    def visible_orders(self) -> list[Document]:
        """Orders at work that the warehouse's own figures know already."""
        edge = self.now() - self.settings.stock_lag
        return [order for order in self.open.values() if moment(order["accepted_at"]) <= edge]

    def unseen(self) -> Counter[str]:
        """What new orders took and new stock events changed, which stock figures do not show yet."""
        edge = self.now() - self.settings.stock_lag
        hidden: Counter[str] = Counter()
        for order in reversed(self.orders.values()):
            if moment(order["accepted_at"]) <= edge:
                break
            if not order["settled"]:
                hidden.update({line["product"]: line["held"] for line in order["lines"]})
        hidden.subtract(self.events.unseen(self.now()))
        return hidden

    def _index(self, order: Document) -> None:
        self.orders[order["id"]] = order
        self.by_number.setdefault(order["number"], []).append(order)
        self.by_guid[order["guid"].casefold()] = order
        if order["invoice"]:
            self.invoices.add(order["invoice"])
        for line in order["lines"]:
            self.demand[line["product"]] += 1
        if not order["settled"]:
            self.stock.take(order["lines"])
            if order["push"] != "done":
                self.open[order["id"]] = order

    def _arm(self, order: Mapping[str, Any]) -> None:
        """Scenarios in which the answer is lost after the order was taken, and the status cannot be read either."""
        scenario, number, faults = order["scenario"], order["number"], self.ground.faults
        if scenario in ("timeout_after_effect", "outcome_unknown"):
            faults.arm(f"lost answer {number}", Rule("websubmit", "timeout", match=number, effect="after"))
        if scenario == "outcome_unknown":
            for operation in ("status", "tracking"):
                faults.arm(f"no {operation} {number}", Rule(operation, "500", match=order["guid"], times=0))
