"""What is changed of an order after it came: cancelled pieces, refunds, incidents (John Lewis contract 2.2 and 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from .lines import Line, canceled, line_state, price, refunded, unpacked
from .orders import Order, millis
from .reasons import shop_reason
from .refusal import Refusal
from .world import MarketWorld

REFUNDABLE = frozenset({"SHIPPED", "TO_COLLECT", "RECEIVED", "INCIDENT_OPEN"})
DISPUTABLE = frozenset({"SHIPPING", "SHIPPED", "TO_COLLECT", "RECEIVED"})
REFUND, INCIDENT = "refund", "incident"
Found = tuple[Order, Line, dict[str, Any]]


class Amends:
    """Cancels, refunds and incidents of order lines; the world's clock pays refunds and closes incidents."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world
        for order in world.listed():
            for line in order["lines"]:
                self._remind(line)
        world.on(REFUND, self._pay)
        world.on(INCIDENT, self._close)

    def cancel(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """OR30: cancel quantities that stand in no shipment yet; all of the call or nothing.

        What is left ships; a line and an order of which nothing is left end CANCELED. Raises Refusal.
        """
        found = [self._checked_cancel(entry) for entry in entries]
        for line_id in {line["id"] for _, line, _ in found}:
            asked = sum(entry["quantity"] for _, line, entry in found if line["id"] == line_id)
            if asked > unpacked(self._world.find_line(line_id)[1]):
                raise Refusal(400, f"The quantity to cancel of the order line '{line_id}' is invalid")
        echoes = []
        with self._world.ground.store.transaction():
            for order, line, entry in found:
                amount = _money(entry, "amount")
                made = self._world.drop(order, line, entry["quantity"], reason=entry["reason_code"], amount=amount)
                made["shipping_amount"] = str(_money(entry, "shipping_amount"))
                echoes.append(_echo(entry, made, name="cancelation_id"))
            concerned = {order["order_id"]: (order, entry["reason_code"]) for order, _, entry in found}
            for order, reason in concerned.values():
                self._world.settle(order, reason=reason)
        return echoes

    def refund(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """OR28: give money back for lines that were sent; all of the call or nothing. Raises Refusal."""
        found = [self._checked_refund(entry) for entry in entries]
        for line_id in {line["id"] for _, line, _ in found}:
            asked = sum((_money(entry, "amount") for _, line, entry in found if line["id"] == line_id), Decimal(0))
            if asked > _refundable(self._world.find_line(line_id)[1]):
                raise Refusal(400, f"The amount to refund of the order line '{line_id}' is invalid")
        now, store = self._world.ground.clock.now(), self._world.ground.store
        echoes, groups = [], dict[str, str]()
        with store.transaction():
            for order, line, entry in found:
                if order["order_id"] not in groups:
                    groups[order["order_id"]] = f"{order['order_id']}-R{store.counter('order_refund')}"
                made = {
                    "id": str(5000 + store.counter(REFUND)),
                    "order_refund_id": groups[order["order_id"]],
                    "quantity": entry.get("quantity") or 0,
                    "amount": str(_money(entry, "amount")),
                    "shipping_amount": str(_money(entry, "shipping_amount")),
                    "reason": entry["reason_code"],
                    "created": millis(now),
                    "due": millis(now + self._world.settings.debit_delay),
                    "paid": None,
                    "excluded": bool(entry.get("excluded_from_shipment")),
                }
                line.setdefault("refunds", []).append(made)
                self._remind(line)
                self._world.tell(REFUND, order, (line, made))
                echoes.append(_echo(entry, made, name="refund_id"))
            for order, _, _ in found:
                self._world.settle(order)
        return echoes

    def open_incident(self, order: Order, line: Line, reason: str) -> None:
        """The customer opens an incident on a line. Raises Refusal outside SHIPPING to RECEIVED."""
        if line_state(order, line) not in DISPUTABLE:
            raise Refusal(400, f"The order line status is '{line_state(order, line)}'")
        line["incident"], line["incident_due"] = reason, None
        self._world.touch(order)

    def resolve(self, order: Order, line: Line, reason: object) -> None:
        """OR64: the shop says that an incident is solved; the customer closes it a little later. Raises Refusal."""
        if line_state(order, line) != "INCIDENT_OPEN":
            raise Refusal(400, f"The order line status must be 'INCIDENT_OPEN' but it is '{line_state(order, line)}'.")
        shop_reason("INCIDENT_CLOSE", reason)
        line["incident_due"] = millis(self._world.ground.clock.now() + self._world.settings.incident_closed_after)
        self._remind(line)
        self._world.touch(order)

    def _checked_cancel(self, entry: dict[str, Any]) -> Found:
        order, line = self._world.find_line(str(entry.get("order_line_id")))
        if order["state"] != "SHIPPING":
            raise Refusal(400, f"The order status must be 'SHIPPING' but it is '{order['state']}'.")
        quantity = entry.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise Refusal(400, "Invalid value for field 'quantity'", "VALIDATION_ERROR")
        shop_reason("CANCELATION", entry.get("reason_code"))
        _money(entry, "shipping_amount")
        if _money(entry, "amount") > price(line):
            raise Refusal(400, f"The amount to cancel of the order line '{line['id']}' is invalid")
        return order, line, entry

    def _checked_refund(self, entry: dict[str, Any]) -> Found:
        order, line = self._world.find_line(str(entry.get("order_line_id")))
        if line_state(order, line) not in REFUNDABLE:
            raise Refusal(400, f"The order line cannot be refunded. Current status is '{line_state(order, line)}'")
        shop_reason("REFUND", entry.get("reason_code"))
        _money(entry, "amount")
        _money(entry, "shipping_amount")
        return order, line, entry

    def _remind(self, line: Line) -> None:
        due = [entry["due"] for entry in line.get("refunds", ()) if entry["paid"] is None]
        self._world.agenda.put(REFUND, line["id"], min(due, default=None))
        self._world.agenda.put(INCIDENT, line["id"], line.get("incident_due"))

    def _pay(self, line_id: str, now: datetime) -> None:
        order, line = self._world.find_line(line_id)
        for entry in line["refunds"]:
            if entry["paid"] is None and entry["due"] <= millis(now):
                entry["paid"] = millis(now)
        self._remind(line)
        self._world.touch(order)

    def _close(self, line_id: str, now: datetime) -> None:
        order, line = self._world.find_line(line_id)
        line["incident"] = line["incident_due"] = None
        self._remind(line)
        self._world.touch(order)


def _refundable(line: Line) -> Decimal:
    return price(line) - refunded(line) - Decimal(line["price"]) * canceled(line)


def _money(entry: Mapping[str, Any], name: str) -> Decimal:
    told = entry.get(name)
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        raise Refusal(400, f"Invalid value for field '{name}'", "VALIDATION_ERROR") from None
    if isinstance(told, bool) or not amount.is_finite() or amount < 0:
        raise Refusal(400, f"Invalid value for field '{name}'", "VALIDATION_ERROR")
    return amount


def _echo(entry: Mapping[str, Any], made: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """What OR28 and OR30 answer for one entry: what was asked, and the numbers that it got."""
    echo = {
        name: made["id"],
        "order_line_id": entry["order_line_id"],
        "quantity": made["quantity"],
        "amount": float(Decimal(made["amount"])),
        "shipping_amount": float(Decimal(made["shipping_amount"])),
        "reason_code": entry["reason_code"],
        "currency_iso_code": "GBP",
        "fees": [],
        "taxes": [],
        "shipping_taxes": [],
    }
    if name == "refund_id":
        echo |= {"order_refund_id": made["order_refund_id"], "excluded_from_shipment": made["excluded"]}
    return echo
