"""Goods that come back, and money that goes back (John Lewis contract 2.7 and 5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sync.shapes.orders import TaxAmount


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """How many of an order line come back. ``compliant`` None = not yet inspected; ``faults`` are the reason codes of
    pieces that were not as they should be.
    """

    line_id: str
    quantity: int
    reason_code: str = ""
    compliant: bool | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerReturn:
    """One return as the marketplace shows it (RT11). ``state`` is an open string: WAITING_ACCEPTANCE, RECEIVED, ...;
    ``rma`` is the number by which the warehouse knows the parcel.
    """

    return_id: str
    order_id: str
    commercial_id: str
    state: str
    created_at: datetime
    updated_at: datetime
    lines: tuple[ReturnLine, ...]
    reason_code: str = ""
    rejection_code: str = ""
    rma: str = ""
    method_code: str = ""
    label_url: str = ""
    carrier_code: str = ""
    carrier_name: str = ""
    tracking_number: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReturnPage:
    """One page of returns; an empty ``next_token`` ends them. ``remote_now`` is the marketplace's clock or None."""

    returns: tuple[CustomerReturn, ...]
    next_token: str
    remote_now: datetime | None
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """What may still come back of an order line (RT12), and what the marketplace accepts as reason and as way."""

    commercial_id: str
    line_id: str
    quantity: int
    reason_codes: tuple[str, ...] = ()
    method_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnDecision:
    """Whether a return is accepted (RT21); a refusal names one of the marketplace's RETURN_REJECTION codes."""

    return_id: str
    accepted: bool
    rejection_code: str = ""


@dataclass(frozen=True, slots=True)
class ReturnDetails:
    """What is added to a return (RT04); an empty text leaves the marketplace's value as it is."""

    return_id: str
    rma: str = ""
    label_url: str = ""
    carrier_code: str = ""
    carrier_name: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Whether what came back of a line is as it should be (RT26); else one of the RETURN_NON_COMPLIANT codes."""

    line_id: str
    compliant: bool
    fault_code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LineRefund:
    """Money that goes back for one order line (OR28). Amounts in the order's currency; ``quantity`` only informs."""

    line_id: str
    amount: Decimal
    shipping_amount: Decimal
    reason_code: str
    quantity: int = 0
    taxes: tuple[TaxAmount, ...] = ()
    shipping_taxes: tuple[TaxAmount, ...] = ()
