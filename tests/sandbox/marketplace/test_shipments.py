"""Orders that go in parts: ST01, ST06, ST11, ST12, ST23, ST24, and OR24 beside them (John Lewis contract 2.6)."""

import pytest

from sync.sandbox.gate import ConnectionLost
from tests.sandbox.marketplace.rig import Market

DPD = {"carrier_code": "DPD_UK", "tracking_number": "15501234567890"}
LINES = [{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 1}]


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path, multi_shipment=True)


def entry(order_id, *parts, tracking=DPD, **told):
    lines = [{"order_line_id": f"{order_id}-{place}", "quantity": quantity} for place, quantity in parts]
    return {"order_id": order_id, "shipment_lines": lines, "tracking": tracking, **told}


def create(market, *entries):
    answer = market.client.post("/api/shipments", json={"shipments": list(entries)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(market, **asked):
    return market.client.get("/api/shipments", params=asked).json()["data"]


def left(market, order_id):
    market.wait(minutes=5)
    data = market.client.get("/api/shipments/items_to_ship", params={"order_id": order_id}).json()["data"]
    return [(line["order_line_id"][-1], line["quantity"]) for order in data for line in order["shipment_lines"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("GET", ""), ("GET", "/items_to_ship"), ("POST", "/tracking"), ("PUT", "/ship"), ("PUT", "/delete")],
)
def test_the_whole_family_is_not_there_while_the_platform_has_it_off(tmp_path, method, path):
    market = Market(tmp_path)
    features = market.client.get("/api/platform/configuration").json()["features"]
    assert features["shipment"]["multi_shipment"] is False
    answer = market.client.request(method, f"/api/shipments{path}", json={"shipments": [{}]})
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found", "status": 404})


def test_an_order_goes_in_parts_and_is_shipped_when_the_last_piece_is(market):
    assert market.client.get("/api/platform/configuration").json()["features"]["shipment"]["multi_shipment"] is True
    order_id = market.paid(lines=LINES)
    first = create(market, entry(order_id, (1, 2), shipped=True, invoice_reference="INV-1"))
    (shipment,) = first["shipment_success"]
    assert first["shipment_errors"] == []
    assert (shipment["status"], shipment["invoice_reference"]) == ("SHIPPED", "INV-1")
    assert shipment["tracking"]["tracking_url"] == "https://track.dpd.example.com/parcels/15501234567890"
    order = market.order(order_id)
    assert (order["order_state"], order["can_cancel"]) == ("SHIPPING", False)
    assert left(market, order_id) == [("1", 1), ("2", 1)]
    second = create(market, entry(order_id, (2, 1), shipped=True))
    assert second["shipment_errors"] == []
    lines = market.order(order_id)["order_lines"]
    assert [line["order_line_state"] for line in lines] == ["SHIPPING", "SHIPPED"]
    assert [line["shipped_date"] is None for line in lines] == [True, False]
    third = create(market, entry(order_id, (1, 1)))["shipment_success"][0]
    assert third["status"] == "SHIPPING"
    assert left(market, order_id) == []
    assert market.state(order_id) == "SHIPPING", "one shipment still waits"
    answer = market.client.put("/api/shipments/ship", json={"shipments": [{"id": third["id"]}]})
    assert answer.json() == {"shipment_success": [{"id": third["id"]}], "shipment_errors": []}
    assert market.state(order_id) == "SHIPPED"
    market.wait(hours=49, step=market.world.settings.debit_delay)
    assert {each["status"] for each in listed(market, order_id=order_id)} == {"RECEIVED"}


def test_one_call_takes_what_it_can_and_says_what_it_cannot(market):
    good, sent, small = (market.paid(lines=LINES) for _ in range(3))
    market.track(sent)
    market.ship(sent)
    told = create(
        market,
        entry(good, (1, 3), (2, 1), shipped=True),
        entry(sent, (1, 1)),
        entry(small, (1, 4)),
        entry(small, (1, 2), (1, 2)),
        entry(small, (9, 1)),
        entry("JL70000099-A", (1, 1)),
        entry(small, (1, 1), tracking={"carrier_code": "YODEL", "tracking_number": "1"}),
        entry(small, (1, 1), shipped=True, tracking=None),
        entry(small, (1, 1), shipping_from={"warehouse": {"code": "W9"}}),
    )
    assert [each["order_id"] for each in told["shipment_success"]] == [good]
    assert [each["message"] for each in told["shipment_errors"]] == [
        "The order status must be 'SHIPPING' but it is 'SHIPPED'.",
        "Shipment quantity is invalid.",
        "Shipment quantity is invalid.",
        f"Order line with id '{small}-9' was not found",
        "Order with id 'JL70000099-A' was not found",
        "Invalid value for field 'carrierCode'",
        "Tracking details are mandatory for this shipping method",
        "Warehouse with code W9 does not exist",
    ]
    assert listed(market, order_id=small) == []


@pytest.mark.parametrize(
    "shipments",
    [[], [{}], [{"order_id": "X"}], [entry("X", (1, 0))], [entry("X", (1, 1))] * 1001, [None]],
    ids=["none", "empty", "no lines", "quantity 0", "1001", "null"],
)
def test_a_request_that_breaks_the_schema_is_refused_as_a_whole(market, shipments):
    assert market.client.post("/api/shipments", json={"shipments": shipments}).status_code == 400


def test_a_thousand_shipments_fit_into_one_call(market):
    order_id = market.paid(lines=[{"sku": "A", "quantity": 1000}])
    told = create(market, *[entry(order_id, (1, 1), shipped=True)] * 1000)
    assert len(told["shipment_success"]) == 1000
    assert market.state(order_id) == "SHIPPED"


def test_a_repeated_call_after_a_lost_answer_ships_twice_unless_the_quantities_forbid_it(market):
    order_id = market.paid(lines=[{"sku": "A", "quantity": 2}])
    fault = {"operation": "ST01", "match": order_id, "effect": "after", "kind": "reset"}
    market.client.post("/_sandbox/fault", json=fault)
    with pytest.raises(ConnectionLost):
        create(market, entry(order_id, (1, 1), shipped=True))
    assert market.ledger()[-1]["applied"] is True
    create(market, entry(order_id, (1, 1), shipped=True))
    assert len(listed(market, order_id=order_id)) == 2, "nothing tells the marketplace that it is the same parcel"
    told = create(market, entry(order_id, (1, 1), shipped=True))
    assert told["shipment_errors"][0]["message"] == "The order status must be 'SHIPPING' but it is 'SHIPPED'."


def test_tracking_is_set_and_mended_and_is_needed_to_ship(market):
    order_id = market.paid(lines=LINES)
    shipment = create(market, entry(order_id, (1, 1), tracking=None))["shipment_success"][0]
    assert shipment["tracking"]["validity_status"] == "MISSING_TRACKING"
    ids = {"shipments": [{"id": shipment["id"]}, {"id": "no-such"}]}
    told = market.client.put("/api/shipments/ship", json=ids).json()
    assert told["shipment_success"] == []
    assert [each["message"] for each in told["shipment_errors"]] == [
        "Tracking details are mandatory for this shipping method",
        "No shipment with id 'no-such'.",
    ]
    tracked = {"shipments": [{"id": shipment["id"], "tracking": DPD}, {"id": "no-such", "tracking": DPD}]}
    told = market.client.post("/api/shipments/tracking", json=tracked).json()
    assert told["shipment_success"] == [{"id": shipment["id"]}]
    assert told["shipment_errors"] == [{"id": "no-such", "message": "No shipment with id 'no-such'."}]
    assert market.client.put("/api/shipments/ship", json=ids).json()["shipment_success"] == [{"id": shipment["id"]}]
    mended = {"shipments": [{"id": shipment["id"], "tracking": {**DPD, "tracking_number": "2"}}]}
    market.client.post("/api/shipments/tracking", json=mended)
    assert listed(market, order_id=order_id)[0]["tracking"]["tracking_number"] == "2"


def test_only_a_shipment_that_waits_can_be_deleted_and_its_quantity_is_free_again(market):
    order_id = market.paid(lines=LINES)
    told = create(market, entry(order_id, (1, 3)), entry(order_id, (2, 1), shipped=True))
    waits, sent = (each["id"] for each in told["shipment_success"])
    answer = market.client.put("/api/shipments/delete", json={"shipments": [{"id": waits}, {"id": sent}]}).json()
    assert answer["shipment_success"] == [{"id": waits}]
    message = f"Shipment with id '{sent}' is not in SHIPPING status and cannot be deleted."
    assert answer["shipment_errors"] == [{"id": sent, "message": message}]
    assert left(market, order_id) == [("1", 3)]


def test_shipping_the_whole_order_sends_what_waits_and_what_is_left(market):
    order_id = market.paid(lines=LINES)
    create(market, entry(order_id, (1, 1)))
    assert market.ship(order_id).json()["message"] == "Tracking details are mandatory for this shipping method"
    market.track(order_id, "EVRI", "E1")
    assert market.ship(order_id).status_code == 204
    assert market.state(order_id) == "SHIPPED"
    shown = [
        (each["status"], each["tracking"]["carrier_code"], sum(line["quantity"] for line in each["shipment_lines"]))
        for each in listed(market, order_id=order_id)
    ]
    assert shown == [("SHIPPED", "DPD_UK", 1), ("SHIPPED", "EVRI", 3)]


def test_a_cancel_by_the_customer_leaves_what_was_sent(market):
    order_id = market.paid(lines=LINES)
    create(market, entry(order_id, (1, 1), shipped=True), entry(order_id, (1, 1)))
    assert market.client.put(f"/api/orders/{order_id}/cancel").status_code == 400, "the seller may not, a part is sent"
    assert market.client.post("/_sandbox/cancel", json={"order_id": order_id}).json()["state"] == "SHIPPED"
    assert [each["status"] for each in listed(market, order_id=order_id)] == ["SHIPPED", "CANCELED"]
    lines = market.order(order_id)["order_lines"]
    assert [(line["order_line_state"], line["cancelations"][0]["quantity"]) for line in lines] == [
        ("SHIPPED", 2),
        ("CANCELED", 1),
    ]


def test_scenarios_refuse_shipments_as_they_refuse_orders(market):
    refused = market.paid("carrier_rejected", lines=LINES)
    for carrier, taken in (("DPD_UK", 0), ("DPD_UK", 0), ("EVRI", 1)):
        told = create(market, entry(refused, (1, 1), tracking={**DPD, "carrier_code": carrier}))
        assert len(told["shipment_success"]) == taken
    late = market.paid("confirmation_rejected", lines=LINES)
    assert create(market, entry(late, (1, 1), shipped=True))["shipment_success"] == []
    market.wait(hours=6, minutes=1)
    assert len(create(market, entry(late, (1, 1), shipped=True))["shipment_success"]) == 1


def test_the_list_is_read_by_tokens_alone_and_survives_a_restart(market):
    order_id = market.paid(lines=[{"sku": "A", "quantity": 25}])
    made = create(market, *[entry(order_id, (1, 1))] * 25)["shipment_success"]
    market.start()
    pages, asked = [], {"order_id": order_id, "limit": 10}
    while True:
        page = market.client.get("/api/shipments", params=asked).json()
        pages.append([each["id"] for each in page["data"]])
        if "next_page_token" not in page:
            break
        asked = {"page_token": page["next_page_token"]}
    assert [len(ids) for ids in pages] == [10, 10, 5]
    assert [each for ids in pages for each in ids] == [each["id"] for each in made]
    back = market.client.get("/api/shipments", params={"page_token": page["previous_page_token"]}).json()
    assert [each["id"] for each in back["data"]] == pages[1]
    assert market.client.get("/api/shipments", params={"page_token": "nonsense"}).status_code == 400
    assert market.client.get("/api/shipments", params={"shipment_state_code": "LOST"}).status_code == 400


def test_items_to_ship_may_be_asked_for_every_five_minutes(market):
    path = "/api/shipments/items_to_ship"
    assert market.client.get(path).status_code == 200
    early = market.client.get(path)
    assert early.status_code == 429
    assert int(early.headers["Retry-After"]) >= 1
    market.wait(minutes=5)
    assert market.client.get(path).status_code == 200
