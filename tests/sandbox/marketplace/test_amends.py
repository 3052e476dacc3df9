"""References, cancels, refunds, incidents, documents and figures (John Lewis contract 2.7, 2.8 and 5.3)."""

import io
import zipfile

import pytest

from tests.sandbox.marketplace.rig import Market

LINES = [{"sku": "A", "quantity": 3, "price": "10.00"}, {"sku": "B", "quantity": 1, "price": "4.00"}]


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path, multi_shipment=True, throttle=False)


def cancel(market, order_id, *parts, reason="CANCEL_NO_STOCK"):
    entries = [
        {"order_line_id": f"{order_id}-{place}", "quantity": quantity, "amount": amount, "shipping_amount": 0,
         "reason_code": reason}
        for place, quantity, amount in parts
    ]  # fmt: skip
    return market.client.put("/api/orders/cancel", json={"cancelations": entries})


def refund(market, order_id, place, amount, **told):
    entry = {"order_line_id": f"{order_id}-{place}", "amount": amount, "shipping_amount": 0,
             "reason_code": "REFUND_DAMAGED", **told}  # fmt: skip
    return market.client.put("/api/orders/refund", json={"refunds": [entry]})


def lines_of(market, order_id):
    return [(line["order_line_state"], line["quantity"]) for line in market.order(order_id)["order_lines"]]


def sent(market):
    order_id = market.paid(lines=LINES)
    market.track(order_id)
    market.ship(order_id)
    return order_id


def test_a_part_is_cancelled_and_the_rest_ships(market):
    order_id = market.paid(lines=LINES)
    told = cancel(market, order_id, (1, 2, 20)).json()["cancelations"]
    assert [(each["quantity"], each["amount"], each["reason_code"]) for each in told] == [(2, 20.0, "CANCEL_NO_STOCK")]
    line = market.order(order_id)["order_lines"][0]
    assert line["cancelations"][0]["id"] == told[0]["cancelation_id"]
    assert lines_of(market, order_id) == [("SHIPPING", 3), ("SHIPPING", 1)], "the quantity stays what was ordered"
    data = market.client.get("/api/shipments/items_to_ship", params={"order_id": order_id}).json()["data"]
    assert [each["quantity"] for each in data[0]["shipment_lines"]] == [1, 1]
    assert cancel(market, order_id, (2, 1, 4)).status_code == 200
    assert lines_of(market, order_id)[1] == ("CANCELED", 1)
    assert market.state(order_id) == "SHIPPING"
    market.track(order_id)
    assert market.ship(order_id).status_code == 204
    assert market.state(order_id) == "SHIPPED"


def test_an_order_of_which_nothing_is_left_ends_cancelled(market):
    order_id = market.paid(lines=LINES)
    cancel(market, order_id, (1, 3, 30), (2, 1, 4))
    order = market.order(order_id)
    assert (order["order_state"], order["order_state_reason_code"]) == ("CANCELED", "CANCEL_NO_STOCK")
    assert [state for state, _ in lines_of(market, order_id)] == ["CANCELED", "CANCELED"]


def test_cancelling_what_was_not_sent_finishes_a_partly_sent_order(market):
    order_id = market.paid(lines=LINES)
    part = {"order_id": order_id, "shipped": True,
            "shipment_lines": [{"order_line_id": f"{order_id}-1", "quantity": 3}],
            "tracking": {"carrier_code": "EVRI", "tracking_number": "1"}}  # fmt: skip
    market.client.post("/api/shipments", json={"shipments": [part]})
    assert cancel(market, order_id, (1, 1, 10)).status_code == 400, "these pieces are gone"
    cancel(market, order_id, (2, 1, 4))
    assert lines_of(market, order_id) == [("SHIPPED", 3), ("CANCELED", 1)]
    assert market.state(order_id) == "SHIPPED"


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ((1, 4, 30), "CANCEL_NO_STOCK"),
        ((1, 0, 0), "CANCEL_NO_STOCK"),
        ((9, 1, 1), "CANCEL_NO_STOCK"),
        ((1, 1, -1), "CANCEL_NO_STOCK"),
        ((1, 1, 31), "CANCEL_NO_STOCK"),
        ((1, 1, 10), "CANCEL_FRAUD"),
        ((1, 1, 10), "REFUND_DAMAGED"),
    ],
    ids=["too many", "none", "no line", "negative", "dear", "not ours", "other kind"],
)
def test_a_cancel_that_makes_no_sense_changes_nothing(market, part, reason):
    order_id = market.paid(lines=LINES)
    assert cancel(market, order_id, (2, 1, 4), part, reason=reason).status_code in (400, 404)
    assert market.order(order_id)["order_lines"][1]["cancelations"] == []


def test_the_quantity_of_a_line_may_shrink(tmp_path):
    market = Market(tmp_path, quantity_shrinks=True)
    order_id = market.paid(lines=LINES)
    cancel(market, order_id, (1, 2, 20))
    assert lines_of(market, order_id) == [("SHIPPING", 1), ("SHIPPING", 1)]


def test_the_seller_cancels_a_whole_order_once(market):
    order_id = market.paid(lines=LINES)
    assert market.order(order_id)["can_cancel"] is True
    assert market.client.put(f"/api/orders/{order_id}/cancel").status_code == 204
    assert market.state(order_id) == "CANCELED"
    again = market.client.put(f"/api/orders/{order_id}/cancel")
    assert (again.status_code, "Current status is 'CANCELED'" in again.json()["message"]) == (400, True)


def test_a_refund_is_paid_after_a_while_and_never_above_the_price(market):
    order_id = sent(market)
    told = refund(market, order_id, 1, 12.5, quantity=1).json()["refunds"][0]
    entry = market.order(order_id)["order_lines"][0]["refunds"][0]
    assert (entry["id"], entry["order_refund_id"]) == (told["refund_id"], told["order_refund_id"])
    assert (entry["amount"], entry["refund_state"]) == (12.5, "WAITING_REFUND_PAYMENT")
    assert refund(market, order_id, 1, 17.51).status_code == 400
    market.start()
    market.wait(minutes=11)
    assert market.order(order_id)["order_lines"][0]["refunds"][0]["refund_state"] == "REFUNDED"
    refund(market, order_id, 1, 17.5)
    refund(market, order_id, 2, 4)
    assert [state for state, _ in lines_of(market, order_id)] == ["REFUNDED", "REFUNDED"]
    assert market.order(order_id)["fully_refunded"] is True


def test_a_refund_that_leaves_nothing_to_ship_does_not_cancel_what_was_sent(market):
    order_id = sent(market)
    for place, quantity, amount in ((1, 3, 30), (2, 1, 4)):
        assert (
            refund(market, order_id, place, amount, quantity=quantity, excluded_from_shipment=True).status_code == 200
        )
    assert market.state(order_id) == "SHIPPED"


def test_what_was_not_sent_is_not_refunded(market):
    assert refund(market, market.paid(lines=LINES), 1, 1).status_code == 400


def test_an_incident_is_opened_resolved_and_closed(market):
    order_id = sent(market)
    path = f"/api/orders/{order_id}/lines/{order_id}-1/resolve_incident"
    assert market.client.put(path, json={"reason_code": "INCIDENT_SOLVED"}).status_code == 400
    assert market.client.post("/_sandbox/incident", json={"order_id": order_id}).status_code == 201
    order = market.order(order_id)
    assert (order["has_incident"], order["order_lines"][0]["order_line_state"]) == (True, "INCIDENT_OPEN")
    assert order["order_lines"][0]["order_line_state_reason_code"] == "INCIDENT_NOT_RECEIVED"
    asked = {"has_incident": "true"}
    assert [o["order_id"] for o in market.client.get("/api/orders", params=asked).json()["orders"]] == [order_id]
    assert market.client.put(path, json={"reason_code": "INCIDENT_DAMAGED"}).status_code == 400
    assert market.client.put(path, json={"reason_code": "INCIDENT_SOLVED"}).status_code == 204
    assert market.order(order_id)["has_incident"] is True
    market.wait(minutes=61)
    assert market.order(order_id)["has_incident"] is False
    assert market.client.post("/_sandbox/incident", json={"order_id": market.make()}).status_code == 400


def test_references_are_taken_one_by_one_and_errors_stand_inside_a_200(market):
    order_id = market.paid()
    entries = [
        {"order_id": order_id, "references": {"order_reference_for_seller": "SO-1"}},
        {"order_id": "JL70000099-A", "references": {"order_reference_for_seller": "SO-2"}},
        {"order_id": order_id, "references": {"order_reference_for_seller": " "}},
    ]
    answer = market.client.put("/api/orders", json={"orders": entries})
    assert answer.status_code == 200
    told = answer.json()["updated_orders"]
    assert [[error["field"] for error in each["errors"]] for each in told] == [
        [],
        ["order_id"],
        ["references.order_reference_for_seller"],
    ]
    assert market.order(order_id)["references"]["order_reference_for_seller"] == "SO-1"
    asked = {"order_references_for_seller": "SO-1,SO-9"}
    assert [o["order_id"] for o in market.client.get("/api/orders", params=asked).json()["orders"]] == [order_id]
    assert market.client.put("/api/orders", json={"orders": entries[:1] * 101}).status_code == 400


def test_the_despatch_note_is_there_once_the_order_is_paid(market):
    order_id, fresh = market.paid(lines=LINES), market.make()
    asked = {"order_ids": f"{order_id},{fresh}"}
    (listed,) = market.client.get("/api/orders/documents", params=asked).json()["order_documents"]
    assert (listed["type"], listed["order_id"]) == ("SYSTEM_DELIVERY_BILL", order_id)
    path = "/api/orders/documents/download"
    sheet = market.client.get(path, params={"document_ids": listed["id"]})
    assert sheet.content.startswith(b"%PDF-")
    assert len(sheet.content) == listed["file_size"]
    packed = market.client.get(path, params={"order_ids": order_id, "document_codes": "SYSTEM_DELIVERY_BILL"})
    assert zipfile.ZipFile(io.BytesIO(packed.content)).namelist() == [f"{order_id}/delivery-{order_id}.pdf"]
    assert market.client.get(path, params={"order_ids": fresh}).status_code == 404
    assert market.client.get(path).status_code == 400


def test_figures_come_from_the_orders(market):
    late = market.paid(lines=LINES)
    market.wait(days=5, step=market.world.settings.received_after)
    market.track(late)
    market.ship(late)
    sent(market)
    cancel(market, market.paid(lines=LINES), (1, 3, 30))
    market.accept(market.make(lines=LINES), 0, 1)
    told = market.client.get("/api/account/statistics", params={"periods": "LAST_MONTH"}).json()

    def figure(name):
        return told[name][0]["value"]

    assert (figure("orders_count"), figure("late_shipment_rate")) == (3, 0.3333)
    assert (figure("cancelation_rate"), figure("approval_rate")) == (0.1667, 0.75)
    assert figure("total_revenue") == 102.0
    assert market.client.get("/api/account/statistics", params={"periods": "LAST_CENTURY"}).status_code == 400
