"""What the marketplace owes and pays (John Lewis contract 4). Amounts are signed: what the shop pays is negative."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Transaction:
    """One line of the account (TL02). ``kind`` and ``state`` are open strings (ORDER_AMOUNT, COMMISSION_FEE ...;
    PENDING, PAYABLE, PAID ...). Its state changes: keep it by its id and read again by ``updated_at``.
    """

    transaction_id: str
    kind: str
    state: str
    amount: Decimal
    currency: str
    created_at: datetime
    updated_at: datetime
    cycle_id: str = ""
    order_id: str = ""
    commercial_id: str = ""
    line_id: str = ""
    shipment_id: str = ""
    refund_id: str = ""
    document_number: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransactionPage:
    """One page of the account; an empty ``next_token`` ends it."""

    transactions: tuple[Transaction, ...]
    next_token: str
    remote_now: datetime | None
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class BillingCycle:
    """One payout (SBC11). ``state`` is TO_PAY, PAID or FAILED; ``totals`` are the marketplace's own sums by name."""

    cycle_id: str
    created_at: datetime
    currency: str
    to_seller: Decimal
    to_operator: Decimal
    state: str = ""
    reference: str = ""
    paid_at: datetime | None = None
    failure: str = ""
    voucher: str = ""
    totals: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CyclePage:
    """One page of payouts; an empty ``next_token`` ends them."""

    cycles: tuple[BillingCycle, ...]
    next_token: str
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Invoice:
    """One accounting document (IV01); ``invoice_id`` is the one that downloads it. An amount of None was not said."""

    invoice_id: str
    kind: str
    state: str
    currency: str
    created_at: datetime
    net: Decimal | None = None
    gross: Decimal | None = None
    cycle_id: str = ""
    payment_state: str = ""
    payment_reference: str = ""
    issued_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One page of accounting documents."""

    invoices: tuple[Invoice, ...]
    total_count: int
    next_offset: int | None
    unreadable: int = 0
