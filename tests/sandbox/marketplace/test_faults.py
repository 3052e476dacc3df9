"""What can go wrong on the wire, for every call: ceilings, lost and spoilt answers (John Lewis contract 1.5, 8)."""

import contextlib
import json
from datetime import timedelta

import pytest

from sync.sandbox.gate import ConnectionLost, Question
from sync.sandbox.marketplace.api import MarketApi
from sync.sandbox.marketplace.throttle import CEILINGS
from tests.partners import openapi
from tests.sandbox.marketplace.rig import Market

LINES = [{"sku": "A", "quantity": 2, "price": "10.00"}]
READS = frozenset(
    ["A01", "A21", "AF01", "CUR01", "DO01", "IV01", "IV02", "M10", "M11", "OF21", "OR11", "OR72", "OR73", "PC01",
     "RE01", "RT11", "RT12", "SBC11", "SH11", "SH12", "SH21", "ST11", "ST12", "STO02", "STO03", "TL02", "V01"]
)  # fmt: skip
DPD = {"carrier_code": "DPD_UK", "tracking_number": "1"}


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path, multi_shipment=True, returns=True, throttle=False)


def paid(market):
    return market.paid(lines=LINES)


def sent(market):
    order_id = paid(market)
    market.track(order_id)
    market.ship(order_id)
    return order_id


def shipment(market, order_id, **told):
    part = {"order_id": order_id, "shipment_lines": [{"order_line_id": f"{order_id}-1", "quantity": 1}], **told}
    return market.client.post("/api/shipments", json={"shipments": [part]}).json()["shipment_success"][0]["id"]


def wish(market, order_id, *steps):
    return_id = market.client.post("/_sandbox/return", json={"order_id": order_id}).json()["id"]
    for step in steps:
        market.client.put(f"/api/returns/{step}", json={"returns": [{"id": return_id, "accepted": True}]})
    return return_id


def returned(market, return_id):
    return market.client.get("/api/returns", params={"return_id": return_id}).json()["data"][0]


def dispute(market):
    order_id = sent(market)
    market.client.post("/_sandbox/incident", json={"order_id": order_id})
    return order_id


def asked(market, order_id):
    told = {"order_id": order_id, "body": "Where is it?"}
    return market.client.post("/_sandbox/message", json=told).json()["id"]


def thread(market, thread_id):
    return market.client.get(f"/api/inbox/threads/{thread_id}").json()


def shipped(market, order_id):
    return market.client.get("/api/shipments", params={"order_id": order_id}).json()["data"]


def line(order_id, **told):
    return {"order_line_id": f"{order_id}-1", "amount": 5, "shipping_amount": 0, "quantity": 1, **told}


def form(name, told):
    return {"files": {name: (None, json.dumps(told), "application/json")}}


def returns(return_id, **told):
    return {"json": {"returns": [{"id": return_id, **told}]}}


def judged(market, return_id):
    line_id = returned(market, return_id)["return_lines"][0]["order_line_id"]
    return returns(return_id, return_lines=[{"order_line_id": line_id, "compliant": True}])


# Each write: what it is about, how it is sent, and what it leaves behind in the world.
WRITES = {
    "OR04": (paid, lambda m, i: ("PUT", "/api/orders", {"json": {"orders": [
        {"order_id": i, "references": {"order_reference_for_seller": "SO-1"}}]}}),
        lambda m, i: m.order(i)["references"]),
    "OR21": (lambda m: m.make(lines=LINES), lambda m, i: ("PUT", f"/api/orders/{i}/accept", {"json": {"order_lines": [
        {"id": f"{i}-1", "accepted": True}]}}), lambda m, i: m.state(i)),
    "OR23": (paid, lambda m, i: ("PUT", f"/api/orders/{i}/tracking", {"json": DPD}),
             lambda m, i: m.order(i)["shipping_tracking"]),
    "OR24": (lambda m: (i := paid(m), m.track(i))[0], lambda m, i: ("PUT", f"/api/orders/{i}/ship", {}),
             lambda m, i: m.state(i)),
    "OR28": (sent, lambda m, i: ("PUT", "/api/orders/refund", {"json": {"refunds": [
        line(i, reason_code="REFUND_DAMAGED")]}}), lambda m, i: m.order(i)["order_lines"][0]["refunds"]),
    "OR29": (paid, lambda m, i: ("PUT", f"/api/orders/{i}/cancel", {}), lambda m, i: m.state(i)),
    "OR30": (paid, lambda m, i: ("PUT", "/api/orders/cancel", {"json": {"cancelations": [
        line(i, reason_code="CANCEL_NO_STOCK")]}}), lambda m, i: m.order(i)["order_lines"][0]["cancelations"]),
    "OR43": (paid, lambda m, i: ("POST", f"/api/orders/{i}/threads", form("thread_input", {
        "topic": {"type": "FREE_TEXT", "value": "Delay"}, "body": "One day.", "to": ["CUSTOMER"]})),
        lambda m, i: m.client.get("/api/inbox/threads").json()["data"]),
    "OR64": (dispute, lambda m, i: ("PUT", f"/api/orders/{i}/lines/{i}-1/resolve_incident", {"json": {
        "reason_code": "INCIDENT_SOLVED"}}), lambda m, i: (m.wait(hours=2), m.order(i)["has_incident"])[1]),
    "M12": (lambda m: asked(m, paid(m)), lambda m, i: ("POST", f"/api/inbox/threads/{i}/message", form(
        "message_input", {"body": "Soon.", "to": [{"type": "CUSTOMER"}]})), lambda m, i: len(thread(m, i)["messages"])),
    "ST01": (paid, lambda m, i: ("POST", "/api/shipments", {"json": {"shipments": [
        {"order_id": i, "shipment_lines": [{"order_line_id": f"{i}-1", "quantity": 1}]}]}}), shipped),
    "ST06": (lambda m: shipment(m, paid(m)), lambda m, i: ("PUT", "/api/shipments/delete", {"json": {"shipments": [
        {"id": i}]}}), lambda m, i: m.client.get("/api/shipments").json()["data"]),
    "ST23": (lambda m: shipment(m, paid(m)), lambda m, i: ("POST", "/api/shipments/tracking", {"json": {"shipments": [
        {"id": i, "tracking": DPD}]}}), lambda m, i: m.client.get("/api/shipments").json()["data"]),
    "ST24": (lambda m: shipment(m, paid(m), tracking=DPD), lambda m, i: ("PUT", "/api/shipments/ship", {"json": {
        "shipments": [{"id": i}]}}), lambda m, i: m.client.get("/api/shipments").json()["data"]),
    "STO01": (lambda m: next(iter(m.world.products)), lambda m, i: ("POST", "/api/offers/stock/imports", {"files": {
        "file": ("stock.csv", f'offer-sku;quantity\n"{i}";7\n')}}), lambda m, i: (m.wait(minutes=2), m.left(i))[1]),
    "RT04": (lambda m: wish(m, sent(m)), lambda m, i: ("PUT", "/api/returns", returns(i, rma="R-1")), returned),
    "RT21": (lambda m: wish(m, sent(m)), lambda m, i: ("PUT", "/api/returns/accept", returns(i, accepted=True)),
             returned),
    "RT25": (lambda m: wish(m, sent(m), "accept"), lambda m, i: ("PUT", "/api/returns/receive", returns(i)), returned),
    "RT26": (lambda m: wish(m, sent(m), "accept", "receive"),
             lambda m, i: ("PUT", "/api/returns/compliance", judged(m, i)), returned),
    "RT27": (lambda m: wish(m, sent(m), "accept", "receive"), lambda m, i: ("PUT", "/api/returns/close", returns(i)),
             returned),
}  # fmt: skip


def test_every_write_of_the_description_is_among_them():
    assert set(WRITES) == openapi.contract().names - READS


@pytest.mark.parametrize("kind", ["timeout", "reset", "500", "truncated"])
@pytest.mark.parametrize("operation", WRITES)
def test_a_lost_answer_hides_an_effect_that_took_place(market, operation, kind):
    prepare, request, effect = WRITES[operation]
    about = prepare(market)
    method, path, told = request(market, about)
    before = effect(market, about)
    market.fault(operation, kind, effect="after")
    with contextlib.suppress(ConnectionLost):
        answer = market.client.request(method, path, **told)
        assert answer.status_code == 500 or kind == "truncated"
    assert effect(market, about) != before
    (noted,) = [each for each in market.ledger() if each["operation"] == operation and "fault" in each["note"]]
    assert noted["applied"] is True
    assert noted["status"] == {"timeout": None, "reset": None, "500": 500}.get(kind, noted["status"])
    (rule,) = market.client.get("/_sandbox/state").json()["faults"]
    assert (rule["fired"], rule["armed"]) == (1, False)


@pytest.mark.parametrize("kind", ["timeout", "reset", "500", "429"])
@pytest.mark.parametrize("operation", WRITES)
def test_before_the_effect_nothing_happens(market, operation, kind):
    prepare, request, effect = WRITES[operation]
    about = prepare(market)
    method, path, told = request(market, about)
    before = effect(market, about)
    market.fault(operation, kind, effect="before")
    with contextlib.suppress(ConnectionLost):
        assert market.client.request(method, path, **told).status_code == int(kind)
    (noted,) = [each for each in market.ledger() if each["operation"] == operation and "fault" in each["note"]]
    assert noted["applied"] is False
    if operation != "OR64":  # closing takes two hours, in which other things happen
        assert effect(market, about) == before


@pytest.mark.parametrize("operation", WRITES)
def test_every_write_has_a_natural_key_that_faults_can_name(market, operation):
    prepare, request, _ = WRITES[operation]
    about = prepare(market)
    method, path, told = request(market, about)
    market.fault(operation, "refusal", match=about, status=409, message="Not now")
    market.fault(operation, "refusal", match="something-else")
    answer = market.client.request(method, path, **told)
    assert (answer.status_code, answer.json()) == (409, {"message": "Not now", "status": 409})
    assert [each["natural_key"] for each in market.ledger() if each["operation"] == operation][-1] == about


def test_every_described_operation_is_served_under_its_own_name(market):
    contract, api = openapi.contract(), MarketApi(market.world)
    assert {call.operation for call in api.calls} == contract.names
    for call in api.calls:
        path = call.path.replace("{", "").replace("}", "")
        assert contract.name(call.method, path) == call.operation
        assert api.identify(Question(call.method, path, {}, b""))[0] == call.operation
    assert api.identify(Question("GET", "/api/elsewhere", {}, b"")) == ("", "")


def test_a_rule_may_name_one_order_of_a_batch(market):
    first, second = paid(market), paid(market)
    market.fault("ST01", "503", match=second)
    parts = [{"order_id": i, "shipment_lines": [{"order_line_id": f"{i}-1", "quantity": 1}]} for i in (first, second)]
    codes = [market.client.post("/api/shipments", json={"shipments": each}).status_code for each in (parts[:1], parts)]
    assert codes == [201, 503]


@pytest.mark.parametrize("operation", sorted(CEILINGS))
def test_every_published_ceiling_is_held(tmp_path, operation):
    market = Market(tmp_path, multi_shipment=True, returns=True)
    contract, api = openapi.contract(), MarketApi(market.world)
    call = next(call for call in api.calls if call.operation == operation)
    path = call.path.replace("{import_id}", "X")

    def code():
        answer = market.client.request(call.method, path, content=b"")
        if answer.status_code == 429:
            assert answer.headers["Retry-After"].isdigit()
            assert int(answer.headers["Retry-After"]) >= 1
        return answer.status_code

    calls, span = CEILINGS[operation][0]
    assert 429 not in [code() for _ in range(calls)]
    assert code() == 429
    market.wait(seconds=span.total_seconds() + 1, step=span + timedelta(seconds=1))
    assert code() != 429
    assert contract.name(call.method, path) == operation


def test_an_external_partner_polls_four_times_an_hour(tmp_path):
    market = Market(tmp_path, poll_every=timedelta(minutes=15))
    codes = []
    for _ in range(3):
        codes.append(market.client.get("/api/orders").status_code)
        market.wait(minutes=8)
    assert codes == [200, 429, 200]


def test_an_hour_has_its_ceiling_beside_the_minute(tmp_path):
    market = Market(tmp_path)
    codes = []
    for _ in range(4):
        codes += [market.client.get("/api/sellerpayment/transactions_logs").status_code for _ in range(20)]
        market.wait(minutes=1, seconds=1)
    assert codes.count(429) == 20


def test_the_ceilings_can_be_taken_off(market):
    assert {market.client.get("/api/shipping/carriers").status_code for _ in range(20)} == {200}


@pytest.mark.parametrize("told", ["soon", "-5", "", "Wed, 25 Nov 2026 10:00:00 GMT", "99999999999", 7, None], ids=repr)
def test_when_to_come_back_may_be_told_in_any_way(market, told):
    market.fault("OR11", "429", retry_after=told)
    answer = market.client.get("/api/orders")
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if told is None else str(told))


def test_answers_may_hold_what_nobody_knows(market):
    market.make(lines=LINES)
    market.fault("OR11", "unknown_value", field="order_line_state", value="HALFWAY")
    (order,) = market.client.get("/api/orders").json()["orders"]
    assert order["order_lines"][0]["order_line_state"] == "HALFWAY"
    assert order["order_state"] == "WAITING_ACCEPTANCE"
    market.fault("OR11", "unknown_field")
    (order,) = market.client.get("/api/orders").json()["orders"]
    assert order["order_lines"][0]["field_of_tomorrow"] == {"new": True}
    market.fault("OR11", "html", status=500)
    answer = market.client.get("/api/orders")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html")


def test_a_share_is_drawn_from_the_seed_and_survives_a_restart(tmp_path):
    drawn = []
    for name, stops in (("one", False), ("two", True)):
        (tmp_path / name).mkdir()
        rules = tmp_path / name / "faults.json"
        rules.write_text(json.dumps([{"operation": "V01", "kind": "500", "share": 0.3, "times": 0}]))
        market = Market(tmp_path / name, faults=rules)
        codes = []
        for number in range(100):
            codes.append(market.client.get("/api/version").status_code)
            if stops and number == 50:
                market.start()
        drawn.append(codes)
    assert drawn[0] == drawn[1]
    assert 15 < drawn[0].count(500) < 45


@pytest.mark.parametrize("wrong", [{"kind": "earthquake"}, {"kind": "500", "share": 2}, {"kind": "500", "effect": "x"}])
def test_a_rule_that_makes_no_sense_is_refused(market, wrong):
    assert market.client.post("/_sandbox/fault", json={"operation": "OR11", **wrong}).status_code == 400
