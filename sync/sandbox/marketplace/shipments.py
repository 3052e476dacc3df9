"""Shipments of the simulated marketplace: what is stored of them, and what the API shows (John Lewis contract 2.6)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..clock import show_instant
from ..store import Store
from .carrier import Carrier, shown_carrier
from .orders import Order, instant, millis
from .refusal import Refusal

Shipment = dict[str, Any]
TABLE = "shipment"
STATES = ("SHIPPING", "READY_FOR_PICK_UP", "SHIPMENT_PREPARED", "SHIPPED", "TO_COLLECT", "RECEIVED", "CANCELED",
          "CLOSED")  # fmt: skip
DEBIT_STATES = ("NO_DEBIT", "NOT_STARTED", "WAITING_TAX_CONFIRMATION", "WAITING_OPERATOR_SYSTEM_CONTACT",
                "WAITING_DEBIT_CONFIRMATION", "DEBIT_OK", "CANCELED")  # fmt: skip
NAMESPACE = uuid.UUID("6f1f0c1e-3f0c-4d6e-9a53-2f5a7d1f3b10")


class ShipmentBook:
    """All shipments, kept in memory and on disk. It knows nothing of orders: what is taken from them is told to it."""

    def __init__(self, store: Store, *, seed: int) -> None:
        self._store = store
        self._seed = seed
        stored = sorted((doc for _, doc in store.all(TABLE)), key=lambda doc: doc["number"])
        self._all: dict[str, Shipment] = {doc["id"]: doc for doc in stored}
        self._by_order: dict[str, list[Shipment]] = {}
        for doc in stored:
            self._by_order.setdefault(doc["order_id"], []).append(doc)

    def all(self) -> Iterable[Shipment]:
        """Every shipment in order of creation."""
        return self._all.values()

    def of(self, order_id: str) -> list[Shipment]:
        """The shipments of one order, in order of creation."""
        return list(self._by_order.get(order_id, ()))

    def find(self, shipment_id: str) -> Shipment:
        """A shipment by id. Raises Refusal in the contract's words when there is none."""
        if shipment_id not in self._all:
            raise Refusal(404, f"No shipment with id '{shipment_id}'.")
        return self._all[shipment_id]

    def add(self, order: Order, lines: list[dict[str, Any]], told: dict[str, Any], now: datetime) -> Shipment:
        """Keep a new shipment in SHIPPING. `lines` hold order_line_id, offer_sku, quantity and package_reference."""
        number = self._store.counter("shipment")
        shipment = {
            "id": str(uuid.uuid5(NAMESPACE, f"{self._seed} {number}")),
            "number": number,
            "order_id": order["order_id"],
            "state": "SHIPPING",
            "created": millis(now),
            "updated": millis(now),
            "shipped": None,
            "lines": lines,
            "carrier": told.get("carrier") or {},
            "invoice_reference": told.get("invoice_reference"),
            "additional": told.get("additional") or [],
        }
        self._all[shipment["id"]] = shipment
        self._by_order.setdefault(order["order_id"], []).append(shipment)
        self._save(shipment)
        return shipment

    def track(self, shipment: Shipment, carrier: Carrier, now: datetime) -> None:
        """Set carrier and tracking number."""
        shipment["carrier"], shipment["updated"] = dict(carrier), millis(now)
        self._save(shipment)

    def enter(self, shipment: Shipment, state: str, now: datetime) -> None:
        """Put a shipment into a state."""
        shipment["state"], shipment["updated"] = state, millis(now)
        if state == "SHIPPED":
            shipment["shipped"] = millis(now)
        self._save(shipment)

    def remove(self, shipment: Shipment) -> None:
        """Forget a shipment."""
        del self._all[shipment["id"]]
        self._by_order[shipment["order_id"]].remove(shipment)
        self._store.delete(TABLE, shipment["id"])

    def _save(self, shipment: Shipment) -> None:
        self._store.put(TABLE, shipment["id"], shipment)


def shipment_json(shipment: Shipment, order: Order) -> dict[str, Any]:
    """One shipment as ST01 and ST11 show it."""
    return {
        "id": shipment["id"],
        "order_id": shipment["order_id"],
        "status": shipment["state"],
        # Every order of this marketplace is paid before it is shipped, so that no shipment is debited by itself.
        "status_customer_debit": "NO_DEBIT",
        "created_date": _when(shipment["created"]),
        "last_updated_date": _when(shipment["updated"]),
        "shipped_date": _when(shipment["shipped"]),
        "invoice_reference": shipment["invoice_reference"],
        "shipment_additional_information": shipment["additional"],
        "shipment_lines": shipment["lines"],
        "shipping_from": {"address": None, "warehouse": None},
        "payment_details": _payment(order),
        "tracking": _tracking(shipment["carrier"]),
    }


def _when(stored: int | None) -> str | None:
    return None if stored is None else show_instant(instant(stored))


def _payment(order: Order) -> dict[str, Any] | None:
    paid = order["times"].get("debited")
    if paid is None:
        return None
    return {
        "customer_debited_date": _when(paid),
        "transaction_date": _when(paid),
        "transaction_number": f"T{order['number']:09d}",
    }


def _tracking(carrier: Carrier) -> dict[str, Any]:
    shown = shown_carrier(carrier)
    return {
        "carrier_code": shown["code"],
        "carrier_name": shown["name"],
        "carrier_standard_code": shown["standard_code"],
        "tracking_number": shown["tracking_number"],
        "tracking_url": shown["url"],
        "validity_status": "UNVERIFIED" if shown["tracking_number"] else "MISSING_TRACKING",
        "milestones": [],
        "last_known_location": None,
        "carrier_expected_delivery_date": None,
    }
