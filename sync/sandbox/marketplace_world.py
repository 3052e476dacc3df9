"""The world of the simulated marketplace: orders, states, and what time does to them (John Lewis contract 2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .catalogue import build_catalogue
from .ground import Ground
from .marketplace_flow import FlowLine, FlowOrder, OrderFlow, next_arrival
from .marketplace_orders import Order, instant, millis, new_order
from .marketplace_settings import MarketSettings
from .people import customer
from .retail import read_retail
from .scenarios import order_id_by_hand, order_id_for, order_number, scenario_of

TABLE = "order"
META, ARRIVALS = "meta", "arrivals"
REQUEST_DEBIT = timedelta(minutes=1)
CANCEL_UNPAID = timedelta(minutes=5)
CANCEL_PAID = timedelta(minutes=40)
GIVE_UP_DEBIT = timedelta(days=30)
# A world that was stopped for longer than this does not catch up on the orders of the time between.
LATEST_ARRIVAL = timedelta(hours=1)
ENDED = frozenset({"CLOSED", "REFUSED", "CANCELED"})


class Refusal(Exception):
    """A request that the marketplace turns down, with the HTTP status, the message and (some calls) a code."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


class MarketWorld:
    """All orders, kept in memory and on disk. Every change is on disk before the method that made it returns."""

    def __init__(self, ground: Ground, *, settings: MarketSettings) -> None:
        self.ground = ground
        self.settings = settings
        self.products = build_catalogue(settings.seed, settings.orders)
        retail = read_retail(settings.orders).orders if settings.orders else None
        self._flow = OrderFlow(settings.seed, self.products, retail)
        stored = [order for _, order in ground.store.all(TABLE)]
        self.orders: dict[str, Order] = {o["order_id"]: o for o in sorted(stored, key=lambda o: o["created"])}
        self._due = {o["order_id"]: o["due"] for o in stored if o["due"] is not None}
        self._burst = max(settings.burst, len(settings.plan.forced))

    def tick(self) -> None:
        """Let new orders in and move every order whose time has come."""
        now = self.ground.clock.now()
        with self.ground.store.transaction():
            self._arrive(now)
            stamp = millis(now)
            for order_id in [order_id for order_id, due in self._due.items() if due <= stamp]:
                self._advance(self.orders[order_id], now)

    def find(self, order_id: str) -> Order:
        """An order by id. Raises Refusal 404 when there is none."""
        if order_id not in self.orders:
            raise Refusal(404, f"Order with id '{order_id}' was not found", "ORDER_NOT_FOUND")
        return self.orders[order_id]

    def accept(self, order: Order, decisions: Mapping[str, bool]) -> None:
        """OR21: every line decided; at least one accepted goes on to debit, none refuses the order."""
        now = self.ground.clock.now()
        for line in order["lines"]:
            line["refused"] = not decisions[line["id"]]
        order["times"]["accepted"] = millis(now)
        if any(decisions.values()):
            self._enter(order, "WAITING_DEBIT", now)
        else:
            self._enter(order, "REFUSED", now, reason="REFUSED_NO_STOCK")

    def track(self, order: Order, carrier: Mapping[str, str | None]) -> None:
        """OR23: set carrier and tracking number; the state stays. Raises Refusal 400 for a carrier it does not take."""
        code = carrier.get("code")
        if order["scenario"] == "carrier_rejected" and code is not None:
            first = order.setdefault("first_carrier", code)
            if code == first:
                self._save(order)
                raise Refusal(400, "Invalid value for field 'carrierCode'")
        order["carrier"] = dict(carrier)
        order["updated"] = millis(self.ground.clock.now())
        self._save(order)

    def ship(self, order: Order) -> None:
        """OR24: the whole order is sent. Raises Refusal 400 while the confirmation of this order is being refused."""
        now = self.ground.clock.now()
        if order["scenario"] == "confirmation_rejected":
            since = order.setdefault("refused_since", millis(now))
            if now - instant(since) < self.settings.confirmation_refused_for:
                self._save(order)
                raise Refusal(400, "The shipment of this order cannot be validated: a payment review is in progress")
        order["times"]["shipped"] = millis(now)
        self._enter(order, "SHIPPED", now)

    def cancel(self, order: Order) -> None:
        """The operator or the customer cancels. Raises Refusal 400 once the order is sent or over."""
        if order["state"] in ENDED or order["state"] in ("SHIPPED", "TO_COLLECT", "RECEIVED"):
            raise Refusal(400, f"The order cannot be cancelled. Current status is '{order['state']}'")
        self._enter(order, "CANCELED", self.ground.clock.now(), reason="CANCEL_CUSTOMER")

    def make(
        self,
        scenario: str | None,
        *,
        lines: Iterable[FlowLine] = (),
        address: Mapping[str, Any] | None = None,
        strange: bool = False,
    ) -> Order:
        """Make one order by hand, now; without lines the scenario's own. Raises ValueError on an unknown scenario."""
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
            self._save(order)
        return order

    def counts(self) -> dict[str, Any]:
        """How many orders stand in each state and belong to each scenario."""
        return {
            "orders": len(self.orders),
            "states": dict(sorted(Counter(o["state"] for o in self.orders.values()).items())),
            "scenarios": dict(sorted(Counter(o["scenario"] or "plain" for o in self.orders.values()).items())),
        }

    def _arrive(self, now: datetime) -> None:
        arrivals = self.ground.store.get(META, ARRIVALS) or {"made": 0, "next": millis(self.ground.started)}
        if arrivals["next"] is None:  # there was no rate so far; there may be one since the last start
            arrivals["next"] = self._next_arrival(now, arrivals["made"] + 1)
        before = arrivals["made"]
        while arrivals["next"] is not None and arrivals["next"] <= millis(now):
            number = arrivals["made"] + 1
            over = self.settings.max_orders is not None and number > self.settings.max_orders
            if over or self._flow.exhausted(number):
                break
            scenario = scenario_of(order_id_for(number), self.settings.seed, self.settings.plan)
            self._create(order_id_for(number), self._flow.order(number, scenario), scenario)
            at = max(instant(arrivals["next"]), now - LATEST_ARRIVAL)
            arrivals = {"made": number, "next": self._next_arrival(at, number + 1)}
        if arrivals["made"] != before:
            self.ground.store.put(META, ARRIVALS, arrivals)

    def _next_arrival(self, previous: datetime, number: int) -> int | None:
        per_day = self.settings.orders_per_day
        at = next_arrival(previous, number, seed=self.settings.seed, burst=self._burst, orders_per_day=per_day)
        return None if at is None else millis(at)

    def _create(self, order_id: str, flow: FlowOrder, scenario: str | None) -> Order:
        now = self.ground.clock.now()
        number = order_number(order_id) or 0
        person = customer(self.settings.seed, number, broken=scenario == "bad_address")
        order = new_order(order_id, flow, person, number=number, scenario=scenario, now=now)
        self.orders[order_id] = order
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
        self._save(order)

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
        if state == "WAITING_DEBIT_PAYMENT" and order["scenario"] in ("debit_stuck", "cancelled_before_injection"):
            self._enter(order, "CANCELED", now, reason="CANCEL_CUSTOMER")
            return
        moves = {
            "WAITING_ACCEPTANCE": "REFUSED",
            "WAITING_DEBIT": "WAITING_DEBIT_PAYMENT",
            "WAITING_DEBIT_PAYMENT": "SHIPPING",
            "SHIPPING": "CANCELED",
            "SHIPPED": "RECEIVED",
            "RECEIVED": "CLOSED",
        }
        self._enter(order, moves[state], now, reason="CANCEL_CUSTOMER" if state == "SHIPPING" else None)

    def _save(self, order: Order) -> None:
        self.ground.store.put(TABLE, order["order_id"], order)
        if order["due"] is None:
            self._due.pop(order["order_id"], None)
        else:
            self._due[order["order_id"]] = order["due"]

    def listed(self, states: Collection[str] = ()) -> list[Order]:
        """Orders in order of creation, of the given states only when there are any."""
        return [o for o in self.orders.values() if not states or o["state"] in states]
