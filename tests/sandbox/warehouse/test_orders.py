"""What the simulated warehouse takes and what it refuses, and in which words."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sync.sandbox.gate import ConnectionLost
from sync.sandbox.warehouse.intake import UNKNOWN_REPLY
from tests.sandbox.warehouse.rig import KEY, PLAIN, Rig, number_of, order

PREFIX = f"Error Submitting SalesOrder: {PLAIN} - Error. "


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def post(client: TestClient, body: bytes, kind: str = "application/json", accept: str = "", key: str = KEY):
    headers = {"Content-Type": kind} | ({"Accept": accept} if accept else {"Accept": "*/*"})
    return client.post(f"/api/salesorders/v4/websubmit?api_key={key}", content=body, headers=headers)


def test_an_order_is_taken_and_answered_with_a_guid(rig: Rig) -> None:
    told = rig.submit()
    assert told["CallStatus"] == {"Success": True, "Code": 0, "Message": ""}
    assert rig.world.by_guid[told["GUID"]]["number"] == PLAIN


def test_the_clients_own_guid_is_kept_and_may_be_used_once(rig: Rig) -> None:
    body = order(PLAIN, lines=[(rig.code(0), 1)])
    body["WebSalesOrder"]["GUID"] = "MY-GUID"
    assert rig.send(body)["GUID"] == "MY-GUID"
    body["WebSalesOrder"]["SalesOrderNumber"] = "JL70000002-A"
    assert "GUID already exists" in rig.send(body)["CallStatus"]["Message"]


def test_a_number_is_taken_once_unless_the_warehouse_is_naive(rig: Rig, tmp_path: Path) -> None:
    rig.submit()
    assert rig.message() == PREFIX + "Sales Order Number already exists."
    other = tmp_path / "naive"
    other.mkdir()
    naive = Rig(other, naive=True)
    naive.submit()
    assert naive.submit()["CallStatus"]["Success"] is True
    assert naive.client.get("/_sandbox/state").json()["numbers_taken_twice"] == [PLAIN]


def test_the_first_fault_only_is_named_and_nothing_is_reserved(rig: Rig) -> None:
    free = rig.world.stock.free(rig.code(0))
    assert rig.message(lines=[(rig.code(0), 1), ("NO SUCH", 1)], City="") == PREFIX + "City is required."
    assert rig.message(lines=[(rig.code(0), 1), ("NO SUCH", 1)]) == PREFIX + "Product NO SUCH does not exist."
    assert rig.world.stock.free(rig.code(0)) == free


def test_a_product_stands_on_one_line_whatever_its_letter_case(rig: Rig) -> None:
    code = next(code for code in rig.world.stock.codes() if code.upper() != code.lower())
    assert rig.message(lines=[(code.upper(), 1), (code.lower(), 1)]) == (
        PREFIX + f"Duplicate Product Code {code.lower()}."
    )
    assert rig.submit(lines=[(code.lower(), 1)])["CallStatus"]["Success"] is True


def test_free_stock_is_gone_at_once_but_shows_later(rig: Rig) -> None:
    code = rig.code(0)
    free = rig.world.stock.free(code)
    rig.submit(lines=[(code, free)])
    text = f"Error Submitting SalesOrder: JL70000002-A - Error. Product {code} has no free stock."
    assert rig.message(number="JL70000002-A", lines=[(code, 1)]) == text
    assert rig.stock(code)["Available Stock"] == free
    rig.wait(minutes=6)
    assert "Available Stock" not in rig.stock(code)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ({"Line1": " "}, "Line1 is required."),
        ({"PostcodeZip": ""}, "PostcodeZip is required."),
        ({"CountryCode": ""}, "CountryCode is required."),
        ({"CountryCode": "UK"}, "Invalid Country Code UK."),
        ({"Line1": "x" * 101}, "Line1 exceeds the maximum length of 100 characters."),
    ],
)
def test_a_bad_address_field_is_refused(rig: Rig, address: dict[str, str], reason: str) -> None:
    assert rig.message(**address) == PREFIX + reason


def test_too_long_a_text_is_cut_and_gets_no_label_when_the_setting_says_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path, over_length="truncate")
    rig.submit(Line1="x" * 120)
    taken = rig.world.latest(PLAIN)
    assert taken is not None
    assert len(taken["delivery"]["Line1"]) == 100
    assert taken["held"]["why"].startswith("label exception")


def test_the_county_may_be_empty_unless_the_setting_says_otherwise(tmp_path: Path) -> None:
    assert Rig(tmp_path, county_required=True).message() == PREFIX + "County is required."


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"hello", b'{"WebSalesOrder": ', b'{"a": NaN}', b"\xff\xfe{", b'{"a":' * 20_000, b'{"a": "\xff"}'],
)
def test_what_is_no_json_is_answered_with_http_200_and_a_refusal(rig: Rig, body: bytes) -> None:
    assert rig.send(body)["CallStatus"]["Message"].startswith("Cannot process json salesorder ")


def test_a_double_quote_inside_a_text_breaks_the_upload(rig: Rig) -> None:
    assert "Cannot process json" in rig.message(Line1='"Rose Cottage"')


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("WebSalesOrder", ["x"], "Invalid WebSalesOrder."),
        ("List", {"SalesOrderLineItem": []}, "SalesOrderLineItem is required."),
        ("List", {"SalesOrderLineItem": ["x"]}, "Invalid SalesOrderLineItem."),
        ("List", {"SalesOrderLineItem": [{"LineNumber": 1, "ProductCode": "A", "Quantity": -1}]}, "Invalid Quantity."),
        ("List", {"SalesOrderLineItem": [{"LineNumber": 1, "ProductCode": "A", "Quantity": 1.5}]}, "Invalid Quantity."),
        ("BillingDetails", {"City": "Leeds"}, "Billing address is incomplete."),
    ],
)
def test_wrong_shapes_are_refused_in_words(rig: Rig, part: str, value: object, reason: str) -> None:
    told = rig.send(order(PLAIN, lines=[(rig.code(0), 1)]) | {part: value})
    assert told["CallStatus"]["Message"].endswith(f"Error. {reason}")


def test_unknown_centres_and_couriers_are_mapping_faults(rig: Rig) -> None:
    body = order(PLAIN, lines=[(rig.code(0), 1)]) | {"SalesOrderHeader": {"DCCode": "MOON"}}
    assert rig.send(body)["CallStatus"]["Message"] == "Error. Invalid Mapping - DC"
    body = order(PLAIN, lines=[(rig.code(0), 1)])
    body["WebSalesOrder"]["CourierName"] = "Pigeon"
    assert rig.send(body)["CallStatus"]["Message"] == "Error. Invalid Mapping - Courier"


def test_xml_in_gives_xml_out_unless_json_is_asked_for(rig: Rig) -> None:
    body = (
        f"<Request><WebSalesOrder><SalesOrderNumber>{PLAIN}</SalesOrderNumber></WebSalesOrder><DeliveryDetails>"
        "<Line1>1 Sample Road</Line1><City>Leeds</City><PostcodeZip>LS1 1AA</PostcodeZip><CountryCode>GB</CountryCode>"
        "</DeliveryDetails><List><SalesOrderLineItem><LineNumber>1</LineNumber>"
        f"<ProductCode>{rig.code(0)}</ProductCode><Quantity>1</Quantity></SalesOrderLineItem></List></Request>"
    ).encode()
    assert "<Success>true</Success><Code>0</Code>" in post(rig.client, body, "application/xml").text
    again = post(rig.client, body, "application/xml", accept="application/json").json()
    assert "already exists" in again.get("Response", again)["CallStatus"]["Message"]
    assert "Cannot process xml" in post(rig.client, b"<a>", "text/xml").text


def test_the_web_server_itself_refuses_keys_paths_methods_types_and_sizes(rig: Rig) -> None:
    denied = post(rig.client, b"{}", key="wrong")
    assert (denied.status_code, denied.json()) == (401, {"Message": "Authorization has been denied for this request."})
    missing = rig.client.get("/api/salesorders/v9/websubmit")
    assert missing.status_code == 404
    assert "404 - File or directory not found." in missing.text
    assert rig.client.get("/api/salesorders/v4/websubmit").status_code == 405
    assert post(rig.client, b"{}", "text/plain").status_code == 415
    assert post(rig.client, b"{" + b" " * 10_500_000).status_code == 413


def test_failures_come_with_and_without_a_wrapper_and_with_every_form_of_guid(rig: Rig) -> None:
    forms, wrapped = set(), set()
    for place in range(60):
        raw = json.dumps(order(f"JL7{place + 1:07d}-A", lines=[("NO SUCH", 1)])).encode()
        told = post(rig.client, raw).json()
        wrapped.add("Response" in told)
        forms.add(json.dumps(told.get("Response", told).get("GUID", "missing")))
    assert wrapped == {True, False}
    assert forms == {'"missing"', "null", '""', "{}"}


def test_an_order_of_that_number_was_made_by_hand(rig: Rig) -> None:
    number = number_of("duplicate_number")
    assert rig.message(number=number).endswith("Sales Order Number already exists.")
    assert rig.cancel(number)["Success"] is True
    assert rig.submit(f"{number}-2")["CallStatus"]["Success"] is True


def test_stock_that_was_reserved_away_comes_back_after_some_hours(rig: Rig) -> None:
    number, code = number_of("no_free_stock"), rig.code(0)
    assert rig.message(number=number, lines=[(code, 2)]).endswith("has no free stock.")
    rig.wait(hours=1)
    assert rig.message(number=number, lines=[(code, 2)]).endswith("has no free stock.")
    assert "Available Stock" not in rig.stock(code)
    rig.wait(hours=4)
    assert rig.submit(number, lines=[(code, 2)])["CallStatus"]["Success"] is True


def test_stock_set_by_hand_lets_a_refused_order_through(rig: Rig) -> None:
    number, code = number_of("no_free_stock"), rig.code(0)
    assert rig.message(number=number, lines=[(code, 2)]).endswith("has no free stock.")
    assert rig.client.post("/_sandbox/stock", json={"product": code.lower(), "quantity": 7}).json()["free"] == 7
    assert rig.submit(number, lines=[(code, 2)])["CallStatus"]["Success"] is True


def test_an_order_is_refused_once_with_words_that_no_table_knows(rig: Rig) -> None:
    number = number_of("unknown_reply")
    assert rig.message(number=number).endswith(UNKNOWN_REPLY)
    assert rig.submit(number)["CallStatus"]["Success"] is True


def test_an_answer_is_lost_after_the_order_was_taken(rig: Rig) -> None:
    number = number_of("timeout_after_effect")
    with pytest.raises(ConnectionLost):
        rig.submit(number)
    taken = rig.world.latest(number)
    assert taken is not None
    rig.wait(minutes=2)
    assert rig.status(taken["guid"])["Status"] == "Confirmed"
    assert rig.message(number=number).endswith("already exists.")


def test_an_outcome_stays_unknown_while_the_status_answers_500(rig: Rig) -> None:
    number = number_of("outcome_unknown")
    with pytest.raises(ConnectionLost):
        rig.submit(number)
    taken = rig.world.latest(number)
    assert taken is not None
    rig.wait(minutes=2)
    for what in ("status", "tracking"):
        assert rig.client.get(f"/api/salesorders/v1/{taken['guid']}/{what}.json?api_key={KEY}").status_code == 500
