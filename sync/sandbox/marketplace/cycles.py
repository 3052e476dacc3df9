"""Billing cycles and their invoices: the payouts of the simulated marketplace (John Lewis contract 4.2 to 4.4).

A cycle closes at the start of its day in London (the platform's default is the 1st, 11th and 21st; John Lewis' own days
are not known), takes in every line that is PAYABLE, and is paid out some days later.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ..clock import show_instant
from .deadline import LONDON
from .money import MoneyBook, Transaction, shown_shop
from .orders import instant, millis
from .paper import pdf
from .refusal import Refusal
from .world import MarketWorld

Cycle = dict[str, Any]
TABLE, NEXT, PAYOUT = "cycle", "next_cycle", "payout"
META = "meta"
NAMESPACE = uuid.UUID("3e2f6f0e-8f2b-4b0a-9a62-0b7d4a7f7c55")
VAT = "TAXDEFAULT"


class Cycles:
    """All billing cycles, kept on disk; the world's clock closes and pays them."""

    def __init__(self, world: MarketWorld, money: MoneyBook) -> None:
        self._world = world
        self._money = money
        self._store = world.ground.store
        stored = sorted((doc for _, doc in self._store.all(TABLE)), key=lambda doc: doc["number"])
        self._all: dict[str, Cycle] = {doc["id"]: doc for doc in stored}
        for doc in stored:
            world.agenda.put(PAYOUT, doc["id"], doc["due"])
        told = self._store.get(META, NEXT)
        begun = told["opened"] if told else millis(world.ground.started)
        self._open(instant(begun))
        world.on(NEXT, self._close)
        world.on(PAYOUT, self._pay)

    def all(self) -> Iterable[Cycle]:
        """Every cycle in order of creation."""
        return self._all.values()

    def find(self, number: int) -> Cycle:
        """A cycle by the number of its invoice. Raises Refusal 404 when there is none."""
        for cycle in self._all.values():
            if cycle["number"] == number:
                return cycle
        raise Refusal(404, f"Accounting document with id '{number}' was not found")

    def _open(self, begun: datetime) -> None:
        """Remember when the running cycle began, and note when it closes."""
        self._store.put(META, NEXT, {"opened": millis(begun)})
        self._opened = begun
        self._world.agenda.put(NEXT, "", millis(_next_day(begun, self._world.settings.cycle_days)))

    def _close(self, key: str, now: datetime) -> None:
        lines = self._money.payable()
        if lines:
            number = self._store.counter(TABLE)
            cycle: Cycle = {
                "id": str(uuid.uuid5(NAMESPACE, f"{self._world.settings.seed} {number}")),
                "number": number,
                "created": millis(now),
                "opened": millis(self._opened),
                "due": millis(now + self._world.settings.payout_after),
                "paid": None,
            }
            for line in lines:
                self._money.change(line, cycle=cycle["id"])
            self._save(cycle)
        self._open(now)

    def _pay(self, cycle_id: str, now: datetime) -> None:
        cycle = self._all[cycle_id]
        cycle["paid"], cycle["due"] = millis(now), None
        lines = self._money.of_cycle(cycle_id)
        for line in lines:
            self._money.change(line, state="PAID")
        self._money.add("PAYMENT", -_sum(lines), state="PAID", cycle=cycle_id)
        self._save(cycle)

    def cycle_json(self, cycle: Cycle) -> dict[str, Any]:
        """One cycle as SBC11 shows it; what is sent to the seller is the sum of its lines."""
        lines = [line for line in self._money.of_cycle(cycle["id"]) if line["type"] != "PAYMENT"]
        pay_out: dict[str, Any] = {"state": "TO_PAY"}
        if cycle["paid"] is not None:
            pay_out = {"state": "PAID", "reference": _reference(cycle), "transaction_date": _when(cycle)}
        return {
            "id": cycle["id"],
            "date_created": show_instant(instant(cycle["created"])),
            "currency_iso_code": "GBP",
            "amount_transferred_to_seller": float(_sum(lines)),
            "amount_transferred_to_operator": float(-_sum(lines, "COMMISSION", "PENALTY")),
            "payment_voucher_number": f"{cycle['number']:06d}",
            "pay_out_psp_code": "NOT_SPECIFIED",
            "pay_out": pay_out,
            "shop": shown_shop(),
            "summary": _summary(lines),
        }

    def invoice_json(self, cycle: Cycle) -> dict[str, Any]:
        """The invoice of one cycle as IV01 shows it: what the operator keeps."""
        lines = self._money.of_cycle(cycle["id"])
        net, tax = -_sum(lines, "_FEE"), -_sum(lines, "_VAT")
        payment = {"state": "PENDING", "reference": None, "transaction_date": None}
        if cycle["paid"] is not None:
            payment = {"state": "PAID", "reference": _reference(cycle), "transaction_date": _when(cycle)}
        made = show_instant(instant(cycle["created"]))
        return {
            "id": cycle["id"],
            "invoice_id": cycle["number"],
            "type": "AUTO_INVOICE",
            "state": "COMPLETE",
            "currency_iso_code": "GBP",
            "date_created": made,
            "issue_date": made,
            "due_date": made,
            "details": [{"description": "Commissions", "quantity": 1, "amount_excl_taxes": float(net),
                         "taxes": [{"code": VAT, "amount": float(tax)}]}],
            "total_amount_excl_taxes": float(net),
            "total_amount_incl_taxes": float(net + tax),
            "total_charged_amount": float(net + tax),
            "total_taxes": [{"code": VAT, "amount": float(tax)}],
            "issuing_user": {"type": "BATCH", "information": "Automatic action"},
            "pay_out_psp_code": "NOT_SPECIFIED",
            "payment": payment,
            **shown_shop(),
        }  # fmt: skip

    def invoice_file(self, cycle: Cycle) -> bytes:
        """IV02: the same on paper."""
        shown = self.invoice_json(cycle)
        total = f"Total including taxes {shown['total_amount_incl_taxes']:.2f} GBP"
        return pdf([f"Invoice {cycle['number']}", shown["issue_date"], "Commissions", total])

    def _save(self, cycle: Cycle) -> None:
        self._all[cycle["id"]] = cycle
        self._store.put(TABLE, cycle["id"], cycle)
        self._world.agenda.put(PAYOUT, cycle["id"], cycle["due"])


def _next_day(after: datetime, days: Iterable[int]) -> datetime:
    """The first start of a cycle day in London after an instant."""
    day = after.astimezone(LONDON).date() + timedelta(days=1)
    while day.day not in set(days):
        day += timedelta(days=1)
    return datetime.combine(day, time(), LONDON)


def _sum(lines: Iterable[Transaction], *kinds: str) -> Decimal:
    """The sum of the lines whose type holds one of these words; without words, of all."""
    chosen = [line for line in lines if not kinds or any(kind in line["type"] for kind in kinds)]
    return sum((Decimal(line["amount"]) for line in chosen), Decimal(0))


def _reference(cycle: Cycle) -> str:
    return f"PAY-{cycle['number']:06d}"


def _when(cycle: Cycle) -> str:
    return show_instant(instant(cycle["paid"]))


def _summary(lines: list[Transaction]) -> dict[str, float]:
    """The figures of SBC11's summary that this marketplace has; what the shop pays is below 0."""

    def total(*types: str) -> float:
        return float(sum((Decimal(line["amount"]) for line in lines if line["type"] in types), Decimal(0)))

    orders, refunds = total("ORDER_AMOUNT"), total("REFUND_ORDER_AMOUNT", "REFUND_ORDER_SHIPPING_AMOUNT")
    penalties = total("SELLER_PENALTY_FEE")
    return {
        "total_payable_orders_excl_tax": orders,
        "total_payable_orders_incl_tax": orders,
        "total_commissions_excl_tax": total("COMMISSION_FEE"),
        "total_commissions_incl_tax": total("COMMISSION_FEE", "COMMISSION_VAT"),
        "total_refund_payable_orders_excl_tax": refunds,
        "total_refund_payable_orders_incl_tax": refunds,
        "total_refund_orders_excl_tax": refunds,
        "total_refund_orders_incl_tax": refunds,
        "total_refund_commissions_excl_tax": total("REFUND_COMMISSION_FEE"),
        "total_refund_commissions_incl_tax": total("REFUND_COMMISSION_FEE", "REFUND_COMMISSION_VAT"),
        "total_seller_penalty_fees_excl_tax": penalties,
        "total_seller_penalty_fees_incl_tax": penalties,
        "total_subscription_excl_tax": 0.0,
        "total_subscription_incl_tax": 0.0,
        "total_other_credits_excl_tax": 0.0,
        "total_other_credits_incl_tax": 0.0,
        "total_other_invoices_excl_tax": 0.0,
        "total_other_invoices_incl_tax": 0.0,
    }
