"""Documents, money and the account."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sync.failures import Refused, Throttled, Unclear
from sync.shapes import CustomField, DocumentType, File, OrderDocument, ShopStatistic
from tests.partners.doubles import Script
from tests.partners.sample_shop import shop

# Documents


def test_kinds_of_documents_are_read() -> None:
    entry = {"code": "SYSTEM_DELIVERY_BILL", "label": "Despatch note", "entity": "ORDER", "description": ""}
    assert shop(Script({"documents": [entry]})).documents.types() == [
        DocumentType("SYSTEM_DELIVERY_BILL", "Despatch note", "ORDER")
    ]


def test_the_documents_of_orders_are_read() -> None:
    entry = {"id": 2024, "order_id": "A", "type": "SYSTEM_DELIVERY_BILL", "file_name": "note.pdf", "file_size": 9}
    script = Script({"order_documents": [entry, {**entry, "order_id": "ELSE"}]})
    documents = shop(script).documents
    assert documents.of_orders(["A", "B"]) == [OrderDocument("2024", "A", "SYSTEM_DELIVERY_BILL", "note.pdf", 9)]
    assert script.request.url.params["order_ids"] == "A,B"
    assert documents.of_orders([]) == []


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="note.pdf"', "note.pdf"),
        ("attachment; filename*=UTF-8''n%C3%B6te.pdf", "n\u00f6te.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\note.pdf"', "note.pdf"),
        ('attachment; filename=".."', ""),
        ("attachment", ""),
    ],
)
def test_a_document_is_fetched_with_a_plain_name(disposition: str, name: str) -> None:
    headers = {"Content-Type": "application/pdf", "Content-Disposition": disposition}
    script = Script(httpx.Response(200, content=b"%PDF", headers=headers))
    assert shop(script, shop_id="7").documents.download(["1", "2"]) == File(name, "application/pdf", b"%PDF")
    assert dict(script.request.url.params) == {"document_ids": "1,2", "shop_id": "7"}
    assert "octet-stream" in script.request.headers["Accept"]


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, html="<title>Sign in</title>"), httpx.Response(200, content=b"")]
)
def test_what_is_no_file_is_unclear(answer: httpx.Response) -> None:
    market = shop(Script(answer))
    with pytest.raises(Unclear):
        market.documents.download(["1"])
    with pytest.raises(Unclear):
        market.money.invoice_file("1")


def test_no_document_and_too_many_are_not_asked_for() -> None:
    script = Script({})
    for document_ids in ([], [str(number) for number in range(101)]):
        with pytest.raises(ValueError):
            shop(script).documents.download(document_ids)
    assert script.requests == []


# Money

TRANSACTION: dict[str, Any] = {
    "id": "5561", "type": "SELLER_PENALTY_FEE", "payment_state": "PAYABLE", "amount": -0.1, "currency_iso_code": "GBP",
    "date_created": "2026-11-20T15:30:38.068Z", "last_updated": "2026-11-21T15:30:38Z",
    "seller_billing_cycle_id": "da94", "accounting_document_number": None,
    "entities": {"order": {"id": "A", "commercial_id": "C"}, "order_line": {"id": "A-1"}, "shipment": None},
}  # fmt: skip
CYCLE: dict[str, Any] = {
    "id": "a5b7", "date_created": "2026-11-01T00:00:00Z", "currency_iso_code": "GBP",
    "amount_transferred_to_seller": 4545.2, "amount_transferred_to_operator": 1046.59,
    "pay_out": {"state": "FAILED", "failure_reason": "INCOMPLETE_KYC"},
    "summary": {"total_commissions_incl_tax": -889.24, "total_other": None, "brand_new": {"new": True}},
}  # fmt: skip
INVOICE: dict[str, Any] = {
    "invoice_id": 2, "id": "4cd5", "type": "AUTO_INVOICE", "state": "COMPLETE", "currency_iso_code": "GBP",
    "date_created": "2026-11-02T15:45:30Z", "total_amount_excl_taxes": -3, "total_amount_incl_taxes": None,
    "seller_billing_cycle_id": "a5b7", "payment": {"state": "PENDING", "reference": None, "transaction_date": None},
}  # fmt: skip


def test_the_account_is_read_by_its_last_change() -> None:
    script = Script({"data": [TRANSACTION, {**TRANSACTION, "amount": "1"}], "next_page_token": "n"})
    page = shop(script).money.transactions(updated_since=datetime(2026, 11, 20, tzinfo=UTC), cycle_id="da94")
    assert script.request.url.path == "/api/sellerpayment/transactions_logs"
    assert dict(script.request.url.params) == {
        "sort": "lastUpdated,desc", "last_updated_from": "2026-11-20T00:00:00Z", "seller_billing_cycle_id": "da94",
        "limit": "1000",
    }  # fmt: skip
    (line,) = page.transactions
    assert (line.transaction_id, line.kind, line.state, line.amount) == (
        "5561", "SELLER_PENALTY_FEE", "PAYABLE", Decimal("-0.1"),
    )  # fmt: skip
    assert (line.order_id, line.commercial_id, line.line_id, line.shipment_id) == ("A", "C", "A-1", "")
    assert (page.next_token, page.unreadable) == ("n", 1)


def test_payouts_are_read() -> None:
    page = shop(Script({"data": [CYCLE, {}]})).money.cycles(since=datetime(2026, 11, 1, tzinfo=UTC))
    (cycle,) = page.cycles
    assert (cycle.to_seller, cycle.state, cycle.failure) == (Decimal("4545.2"), "FAILED", "INCOMPLETE_KYC")
    assert (cycle.paid_at, dict(cycle.totals)) == (None, {"total_commissions_incl_tax": Decimal("-889.24")})
    assert (page.next_token, page.unreadable) == ("", 1)


def test_invoices_of_every_kind_are_read() -> None:
    script = Script({"invoices": [INVOICE, {"invoice_id": None}], "total_count": 3})
    page = shop(script).money.invoices(cycle_id="a5b7")
    assert dict(script.request.url.params) == {
        "type": "ALL", "max": "100", "offset": "0", "seller_billing_cycle_id": "a5b7",
    }  # fmt: skip
    (invoice,) = page.invoices
    assert (invoice.invoice_id, invoice.net, invoice.gross) == ("2", Decimal(-3), None)
    assert (invoice.payment_state, page.next_offset, page.unreadable) == ("PENDING", 2, 1)
    assert shop(Script({"invoices": None})).money.invoices().invoices == ()


def test_an_invoice_is_fetched() -> None:
    script = Script(httpx.Response(200, content=b"<?xml version='1.0'?><i/>", headers={"Content-Type": "text/xml"}))
    assert shop(script).money.invoice_file("2").content.startswith(b"<?xml")
    assert script.request.url.path == "/api/invoices/2"


# Account


def test_every_figure_about_the_shop_is_read() -> None:
    script = Script(
        {
            "shop_id": 7, "channel": None, "last_updated_date": "2026-11-20T00:00:00Z",
            "late_shipment_rate": [{"period": "LAST_MONTH", "value": 1.5}],
            "valid_tracking_rate": None, "grade": [{"period": "LAST_MONTH", "value": None}],
            "brand_new_rate": [{"period": "ALL_SINCE_BEGINNING", "value": 3}],
        }
    )  # fmt: skip
    told = shop(script).account.statistics()
    assert told.updated_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert set(told.figures) == {
        ShopStatistic("late_shipment_rate", "LAST_MONTH", Decimal("1.5")),
        ShopStatistic("grade", "LAST_MONTH", None),
        ShopStatistic("brand_new_rate", "ALL_SINCE_BEGINNING", Decimal(3)),
    }


@pytest.mark.parametrize("body", [[], "x", {"last_updated_date": "yesterday"}])
def test_statistics_that_cannot_be_read_are_unclear(body: Any) -> None:
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(200, json=body))).account.statistics()


def test_custom_fields_are_read() -> None:
    entry = {"code": "gift-message", "label": "Gift", "entity": "ORDER_LINE", "type": "STRING", "required": False,
             "editable": True}  # fmt: skip
    assert shop(Script({"additional_fields": [entry]})).account.custom_fields() == [
        CustomField("gift-message", "Gift", "ORDER_LINE", "STRING", required=False, editable=True)
    ]


@pytest.mark.parametrize(("status", "up"), [(200, True), (204, True), (401, True), (404, False)])
def test_the_platform_is_up_whatever_it_thinks_of_the_key(status: int, up: bool) -> None:
    assert shop(Script(httpx.Response(status))).account.is_up() is up


def test_a_platform_in_trouble_says_so() -> None:
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(503))).account.is_up()
    with pytest.raises(Throttled):
        shop(Script(httpx.Response(429))).account.is_up()
    with pytest.raises(Refused):
        shop(Script(httpx.Response(404))).account.custom_fields()
