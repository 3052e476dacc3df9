"""The marketplace client against the vendor's own description of its API, where that file is at hand."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from sync.failures import Refused
from sync.partners.mirakl.adapter import MiraklMarketplace
from sync.shapes import LineCancelation, Prepared, ShipmentDraft, ShipmentLine, StockLevel
from tests.partners.doubles import Script
from tests.partners.sample_shop import shop

FILE = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "mirakl-seller-openapi.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"the vendor's description is not at {FILE.name}")


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document


def example(contract: dict[str, Any], operation: str) -> Any:
    """The vendor's own answer; where several are given, the first that is not generated from the schema."""
    described = next(
        found for methods in contract["paths"].values() for found in methods.values()
        if isinstance(found, dict) and found.get("operationId") == operation
    )  # fmt: skip
    answers = [answer for status, answer in described["responses"].items() if status.startswith("2")]
    (content,) = answers[0]["content"].values()
    return next(iter(content["examples"].values()))["value"]


def operation_of(contract: dict[str, Any], request: httpx.Request) -> dict[str, Any]:
    """The described operation that the request calls, a literal path before one with names; fails for none."""
    parts = request.url.path.split("/")
    for template, operations in sorted(contract["paths"].items(), key=lambda entry: entry[0].count("{")):
        wanted = template.split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            found: dict[str, Any] = operations[request.method.lower()]
            return found
    raise AssertionError(f"{request.url.path} is not described")


def check(contract: dict[str, Any], request: httpx.Request) -> str:
    """Compare a request with its description; returns the name of the operation."""
    operation = operation_of(contract, request)
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    # Paging parameters stand in the general notes, not at each call.
    assert set(request.url.params) <= known | {"max", "offset", "sort", "order", "limit", "page_token"}
    described = operation.get("requestBody")
    assert bool(described) == bool(request.content)
    if described and "application/json" in described["content"]:
        schema = {**described["content"]["application/json"]["schema"], "components": contract["components"]}
        Draft202012Validator(schema).validate(json.loads(request.content))
        properties = contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]["properties"]
        assert set(json.loads(request.content)) <= set(properties)
    elif described:
        assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    else:
        assert request.method == "GET" or request.headers["Content-Length"] == "0"
    name: str = operation["operationId"]
    return name


WRITES: dict[str, Callable[[MiraklMarketplace], Prepared]] = {
    "OR04": lambda market: market.prepare_references({"A": "1", "B": "2"}),
    "OR21": lambda market: market.prepare_accept("A", ["A-1", "A-2"]),
    "OR23": lambda market: market.prepare_tracking("A", carrier_code="DPD", tracking_number="155"),
    "OR24": lambda market: market.prepare_ship("A"),
    "OR29": lambda market: market.prepare_cancel_order("A"),
    "OR30": lambda market: market.prepare_cancel_lines(
        "A", [LineCancelation("A-1", 1, Decimal("9.99"), Decimal(0), "15")]
    ),
    "OR64": lambda market: market.prepare_resolve_incident("A", "A-1", reason_code="10"),
    "ST01": lambda market: market.prepare_shipment(ShipmentDraft("A", "DPD", "1", (ShipmentLine("A-1", 1, "P"),))),
    "ST06": lambda market: market.prepare_shipment_delete("S"),
    "ST23": lambda market: market.prepare_shipment_tracking("S", carrier_code="DPD", tracking_number="1"),
    "ST24": lambda market: market.prepare_shipment_ship("S"),
    "STO01": lambda market: market.prepare_stock([StockLevel("BAG", 1)], batch="1"),
}


@pytest.mark.parametrize("operation", WRITES)
def test_every_write_is_as_described(contract: dict[str, Any], operation: str) -> None:
    script = Script(httpx.Response(400))
    market = shop(script, shop_id="7")
    prepared = WRITES[operation](market)
    with pytest.raises(Refused):
        market.send(prepared)
    assert check(contract, script.request) == prepared.operation == operation


READS: dict[str, Callable[[MiraklMarketplace], Any]] = {
    "A01": lambda market: market.ping(),
    "SH21": lambda market: market.carriers(),
    "OR11": lambda market: market.orders_page(updated_since=datetime(2026, 11, 20, tzinfo=UTC), states=["A"], offset=0),
    "OF21": lambda market: market.offers_page(offset=3, sku="BAG"),
    "ST11": lambda market: market.shipments(["ORDER_01-A", "ORDER_02-A"]),
    "ST12": lambda market: market.items_to_ship(["MIR-YQMLSYUI-B"]),
    "STO02": lambda market: market.stock_import("7"),
}


@pytest.mark.parametrize("operation", READS)
def test_every_read_is_as_described_and_its_example_is_understood(contract: dict[str, Any], operation: str) -> None:
    script = Script(httpx.Response(200, json=example(contract, operation)), {"data": []})
    READS[operation](shop(script, shop_id="7"))
    assert {check(contract, request) for request in script.requests} == {operation}


def test_the_examples_say_what_they_say(contract: dict[str, Any]) -> None:
    page = shop(Script(example(contract, "OR11"))).orders_page(updated_since=None, states=(), offset=0)
    assert (len(page.orders), page.unreadable) == (1, ())
    assert "UPS" in {carrier.code for carrier in shop(Script(example(contract, "SH21"))).carriers()}
    shipments = shop(Script(example(contract, "ST11"), {"data": []})).shipments(["ORDER_01-A"])
    assert (shipments[0].tracking_number, shipments[0].tracking_validity) == ("1315A26", "VERIFIED")
    left = shop(Script(example(contract, "ST12"))).items_to_ship(["MIR-YQMLSYUI-B"])
    assert [(item.line_id, item.quantity) for item in left] == [("MIR-YQMLSYUI-B-2", 4)]
    offers = shop(Script(example(contract, "OF21"))).offers_page()
    assert (len(offers.offers) > 0, offers.unreadable) == (True, 0)


def test_the_profile_is_as_described_and_its_examples_are_understood(contract: dict[str, Any]) -> None:
    operations = ("A01", "PC01", "SH11", "SH12", "RE01")
    script = Script(*(example(contract, operation) for operation in operations))
    profile = shop(script).profile()
    assert tuple(check(contract, request) for request in script.requests) == operations
    assert (profile.shop_id, profile.acceptance, profile.multi_shipment) == ("2000", "NOT_AUTOMATIC", True)
    assert "DOM1" in profile.shipping_zones
    assert {reason.kind for reason in profile.reasons} >= {"REFUND", "CANCELATION"}


@pytest.mark.parametrize(
    ("operation", "sent", "reference"),
    [
        ("OR04", {"Order_00014": "ref_seller"}, ""),
        ("OR30", "Order_00013-A-1", "1116"),
        ("ST01", "ORDER_01-A", "f40bf65e-a320-41d3-878c-36ce9e1144ce"),
        ("ST23", "ff341bfe-ebeb-4211-848b-77fcbcd91723", ""),
        ("ST24", "f40bf65e-a320-41d3-878c-36ce9e1144ce", ""),
        ("ST06", "e2055970-dd6c-4d66-b005-096d6e6e0f30", ""),
    ],
)
def test_an_example_of_success_is_understood(
    contract: dict[str, Any], operation: str, sent: Any, reference: str
) -> None:
    market = shop(Script(example(contract, operation)))
    assert market.send(_about(market, operation, sent)).reference == reference


@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        ("ST01", "leadtime-ship02-A"),
        ("ST23", "f40bf65e-a320-41d3-878c-36ce9e1144ce"),
        ("ST24", "ff341bfe-ebeb-4211-848b-77fcbcd91723"),
        ("ST06", "89174558-2845-44ef-bd57-78db027947f7"),
    ],
)
def test_an_example_of_an_error_inside_is_understood(contract: dict[str, Any], operation: str, sent: str) -> None:
    market = shop(Script(example(contract, operation)))
    with pytest.raises(Refused):
        market.send(_about(market, operation, sent))


def _about(market: MiraklMarketplace, operation: str, sent: Any) -> Prepared:
    line = LineCancelation(str(sent), 1, Decimal(1), Decimal(0), "15")
    writes: dict[str, Callable[[], Prepared]] = {
        "OR04": lambda: market.prepare_references(sent),
        "OR30": lambda: market.prepare_cancel_lines("A", [line]),
        "ST01": lambda: market.prepare_shipment(ShipmentDraft(sent, "DPD", "1", (ShipmentLine("1", 1),))),
        "ST23": lambda: market.prepare_shipment_tracking(sent, carrier_code="DPD", tracking_number="1"),
        "ST24": lambda: market.prepare_shipment_ship(sent),
        "ST06": lambda: market.prepare_shipment_delete(sent),
    }
    return writes[operation]()


def test_states_of_a_poll_are_states_of_the_platform(contract: dict[str, Any]) -> None:
    parameters = contract["paths"]["/api/orders"]["get"]["parameters"]
    states = next(each for each in parameters if each["name"] == "order_state_codes")["schema"]["enum"]
    assert {"WAITING_ACCEPTANCE", "SHIPPING", "SHIPPED", "RECEIVED", "CLOSED", "CANCELED"} <= set(states)
