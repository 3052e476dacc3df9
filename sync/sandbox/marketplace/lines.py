"""How much of an order line is cancelled, packed, sent and refunded, and the state that follows (contract 2.1, 2.2).

`packed` counts what stands in shipments of any kind, `shipped` what stands in shipments that were sent.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Line = dict[str, Any]


def canceled(line: Line) -> int:
    """The quantity that was cancelled."""
    return sum(int(entry["quantity"]) for entry in line.get("cancelations", ()))


def wanted(line: Line) -> int:
    """The quantity that the customer is still to get or has got."""
    excluded = sum(int(entry["quantity"]) for entry in line.get("refunds", ()) if entry.get("excluded"))
    return 0 if line["refused"] else max(0, int(line["quantity"]) - canceled(line) - excluded)


def unpacked(line: Line) -> int:
    """The quantity that stands in no shipment yet: what is left to ship (ST12), or to cancel (OR30)."""
    return wanted(line) - int(line.get("packed", 0))


def shipped(line: Line) -> int:
    """The quantity that was sent."""
    return int(line.get("shipped", 0))


def price(line: Line) -> Decimal:
    """What the customer pays for the whole line, in pounds."""
    return Decimal(line["price"]) * int(line["quantity"])


def refunded(line: Line) -> Decimal:
    """What was given back of the line's price, in pounds."""
    return sum((Decimal(entry["amount"]) for entry in line.get("refunds", ())), Decimal(0))


def line_state(order: dict[str, Any], line: Line) -> str:
    """The state of one line: its own where it has one, else its order's."""
    if line["refused"]:
        return "REFUSED"
    if line.get("incident"):
        return "INCIDENT_OPEN"
    if line.get("refunds") and refunded(line) >= price(line):
        return "REFUNDED"
    if line.get("cancelations") and wanted(line) == 0:
        return "CANCELED"
    if order["state"] == "SHIPPING" and shipped(line) >= wanted(line):
        return "SHIPPED"
    return str(order["state"])
