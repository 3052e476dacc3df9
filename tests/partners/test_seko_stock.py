from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sync.failures import Code, Refused, Unauthorised, Unclear
from sync.shapes import StockRow
from tests.partners.doubles import Script
from tests.partners.sample_depot import KEY, refused, seko


def rows(*entries: Any) -> dict[str, Any]:
    return {"CallStatus": {"Success": True, "Code": 0, "Message": ""}, "List": {"StockQuantityLineItem": list(entries)}}


ROW = {"ProductCode": "SKU-RED-M", "DCCode": "DCCL01", "LocationType": "Available Stock", "Quantity": 976}
READ = StockRow("SKU-RED-M", "DCCL01", "Available Stock", 976)


def test_all_stock_is_read_as_json_and_is_complete() -> None:
    script = Script(rows(ROW, {**ROW, "LocationType": "Quarantine", "Quantity": "3"}))
    answer = seko(script).stock()
    assert answer.rows == (READ, replace(READ, location_type="Quarantine", quantity=3))
    assert answer.complete
    assert script.request.headers["Accept"] == "application/json"
    assert script.request.url.raw_path.decode() == f"/api/stock/v3/quantity?api_key={KEY}"


@pytest.mark.parametrize(
    ("held", "count", "complete"),
    [
        ({"StockQuantityLineItem": ROW}, 1, True),
        ([ROW], 1, True),
        ({"StockQuantityLineItem": []}, 0, True),
        ({}, 0, True),
        (None, 0, True),
        ({"StockQuantityLineItem": [ROW, {**ROW, "Quantity": -1}]}, 1, False),
        ({"StockQuantityLineItem": [ROW, {**ROW, "Quantity": 1.5}]}, 1, False),
        ({"StockQuantityLineItem": [ROW, {**ROW, "Quantity": None}]}, 1, False),
        ({"StockQuantityLineItem": [ROW, "text"]}, 1, False),
        ({"StockQuantityLineItem": [{**ROW, "ProductCode": {}}]}, 0, False),
    ],
)
def test_stock_comes_in_several_shapes(held: Any, count: int, complete: bool) -> None:
    answer = seko(Script({"Response": {"CallStatus": {"Success": True}, "List": held}})).stock()
    assert (len(answer.rows), answer.complete) == (count, complete)


@pytest.mark.parametrize("quantity", [-1, "-1", 1.5, "1.5", 1_000_001, None, {}, "many", True])
def test_a_row_that_cannot_be_believed_is_skipped_and_counted(quantity: Any) -> None:
    answer = seko(Script(rows(ROW, {**ROW, "Quantity": quantity}, "text"))).stock()
    assert (answer.rows, answer.skipped, answer.complete) == ((READ,), 2, False)


def test_the_clock_of_the_warehouse_is_told() -> None:
    def at(second: int, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=body, headers={"Date": f"Mon, 02 Mar 2026 09:00:{second:02d} GMT"})

    now = datetime(2026, 3, 2, 9, 0, 7, tzinfo=UTC)
    assert seko(Script(at(7, rows(ROW)))).stock().remote_now == now
    assert seko(Script(at(7, refused("No results found for search criteria")))).stock().remote_now == now
    assert seko(Script(rows(ROW))).stock().remote_now is None
    codes = [f"PRODUCT-{number:05d}" for number in range(200)]
    script = Script(at(7, rows(ROW)), at(9, rows("text")))
    answer = seko(script).stock(codes)
    assert len(script.requests) == 2
    assert (answer.remote_now, answer.skipped, answer.complete) == (now, 1, False)


def test_an_answer_without_a_list_is_not_complete() -> None:
    assert seko(Script({"CallStatus": {"Success": True}})).stock().complete is False


def test_nothing_found_is_an_answer_without_rows() -> None:
    nothing = refused("No results found for search criteria")
    assert seko(Script(nothing)).stock().complete is True
    answer = seko(Script(nothing)).stock(["A"])
    assert (answer.rows, answer.complete) == ((), False)


def test_named_products_are_never_a_complete_answer() -> None:
    script = Script(rows(ROW))
    answer = seko(script, dc_code="DC 1").stock(["SKU-RED-M", "B&C", "SKU-RED-M"])
    assert (answer.rows, answer.complete) == ((READ,), False)
    assert script.request.url.raw_path.decode() == (
        f"/api/stock/v3/quantity?productCodes=SKU-RED-M~B%26C&dc=DC%201&api_key={KEY}"
    )


def test_many_products_are_asked_in_portions_that_fit_the_query() -> None:
    script = Script(rows(ROW))
    codes = [f"PRODUCT-{number:05d}" for number in range(500)]
    seko(script).stock(codes)
    asked = [code for request in script.requests for code in request.url.params["productCodes"].split("~")]
    assert asked == codes
    assert all(len(request.url.query) <= 2_048 for request in script.requests)


def test_no_products_ask_nothing() -> None:
    script = Script(rows())
    assert seko(script).stock([]).rows == ()
    assert script.requests == []


def test_a_failed_stock_reading_is_classified() -> None:
    with pytest.raises(Refused) as caught:
        seko(Script(refused("Error. Invalid Mapping - DC"))).stock()
    assert (caught.value.failure.code, caught.value.failure.field) == (Code.WAREHOUSE_SETUP, "dc_code")


def test_a_ping_proves_the_key_without_reading_all_stock() -> None:
    script = Script(refused("No results found for search criteria"))
    seko(script).ping()
    assert "productCodes" in script.request.url.params
    with pytest.raises(Unauthorised):
        seko(Script(httpx.Response(401))).ping()
    with pytest.raises(Unclear):
        seko(Script(httpx.Response(200, text="<html>"))).ping()
    with pytest.raises(Refused):
        seko(Script(refused("Error. Invalid Mapping - DC"))).ping()
