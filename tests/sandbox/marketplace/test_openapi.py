"""Every operation of the simulated marketplace, driven once, against the vendor's own description of the API."""

import json
from uuid import UUID

import httpx
import pytest

from tests.partners import openapi
from tests.sandbox.marketplace.rig import Market

EXTRA = ("delivery_promise_score",)  # the marketplace sends a field that nobody described, to prove tolerance


class Judge:
    """Looks at everything that a client sends and gets."""

    def __init__(self, contract):
        self.contract = contract
        self.faults = []
        self.driven = set()

    def watch(self, market):
        market.client.event_hooks["response"].append(self._look)
        return market

    def _look(self, response: httpx.Response) -> None:
        response.read()
        if response.request.url.path.startswith("/_sandbox/"):
            return
        self.faults += self.contract.faults(response.request, response, extra=EXTRA)
        if response.status_code < 300:
            self.driven.add(self.contract.name(response.request.method, response.request.url.path))


@pytest.fixture
def judge():
    return Judge(openapi.contract())


@pytest.fixture
def market(tmp_path, judge):
    return judge.watch(Market(tmp_path, multi_shipment=True, returns=True, throttle=False))


def sent(market, **told):
    order_id = market.paid(**told)
    assert market.track(order_id).status_code == 204
    assert market.ship(order_id).status_code == 204
    return order_id


def reference(market):
    for path in ("version", "account", "platform/configuration", "shipping/zones", "shipping/types",
                 "shipping/carriers", "reasons", "currencies", "additional_fields", "documents", "account/statistics",
                 "additional_fields?entities=ORDER,SHOP", "documents?entities=ORDER",
                 "account/statistics?periods=LAST_MONTH,LAST_YEAR"):  # fmt: skip
        assert market.client.get(f"/api/{path}").status_code == 200


def shipments(market):
    order_id = market.paid(lines=[{"sku": "A", "quantity": 5}])
    dpd = {"carrier_code": "DPD_UK", "tracking_number": "1"}
    part = {"order_id": order_id, "shipment_lines": [{"order_line_id": f"{order_id}-1", "quantity": 1}]}
    told = market.client.post("/api/shipments", json={"shipments": [part, {**part, "tracking": dpd}, part]}).json()
    first, second, third = ({"id": each["id"]} for each in told["shipment_success"])
    for method, path, shipment in (
        ("POST", "tracking", {**first, "tracking": dpd}), ("PUT", "ship", first), ("PUT", "ship", second),
        ("PUT", "delete", third), ("PUT", "delete", second),
    ):  # fmt: skip
        market.client.request(method, f"/api/shipments/{path}", json={"shipments": [shipment]})
    asked = {"order_id": order_id, "limit": 1, "last_updated_from": "2026-01-01T00:00:00Z"}
    page = market.client.get("/api/shipments", params=asked).json()
    market.client.get("/api/shipments", params={"page_token": page["next_page_token"]})
    market.client.get("/api/shipments/items_to_ship", params={"order_id": order_id})


def stock(market):
    market.client.get("/api/offers", params={"max": 100})
    market.client.get("/api/offers", params={"sku": next(iter(market.world.products))})
    made = market.stock("offer-sku;quantity\nnothing;1\n").json()["import_id"]
    for _ in range(4):
        market.client.get(f"/api/offers/stock/imports/{made}/status")
        market.wait(seconds=20)
    assert market.client.get(f"/api/offers/stock/imports/{made}/error_report").status_code == 200


def orders(market):
    for order in (market.make(lines=[{"sku": "A"}]), sent(market), market.paid()):
        assert market.order(order)
    market.accept(market.make(lines=[{"sku": "A"}]), 0)
    assert market.client.put(f"/api/orders/{market.paid()}/cancel").status_code == 204
    market.wait(days=20, step=market.world.settings.received_after)
    asked = {"max": 100, "order_state_codes": "SHIPPING,CLOSED", "start_update_date": "2026-01-01T00:00:00Z"}
    market.client.get("/api/orders", params=asked)
    market.client.get("/api/orders", params={"max": 100})


def amends(market):
    kept, order_id = market.paid(lines=[{"sku": "A", "quantity": 3}]), sent(market, lines=[{"sku": "A"}])
    entry = {"amount": 1, "shipping_amount": 0}
    lost = {**entry, "order_line_id": f"{kept}-1", "quantity": 1, "reason_code": "CANCEL_NO_STOCK"}
    back = {**entry, "order_line_id": f"{order_id}-1", "quantity": 1, "reason_code": "REFUND_DAMAGED"}
    named = {"order_id": kept, "references": {"order_reference_for_seller": "SO-1"}}
    for path, body in (
        ("orders/cancel", {"cancelations": [lost], "order_tax_mode": "TAX_INCLUDED"}),
        ("orders/refund", {"refunds": [back], "order_tax_mode": "TAX_INCLUDED"}),
        ("orders", {"orders": [named, {"order_id": "nothing"}]}),
    ):
        assert market.client.put(f"/api/{path}", json=body).status_code == 200
    market.client.post("/_sandbox/incident", json={"order_id": kept})
    market.order(kept)
    solved = {"reason_code": "INCIDENT_SOLVED"}
    assert market.client.put(f"/api/orders/{kept}/lines/{kept}-1/resolve_incident", json=solved).status_code == 204
    for _ in range(2):
        market.order(order_id)
        market.wait(hours=2, step=market.world.settings.received_after)


def documents(market):
    asked = {"order_ids": market.paid()}
    (listed,) = market.client.get("/api/orders/documents", params=asked).json()["order_documents"]
    for chosen in ({"document_ids": listed["id"]}, asked):
        assert market.client.get("/api/orders/documents/download", params=chosen).status_code == 200


def returns(market):
    order_id = sent(market, lines=[{"sku": "A", "quantity": 3}])
    wish = {"order_id": order_id}
    ids = [market.client.post("/_sandbox/return", json=wish).json()["id"] for _ in range(3)]
    market.client.get("/api/returns/items_to_return", params={"order_line_id": f"{order_id}-1"})
    address = {"street1": "9 Mill Lane", "city": "York", "country_iso_code": "GBR", "zip_code": "YO1 1AA"}
    compliance = {"order_line_id": f"{order_id}-1", "compliant": False, "non_compliance_additional_info": "torn",
                  "non_compliance_reason_code": "RETURN_NON_COMPLIANT_DAMAGED_PRODUCT"}  # fmt: skip
    refusal = {"accepted": False, "rejection_reason_code": "RETURN_REJECTION_NOT_NEEDED"}
    steps = (
        ("", {"rma": "R-1", "tracking": {"carrier_code": "EVRI"}, "return_address": {"address": address}}),
        ("/accept", {"accepted": True}),
        ("/receive", {}),
        ("/compliance", {"return_lines": [compliance]}),
        ("/close", {}),
    )
    for path, told in steps:
        entries = [{"id": ids[0], **told}, {"id": str(UUID(int=1)), **told}]
        assert market.client.put(f"/api/returns{path}", json={"returns": entries}).json()["return_success"]
        market.client.get("/api/returns", params={"return_id": ids[0]})
    market.client.put("/api/returns/accept", json={"returns": [{"id": ids[1], **refusal}]})
    page = market.client.get("/api/returns", params={"limit": 2}).json()
    market.client.get("/api/returns", params={"page_token": page["next_page_token"]})


def messages(market):
    order_id = market.paid()
    told = {"topic": {"type": "FREE_TEXT", "value": "Delay"}, "body": "One day late.", "to": ["CUSTOMER"]}
    parts = {"thread_input": (None, json.dumps(told), "application/json"), "files": ("a.png", b"x", "image/png")}
    made = market.client.post(f"/api/orders/{order_id}/threads", files=parts).json()
    path = f"/api/inbox/threads/{made['thread_id']}"
    market.client.get(path)
    market.client.post("/_sandbox/message", json={"thread_id": made["thread_id"], "body": "Why?"})
    market.client.get(path)
    asked = {"entity_type": "MMP_ORDER", "entity_id": order_id, "with_messages": "true"}
    market.client.get("/api/inbox/threads", params=asked)
    reply = {"body": "Snow.", "to": [{"type": "CUSTOMER"}]}
    parts = {"message_input": (None, json.dumps(reply), "application/json")}
    assert market.client.post(f"{path}/message", files=parts).status_code == 201
    market.client.get("/api/inbox/threads", params={"updated_since": "2026-01-01T00:00:00Z"})


def money(market):
    order_id = sent(market)
    refunds = [{"order_line_id": f"{order_id}-1", "amount": 0.1, "shipping_amount": 0, "reason_code": "REFUND_DAMAGED"}]
    assert market.client.put("/api/orders/refund", json={"refunds": refunds}).status_code == 200
    asked = {"order_id": order_id, "sort": "lastUpdated,desc", "limit": 2000}
    for _ in range(3):
        market.client.get("/api/sellerpayment/transactions_logs", params=asked)
        market.client.get("/api/seller-billing-cycles", params={"limit": 1000})
        found = market.client.get("/api/invoices", params={"type": "ALL"}).json()["invoices"]
        market.wait(days=5, step=market.world.settings.debit_delay * 6)
    assert market.client.get(f"/api/invoices/{found[0]['invoice_id']}").status_code == 200


DRIVES = {
    drive.__name__: drive
    for drive in (reference, orders, shipments, stock, amends, documents, returns, messages, money)
}


@pytest.mark.parametrize("drive", DRIVES.values(), ids=DRIVES)
def test_what_is_asked_and_answered_is_as_published(market, judge, drive):
    drive(market)
    assert judge.faults == []


def test_every_described_operation_is_driven(market, judge):
    for drive in DRIVES.values():
        drive(market)
    assert judge.contract.names - judge.driven == set()
    assert judge.faults == []


def test_the_judge_finds_what_is_wrong(market, judge):
    market.fault("SH21", "unknown_field")
    market.client.get("/api/shipping/carriers")
    market.fault("SH21", "unknown_value", field="code", value=None)
    market.client.get("/api/shipping/carriers", params={"colour": "red"})
    market.fault("OR11", "unknown_value", field="order_state")
    market.client.get("/api/orders", params={"order_ids": market.make(), "customer_debited": "false"})
    market.client.get("/api/orders", params={"customer_debited": "perhaps"})
    market.client.get("/api/orders", params={"max": "many"})
    told = " ".join(judge.faults)
    for wrong in ("'field_of_tomorrow' was unexpected", "'code' is a required property", "colour is not described",
                  "'perhaps' is not of type 'boolean'", "'VALUE_OF_TOMORROW' is not one of"):  # fmt: skip
        assert wrong in told
    assert judge.contract.request_faults("PUT", "/api/orders/X/tracking", {}, "text/plain", b"") != []
    assert judge.contract.request_faults("POST", "/api/shipments", {}, "application/json", b'{"shipments": []}') != []
    assert judge.contract.response_faults("PUT", "/api/orders/X/ship", 200, None, b"") != []
    assert judge.contract.request_faults("GET", "/api/nothing", {}, None, b"") != []
    path, form = "/api/offers/stock/imports", "multipart/form-data; boundary=x"
    assert judge.contract.request_faults("POST", path, {}, form, b"no form at all") != []
    assert judge.contract.request_faults("POST", path, {}, "text/csv", b"offer-sku;quantity") != []
    part = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\noffer-sku;quantity\r\n--x--\r\n'
    )
    assert judge.contract.request_faults("POST", path, {}, form, part) == []
