"""Products and receipts that a client loads into the simulated warehouse."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.warehouse.rig import KEY, PLAIN, Rig, order

PRODUCT = {"ProductCode": "NEW-1", "ProductDescription": "A new lantern", "GrossWeight": 0.4, "GrossWeightUOM": "KG"}
PREFIX = "Error Submitting Product Master: NEW-1 - Error. "


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def load(rig: Rig, path: str, body: Any) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    answer = rig.client.post(f"/api/{path}?api_key={KEY}", content=raw, headers=headers)
    assert answer.status_code == 200
    told = answer.json()
    return told.get("Response", told)


def product(rig: Rig, how: str = "submit", **changes: Any) -> dict[str, Any]:
    return load(rig, f"products/v4/{how}", {"ProductMaster": PRODUCT | changes})


def reason(told: dict[str, Any]) -> str:
    assert (told["CallStatus"]["Success"], told["CallStatus"]["Code"]) == (False, 100)
    return told["CallStatus"]["Message"]


def receipt(rig: Rig, *lines: tuple[str, int], dc: str = "", **head: Any) -> dict[str, Any]:
    rows = [{"LineNumber": n, "ProductCode": code, "Quantity": many} for n, (code, many) in enumerate(lines, start=1)]
    body = {"Receipt": {"ASNNumber": "ASN-1"} | head, "ReceiptHeader": {"DCCode": dc}}
    return load(rig, "receipts/v3/submit", body | {"List": {"ReceiptLineItem": rows}})


def test_a_new_product_starts_without_stock_and_stands_a_restart(rig: Rig) -> None:
    lines = [("new-1", 1)]
    assert rig.message(lines=lines).endswith("Product new-1 does not exist.")
    told = product(rig)
    assert told["CallStatus"]["Success"] is True
    assert told["GUID"]
    assert rig.message(lines=lines).endswith("Product new-1 has no free stock.")
    rig.start()
    rig.client.post("/_sandbox/stock", json={"product": "NEW-1", "quantity": 2})
    assert rig.submit(lines=lines)["CallStatus"]["Success"] is True
    rig.start()
    assert rig.world.stock.free("NEW-1") == 1


def test_a_product_is_loaded_once_whatever_its_letter_case(rig: Rig) -> None:
    code = next(code for code in rig.world.stock.codes() if code != code.lower()).lower()
    assert reason(product(rig, ProductCode=code)) == (
        f"Error Submitting Product Master: {code} - Error. Product Code already exists."
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ProductDescription": ""}, "ProductDescription is required."),
        ({"GrossWeight": None}, "GrossWeight is required."),
        ({"GrossWeight": "heavy"}, "Invalid GrossWeight."),
        ({"GrossWeightUOM": "LB"}, "Invalid GrossWeightUOM."),
        ({"ProductDescription": "x" * 201}, "ProductDescription exceeds the maximum length of 200 characters."),
        ({"HTSCode": "12345"}, "Invalid HTSCode."),
        ({"HTSCode": "12345A7890"}, "Invalid HTSCode."),
        ({"CountryOfOrigin": "ZZ"}, "Invalid Country Code ZZ."),
        ({"Currency": "QQQ"}, "Invalid Currency Code QQQ."),
        ({"Kit": "maybe"}, "Invalid Kit."),
    ],
)
def test_a_product_field_that_is_wrong_is_refused_in_words(rig: Rig, changes: dict[str, Any], why: str) -> None:
    assert reason(product(rig, **changes)) == PREFIX + why


def test_an_ean_belongs_to_one_product(rig: Rig) -> None:
    taken = rig.world.stock.eans[rig.code(0)]
    assert reason(product(rig, EAN=taken)) == PREFIX + "EAN already exists."
    assert product(rig, EAN="2900000099999")["CallStatus"]["Success"] is True


def test_an_update_blanks_what_it_leaves_empty(rig: Rig) -> None:
    assert reason(product(rig, "update")) == PREFIX + "Product does not exist."
    product(rig, Brand="House", EAN="2900000099999", LotControlled=True)
    assert reason(product(rig, "update")) == PREFIX + "LotControlled cannot be changed."
    assert product(rig, "update", Colour="Red", LotControlled=True)["CallStatus"]["Success"] is True
    kept = rig.client.get("/_sandbox/state?product=new-1").json()["product"]
    assert (kept["Brand"], kept["Colour"], kept["EAN"]) == ("", "Red", "")
    assert rig.world.stock.eans["NEW-1"] == ""


def test_a_body_that_is_no_json_is_refused_with_the_services_own_word(rig: Rig) -> None:
    message = "Cannot process json {} A JSONObject text must begin with '{{' at character 1"
    assert reason(load(rig, "receipts/v3/submit", b"[]")) == message.format("receipt")
    assert reason(load(rig, "products/v4/submit", b"")) == message.format("productmaster")


def test_goods_come_in_by_a_receipt(rig: Rig) -> None:
    free = rig.world.stock.free(rig.code(0))
    told = receipt(rig, (rig.code(0).lower(), 30), dc="DCCL01", HBReference="HB-1")
    assert told["CallStatus"]["Success"] is True
    rig.start()
    for _ in range(40):
        rig.wait(minutes=15)
    assert rig.world.stock.free(rig.code(0)) == free + 30
    row = rig.client.get(f"/api/grns/v1/{told['GUID']}.json?token={KEY}").json()["Response"]["List"]["GRNResponseItem"]
    assert (row["HBRef"], row["GRNQuantity"]) == ("HB-1", 30)
    assert reason(receipt(rig, (rig.code(0), 1))).endswith("ASN Number already exists.")


def test_a_receipt_is_refused_as_a_whole(rig: Rig) -> None:
    code, prefix = rig.code(0), "Error Submitting Receipt: ASN-1 - Error. "
    assert reason(receipt(rig, (code, 1), ("NO SUCH", 1))) == prefix + "Product NO SUCH does not exist."
    assert reason(receipt(rig, (code, 1), (code, 1))) == prefix + f"Duplicate Product Code {code}."
    assert reason(receipt(rig, (code, 1), dc="MOON")) == "Error. Invalid Mapping - DC"
    assert reason(receipt(rig)) == prefix + "ReceiptLineItem is required."
    assert reason(receipt(rig, (code, 1), ASNNumber="")).endswith("ASNNumber is required.")
    assert rig.world.events.all == []


@pytest.mark.parametrize(
    ("part", "changes", "why"),
    [
        ("WebSalesOrder", {"SalesOrderDate": "2026-13-45"}, "Invalid SalesOrderDate."),
        ("WebSalesOrder", {"CourierShopId": "x" * 51}, "CourierShopId exceeds the maximum length of 50 characters."),
        ("ForwardingAgent", {"CompanyCode": "x" * 101}, "CompanyCode exceeds the maximum length of 100 characters."),
    ],
)
def test_more_fields_of_an_order_are_checked(rig: Rig, part: str, changes: dict[str, Any], why: str) -> None:
    body = order(PLAIN, lines=[(rig.code(0), 1)])
    body[part] = body.get(part, {}) | changes
    assert reason(rig.send(body)).endswith(f"Error. {why}")


def test_a_currency_of_a_line_must_be_one(rig: Rig) -> None:
    body = order(PLAIN, lines=[(rig.code(0), 1)])
    body["List"]["SalesOrderLineItem"][0]["CurrencyCode"] = "QQQ"
    assert reason(rig.send(body)).endswith("Error. Invalid Currency Code QQQ.")
