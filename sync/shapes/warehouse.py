"""What the warehouse is asked to fulfil, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sync.shapes.orders import Address


@dataclass(frozen=True, slots=True)
class WarehouseLine:
    """One line of a sales order: ``line_number`` from 1, a product code at most once per order."""

    line_number: int
    product_code: str
    quantity: int
    unit_price: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class WarehouseOrder:
    """What the warehouse is asked to fulfil (SEKO contract 4.2). ``guid`` is ours, so that the effect can be read
    back.
    """

    number: str
    reference: str
    guid: str
    placed_at: datetime
    currency: str
    sub_total: Decimal
    tax_total: Decimal
    shipping_total: Decimal
    delivery: Address
    lines: tuple[WarehouseLine, ...]
    dc_code: str = ""
    courier_name: str = ""
    courier_service: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class WarehouseStatus:
    """The answer of a status reading. ``found`` False = the warehouse does not know the order (yet)."""

    found: bool
    status: str = ""
    courier: str = ""
    tracking_number: str = ""
