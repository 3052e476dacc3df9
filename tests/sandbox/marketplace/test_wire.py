"""What the marketplace says on the wire: keys, pages, filters, throttle, faults, and its published schemas."""

import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.sandbox.faults import Windows
from sync.sandbox.gate import ConnectionLost
from sync.sandbox.marketplace.app import assemble
from sync.sandbox.scenarios import SCENARIOS, Plan
from tests.partners import openapi
from tests.sandbox.marketplace.rig import Market

EXTRA = ("delivery_promise_score",)  # the marketplace sends a field that nobody described, to prove tolerance


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path)


def test_orders_of_every_state_have_the_published_form(market):
    closed = market.paid()
    market.track(closed)
    market.ship(closed)
    market.wait(days=20, step=market.world.settings.received_after)
    cancelled = market.paid()
    market.client.post("/_sandbox/cancel", json={"order_id": cancelled})
    sent = market.paid()
    market.track(sent)
    market.ship(sent)
    refused = market.make(lines=[{"sku": "A"}])
    market.accept(refused, 0)
    for scenario in ("bad_address", "same_product_twice", "unknown_sku", None):
        market.paid(scenario)
    market.make()
    orders = market.client.get("/api/orders", params={"max": 100}).json()
    states = {order["order_state"] for order in orders["orders"]}
    assert states == {"CLOSED", "CANCELED", "SHIPPED", "REFUSED", "SHIPPING", "WAITING_ACCEPTANCE"}
    answer = json.dumps(orders).encode()
    faults = openapi.contract().response_faults("GET", "/api/orders", 200, "application/json", answer, extra=EXTRA)
    broken = ("'city'", "'zip_code'")  # an address that no parcel reaches
    assert [fault for fault in faults if not any(word in fault for word in broken)] == []


def test_the_key_is_raw_and_needed_everywhere(market):
    for header in ("", "wrong", "Bearer a-key"):
        answer = market.client.get("/api/orders", headers={"Authorization": header})
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized", "status": 401})
    assert market.client.get("/api/version").status_code == 200
    assert market.client.get("/api/orders", params={"shop_id": 1}).status_code == 403
    assert market.client.get("/api/orders", params={"shop_id": 2001}).status_code == 200


def test_the_list_comes_in_pages_with_links(market):
    made = [market.make() for _ in range(25)]
    first = market.client.get("/api/orders")
    assert (len(first.json()["orders"]), first.json()["total_count"]) == (10, 25)
    assert 'offset=10>; rel="next"' in first.headers["Link"]
    ids = [order["order_id"] for order in first.json()["orders"]]
    while "next" in first.links:
        first = market.client.get(first.links["next"]["url"])
        ids += [order["order_id"] for order in first.json()["orders"]]
    assert sorted(ids) == sorted(made)
    assert "previous" in first.links


def test_filters_by_state_and_update_time_with_a_widened_start(market):
    old = market.paid()
    market.wait(hours=2)
    fresh = market.make()
    since = market.time.isoformat()
    asked = {"start_update_date": since}
    assert [o["order_id"] for o in market.client.get("/api/orders", params=asked).json()["orders"]] == [fresh]
    market.wait(minutes=2)
    asked = {"start_update_date": market.time.isoformat()}
    found = market.client.get("/api/orders", params=asked).json()["orders"]
    assert [o["order_id"] for o in found] == [fresh], "the start is moved back by a few minutes"
    market.wait(minutes=2)
    asked = {"order_state_codes": "SHIPPING,SHIPPED"}
    assert [o["order_id"] for o in market.client.get("/api/orders", params=asked).json()["orders"]] == [old]


@pytest.mark.parametrize(
    "asked",
    [{"order_state_codes": "NONSENSE"}, {"start_update_date": "yesterday"}, {"max": "x"}, {"offset": "-1"}],
    ids=lambda asked: next(iter(asked)),
)
def test_a_parameter_that_cannot_be_read_is_a_400(market, asked):
    assert market.client.get("/api/orders", params=asked).status_code == 400


def test_more_than_a_hundred_ids_are_refused_in_the_known_words(market):
    answer = market.client.get("/api/orders", params={"order_ids": ",".join(f"X{n}" for n in range(101))})
    assert answer.status_code == 400
    assert answer.json()["message"] == "The limit of 100 is exceeded for the parameter : order_ids"


def test_a_second_poll_within_a_minute_is_sent_away_with_seconds_to_wait(market):
    for _ in range(11):
        order_id = market.make()
    assert market.client.get("/api/orders").status_code == 200
    again = market.client.get("/api/orders")
    assert again.status_code == 429
    assert int(again.headers["Retry-After"]) >= 1
    assert market.client.get("/api/orders", params={"offset": 10}).status_code == 200, "a later page is free"
    assert market.client.get("/api/orders", params={"order_ids": order_id}).status_code == 200
    market.wait(minutes=1)
    assert market.client.get("/api/orders").status_code == 200


def test_a_body_that_is_no_json_and_an_unknown_order_are_typed_errors(market):
    order_id = market.paid()
    for body in (b"", b"[1]", b"{"):
        answer = market.client.put(f"/api/orders/{order_id}/tracking", content=body)
        assert answer.status_code == 400
    assert market.track("JL70000099-A").status_code == 404
    assert market.client.get("/api/nothing").json() == {"message": "Not Found", "status": 404}


def test_a_lost_answer_leaves_the_order_shipped_and_the_ledger_says_so(market):
    order_id = market.paid()
    market.track(order_id)
    fault = {"operation": "OR24", "match": order_id, "effect": "after", "kind": "timeout"}
    assert market.client.post("/_sandbox/fault", json=fault).status_code == 201
    with pytest.raises(ConnectionLost):
        market.ship(order_id)
    assert market.state(order_id) == "SHIPPED"
    shipped = [line for line in market.ledger() if line["operation"] == "OR24"]
    assert [(line["applied"], line["status"], line["natural_key"]) for line in shipped] == [(True, None, order_id)]
    assert shipped[0]["note"] == "carrier DPD_UK 15501234567890; fault after effect: timeout"


def test_a_fault_before_the_effect_leaves_the_order_alone(market):
    order_id = market.paid()
    market.client.post("/_sandbox/fault", json={"operation": "OR23", "kind": "429", "retry_after": 7})
    answer = market.track(order_id)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert market.order(order_id)["shipping_tracking"] is None
    assert market.track(order_id).status_code == 204, "it happens once"


def test_spoilt_answers(market):
    spoilt = {}
    for kind in ("html", "empty", "truncated", "big", "503"):
        market.client.post("/_sandbox/fault", json={"operation": "SH21", "kind": kind})
        spoilt[kind] = market.client.get("/api/shipping/carriers")
    assert spoilt["html"].status_code == 502
    assert spoilt["html"].text.startswith("<html>")
    assert spoilt["empty"].content == b""
    assert len(spoilt["big"].content) > 20_000_000
    assert spoilt["503"].status_code == 503
    with pytest.raises(json.JSONDecodeError):
        json.loads(spoilt["truncated"].text)


def test_an_outage_and_a_refused_key_open_and_close_by_the_clock(tmp_path):
    market = Market(tmp_path, outage=Windows.parse("10:5"), refuse_key=Windows.parse("20:5"))
    seen = []
    for _ in range(5):
        seen.append(market.client.get("/api/version").status_code)
        market.wait(minutes=6)
    assert seen == [200, 200, 503, 200, 401]


def test_every_scenario_can_be_made_by_hand_and_strange_values_on_demand(market):
    made = [market.make(scenario) for scenario in SCENARIOS]
    counts = market.client.get("/_sandbox/state").json()["scenarios"]
    assert counts == dict.fromkeys(sorted(SCENARIOS), 1)
    assert len(set(made)) == len(SCENARIOS)
    assert market.order(market.make(strange=True))["payment_workflow"] == "PAY_IN_INSTALMENTS"
    for wrong in ({"scenario": "nonsense"}, {"lines": [{"quantity": 1}]}, {"lines": [{"sku": "A", "quantity": 0}]}):
        assert market.client.post("/_sandbox/order", json=wrong).status_code == 400


def test_scenarios_show_in_the_order_itself(tmp_path):
    market = Market(tmp_path, max_orders=len(SCENARIOS), plan=Plan(rates={}, forced=SCENARIOS))
    market.wait(minutes=21)
    orders = {order["scenario"]: order for order in market.world.listed()}
    assert set(orders) == set(SCENARIOS)
    codes = {product.code for product in market.world.products.values()}
    folded = [code.casefold() for code in codes]
    assert any(line["sku"] not in codes for line in orders["unknown_sku"]["lines"])
    assert any(folded.count(line["sku"].casefold()) == 2 for line in orders["sku_case_clash"]["lines"])
    twice = [line["sku"] for line in orders["same_product_twice"]["lines"]]
    assert len(set(twice)) == len(twice) - 1
    assert len(orders["short_dispatch"]["lines"]) >= 2
    assert orders["bad_address"]["address"]["zip_code"] is None


def test_a_request_whose_client_is_gone_before_its_end_asks_for_nothing(market):
    order_id = market.make()
    app, ledger = assemble(market.world), market.folder / "marketplace.jsonl"
    told = ledger.read_text()
    pieces = [{"type": "http.request", "body": b'{"order_lines": [', "more_body": True}, {"type": "http.disconnect"}]
    said = []

    async def receive():
        return pieces.pop(0)

    async def send(message):
        said.append(message)

    scope = {
        "type": "http", "method": "PUT", "path": f"/api/orders/{order_id}/accept", "query_string": b"",
        "headers": [(b"authorization", b"a-key")],
    }  # fmt: skip
    with ThreadPoolExecutor(1) as apart:  # a browser test before this one leaves a loop running in this thread
        apart.submit(asyncio.run, app(scope, receive, send)).result()
    assert (said, ledger.read_text()) == ([], told)


def test_a_line_that_is_to_be_reset_and_is_closed_already_is_no_fault(market):
    """A client that was killed has closed it; what is asked of its socket then ends with "bad file descriptor"."""
    fault = {"operation": "A01", "effect": "before", "kind": "reset"}
    assert market.client.post("/_sandbox/fault", json=fault).status_code == 201
    scope = {
        "type": "http", "method": "GET", "path": "/api/account", "query_string": b"",
        "headers": [(b"authorization", b"a-key")],
    }  # fmt: skip

    class Line:
        disconnected = True

        async def send(self, message):
            raise AssertionError(message)

    async def ask():
        near, far = socket.socketpair()
        line = Line()
        line.transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=near)
        far.close()
        line.transport.abort()
        await asyncio.sleep(0.05)  # until the loop has closed it
        await assemble(market.world)(scope, receive, line.send)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, ask()).result()
    assert [line["note"] for line in market.ledger() if line["operation"] == "A01"] == ["fault before effect: reset"]
