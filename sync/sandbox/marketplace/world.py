"""The world of the simulated marketplace: orders, states, and what time does to them (John Lewis contract 2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from .. import witness
from ..catalogue import build_catalogue
from ..ground import Ground
from ..people import customer
from ..retail import read_retail
from ..scenarios import order_id_by_hand, order_number
from .agenda import Agenda
from .arrivals import Arrivals
from .flow import FlowLine, FlowOrder, OrderFlow
from .lines import Line, shipped, unpacked, wanted
from .odd_offers import strays
from .offers import OfferBook
from .orders import Order, millis, new_order
from .refusal import Refusal
from .settings import MarketSettings
from .shipments import ShipmentBook

TABLE = "order"
REQUEST_DEBIT = timedelta(minutes=1)
CANCEL_UNPAID = timedelta(minutes=5)
CANCEL_PAID = timedelta(minutes=40)
GIVE_UP_DEBIT = timedelta(days=30)
SENT = frozenset({"SHIPPED", "TO_COLLECT", "RECEIVED"})
ENDED = frozenset({"CLOSED", "REFUSED", "CANCELED"})


Watcher = Callable[[Order, Any, datetime], None]
Mover = Callable[[str, datetime], None]


class MarketWorld:
    """All orders, kept in memory and on disk. Every change is on disk before the method that made it returns."""

    def __init__(self, ground: Ground, *, settings: MarketSettings) -> None:
        self.ground = ground
        self.settings = settings
        self.products = {product.code: product for product in build_catalogue(settings.seed, settings.orders)}
        products = list(self.products.values())
        retail = read_retail(settings.orders).orders if settings.orders else None
        self._flow = OrderFlow(settings.seed, products, retail)
        offered = [*products, *strays(products, seed=settings.seed, count=settings.stray_offers)]
        self.offers = OfferBook(ground.store, ground.ledger, offered, opening=settings.offer_quantity)
        self._arrivals = Arrivals(ground, settings=settings, flow=self._flow, offers=self.offers)
        self.shipments = ShipmentBook(ground.store, seed=settings.seed)
        self.agenda = Agenda()
        self._movers: dict[str, Mover] = {TABLE: lambda key, now: self._advance(self.orders[key], now)}
        self._watchers: dict[str, list[Watcher]] = {}
        stored = [order for _, order in ground.store.all(TABLE)]
        self.orders: dict[str, Order] = {o["order_id"]: o for o in sorted(stored, key=lambda o: o["created"])}
        for order in stored:
            self.agenda.put(TABLE, order["order_id"], order["due"])

    def on(self, kind: str, move: Mover) -> None:
        """Let `move` take on whatever of this kind the agenda says is due."""
        self._movers[kind] = move

    def watch(self, event: str, watcher: Watcher) -> None:
        """Let `watcher` hear of an event: a state that an order enters, or another that `tell` is called with."""
        self._watchers.setdefault(event, []).append(watcher)

    def tell(self, event: str, order: Order, detail: Any = None) -> None:
        """Let everybody who watches an event hear that it has just happened to an order."""
        for watcher in self._watchers.get(event, ()):
            watcher(order, detail, self.ground.clock.now())

    def tick(self) -> None:
        """Let new orders in and move everything whose time has come."""
        now = self.ground.clock.now()
        with self.ground.store.transaction():
            for order_id, flow, scenario in self._arrivals.until(now):
                self._create(order_id, flow, scenario)
            for kind, key in self.agenda.due(millis(now)):
                if kind in self._movers:
                    self._movers[kind](key, now)

    def find(self, order_id: str) -> Order:
        """An order by id. Raises Refusal 404 when there is none."""
        if order_id not in self.orders:
            raise Refusal(404, f"Order with id '{order_id}' was not found", "ORDER_NOT_FOUND")
        return self.orders[order_id]

    def find_line(self, line_id: str) -> tuple[Order, Line]:
        """An order line by id, with its order. Raises Refusal 404 when there is none."""
        order = self.orders.get(line_id.rpartition("-")[0])
        for line in order["lines"] if order else ():
            if line["id"] == line_id and order is not None:
                return order, line
        raise Refusal(404, f"Order line with id '{line_id}' was not found", "ORDER_LINE_NOT_FOUND")

    def accept(self, order: Order, decisions: Mapping[str, bool]) -> None:
        """OR21: every line decided; at least one accepted goes on to debit, none refuses the order."""
        now = self.ground.clock.now()
        with self.ground.store.transaction():
            for line in order["lines"]:
                line["refused"] = not decisions[line["id"]]
                if line["refused"]:
                    self._give_back(order, line, line["quantity"])
            order["times"]["accepted"] = millis(now)
            if any(decisions.values()):
                self._enter(order, "WAITING_DEBIT", now)
            else:
                self._enter(order, "REFUSED", now, reason="REFUSED_NO_STOCK")

    def cancel(self, order: Order, reason: str = "CANCEL_CUSTOMER") -> None:
        """Everything that was not sent is cancelled, by the operator, the customer, or the seller (OR29).

        Shipments that still wait are cancelled too. An order of which a part was sent goes on with that part. Raises
        Refusal 400 once the order is sent or over.
        """
        if order["state"] in ENDED | SENT:
            raise Refusal(400, f"The order cannot be cancelled. Current status is '{order['state']}'")
        now = self.ground.clock.now()
        with self.ground.store.transaction():
            for shipment in self.shipments.of(order["order_id"]):
                if shipment["state"] == "SHIPPING":
                    self.shipments.enter(shipment, "CANCELED", now)
            for line in order["lines"]:
                line["packed"] = shipped(line)
                if unpacked(line) > 0:
                    self.drop(order, line, unpacked(line), reason=reason)
            self.settle(order, reason=reason)

    def drop(self, order: Order, line: Line, quantity: int, *, reason: str, amount: Decimal | None = None) -> Line:
        """Note that a quantity of a line is cancelled, for `amount` pounds (None = its price). Call `settle` after."""
        number = self.ground.store.counter("cancelation")
        entry = {
            "id": str(1000 + number),
            "quantity": quantity,
            "amount": str(Decimal(line["price"]) * quantity if amount is None else amount),
            "shipping_amount": "0",
            "reason": reason,
            "created": millis(self.ground.clock.now()),
        }
        line.setdefault("cancelations", []).append(entry)
        witness.cancelled(self.ground.ledger, order["order_id"], [(line["sku"], quantity)])
        self._give_back(order, line, quantity)
        self.tell("cancelation", order)
        return entry

    def settle(self, order: Order, reason: str | None = None) -> None:
        """Put an order into the state that its lines give it: nothing wanted any more, or everything wanted sent."""
        now = self.ground.clock.now()
        over = not any(wanted(line) for line in order["lines"])
        if over and order["state"] not in SENT:
            self._enter(order, "CANCELED", now, reason=reason)
        elif order["state"] == "SHIPPING" and all(shipped(line) >= wanted(line) for line in order["lines"]):
            order["times"]["shipped"] = millis(now)
            self._enter(order, "SHIPPED", now)
        else:
            self.touch(order)

    def touch(self, order: Order) -> None:
        """Keep an order that changed but stays in its state."""
        order["updated"] = millis(self.ground.clock.now())
        self.save(order)

    def make(
        self,
        scenario: str | None,
        *,
        lines: Iterable[FlowLine] = (),
        address: Mapping[str, Any] | None = None,
        strange: bool = False,
    ) -> Order:
        """Make one order by hand, now, whatever the offers show; without lines the scenario's own.

        Raises ValueError on an unknown scenario.
        """
        order_id = order_id_by_hand(scenario, self.ground.store.counter("by_hand"))
        chosen = tuple(lines)
        number = order_number(order_id) or 0
        flow = FlowOrder(chosen) if chosen else self._flow.order(number, scenario, generated=True)
        with self.ground.store.transaction():
            order = self._create(order_id, flow, scenario)
            order["address"].update(address or {})
            order["customer"].update({k: v for k, v in (address or {}).items() if k in ("firstname", "lastname") and v})
            if strange:
                order["strange"] = True
            self.save(order)
        return order

    def counts(self) -> dict[str, Any]:
        """How many orders stand in each state and belong to each scenario."""
        return {
            "orders": len(self.orders),
            "states": dict(sorted(Counter(o["state"] for o in self.orders.values()).items())),
            "scenarios": dict(sorted(Counter(o["scenario"] or "plain" for o in self.orders.values()).items())),
        }

    def _create(self, order_id: str, flow: FlowOrder, scenario: str | None) -> Order:
        now = self.ground.clock.now()
        number = order_number(order_id) or 0
        person = customer(self.settings.seed, number, broken=scenario == "bad_address")
        order = new_order(order_id, flow, person, number=number, scenario=scenario, now=now)
        self.orders[order_id] = order
        for line in order["lines"]:
            line["offer_id"] = self.offers.offer_id(line["sku"])
            self.offers.sell(line["sku"], line["quantity"], order_id)
        witness.order_made(
            self.ground.ledger, order_id, ((line["sku"], line["quantity"]) for line in order["lines"])
        )  # fmt: skip
        automatic = self.settings.acceptance == "automatic"
        self._enter(order, "WAITING_DEBIT" if automatic else "WAITING_ACCEPTANCE", now)
        return order

    def _enter(self, order: Order, state: str, now: datetime, reason: str | None = None) -> None:
        """Put an order into a state, note when, and when time alone will move it on."""
        order["state"], order["reason"], order["updated"] = state, reason, millis(now)
        times = {"SHIPPING": "debited", "RECEIVED": "received", "CANCELED": "canceled"}
        if state in times:
            order["times"][times[state]] = millis(now)
        wait = self._wait(state, order["scenario"])
        order["due"] = None if wait is None else millis(now + wait)
        if state in ("RECEIVED", "CLOSED"):
            for shipment in self.shipments.of(order["order_id"]):
                if shipment["state"] != "CANCELED":
                    self.shipments.enter(shipment, state, now)
        self.save(order)
        witness.entered(self.ground.ledger, order["order_id"], state)
        if state == "SHIPPING":  # from now on the address is shown (John Lewis contract 2.2)
            witness.sent_to(self.ground.ledger, order["order_id"], order["address"])
        self.tell(state, order)

    def _wait(self, state: str, scenario: str | None) -> timedelta | None:
        if state == "WAITING_DEBIT_PAYMENT":
            special = {"debit_stuck": GIVE_UP_DEBIT, "cancelled_before_injection": CANCEL_UNPAID}
            return special.get(scenario or "", self.settings.debit_delay)
        if state == "SHIPPING":
            return CANCEL_PAID if scenario == "cancelled_after_injection" else None
        waits = {
            "WAITING_ACCEPTANCE": self.settings.accept_within,
            "WAITING_DEBIT": REQUEST_DEBIT,
            "SHIPPED": self.settings.received_after,
            "RECEIVED": self.settings.closed_after,
        }
        return waits.get(state)

    def _advance(self, order: Order, now: datetime) -> None:
        state = order["state"]
        stuck = state == "WAITING_DEBIT_PAYMENT" and order["scenario"] in ("debit_stuck", "cancelled_before_injection")
        if stuck or state == "SHIPPING":
            self.cancel(order)
            return
        moves = {
            "WAITING_ACCEPTANCE": "REFUSED",
            "WAITING_DEBIT": "WAITING_DEBIT_PAYMENT",
            "WAITING_DEBIT_PAYMENT": "SHIPPING",
            "SHIPPED": "RECEIVED",
            "RECEIVED": "CLOSED",
        }
        if moves[state] == "REFUSED":
            for line in order["lines"]:
                self._give_back(order, line, line["quantity"])
        self._enter(order, moves[state], now)

    def _give_back(self, order: Order, line: Line, quantity: int) -> None:
        """Whether pieces of a cancelled or refused order go back on offer is not known: a setting."""
        if self.settings.restock:
            self.offers.give_back(line["sku"], quantity, order["order_id"])

    def save(self, order: Order) -> None:
        """Put an order on disk and on the agenda."""
        self.ground.store.put(TABLE, order["order_id"], order)
        self.agenda.put(TABLE, order["order_id"], order["due"])

    def listed(self, states: Collection[str] = ()) -> list[Order]:
        """Orders in order of creation, of the given states only when there are any."""
        return [o for o in self.orders.values() if not states or o["state"] in states]
