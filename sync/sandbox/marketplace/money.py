"""Transaction lines: what the marketplace owes for orders, and what it keeps (John Lewis contract 4.1).

A line is made when the customer has paid (order in SHIPPING), waits (PENDING) until the order is RECEIVED, is then
PAYABLE, and PAID with the billing cycle that takes it in. What the platform does with the lines of pieces that are
cancelled before they are sent is not published; here the waiting lines are lowered, and void where nothing is left.

Discrepancies are only there where a setting asks for them: each is one line of the ledger, operation ``discrepancy``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..clock import show_instant
from ..scenarios import chance
from .deadline import shipping_deadline
from .lines import Line, canceled
from .orders import Order, commission, instant, millis
from .reference import SHOP_ID
from .world import MarketWorld

Transaction = dict[str, Any]
TABLE = "transaction"
NAMESPACE = uuid.UUID("d7a1d9f0-50a8-4d0f-9c7b-6c0c6a0d2e11")
PENALTY = Decimal("5.00")
TOO_MUCH = Decimal("1.10")  # what the commission is multiplied with where it is planted wrong
STATES = ("PENDING", "PAYABLE", "PAID", "NOT_APPLICABLE", "RESERVE")


class MoneyBook:
    """All transaction lines, kept on disk."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world
        self._store = world.ground.store
        stored = sorted((doc for _, doc in self._store.all(TABLE)), key=lambda doc: doc["number"])
        self._all: list[Transaction] = stored
        self._by_order: dict[str, list[Transaction]] = {}
        self._by_cycle: dict[str, list[Transaction]] = {}
        for doc in stored:
            self._index(doc)
        self.balance = sum((Decimal(doc["amount"]) for doc in stored), Decimal(0))
        world.watch("SHIPPING", self._paid)
        world.watch("SHIPPED", self._sent)
        world.watch("RECEIVED", self._received)
        world.watch("CANCELED", self._lowered)
        world.watch("cancelation", self._lowered)
        world.watch("refund", self._refunded)

    def all(self) -> Iterable[Transaction]:
        """Every line in order of creation."""
        return self._all

    def payable(self) -> list[Transaction]:
        """The lines that the next billing cycle takes in."""
        return [line for line in self._all if line["state"] == "PAYABLE" and line["cycle"] is None]

    def of_cycle(self, cycle_id: str) -> list[Transaction]:
        """The lines of one billing cycle."""
        return list(self._by_cycle.get(cycle_id, ()))

    def add(self, kind: str, amount: Decimal, *, state: str, order: Order | None = None, **told: Any) -> Transaction:
        """Make one line; `amount` in pounds, below 0 where the shop pays. `told` may hold line, refund and cycle."""
        now, number = millis(self._world.ground.clock.now()), self._store.counter(TABLE)
        self.balance += amount
        made: Transaction = {
            "id": str(uuid.uuid5(NAMESPACE, f"{self._world.settings.seed} {number}")),
            "number": number,
            "type": kind,
            "amount": str(amount),
            "balance": str(self.balance),
            "state": state,
            "created": now,
            "updated": now,
            "order_id": order["order_id"] if order else "",
            "line_id": told.get("line"),
            "refund_id": told.get("refund"),
            "cycle": told.get("cycle"),
        }
        self._all.append(made)
        self._index(made)
        self._store.put(TABLE, made["id"], made)
        return made

    def change(self, line: Transaction, **told: Any) -> None:
        """Change fields of a line, and when it was last changed."""
        line.update(told)
        if "cycle" in told:
            self._by_cycle.setdefault(told["cycle"], []).append(line)
        line["updated"] = millis(self._world.ground.clock.now())
        self._store.put(TABLE, line["id"], line)

    def json(self, line: Transaction) -> dict[str, Any]:
        """One line as TL02 shows it."""
        amount = float(Decimal(line["amount"]))
        order = self._world.orders.get(line["order_id"])
        return {
            "id": line["id"],
            "type": line["type"],
            "payment_state": line["state"],
            "amount": amount,
            "amount_credited": max(amount, 0),
            "amount_debited": max(-amount, 0),
            "balance": float(Decimal(line["balance"])),
            "psp_balance": float(Decimal(line["balance"])),
            "currency_iso_code": "GBP",
            "date_created": show_instant(instant(line["created"])),
            "last_updated": show_instant(instant(line["updated"])),
            "seller_billing_cycle_id": line["cycle"],
            "pay_out_psp_code": "NOT_SPECIFIED",
            "entities": None if order is None else _entities(line, order),
        }

    def _index(self, line: Transaction) -> None:
        self._by_order.setdefault(line["order_id"], []).append(line)
        if line["cycle"] is not None:
            self._by_cycle.setdefault(line["cycle"], []).append(line)

    def _paid(self, order: Order, detail: Any, now: datetime) -> None:
        if self._planted("missing_line", order):
            return
        wrong = TOO_MUCH if self._planted("commission_mismatch", order) else Decimal(1)
        for line in order["lines"]:
            if not line["refused"]:
                price, fee, vat = _amounts(line, wrong)
                self.add("ORDER_AMOUNT", price, state="PENDING", order=order, line=line["id"])
                self.add("COMMISSION_FEE", -fee, state="PENDING", order=order, line=line["id"])
                self.add("COMMISSION_VAT", -vat, state="PENDING", order=order, line=line["id"])

    def _sent(self, order: Order, detail: Any, now: datetime) -> None:
        late = now > shipping_deadline(instant(order["times"]["debited"]))
        if late and self._planted("penalty", order):
            self.add("SELLER_PENALTY_FEE", -PENALTY, state="PENDING", order=order)

    def _received(self, order: Order, detail: Any, now: datetime) -> None:
        if self._planted("unpaid", order):
            return
        for line in self._by_order.get(order["order_id"], ()):
            if line["state"] == "PENDING":
                self.change(line, state="PAYABLE")

    def _lowered(self, order: Order, detail: Any, now: datetime) -> None:
        lines = {line["id"]: line for line in order["lines"]}
        for entry in self._by_order.get(order["order_id"], ()):
            if entry["state"] != "PENDING" or entry["line_id"] is None or entry["refund_id"] is not None:
                continue
            price, fee, vat = _amounts(lines[entry["line_id"]])
            amounts = {"ORDER_AMOUNT": price, "COMMISSION_FEE": -fee, "COMMISSION_VAT": -vat}
            amount = amounts[entry["type"]]
            if price == 0:
                self.change(entry, amount="0", state="NOT_APPLICABLE")
            elif canceled(lines[entry["line_id"]]) and amount != Decimal(entry["amount"]):
                self.change(entry, amount=str(amount))

    def _refunded(self, order: Order, detail: tuple[Line, dict[str, Any]], now: datetime) -> None:
        line, refund = detail
        state = "PAYABLE" if order["state"] == "RECEIVED" else "PENDING"
        fee, vat = commission(Decimal(refund["amount"]))
        told: dict[str, Any] = {"state": state, "order": order, "line": line["id"], "refund": refund["id"]}
        self.add("REFUND_ORDER_AMOUNT", -Decimal(refund["amount"]), **told)
        self.add("REFUND_COMMISSION_FEE", fee, **told)
        self.add("REFUND_COMMISSION_VAT", vat, **told)
        if Decimal(refund["shipping_amount"]):
            self.add("REFUND_ORDER_SHIPPING_AMOUNT", -Decimal(refund["shipping_amount"]), **told)

    def _planted(self, kind: str, order: Order) -> bool:
        """Whether this order is to show this discrepancy; told in the ledger."""
        share = self._world.settings.discrepancies.get(kind, 0.0)
        if chance(self._world.settings.seed, "money", kind, order["order_id"]) >= share:
            return False
        self._world.ground.ledger.write_world("discrepancy", [(order["order_id"], kind)])
        return True


def shown_shop() -> dict[str, Any]:
    """The shop as billing cycles and invoices name it."""
    return {
        "shop_id": SHOP_ID,
        "shop_name": "Sample Brand",
        "shop_corporate_name": "Sample Brand Ltd",
        "shop_model": "MARKETPLACE",
    }


def _amounts(line: Line, wrong: Decimal = Decimal(1)) -> tuple[Decimal, Decimal, Decimal]:
    """Price, commission and the tax on it of what is not cancelled of a line."""
    price = Decimal(line["price"]) * (int(line["quantity"]) - canceled(line))
    fee, vat = commission(price)
    return price, (fee * wrong).quantize(Decimal("0.01")), vat


def _entities(line: Transaction, order: Order) -> dict[str, Any]:
    return {
        "domain": "PRODUCT",
        "channel": {"code": "JL_UK"},
        "order": {
            "id": order["order_id"],
            "commercial_id": order["commercial_id"],
            "creation_date": show_instant(instant(order["created"])),
            "references": {
                "order_reference_for_customer": None,
                "order_reference_for_seller": order.get("reference"),
            },
            "payment_info": {"payment_type": "CARD", "imprint_number": None},
        },
        "order_line": None if line["line_id"] is None else {"id": line["line_id"]},
        "refund": None if line["refund_id"] is None else {"id": line["refund_id"]},
        "transaction_info": {
            "number": f"T{order['number']:09d}",
            "date": show_instant(instant(order["times"]["debited"])),
        },
    }
