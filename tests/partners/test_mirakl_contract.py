"""The marketplace client against the vendor's own description of its API, where that file is at hand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from sync.partners.mirakl.adapter import MiraklMarketplace
from tests.partners.doubles import Script

FILE = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "mirakl-seller-openapi.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"the vendor's description is not at {FILE.name}")


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document


def shop(script: Script) -> MiraklMarketplace:
    return MiraklMarketplace("https://jl.mirakl.net", "key", allowed_hosts=["jl.mirakl.net"], inner=script.transport)


def example(contract: dict[str, Any], path: str) -> Any:
    content = contract["paths"][path]["get"]["responses"]["200"]["content"]
    return content["application/json"]["examples"]["application/json-0"]["value"]


def operation_of(contract: dict[str, Any], request: httpx.Request) -> dict[str, Any]:
    """The described operation that the request calls; fails when there is none."""
    parts = request.url.path.split("/")
    for template, operations in contract["paths"].items():
        wanted = template.split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            found: dict[str, Any] = operations[request.method.lower()]
            return found
    raise AssertionError(f"{request.url.path} is not described")


def check(contract: dict[str, Any], request: httpx.Request) -> None:
    operation = operation_of(contract, request)
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    # Paging parameters stand in the general notes, not at each call.
    assert set(request.url.params) <= known | {"max", "offset", "sort", "order"}
    described = operation.get("requestBody")
    assert bool(described) == bool(request.content)
    if described:
        schema = {**described["content"]["application/json"]["schema"], "components": contract["components"]}
        Draft202012Validator(schema).validate(json.loads(request.content))
        properties = contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]["properties"]
        assert set(json.loads(request.content)) <= set(properties)


def test_every_write_is_as_described(contract: dict[str, Any]) -> None:
    script = Script(httpx.Response(204))
    market = shop(script)
    for prepared in (
        market.prepare_accept("A", ["A-1", "A-2"]),
        market.prepare_tracking("A", carrier_code="DPD", tracking_number="155"),
        market.prepare_ship("A"),
    ):
        market.send(prepared)
        check(contract, script.request)


def test_every_read_is_as_described_and_its_example_is_understood(contract: dict[str, Any]) -> None:
    paths = (
        "/api/account",
        "/api/platform/configuration",
        "/api/shipping/types",
        "/api/shipping/carriers",
        "/api/orders",
    )
    script = Script(*(example(contract, path) for path in paths))
    market = shop(script)
    profile = market.profile()
    carriers = market.carriers()
    page = market.orders_page(updated_since=datetime(2026, 11, 20, tzinfo=UTC), states=["SHIPPING"], offset=0)
    for request in script.requests:
        check(contract, request)
    assert [request.url.path for request in script.requests] == list(paths)
    assert (profile.shop_id, profile.acceptance, profile.multi_shipment) == ("2000", "NOT_AUTOMATIC", True)
    assert "UPS" in {carrier.code for carrier in carriers}
    assert (len(page.orders), page.unreadable) == (1, ())


def test_states_of_a_poll_are_states_of_the_platform(contract: dict[str, Any]) -> None:
    parameters = contract["paths"]["/api/orders"]["get"]["parameters"]
    states = next(each for each in parameters if each["name"] == "order_state_codes")["schema"]["enum"]
    assert {"WAITING_ACCEPTANCE", "SHIPPING", "SHIPPED", "RECEIVED", "CLOSED", "CANCELED"} <= set(states)
