"""Returns and messages (John Lewis contract 5.1 and 5.2)."""

import json
import uuid

import pytest

from tests.sandbox.marketplace.rig import Market

LINES = [{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 1}]


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path, returns=True, return_share=0, throttle=False)


def sent(market):
    order_id = market.paid(lines=LINES)
    market.track(order_id)
    market.ship(order_id)
    return order_id


def wish(market, **told):
    answer = market.client.post("/_sandbox/return", json=told)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def put(market, path, *entries):
    answer = market.client.put(f"/api/returns{path}", json={"returns": list(entries)})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return [each["id"] for each in told["return_success"]], [each["message"] for each in told["return_errors"]]


def shown(market, return_id):
    (found,) = market.client.get("/api/returns", params={"return_id": return_id}).json()["data"]
    return found


def test_a_platform_without_returns_has_none_of_their_calls(tmp_path):
    market = Market(tmp_path)
    features = market.client.get("/api/platform/configuration").json()["features"]
    assert features["returns"]["marketplace"] is False
    assert market.client.get("/api/returns").status_code == 404
    assert market.client.put("/api/returns/accept", json={"returns": []}).status_code == 404
    assert market.client.post("/_sandbox/return", json={"order_id": market.make()}).status_code == 400


def test_a_return_is_accepted_comes_back_is_judged_and_closed(market):
    assert market.client.get("/api/platform/configuration").json()["features"]["returns"]["marketplace"] is True
    order_id = sent(market)
    return_id = wish(market, order_id=order_id, quantity=2, reason="RETURN_DEFECTIVE_ITEM")
    assert shown(market, return_id)["state"] == "WAITING_ACCEPTANCE"
    assert put(market, "/receive", {"id": return_id}) == ([], ["Return is in invalid state"])
    assert put(market, "/accept", {"id": return_id, "accepted": True}) == ([return_id], [])
    market.start()
    market.wait(hours=25, step=market.world.settings.debit_delay)
    told = shown(market, return_id)
    assert (told["state"], told["tracking"]["carrier_code"]) == ("IN_PROGRESS", "EVRI")
    assert put(market, "/receive", {"id": return_id}) == ([return_id], [])
    judged = {"order_line_id": f"{order_id}-1", "compliant": False}
    assert put(market, "/compliance", {"id": return_id, "return_lines": [{**judged, "order_line_id": "OL-46"}]}) == (
        [],
        [f"The compliance has not been specified on the following order lines: {order_id}-1"],
    )
    assert put(market, "/compliance", {"id": return_id, "return_lines": [judged]})[1] == [
        "The non-compliance reason code is not valid"
    ]
    judged["non_compliance_reason_code"] = "RETURN_NON_COMPLIANT_DAMAGED_PRODUCT"
    assert put(market, "/compliance", {"id": return_id, "return_lines": [judged]}) == ([return_id], [])
    assert shown(market, return_id)["return_lines"][0]["compliance"][0]["compliant"] is False
    assert put(market, "/close", {"id": return_id}) == ([return_id], [])
    assert shown(market, return_id)["state"] == "CLOSED"


def test_one_call_takes_what_it_can_and_says_what_it_cannot(market):
    order_id = sent(market)
    first, second = (wish(market, order_id=order_id) for _ in range(2))
    good, errors = put(
        market,
        "/accept",
        {"id": first, "accepted": True},
        {"id": second, "accepted": False, "rejection_reason_code": "RETURN_REJECTION_WINDOW_CLOSED"},
        {"id": first, "accepted": True},
        {"id": "nonsense", "accepted": True},
        {"id": str(uuid.uuid4()), "accepted": True},
    )
    assert good == [first, second]
    assert errors == ["Return is in invalid state", "The return id is incorrect.", "The return does not exist."]
    assert shown(market, second)["rejection_reason_code"] == "RETURN_REJECTION_WINDOW_CLOSED"
    states = {"return_state": "REFUSED"}
    assert [each["id"] for each in market.client.get("/api/returns", params=states).json()["data"]] == [second]
    too_many = {"returns": [{"id": first, "accepted": True}] * 101}
    assert market.client.put("/api/returns/accept", json=too_many).status_code == 400


def test_only_pieces_that_were_sent_and_are_not_on_their_way_back_can_be_returned(market):
    order_id = sent(market)
    commercial = order_id.rpartition("-")[0]

    def items():
        asked = {"order_commercial_id": commercial}
        data = market.client.get("/api/returns/items_to_return", params=asked).json()["data"]
        return [each["returnable_quantity"] for each in data]

    assert items() == [3, 1]
    wish(market, order_id=order_id, quantity=2)
    assert items() == [1, 1]
    over = {"order_id": order_id, "quantity": 2}
    assert market.client.post("/_sandbox/return", json=over).status_code == 400
    assert market.client.post("/_sandbox/return", json={"order_id": market.make()}).status_code == 400


def test_a_return_is_patched_field_by_field(market):
    return_id = wish(market, order_id=sent(market))
    tracking = {"carrier_code": "RM48", "tracking_number": "R1"}
    assert put(market, "", {"id": return_id, "rma": "RMA-1", "tracking": tracking}) == ([return_id], [])
    address = {"address": {"street1": "9 Mill Lane", "city": "York", "country_iso_code": "GBR", "zip_code": "YO1 1AA"}}
    put(market, "", {"id": return_id, "return_address": address, "label_url": "https://label.example.com/1"})
    told = shown(market, return_id)
    assert (told["rma"], told["tracking"]["tracking_number"]) == ("RMA-1", "R1")
    assert (told["return_address"]["city"], told["label_url"]) == ("York", "https://label.example.com/1")
    assert put(market, "", {"id": return_id, "method_code": "BY_PIGEON"})[0] == []


def test_an_accepted_return_that_never_comes_is_given_up(market):
    return_id = wish(market, order_id=sent(market))
    put(market, "/accept", {"id": return_id, "accepted": True})
    market.wait(days=32, step=market.world.settings.received_after)
    assert shown(market, return_id)["state"] == "NO_RECEPTION"
    assert put(market, "/close", {"id": return_id}) == ([return_id], [])


def test_some_delivered_orders_come_back_by_themselves(tmp_path):
    market = Market(tmp_path, returns=True, return_share=0.5, throttle=False)
    made = [sent(market) for _ in range(20)]
    market.wait(days=8, step=market.world.settings.debit_delay * 6)
    data = market.client.get("/api/returns", params={"limit": 100}).json()["data"]
    assert 4 <= len(data) <= 16
    assert {each["order_id"] for each in data} <= set(made)


def test_returns_may_be_asked_for_every_five_minutes(tmp_path):
    market = Market(tmp_path, returns=True)
    assert [market.client.get("/api/returns").status_code for _ in range(2)] == [200, 429]


def post(market, path, name, told, *files):
    parts = [(name, (None, json.dumps(told), "application/json"))]
    parts += [("files", (file, b"photo", "image/png")) for file in files]
    return market.client.post(path, files=parts)


def test_a_customer_asks_and_the_shop_answers(market):
    order_id = sent(market)
    asked = {"order_id": order_id, "body": "Where is my parcel?"}
    thread = market.client.post("/_sandbox/message", json=asked).json()
    assert market.order(order_id)["has_customer_message"] is True
    path = "/api/inbox/threads"
    (listed,) = market.client.get(path, params={"entity_type": "MMP_ORDER", "entity_id": order_id}).json()["data"]
    assert listed["metadata"]["shop_reply_needed_since"] == thread["date_created"]
    assert "messages" not in listed
    market.wait(hours=1)
    told = {"body": "It is on its way.", "to": [{"type": "CUSTOMER", "id": f"C-{order_id}"}]}
    answer = post(market, f"{path}/{thread['id']}/message", "message_input", told, "van.png")
    assert answer.status_code == 201
    assert answer.json()["thread_id"] == thread["id"]
    market.start()
    whole = market.client.get(f"{path}/{thread['id']}").json()
    assert [message["body"] for message in whole["messages"]] == [asked["body"], told["body"]]
    assert whole["messages"][1]["attachments"][0]["name"] == "van.png"
    assert whole["metadata"]["shop_reply_needed_since"] is None
    assert whole["metadata"]["last_sender"]["type"] == "SHOP_USER"
    again = {"thread_id": thread["id"], "body": "Thank you"}
    market.client.post("/_sandbox/message", json=again)
    (listed,) = market.client.get(path, params={"with_messages": "true"}).json()["data"]
    assert (len(listed["messages"]), listed["metadata"]["total_count"]) == (3, 3)
    assert listed["metadata"]["shop_reply_needed_since"] is not None


def test_the_shop_opens_a_thread(market):
    order_id = market.paid()
    told = {"topic": {"type": "FREE_TEXT", "value": "A delay"}, "body": "One day late.", "to": ["CUSTOMER", "OPERATOR"]}
    path = f"/api/orders/{order_id}/threads"
    made = post(market, path, "thread_input", told)
    assert made.status_code == 201
    thread = market.client.get(f"/api/inbox/threads/{made.json()['thread_id']}").json()
    assert {side["type"] for side in thread["messages"][0]["to"]} == {"CUSTOMER", "OPERATOR"}
    assert market.order(order_id)["has_customer_message"] is False
    for wrong in ({"body": "no"}, {"body": "x" * 50_001}, {"to": []}, {"to": ["SHOP"]}, {"topic": {"type": "SONG"}}):
        assert post(market, path, "thread_input", {**told, **wrong}).status_code == 400
    assert market.client.post(path, json=told).status_code == 415
    assert post(market, path, "other", told).status_code == 400
    assert market.client.get("/api/inbox/threads", params={"entity_id": order_id}).status_code == 400
