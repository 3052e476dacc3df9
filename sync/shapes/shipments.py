"""Shipments at a marketplace that knows several of them for one order (John Lewis contract 2.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """How many of an order line travel in a shipment. ``package`` is our own name of the parcel."""

    line_id: str
    quantity: int
    package: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentDraft:
    """One parcel as it will be told to the marketplace (ST01): one tracking number, the lines that are in it."""

    order_id: str
    carrier_code: str
    tracking_number: str
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True)
class Shipment:
    """One shipment as the marketplace shows it (ST11). ``status`` is an open string: SHIPPING, SHIPPED, ..."""

    shipment_id: str
    order_id: str
    status: str
    carrier_code: str
    carrier_name: str
    tracking_number: str
    lines: tuple[ShipmentLine, ...]
    tracking_validity: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemToShip:
    """What is left to ship of one order line (ST12)."""

    order_id: str
    line_id: str
    quantity: int
