"""Sending orders, whole or in parts: the rules behind OR23, OR24 and the shipments (John Lewis contract 2.4 to 2.6)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .. import witness
from .carrier import Carrier, read_carrier
from .lines import Line, shipped, unpacked, wanted
from .orders import Order, instant, millis
from .reference import SHIPPING_TYPE
from .refusal import Refusal
from .shipments import Shipment, shipment_json
from .world import MarketWorld

TRACKABLE = frozenset({"SHIPPING", "SHIPPED", "TO_COLLECT", "RECEIVED"})
NO_TRACKING = "Tracking details are mandatory for this shipping method"


class Shipping:
    """Everything that takes goods from an order's lines and puts them on their way."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world

    def carrier(self, told: dict[str, Any], address: str) -> Carrier:
        """The carrier of a request. Raises what `read_carrier` raises."""
        return read_carrier(told, unregistered=self._world.settings.unregistered_carriers, address=address)

    def track_order(self, order: Order, carrier: Carrier) -> None:
        """OR23: set carrier and tracking number; the state stays. Raises Refusal 400 for a carrier it does not take."""
        if order["state"] not in TRACKABLE:
            raise Refusal(400, f"The order status must be 'SHIPPING' but it is '{order['state']}'.")
        self._approve(order, carrier)
        order["carrier"] = dict(carrier)
        self._world.touch(order)

    def ship_order(self, order: Order) -> None:
        """OR24: the whole order is sent.

        The published text ("validate the shipment of an order in the SHIPPING status") says nothing of shipments, and
        the contract (2.5) that the call ships the whole order. So, with multi-shipment on, shipments that still wait
        are sent as they are, and what stands in none goes into one more shipment with the order's tracking of OR23.
        Raises Refusal 400 outside SHIPPING, without tracking where it is mandatory, and while this order is refused.
        """
        if order["state"] != "SHIPPING":
            raise Refusal(400, f"The shipment cannot be validated. Current status is '{order['state']}'")
        waiting = [each for each in self._world.shipments.of(order["order_id"]) if each["state"] == "SHIPPING"]
        left = self._left(order)
        carriers = [each["carrier"] for each in waiting] + ([order["carrier"]] if left else [])
        for carrier in carriers:
            self._need_tracking(carrier)
        self._confirm(order)
        now = self._world.ground.clock.now()
        with self._world.ground.store.transaction():
            if self._world.settings.multi_shipment and left:
                waiting.append(self._world.shipments.add(order, left, {"carrier": order["carrier"]}, now))
            for shipment in waiting:
                self._world.shipments.enter(shipment, "SHIPPED", now)
                self._witness(order, shipment["carrier"], shipment["lines"])
            if not self._world.settings.multi_shipment:
                self._witness(order, order["carrier"], [])
            for line in order["lines"]:
                if not line["refused"]:
                    line["packed"] = line["shipped"] = unpacked(line) + int(line.get("packed", 0))
            self._world.settle(order)

    def create(self, told: dict[str, Any]) -> dict[str, Any]:
        """ST01, one entry: a new shipment, sent at once with ``shipped``.

        There is no idempotency key: the same entry again makes one more shipment unless the quantities forbid it.
        Raises Refusal with the contract's message.
        """
        order = self._world.find(str(told.get("order_id")))
        if order["state"] != "SHIPPING":
            raise Refusal(400, f"The order status must be 'SHIPPING' but it is '{order['state']}'.")
        lines = self._taken(order, told["shipment_lines"])
        carrier = self.carrier(told["tracking"], "tracking_url") if told.get("tracking") else {}
        self._check_origin(told)
        if carrier:
            self._approve(order, carrier)
        if told.get("shipped"):
            self._need_tracking(carrier)
            self._confirm(order)
        now = self._world.ground.clock.now()
        kept = {
            "carrier": carrier,
            "invoice_reference": told.get("invoice_reference"),
            "additional": told.get("shipment_additional_information"),
        }
        shipment = self._world.shipments.add(order, lines, kept, now)
        self._count(order, shipment, "packed", 1)
        if told.get("shipped"):
            self._send(order, shipment)
        self._world.settle(order)
        return shipment_json(shipment, order)

    def track(self, told: dict[str, Any]) -> dict[str, Any]:
        """ST23, one entry: set the tracking of a shipment. Raises Refusal with the contract's message."""
        shipment = self._world.shipments.find(str(told.get("id")))
        if shipment["state"] not in TRACKABLE:
            raise Refusal(400, f"The shipment status must be 'SHIPPING' but it is '{shipment['state']}'.")
        carrier = self.carrier(told["tracking"], "tracking_url")
        self._approve(self._world.find(shipment["order_id"]), carrier)
        self._world.shipments.track(shipment, carrier, self._world.ground.clock.now())
        return {"id": shipment["id"]}

    def ship(self, told: dict[str, Any]) -> dict[str, Any]:
        """ST24, one entry: send a shipment. Raises Refusal with the contract's message."""
        shipment = self._world.shipments.find(str(told.get("id")))
        if shipment["state"] != "SHIPPING":
            raise Refusal(400, f"The shipment status must be 'SHIPPING' but it is '{shipment['state']}'.")
        order = self._world.find(shipment["order_id"])
        self._need_tracking(shipment["carrier"])
        self._confirm(order)
        self._send(order, shipment)
        self._world.settle(order)
        return {"id": shipment["id"]}

    def delete(self, told: dict[str, Any]) -> dict[str, Any]:
        """ST06, one entry: take back a shipment that was not sent. Raises Refusal with the contract's message."""
        shipment = self._world.shipments.find(str(told.get("id")))
        if shipment["state"] != "SHIPPING":
            raise Refusal(400, f"Shipment with id '{shipment['id']}' is not in SHIPPING status and cannot be deleted.")
        order = self._world.find(shipment["order_id"])
        self._count(order, shipment, "packed", -1)
        self._world.shipments.remove(shipment)
        self._world.touch(order)
        return {"id": shipment["id"]}

    def _left(self, order: Order) -> list[dict[str, Any]]:
        """Shipment lines of all that stands in no shipment yet."""
        return [_part(line, unpacked(line), None) for line in order["lines"] if unpacked(line) > 0]

    def _taken(self, order: Order, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines of a new shipment, never more than is left of each order line."""
        parts, taken = [], Counter[str]()
        for entry in told:
            line = _line_of(order, entry)
            taken[line["id"]] += entry["quantity"]
            if taken[line["id"]] > unpacked(line):
                raise Refusal(400, "Shipment quantity is invalid.")
            parts.append(_part(line, entry["quantity"], entry.get("package_reference")))
        return parts

    def _check_origin(self, told: dict[str, Any]) -> None:
        """This shop has no warehouses of its own at the marketplace, so that every code is unknown."""
        code = ((told.get("shipping_from") or {}).get("warehouse") or {}).get("code")
        if code:
            raise Refusal(400, f"Warehouse with code {code} does not exist")

    def _send(self, order: Order, shipment: Shipment) -> None:
        self._world.shipments.enter(shipment, "SHIPPED", self._world.ground.clock.now())
        self._count(order, shipment, "shipped", 1)
        for line in order["lines"]:
            if 0 < wanted(line) <= shipped(line):
                line.setdefault("shipped_at", shipment["shipped"])
        self._witness(order, shipment["carrier"], shipment["lines"])

    def _witness(self, order: Order, carrier: Carrier, parts: list[dict[str, Any]]) -> None:
        witness.shipped(
            self._world.ground.ledger, order["order_id"], ((part["offer_sku"], part["quantity"]) for part in parts),
            carrier=carrier.get("code"), tracking=carrier.get("tracking_number"),
        )  # fmt: skip

    def _count(self, order: Order, shipment: Shipment, name: str, sign: int) -> None:
        lines = {line["id"]: line for line in order["lines"]}
        for part in shipment["lines"]:
            line = lines[part["order_line_id"]]
            line[name] = int(line.get(name, 0)) + sign * part["quantity"]

    def _need_tracking(self, carrier: Carrier) -> None:
        if SHIPPING_TYPE["mandatory_tracking"] and not carrier.get("tracking_number"):
            raise Refusal(400, NO_TRACKING)

    def _approve(self, order: Order, carrier: Carrier) -> None:
        """Scenario carrier_rejected: the first code of this order is never taken."""
        code = carrier.get("code")
        if order["scenario"] == "carrier_rejected" and code is not None:
            first = order.setdefault("first_carrier", code)
            if code == first:
                self._world.save(order)
                raise Refusal(400, "Invalid value for field 'carrierCode'")

    def _confirm(self, order: Order) -> None:
        """Scenario confirmation_rejected: no shipment of this order is confirmed for some hours."""
        if order["scenario"] != "confirmation_rejected":
            return
        now = self._world.ground.clock.now()
        since = order.setdefault("refused_since", millis(now))
        if now - instant(since) < self._world.settings.confirmation_refused_for:
            self._world.save(order)
            raise Refusal(400, "The shipment of this order cannot be validated: a payment review is in progress")


def _line_of(order: Order, entry: dict[str, Any]) -> Line:
    """The order line of a shipment line: by its id, or by the offer's SKU (deprecated) where that is unambiguous."""
    wanted_id, sku = entry.get("order_line_id"), entry.get("offer_sku")
    found: list[Line] = [
        line for line in order["lines"] if (line["id"] == wanted_id if wanted_id is not None else line["sku"] == sku)
    ]
    if len(found) != 1:
        raise Refusal(404, f"Order line with id '{wanted_id or sku}' was not found", "ORDER_LINE_NOT_FOUND")
    return found[0]


def _part(line: Line, quantity: int, package: str | None) -> dict[str, Any]:
    return {
        "order_line_id": line["id"],
        "offer_sku": line["sku"],
        "quantity": quantity,
        "package_reference": package,
    }
