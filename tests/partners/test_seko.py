import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from sync.failures import Code, NotSent, Refused, Throttled, Unauthorised, Unclear
from sync.ports import Warehouse
from tests.partners.doubles import Script
from tests.partners.sample_depot import GOOD, GUID, KEY, ORDER, PRODUCT, refused, seko


def test_it_is_a_warehouse() -> None:
    port: Warehouse = seko(Script(GOOD))
    assert port.can_read_status
    port.close()


# Orders


def test_an_order_is_sent_as_a_web_sales_order() -> None:
    script = Script(GOOD)
    warehouse = seko(script)
    prepared = warehouse.prepare_order(ORDER)
    assert (prepared.operation, prepared.natural_key) == ("websubmit", "JL-1000231")
    assert KEY not in prepared.path
    assert warehouse.send(prepared).reference == GUID
    request = script.request
    assert str(request.url) == f"https://ihub.supplystream.com:8081/api/salesorders/v4/websubmit?api_key={KEY}"
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    assert script.sent == {
        "WebSalesOrder": {
            "SalesOrderNumber": "JL-1000231",
            "SalesOrderReference": "JL1000231",
            "SalesOrderDate": "2026-03-02T09:05:07.120Z",
            "CurrencyCode": "GBP",
            "SubTotal": 70.0,
            "TaxTotal": 14.0,
            "ShippingTotal": 0.0,
            "GUID": GUID,
        },
        "DeliveryDetails": {
            "Line1": "1 'The' Road",
            "City": "Leeds",
            "County": "",
            "PostcodeZip": "LS1 1AA",
            "CountryCode": "GB",
            "FirstName": "Ada",
            "LastName": "Example",
        },
        "List": {
            "SalesOrderLineItem": [
                {
                    "LineNumber": 1,
                    "ProductCode": "SKU-RED-M",
                    "Quantity": 2,
                    "UnitPrice": 35.1,
                    "VAT": 7.0,
                    "CurrencyCode": "GBP",
                }
            ]
        },
    }


def test_what_the_account_needs_is_sent_where_it_is_set() -> None:
    order = replace(ORDER, dc_code="DCCL01", courier_name="DPD", courier_service="22", notes='say "hi"')
    body = json.loads(seko(Script(GOOD)).prepare_order(order).body or b"")
    assert body["SalesOrderHeader"] == {"DCCode": "DCCL01"}
    head = body["WebSalesOrder"]
    assert (head["CourierName"], head["CourierService"], head["Notes"]) == ("DPD", "22", "say 'hi'")


def test_long_and_foreign_text_is_sent_as_it_is() -> None:
    address = replace(ORDER.delivery, line1="ŵ" * 500, city="臺北")
    body = seko(Script(GOOD)).prepare_order(replace(ORDER, delivery=address)).body or b""
    assert json.loads(body)["DeliveryDetails"]["Line1"] == "ŵ" * 500
    assert "臺北".encode() in body
    assert b'\\"' not in body


def test_the_same_order_always_gives_the_same_bytes() -> None:
    assert seko(Script(GOOD)).prepare_order(ORDER) == seko(Script(GOOD)).prepare_order(replace(ORDER))


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (GOOD, GUID),
        ({"Response": GOOD}, GUID),
        ({"CallStatus": {"Success": "true", "Code": 0, "Message": {}}, "GUID": {}}, ""),
        ({"CallStatus": {"Success": True}, "GUID": None}, ""),
        ({"CallStatus": {"Success": True}}, ""),
    ],
)
def test_success_comes_in_several_shapes(body: dict[str, Any], reference: str) -> None:
    warehouse = seko(Script(body))
    assert warehouse.send(warehouse.prepare_order(ORDER)).reference == reference


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_refusal_with_http_200_is_a_refusal(wrapped: bool) -> None:
    text = "Error Submitting SalesOrder: JL-1000231 - Error. Product SKU-RED-M has no free stock."
    warehouse = seko(Script(refused(text, wrapped=wrapped)))
    with pytest.raises(Refused) as caught:
        warehouse.send(warehouse.prepare_order(ORDER))
    failure = caught.value.failure
    assert (failure.code, failure.text, failure.facts) == (Code.NO_FREE_STOCK, text, {"product": "SKU-RED-M"})
    assert caught.value.exchange is not None
    assert caught.value.exchange.status == 200


@pytest.mark.parametrize("message", ["", None, {}, [], 7])
def test_a_refusal_without_words_is_unclassified(message: Any) -> None:
    warehouse = seko(Script(refused(message)))
    with pytest.raises(Refused) as caught:
        warehouse.send(warehouse.prepare_order(ORDER))
    assert caught.value.failure.code == Code.UNCLASSIFIED
    assert caught.value.failure.text


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, content=b""),
        httpx.Response(204),
        httpx.Response(200, text="<html>Server Error</html>"),
        httpx.Response(200, content=b'{"CallStatus": {"Success": tr'),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"CallStatus": "ok"}),
        httpx.Response(200, json={"CallStatus": {}}),
        httpx.Response(200, json={"CallStatus": {"Success": 1}}),
        httpx.Response(200, json={"CallStatus": {"Success": "maybe"}}),
        httpx.Response(200, json={"Response": None}),
        httpx.Response(500, text="<html>Server Error</html>"),
        httpx.Response(503),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
    ],
)
def test_an_answer_without_a_verdict_is_unclear(response: httpx.Response) -> None:
    script = Script(response)
    warehouse = seko(script)
    with pytest.raises(Unclear):
        warehouse.send(warehouse.prepare_order(ORDER))
    assert len(script.requests) == 1


def test_a_wrong_key_and_too_many_calls_are_told_apart() -> None:
    denied = {"Message": "Authorization has been denied for this request."}
    warehouse = seko(Script(httpx.Response(401, json=denied)))
    with pytest.raises(Unauthorised):
        warehouse.send(warehouse.prepare_order(ORDER))
    warehouse = seko(Script(httpx.Response(429)))
    with pytest.raises(Throttled) as caught:
        warehouse.send(warehouse.prepare_order(ORDER))
    assert caught.value.retry_after == 2


def test_a_path_that_seko_does_not_know_is_a_fault_of_the_set_up() -> None:
    warehouse = seko(Script(httpx.Response(404, text="<html><title>404 - File or directory not found.</title></html>")))
    with pytest.raises(Refused) as caught:
        warehouse.send(warehouse.prepare_order(ORDER))
    assert caught.value.failure.code == Code.WAREHOUSE_SETUP


@pytest.mark.parametrize(
    ("body", "says"),
    [(b'{"Message": "no thanks"}', "no thanks"), (b"<html>", "HTTP 400"), (b"", "HTTP 400"), (b"[]", "400")],
)
def test_any_other_4xx_was_not_applied(body: bytes, says: str) -> None:
    warehouse = seko(Script(httpx.Response(400, content=body)))
    with pytest.raises(Refused, match=says) as caught:
        warehouse.send(warehouse.prepare_order(ORDER))
    assert caught.value.failure.code == Code.UNCLASSIFIED


def test_the_key_never_stays_in_what_is_kept() -> None:
    warehouse = seko(Script(refused(f"bad call ?api_key={KEY}")))
    with pytest.raises(Refused) as caught:
        warehouse.send(warehouse.prepare_order(ORDER))
    assert KEY not in repr(caught.value.exchange) + caught.value.failure.text


def test_the_name_of_the_key_parameter_is_a_setting() -> None:
    script = Script(GOOD)
    warehouse = seko(script, key_parameter="token")
    warehouse.send(warehouse.prepare_order(ORDER))
    assert dict(script.request.url.params) == {"token": KEY}


# Cancels


def test_a_cancel_is_an_empty_post_with_its_reason() -> None:
    script = Script({"CallStatus": {"Success": True, "Code": 0, "Message": ""}, "GUID": None})
    warehouse = seko(script)
    prepared = warehouse.prepare_cancel("JL/1 2", reason_code="001")
    assert warehouse.send(prepared).reference == ""
    assert script.request.url.raw_path.decode() == f"/api/salesorders/v3/JL%2F1%202/cancel?reasonCode=001&api_key={KEY}"
    assert (script.request.content, script.request.headers["Content-Length"]) == (b"", "0")
    assert prepared.natural_key == "JL/1 2"


def test_a_refused_cancel_is_a_refused_cancel() -> None:
    warehouse = seko(Script(refused("Error. Dispatch assigned to a pick wave cannot be cancelled")))
    with pytest.raises(Refused) as caught:
        warehouse.send(warehouse.prepare_cancel("JL-1", reason_code=""))
    assert caught.value.failure.code == Code.CANCEL_REFUSED


@pytest.mark.parametrize("reason", ["007", "1", "because"])
def test_a_reason_that_seko_does_not_have_never_leaves(reason: str) -> None:
    with pytest.raises(ValueError, match="001, 002, 003, 004, 005, 006"):
        seko(Script(GOOD)).prepare_cancel("JL-1", reason_code=reason)


# Products


def test_a_product_is_loaded_and_updated_at_two_addresses() -> None:
    script = Script(GOOD)
    warehouse = seko(script)
    new, again = (warehouse.prepare_product(PRODUCT, update=update) for update in (False, True))
    assert (new.path, again.path) == ("products/v4/submit", "products/v4/update")
    assert (new.operation, new.natural_key) == ("product", "P-1")
    assert warehouse.send(again).reference == GUID
    assert script.sent["ProductMaster"]["ProductCode"] == "P-1"


def test_a_product_that_exists_is_a_classified_refusal() -> None:
    warehouse = seko(Script(refused("Error Submitting Product Master: P-1 - Error. Product Code already exists.")))
    with pytest.raises(Refused) as caught:
        warehouse.send(warehouse.prepare_product(PRODUCT, update=False))
    assert (caught.value.failure.field, caught.value.failure.facts) == ("product_code", {"product": "P-1"})


# Versions


def test_requests_go_inside_a_wrapper_where_the_account_wants_it() -> None:
    script = Script(GOOD)
    warehouse = seko(script, wrapped=True)
    warehouse.send(warehouse.prepare_order(ORDER))
    assert set(script.sent) == {"Request"}
    assert script.sent["Request"]["WebSalesOrder"]["SalesOrderNumber"] == ORDER.number
    warehouse.send(warehouse.prepare_product(PRODUCT, update=False))
    assert script.sent["Request"]["ProductMaster"]["ProductCode"] == "P-1"


def test_versions_are_settings() -> None:
    versions = {"orders": "v5", "cancel": "v4", "products": "v5", "stock": "v4", "older": "v2"}
    script = Script(GOOD)
    warehouse = seko(script, versions=versions)
    assert warehouse.prepare_order(ORDER).path == "salesorders/v5/websubmit"
    assert warehouse.prepare_cancel("JL-1", reason_code="").path == "salesorders/v4/JL-1/cancel"
    assert warehouse.prepare_product(PRODUCT, update=True).path == "products/v5/update"
    warehouse.stock()
    assert script.request.url.path == "/api/stock/v4/quantity"
    warehouse.status(GUID)
    assert script.request.url.path == f"/hub/api/salesorders/v2/{GUID}/status.json"


@pytest.mark.parametrize(
    ("versions", "says"), [({"labels": "v1"}, "Known services: orders, cancel"), ({"orders": "v/4"}, "for example v4")]
)
def test_a_version_that_cannot_be_one_says_what_fits(versions: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        seko(Script(GOOD), versions=versions)


# Status


def test_a_status_is_read_by_our_own_guid() -> None:
    script = Script({"Response": {"CallStatus": {"Code": 0, "Message": {}, "Success": True}, "Status": "To Be Picked"}})
    status = seko(script).status(GUID)
    assert (status.found, status.status, status.courier, status.tracking_number) == (True, "To Be Picked", "", "")
    assert (
        str(script.request.url) == f"https://hub.supplystream.com/hub/api/salesorders/v1/{GUID}/status.json?token={KEY}"
    )
    assert len(script.requests) == 1


def test_courier_and_tracking_come_once_it_is_dispatched() -> None:
    script = Script(
        {"CallStatus": {"Success": "True"}, "Status": "DISPATCHED"},
        {"CallStatus": {"Success": True}, "Courier": "DHL", "TrackingNumber": 12345699},
    )
    status = seko(script).status(GUID)
    assert (status.status, status.courier, status.tracking_number) == ("DISPATCHED", "DHL", "12345699")
    assert script.request.url.path.endswith(f"{GUID}/tracking.json")


def test_a_dispatched_order_may_have_no_tracking_number_yet() -> None:
    script = Script(
        {"CallStatus": {"Success": True}, "Status": "Dispatched"},
        {"CallStatus": {"Success": True}, "Courier": {}, "TrackingNumber": {}},
    )
    status = seko(script).status(GUID)
    assert (status.found, status.courier, status.tracking_number) == (True, "", "")


def test_an_order_that_seko_does_not_know_is_not_found() -> None:
    assert seko(Script(refused("Error. Sales Order does not exist."))).status(GUID).found is False
    assert seko(Script(refused("No results found for search criteria", wrapped=True))).status(GUID).found is False


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, json=refused("Database is busy")),
        httpx.Response(200, json=refused({})),
        httpx.Response(404, text="<html>404 - File or directory not found.</html>"),
        httpx.Response(400, json={"Message": "does not exist"}),
        httpx.Response(200, content=b""),
        httpx.Response(500),
    ],
)
def test_any_other_failure_never_says_that_an_order_is_missing(response: httpx.Response) -> None:
    with pytest.raises(Unclear):
        seko(Script(response)).status(GUID)


def test_without_a_status_address_nothing_can_be_read_back() -> None:
    script = Script(GOOD)
    warehouse = seko(script, status_url="")
    assert warehouse.can_read_status is False
    with pytest.raises(NotSent):
        warehouse.status(GUID)
    assert script.requests == []
