from typing import Any

import httpx
import pytest

from sync.failures import Code, Refused, Unclear
from sync.shapes import ItemToShip, Prepared, ShipmentDraft, ShipmentLine
from tests.partners.doubles import Script
from tests.partners.sample_shop import KEY, shop

SHIPMENT: dict[str, Any] = {
    "id": "f40bf65e", "order_id": "JL1-A", "status": "SHIPPING", "created_date": "2026-11-20T09:12:41Z",
    "last_updated_date": None, "shipped_date": None, "payment_details": None, "status_customer_debit": "NO_DEBIT",
    "shipment_lines": [
        {"offer_sku": "BAG", "order_line_id": "JL1-A-1", "package_reference": "P1", "quantity": 2},
        {"offer_sku": "HAT", "order_line_id": "JL1-A-2", "package_reference": None, "quantity": 1},
    ],
    "tracking": {"carrier_code": "DPD", "carrier_name": "DPD UK", "tracking_number": "155", "validity_status": None},
}  # fmt: skip
DRAFT = ShipmentDraft("JL1-A", "DPD", "155", (ShipmentLine("JL1-A-1", 2, "P1"), ShipmentLine("JL1-A-2", 1)))


def prepared(market: Any, operation: str) -> Prepared:
    writes = {
        "ST01": lambda: market.prepare_shipment(DRAFT),
        "ST23": lambda: market.prepare_shipment_tracking("S1", carrier_code="DPD", tracking_number="155"),
        "ST24": lambda: market.prepare_shipment_ship("S1"),
        "ST06": lambda: market.prepare_shipment_delete("S1"),
    }
    found: Prepared = writes[operation]()
    return found


# Reading


def test_shipments_are_read_with_a_repeated_parameter() -> None:
    script = Script({"data": [SHIPMENT, {**SHIPMENT, "id": "other", "order_id": "ELSE-A"}]})
    found = shop(script, shop_id="7").shipments(["JL1-A", "JL2-A"])
    assert script.request.url.path == "/api/shipments"
    assert script.request.url.params.multi_items() == [
        ("order_id", "JL1-A"), ("order_id", "JL2-A"), ("limit", "100"), ("shop_id", "7"),
    ]  # fmt: skip
    assert len(found) == 1
    assert (found[0].shipment_id, found[0].order_id, found[0].status) == ("f40bf65e", "JL1-A", "SHIPPING")
    assert (found[0].carrier_code, found[0].carrier_name, found[0].tracking_number) == ("DPD", "DPD UK", "155")
    assert found[0].lines == (ShipmentLine("JL1-A-1", 2, "P1"), ShipmentLine("JL1-A-2", 1, ""))
    assert (found[0].tracking_validity, found[0].raw["status_customer_debit"]) == ("", "NO_DEBIT")


def test_the_next_page_is_asked_for_by_its_token_alone() -> None:
    second = {**SHIPMENT, "id": "two", "tracking": None}
    script = Script({"data": [SHIPMENT], "next_page_token": "t1"}, {"data": [second], "next_page_token": None})
    found = shop(script, shop_id="7").shipments(["JL1-A"])
    assert [each.shipment_id for each in found] == ["f40bf65e", "two"]
    assert dict(script.request.url.params) == {"page_token": "t1", "shop_id": "7"}
    assert found[1].tracking_number == ""


@pytest.mark.parametrize(
    "page",
    [
        {"data": [SHIPMENT], "next_page_token": "same"},
        {"data": [SHIPMENT, {**SHIPMENT, "id": ""}]},
        {"data": [SHIPMENT, {**SHIPMENT, "shipment_lines": [{"order_line_id": "1", "quantity": 0}]}]},
        {"data": None},
        {"shipments": []},
        [],
    ],
)
def test_shipments_that_cannot_be_read_whole_are_unclear(page: Any) -> None:
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(200, json=page))).shipments(["JL1-A"])


def test_no_orders_ask_nothing_and_too_many_are_refused() -> None:
    script = Script({"data": []})
    market = shop(script)
    assert (market.shipments([]), market.items_to_ship([])) == ([], [])
    for read in (market.shipments, market.items_to_ship):
        with pytest.raises(ValueError, match="100"):
            read([str(number) for number in range(101)])
        with pytest.raises(ValueError, match="empty"):
            read([""])
    assert script.requests == []


def test_what_is_left_to_ship_is_read_per_line() -> None:
    lines = [
        {"order_line_id": "L1", "package_reference": "box 1", "quantity": 4},
        {"order_line_id": "L1", "package_reference": "box 2", "quantity": 4},
        {"order_line_id": "L2", "quantity": 1},
        {"order_line_id": "L3", "package_reference": None, "quantity": 2},
        {"order_line_id": "L3", "package_reference": None, "quantity": 3},
    ]
    script = Script({"data": [{"order_id": "JL1-A", "shipment_lines": lines}, {"order_id": "ELSE-A"}]})
    assert shop(script).items_to_ship(["JL1-A"]) == [
        ItemToShip("JL1-A", "L1", 4),
        ItemToShip("JL1-A", "L2", 1),
        ItemToShip("JL1-A", "L3", 5),
    ]
    assert script.request.url.path == "/api/shipments/items_to_ship"


# Writing


def test_a_shipment_is_created_unshipped_and_named_by_its_parcel() -> None:
    script = Script(httpx.Response(201, json={"shipment_success": [SHIPMENT], "shipment_errors": []}))
    market = shop(script)
    write = market.prepare_shipment(DRAFT)
    answer = market.send(write)
    assert (script.request.method, script.request.url.path) == ("POST", "/api/shipments")
    assert script.sent == {
        "shipments": [
            {
                "order_id": "JL1-A",
                "shipped": False,
                "shipment_lines": [
                    {"order_line_id": "JL1-A-1", "quantity": 2, "package_reference": "P1"},
                    {"order_line_id": "JL1-A-2", "quantity": 1},
                ],
                "tracking": {"carrier_code": "DPD", "tracking_number": "155"},
            }
        ]
    }
    assert (answer.reference, write.natural_key, dict(answer.refused)) == ("f40bf65e", "JL1-A,P1", {})


def test_parcels_without_a_name_are_told_apart_by_their_tracking_number() -> None:
    lines = (ShipmentLine("1", 1),)
    keys = {shop(Script({})).prepare_shipment(ShipmentDraft("A", "DPD", n, lines)).natural_key for n in ("1", "2")}
    assert keys == {"A,1", "A,2"}


@pytest.mark.parametrize("lines", [(), (ShipmentLine("1", 0),), (ShipmentLine("1", -1),)])
def test_a_shipment_of_nothing_is_not_prepared(lines: tuple[ShipmentLine, ...]) -> None:
    with pytest.raises(ValueError, match="at least"):
        shop(Script({})).prepare_shipment(ShipmentDraft("A", "DPD", "1", lines))


@pytest.mark.parametrize(
    ("operation", "method", "path", "entry"),
    [
        ("ST23", "POST", "tracking", {"id": "S1", "tracking": {"carrier_code": "DPD", "tracking_number": "155"}}),
        ("ST24", "PUT", "ship", {"id": "S1"}),
        ("ST06", "PUT", "delete", {"id": "S1"}),
    ],
)
def test_a_shipment_is_changed_by_its_id(operation: str, method: str, path: str, entry: dict[str, Any]) -> None:
    script = Script({"shipment_success": [{"id": "S1"}], "shipment_errors": []})
    market = shop(script)
    write = prepared(market, operation)
    assert market.send(write).exchange.status == 200
    assert (script.request.method, script.request.url.path) == (method, f"/api/shipments/{path}")
    assert (script.sent, write.natural_key) == ({"shipments": [entry]}, "S1")


def test_a_deletion_is_understood_in_both_spellings() -> None:
    market = shop(Script({"deletion_success": [{"id": "S1"}], "deletion_errors": []}))
    assert market.send(market.prepare_shipment_delete("S1")).exchange.status == 200


# Errors inside a good answer


@pytest.mark.parametrize(
    ("operation", "words", "code", "field", "value"),
    [
        ("ST01", "The order status must be 'SHIPPING' but it is 'SHIPPED'.", Code.CONFIRMATION_REJECTED, "", ""),
        ("ST01", "Shipment quantity is invalid.", Code.CONFIRMATION_REJECTED, "", ""),
        ("ST01", "Unknown carrier code", Code.CARRIER_REJECTED, "carrier", "DPD"),
        ("ST01", "Tracking details are mandatory", Code.TRACKING_MISSING, "tracking_number", "155"),
        ("ST23", "No shipment with id 'S1'.", Code.CONFIRMATION_REJECTED, "", ""),
        ("ST23", "The carrier is not registered", Code.CARRIER_REJECTED, "carrier", "DPD"),
        ("ST24", "Tracking details are mandatory", Code.TRACKING_MISSING, "tracking_number", ""),
        ("ST06", "is not in SHIPPING status and cannot be deleted.", Code.CONFIRMATION_REJECTED, "", ""),
        ("ST24", "", Code.CONFIRMATION_REJECTED, "", ""),
    ],
)
def test_an_error_inside_a_good_answer_is_a_refusal(
    operation: str, words: str, code: Code, field: str, value: str
) -> None:
    key = "order_id" if operation == "ST01" else "id"
    named = "JL1-A" if operation == "ST01" else "S1"
    script = Script({"shipment_success": [], "shipment_errors": [{key: named, "message": words}]})
    market = shop(script)
    with pytest.raises(Refused) as caught:
        market.send(prepared(market, operation))
    failure = caught.value.failure
    assert (failure.code, failure.field, failure.value, failure.rule) == (code, field, value, "")
    assert words in failure.text
    assert failure.text
    assert failure.facts == {"operation": operation, "http_status": "200"}
    assert caught.value.exchange is not None


def test_an_error_without_a_name_is_about_the_only_thing_that_was_sent() -> None:
    market = shop(Script({"shipment_errors": [{"message": "Carrier unknown"}]}))
    with pytest.raises(Refused, match="Carrier unknown"):
        market.send(market.prepare_shipment(DRAFT))


def test_a_key_in_an_error_inside_is_hidden() -> None:
    market = shop(Script({"shipment_errors": [{"id": "S1", "message": f"{KEY} may not"}]}))
    with pytest.raises(Refused) as caught:
        market.send(market.prepare_shipment_ship("S1"))
    assert KEY not in caught.value.failure.text


@pytest.mark.parametrize("operation", ["ST01", "ST06", "ST23", "ST24"])
@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"shipment_success": [], "shipment_errors": []},
        {"shipment_success": None, "shipment_errors": None},
        {"shipment_success": [{"id": "ELSE", "order_id": "ELSE"}], "shipment_errors": []},
        {"shipment_success": [], "shipment_errors": [{"id": "ELSE", "order_id": "ELSE", "message": "no"}]},
        {
            "shipment_success": [{"id": "S1", "order_id": "JL1-A"}],
            "shipment_errors": [{"id": "S1", "order_id": "JL1-A", "message": "no"}],
        },
        [],
        "done",
        {"shipment_success": {"id": "S1"}},
    ],
)
def test_an_answer_that_names_neither_or_both_is_unclear(operation: str, answer: Any) -> None:
    market = shop(Script(httpx.Response(200, json=answer)))
    with pytest.raises(Unclear):
        market.send(prepared(market, operation))


@pytest.mark.parametrize("body", [b"", b'{"shipment_succ', b"<html>"])
def test_a_lost_answer_to_a_shipment_is_unclear(body: bytes) -> None:
    market = shop(Script(httpx.Response(201, content=body)))
    with pytest.raises(Unclear):
        market.send(market.prepare_shipment(DRAFT))


@pytest.mark.parametrize("operation", ["ST01", "ST06", "ST11", "ST12", "ST23", "ST24"])
def test_a_platform_without_shipments_says_so(operation: str) -> None:
    market = shop(Script(httpx.Response(404, json={"message": "Not Found", "status": 404})))
    calls = {"ST11": lambda: market.shipments(["A"]), "ST12": lambda: market.items_to_ship(["A"])}
    call = calls.get(operation) or (lambda: market.send(prepared(market, operation)))
    with pytest.raises(Refused) as caught:
        call()
    failure = caught.value.failure
    assert (failure.code, failure.rule) == (Code.CONFIRMATION_REJECTED, "multi_shipment_off")
    assert failure.facts == {"operation": operation, "http_status": "404"}
