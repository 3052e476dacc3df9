"""The marketplace client against the vendor's own description of its API, where that file is at hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sync.failures import Refused
from sync.partners.mirakl.adapter import MiraklMarketplace
from sync.shapes import (
    Attachment,
    Inspection,
    LineCancelation,
    LineRefund,
    Prepared,
    ReturnDecision,
    ReturnDetails,
    ShipmentDraft,
    ShipmentLine,
    StockLevel,
    TaxAmount,
)
from tests.partners import openapi
from tests.partners.doubles import Script
from tests.partners.sample_shop import shop

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CYCLE = "a5b77ee5-f5c2-4efc-ab94-8366ee781598"
VAT = (TaxAmount("VAT", Decimal("1.68")),)


@pytest.fixture(scope="module")
def contract() -> openapi.Contract:
    return openapi.contract()


def check(contract: openapi.Contract, request: httpx.Request) -> str | None:
    """Compare a request with its description; returns the name of its operation."""
    faults = contract.request_faults(
        request.method,
        request.url.path,
        request.url.query.decode(),
        request.headers.get("Content-Type"),
        request.content,
    )
    assert faults == []
    assert request.method == "GET" or request.headers["Content-Length"] == str(len(request.content))
    return contract.name(request.method, request.url.path)


WRITES: dict[str, Callable[[MiraklMarketplace], Prepared]] = {
    "OR04": lambda market: market.prepare_references({"A": "1", "B": "2"}),
    "OR21": lambda market: market.prepare_accept("A", ["A-1", "A-2"]),
    "OR23": lambda market: market.prepare_tracking("A", carrier_code="DPD", tracking_number="155"),
    "OR24": lambda market: market.prepare_ship("A"),
    "OR29": lambda market: market.prepare_cancel_order("A"),
    "OR30": lambda market: market.prepare_cancel_lines(
        "A", [LineCancelation("A-1", 1, Decimal("9.99"), Decimal(0), "15", VAT, VAT)]
    ),
    "OR64": lambda market: market.prepare_resolve_incident("A", "A-1", reason_code="10"),
    "ST01": lambda market: market.prepare_shipment(ShipmentDraft("A", "DPD", "1", (ShipmentLine("A-1", 1, "P"),))),
    "ST06": lambda market: market.prepare_shipment_delete("S"),
    "ST23": lambda market: market.prepare_shipment_tracking("S", carrier_code="DPD", tracking_number="1"),
    "ST24": lambda market: market.prepare_shipment_ship("S"),
    "STO01": lambda market: market.prepare_stock([StockLevel("BAG", 1)], batch="1"),
    "OR28": lambda market: market.returns.prepare_refund(
        "A", [LineRefund("A-1", Decimal("9.99"), Decimal(0), "15", 1, VAT, VAT)], currency="GBP"
    ),
    "OR43": lambda market: market.messages.prepare_thread(
        "A", topic="Delivery", body="It is late.", to=["CUSTOMER"], attachments=[Attachment("a.txt", b"a")]
    ),
    "M12": lambda market: market.messages.prepare_reply(
        "T", body="It is late.", to=["OPERATOR"], attachments=[Attachment("a.txt", b"a"), Attachment("b.txt", b"b")]
    ),
    "RT04": lambda market: market.returns.prepare_details(
        [ReturnDetails("R", "RMA", "https://label", "DPD", "DPD UK", "155", "https://track")]
    ),
    "RT21": lambda market: market.returns.prepare_decisions(
        [ReturnDecision("R", accepted=False, rejection_code="RETURN_REJECTION_NOT_ELIGIBLE")]
    ),
    "RT25": lambda market: market.returns.prepare_received(["R"]),
    "RT26": lambda market: market.returns.prepare_inspected(
        {"R": [Inspection("L", compliant=False, fault_code="RETURN_NON_COMPLIANT_MISSING_ITEM", note="half of it")]}
    ),
    "RT27": lambda market: market.returns.prepare_closed(["R"]),
}


@pytest.mark.parametrize("operation", WRITES)
def test_every_write_is_as_described(contract: openapi.Contract, operation: str) -> None:
    script = Script(httpx.Response(400))
    market = shop(script, shop_id="7")
    prepared = WRITES[operation](market)
    with pytest.raises(Refused):
        market.send(prepared)
    assert check(contract, script.request) == prepared.operation == operation


READS: dict[str, Callable[[MiraklMarketplace], Any]] = {
    "A01": lambda market: market.ping(),
    "SH21": lambda market: market.carriers(),
    "OR11": lambda market: market.orders_page(updated_since=NOON, states=["SHIPPING", "SHIPPED"], offset=0),
    "OF21": lambda market: market.offers_page(offset=3, sku="BAG"),
    "ST11": lambda market: market.shipments(["ORDER_01-A", "ORDER_02-A"]),
    "ST12": lambda market: market.items_to_ship(["MIR-YQMLSYUI-B"]),
    "STO02": lambda market: market.stock_import("7"),
    "A21": lambda market: market.account.statistics(),
    "AF01": lambda market: market.account.custom_fields(),
    "DO01": lambda market: market.documents.types(),
    "OR72": lambda market: market.documents.of_orders(["A", "B"]),
    "RT11": lambda market: market.returns.page(updated_since=NOON, states=["RECEIVED"]),
    "RT12": lambda market: market.returns.returnable(["C"]),
    "M10": lambda market: market.messages.thread("T"),
    "M11": lambda market: market.messages.page(order_ids=["A", "B"], updated_since=NOON, with_messages=True),
    "TL02": lambda market: market.money.transactions(updated_since=NOON, cycle_id=CYCLE),
    "SBC11": lambda market: market.money.cycles(since=NOON),
    "IV01": lambda market: market.money.invoices(cycle_id=CYCLE),
}
FILES: dict[str, Callable[[MiraklMarketplace], Any]] = {
    "STO03": lambda market: market.stock_errors("7"),
    "OR73": lambda market: market.documents.download(["1", "2"]),
    "IV02": lambda market: market.money.invoice_file("7"),
    "V01": lambda market: market.account.is_up(),
}


@pytest.mark.parametrize("operation", READS)
def test_every_read_is_as_described_and_its_example_is_understood(contract: openapi.Contract, operation: str) -> None:
    script = Script(httpx.Response(200, json=contract.example(operation)), {"data": []})
    READS[operation](shop(script, shop_id="7"))
    assert {check(contract, request) for request in script.requests} == {operation}


@pytest.mark.parametrize("operation", FILES)
def test_every_read_of_a_file_is_as_described(contract: openapi.Contract, operation: str) -> None:
    script = Script(httpx.Response(200, content=b"error-line;error-message\n"))
    FILES[operation](shop(script, shop_id="7"))
    assert check(contract, script.request) == operation


def test_everything_that_is_described_is_used_or_said_not_to_be(contract: openapi.Contract) -> None:
    profile = {"PC01", "SH11", "SH12", "RE01"}
    not_needed = {"CUR01"}
    assert set(WRITES) | set(READS) | set(FILES) | profile | not_needed == contract.names


def test_the_examples_say_what_they_say(contract: openapi.Contract) -> None:
    def told(operation: str) -> MiraklMarketplace:
        return shop(Script(contract.example(operation), {"data": []}))

    page = told("OR11").orders_page(updated_since=None, states=(), offset=0)
    assert (len(page.orders), page.unreadable) == (1, ())
    assert "UPS" in {carrier.code for carrier in told("SH21").carriers()}
    (shipment, *_) = told("ST11").shipments(["ORDER_01-A"])
    assert (shipment.tracking_number, shipment.tracking_validity) == ("1315A26", "VERIFIED")
    left = told("ST12").items_to_ship(["MIR-YQMLSYUI-B"])
    assert [(item.line_id, item.quantity) for item in left] == [("MIR-YQMLSYUI-B-2", 4)]
    for found, unreadable in (
        (told("OF21").offers_page().offers, told("OF21").offers_page().unreadable),
        (told("RT11").returns.page().returns, told("RT11").returns.page().unreadable),
        (told("M11").messages.page().threads, told("M11").messages.page().unreadable),
        (told("SBC11").money.cycles().cycles, told("SBC11").money.cycles().unreadable),
        (told("TL02").money.transactions().transactions, told("TL02").money.transactions().unreadable),
        (told("IV01").money.invoices().invoices, told("IV01").money.invoices().unreadable),
    ):
        assert len(found) > 0
        assert unreadable == 0
    assert told("RT11").returns.page().returns[0].carrier_code == "UPS"
    assert len(told("M10").messages.thread("T").messages) == 2
    assert told("OR72").documents.of_orders(["Classic_Order_0006-A"])[0].document_id == "2024"


def test_the_profile_is_as_described_and_its_examples_are_understood(contract: openapi.Contract) -> None:
    operations = ("A01", "PC01", "SH11", "SH12", "RE01")
    script = Script(*(contract.example(operation) for operation in operations))
    profile = shop(script).profile()
    assert tuple(check(contract, request) for request in script.requests) == operations
    assert (profile.shop_id, profile.acceptance, profile.multi_shipment) == ("2000", "NOT_AUTOMATIC", True)
    assert "DOM1" in profile.shipping_zones
    assert {reason.kind for reason in profile.reasons} >= {"REFUND", "CANCELATION"}


LINE = LineCancelation("Order_00013-A-1", 1, Decimal(1), Decimal(0), "34")
REFUND = LineRefund("Order_00010-A-1", Decimal(1), Decimal(0), "15")


def _parcel(order_id: str) -> ShipmentDraft:
    return ShipmentDraft(order_id, "DPD", "1", (ShipmentLine("1", 1),))


SUCCESSES: dict[str, tuple[Callable[[MiraklMarketplace], Prepared], str]] = {
    "OR04": (lambda market: market.prepare_references({"Order_00014": "ref_seller"}), ""),
    "OR28": (lambda market: market.returns.prepare_refund("A", [REFUND]), "1130"),
    "OR30": (lambda market: market.prepare_cancel_lines("A", [LINE]), "1116"),
    "OR43": (WRITES["OR43"], "1f33b4f0-0cf8-4869-b148-e8e18b179770"),
    "M12": (WRITES["M12"], "873f1cb5-a7a2-4e07-8e0e-12eb64e93ece"),
    "ST01": (lambda market: market.prepare_shipment(_parcel("ORDER_01-A")), "f40bf65e-a320-41d3-878c-36ce9e1144ce"),
    "ST23": (
        lambda market: market.prepare_shipment_tracking(
            "ff341bfe-ebeb-4211-848b-77fcbcd91723", carrier_code="DPD", tracking_number="1"
        ),
        "",
    ),
    "ST24": (lambda market: market.prepare_shipment_ship("f40bf65e-a320-41d3-878c-36ce9e1144ce"), ""),
    "ST06": (lambda market: market.prepare_shipment_delete("e2055970-dd6c-4d66-b005-096d6e6e0f30"), ""),
    "RT25": (lambda market: market.returns.prepare_received(["b77907cb-f72e-4f69-aac3-14df566311de"]), ""),
    "RT26": (
        lambda market: market.returns.prepare_inspected(
            {"b77907cb-f72e-4f69-aac3-14df566311de": [Inspection("L", compliant=True)]}
        ),
        "",
    ),
}
REFUSALS: dict[str, Callable[[MiraklMarketplace], Prepared]] = {
    "ST01": lambda market: market.prepare_shipment(_parcel("leadtime-ship02-A")),
    "ST23": lambda market: market.prepare_shipment_tracking(
        "f40bf65e-a320-41d3-878c-36ce9e1144ce", carrier_code="DPD", tracking_number="1"
    ),
    "ST24": lambda market: market.prepare_shipment_ship("ff341bfe-ebeb-4211-848b-77fcbcd91723"),
    "ST06": lambda market: market.prepare_shipment_delete("89174558-2845-44ef-bd57-78db027947f7"),
    "RT04": lambda market: market.returns.prepare_details([ReturnDetails("2dc4f7d7", rma="1")]),
    "RT21": lambda market: market.returns.prepare_decisions(
        [ReturnDecision("df7b1144-0789-46f9-a0db-bb79c2c7de3a", accepted=True)]
    ),
    "RT27": lambda market: market.returns.prepare_closed(["df7b1144-0789-46f9-a0db-bb79c2c7de3a"]),
}


@pytest.mark.parametrize("operation", SUCCESSES)
def test_an_example_of_success_is_understood(contract: openapi.Contract, operation: str) -> None:
    prepare, reference = SUCCESSES[operation]
    market = shop(Script(contract.example(operation)))
    assert market.send(prepare(market)).reference == reference


@pytest.mark.parametrize("operation", REFUSALS)
def test_an_example_of_an_error_inside_is_understood(contract: openapi.Contract, operation: str) -> None:
    market = shop(Script(contract.example(operation)))
    with pytest.raises(Refused):
        market.send(REFUSALS[operation](market))
