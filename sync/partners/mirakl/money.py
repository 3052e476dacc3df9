"""The shop's account, payouts and invoices (John Lewis contract 4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.documents import ANY_FILE, as_file
from sync.partners.mirakl.fields import (
    Identity,
    Moment,
    NullIsEmpty,
    NumberedIdentity,
    Short,
    SignedMoney,
    Wire,
    Word,
    as_date,
    read,
)
from sync.partners.mirakl.paging import PAGE, each_of, next_offset, seek_page
from sync.partners.transport import segment
from sync.shapes import BillingCycle, CyclePage, File, Invoice, InvoicePage, Transaction, TransactionPage

# Lines are long: the platform's 2000 at once could pass the size that one answer may have.
_LINES = 1000
_CYCLES = 1000


class _Named(Wire):
    id: Short = ""
    commercial_id: Short = ""


class _Entities(Wire):
    order: _Named | None = None
    order_line: _Named | None = None
    shipment: _Named | None = None
    refund: _Named | None = None


class _Transaction(Wire):
    id: Identity
    type: Word
    payment_state: Short = ""
    amount: SignedMoney
    currency_iso_code: Word
    date_created: Moment
    last_updated: Moment
    seller_billing_cycle_id: Short = ""
    accounting_document_number: Short = ""
    entities: _Entities | None = None

    def to_transaction(self, raw: Mapping[str, Any]) -> Transaction:
        entities = self.entities or _Entities()
        order = entities.order or _Named()
        return Transaction(
            transaction_id=self.id,
            kind=self.type,
            state=self.payment_state,
            amount=self.amount,
            currency=self.currency_iso_code,
            created_at=self.date_created,
            updated_at=self.last_updated,
            cycle_id=self.seller_billing_cycle_id,
            order_id=order.id,
            commercial_id=order.commercial_id,
            line_id=(entities.order_line or _Named()).id,
            shipment_id=(entities.shipment or _Named()).id,
            refund_id=(entities.refund or _Named()).id,
            document_number=self.accounting_document_number,
            raw=raw,
        )


class _PayOut(Wire):
    state: Short = ""
    reference: Short = ""
    transaction_date: Moment | None = None
    failure_reason: Short = ""


class _Cycle(Wire):
    id: Identity
    date_created: Moment
    currency_iso_code: Word
    amount_transferred_to_seller: SignedMoney
    amount_transferred_to_operator: SignedMoney
    payment_voucher_number: Short = ""
    pay_out: _PayOut | None = None
    summary: Mapping[str, Any] | None = None

    def to_cycle(self) -> BillingCycle:
        pay_out = self.pay_out or _PayOut()
        return BillingCycle(
            cycle_id=self.id,
            created_at=self.date_created,
            currency=self.currency_iso_code,
            to_seller=self.amount_transferred_to_seller,
            to_operator=self.amount_transferred_to_operator,
            state=pay_out.state,
            reference=pay_out.reference,
            paid_at=pay_out.transaction_date,
            failure=pay_out.failure_reason,
            voucher=self.payment_voucher_number,
            totals=_totals(self.summary or {}),
        )


class _Total(Wire):
    amount: SignedMoney


def _totals(summary: Mapping[str, Any]) -> dict[str, Decimal]:
    """The sums that are amounts; whatever else the platform tells there stays aside."""
    read_totals, _ = each_of(_Total, ({"name": name, "amount": amount} for name, amount in summary.items()))
    return {entry["name"]: total.amount for total, entry in read_totals}


class _Invoice(Wire):
    invoice_id: NumberedIdentity
    type: Word
    state: Short = ""
    currency_iso_code: Word
    date_created: Moment
    issue_date: Moment | None = None
    due_date: Moment | None = None
    total_amount_excl_taxes: SignedMoney | None = None
    total_amount_incl_taxes: SignedMoney | None = None
    seller_billing_cycle_id: Short = ""
    payment: _PayOut | None = None

    def to_invoice(self) -> Invoice:
        payment = self.payment or _PayOut()
        return Invoice(
            invoice_id=self.invoice_id,
            kind=self.type,
            state=self.state,
            currency=self.currency_iso_code,
            created_at=self.date_created,
            net=self.total_amount_excl_taxes,
            gross=self.total_amount_incl_taxes,
            cycle_id=self.seller_billing_cycle_id,
            payment_state=payment.state,
            payment_reference=payment.reference,
            issued_at=self.issue_date,
            due_at=self.due_date,
        )


class _Invoices(Wire):
    invoices: Annotated[list[Any], NullIsEmpty]
    total_count: Annotated[int, Field(ge=0)] | None = None


class MiraklMoney:
    """Implements :class:`sync.ports.Money`."""

    def __init__(self, client: MiraklClient) -> None:
        self._client = client

    def transactions(
        self, *, updated_since: datetime | None = None, cycle_id: str = "", token: str = ""
    ) -> TransactionPage:
        """Read one page of the account, last change first (TL02); ``unreadable`` counts entries that are no line."""
        query: dict[str, str | Sequence[str]] = {"sort": "lastUpdated,desc"}
        if updated_since is not None:
            query["last_updated_from"] = as_date(updated_since, name="updated_since")
        if cycle_id:
            query["seller_billing_cycle_id"] = cycle_id
        path = "/api/sellerpayment/transactions_logs"
        page, reply = seek_page(self._client, "TL02", path, query, token=token, limit=_LINES)
        found, unreadable = each_of(_Transaction, page.data)
        return TransactionPage(
            transactions=tuple(each.to_transaction(raw) for each, raw in found),
            next_token=page.next_page_token,
            remote_now=reply.date,
            unreadable=unreadable,
        )

    def cycles(self, *, since: datetime | None = None, token: str = "") -> CyclePage:
        """Read one page of payouts (SBC11); ``unreadable`` counts entries that are none."""
        query = {"start_date": as_date(since, name="since")} if since is not None else {}
        page, _ = seek_page(self._client, "SBC11", "/api/seller-billing-cycles", query, token=token, limit=_CYCLES)
        found, unreadable = each_of(_Cycle, page.data)
        return CyclePage(
            cycles=tuple(each.to_cycle() for each, _ in found), next_token=page.next_page_token, unreadable=unreadable
        )

    def invoices(self, *, cycle_id: str = "", offset: int = 0) -> InvoicePage:
        """Read one page of accounting documents of every kind (IV01); ``unreadable`` counts entries that are none."""
        query = {"type": "ALL", "max": str(PAGE), "offset": str(offset)}
        if cycle_id:
            query["seller_billing_cycle_id"] = cycle_id
        reply = self._client.read("IV01", "/api/invoices", query)
        page = read(_Invoices, reply)
        found, unreadable = each_of(_Invoice, page.invoices)
        total = offset + len(page.invoices) if page.total_count is None else page.total_count
        return InvoicePage(
            invoices=tuple(each.to_invoice() for each, _ in found),
            total_count=total,
            next_offset=next_offset(reply, offset=offset, entries=len(page.invoices), total=total),
            unreadable=unreadable,
        )

    def invoice_file(self, invoice_id: str) -> File:
        """Fetch an accounting document (IV02)."""
        return as_file(self._client.read("IV02", f"/api/invoices/{segment(invoice_id)}", accept=ANY_FILE))
