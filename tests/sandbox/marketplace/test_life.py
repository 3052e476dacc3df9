"""What time, the seller and the operator do to an order (John Lewis contract 2.2 to 2.5)."""

from datetime import UTC, datetime

import pytest

from sync.sandbox.marketplace.deadline import shipping_deadline
from tests.sandbox.marketplace.rig import Market


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path)


def test_an_order_goes_from_acceptance_to_closed(market):
    order_id = market.make()
    assert market.state(order_id) == "WAITING_ACCEPTANCE"
    assert market.accept(order_id).status_code == 204
    assert market.state(order_id) == "WAITING_DEBIT"
    market.wait(minutes=2)
    assert market.state(order_id) == "WAITING_DEBIT_PAYMENT"
    market.wait(minutes=10)
    assert market.state(order_id) == "SHIPPING"
    assert market.track(order_id).status_code == 204
    assert market.state(order_id) == "SHIPPING", "tracking alone does not ship"
    assert market.ship(order_id).status_code == 204
    assert market.state(order_id) == "SHIPPED"
    market.wait(hours=49, step=market.world.settings.debit_delay)
    assert market.state(order_id) == "RECEIVED"
    market.wait(days=15, step=market.world.settings.received_after)
    assert market.state(order_id) == "CLOSED"


def test_automatic_acceptance_leaves_no_decision_to_the_shop(tmp_path):
    market = Market(tmp_path, acceptance="automatic")
    order_id = market.make()
    assert market.state(order_id) == "WAITING_DEBIT"
    assert market.accept(order_id).json()["code"] == "ORDER_INVALID_STATE"
    configuration = market.client.get("/api/platform/configuration").json()
    assert configuration["features"]["order_workflows"]["order_acceptance"] == "AUTOMATIC"


def test_an_order_that_nobody_accepts_is_refused_after_three_days(market):
    order_id = market.make()
    market.wait(hours=71, step=market.world.settings.debit_delay)
    assert market.state(order_id) == "WAITING_ACCEPTANCE"
    market.wait(hours=2)
    assert market.state(order_id) == "REFUSED"


def test_addresses_and_the_deadline_are_withheld_until_the_customer_has_paid(market):
    order_id = market.make(address={"city": "Leeds"})
    hidden = market.order(order_id)
    assert hidden["customer"]["shipping_address"] is None
    assert hidden["customer"]["billing_address"] is None
    assert hidden["shipping_deadline"] is None
    market.accept(order_id)
    market.wait(minutes=12)
    shown = market.order(order_id)
    assert shown["customer"]["shipping_address"]["city"] == "Leeds"
    assert shown["shipping_deadline"] == "2026-03-04T23:59:59.999Z"


@pytest.mark.parametrize(
    ("paid", "deadline"),
    [
        ("2026-07-06T14:59:00", "2026-07-08T22:59:59.999000"),  # 15:59 in London in summer, a Monday
        ("2026-07-06T15:00:00", "2026-07-09T22:59:59.999000"),  # 16:00: the next day counts
        ("2026-01-09T12:00:00", "2026-01-12T23:59:59.999000"),  # Friday: Saturday counts, Sunday does not
        ("2026-01-11T12:00:00", "2026-01-14T23:59:59.999000"),  # Sunday
    ],
)
def test_the_deadline_knows_cut_off_closed_days_and_london(paid, deadline):
    assert shipping_deadline(datetime.fromisoformat(paid).replace(tzinfo=UTC)) == datetime.fromisoformat(
        deadline
    ).replace(tzinfo=UTC)


def test_every_line_must_be_decided_and_some_may_be_refused(market):
    lines = [{"sku": "A", "price": "2.50"}, {"sku": "B", "price": "4.00"}]
    order_id = market.make(lines=lines)
    one = {"order_lines": [{"id": f"{order_id}-1", "accepted": True}]}
    missing = market.client.put(f"/api/orders/{order_id}/accept", json=one)
    assert (missing.status_code, missing.json()["code"]) == (400, "ORDER_LINE_ACCEPTANCE_DECISION_MISSING")
    unknown = {"order_lines": [{"id": "other", "accepted": True}]}
    assert market.client.put(f"/api/orders/{order_id}/accept", json=unknown).status_code == 404
    assert market.accept(order_id, 1).status_code == 204
    order = market.order(order_id)
    assert [line["order_line_state"] for line in order["order_lines"]] == ["WAITING_DEBIT", "REFUSED"]
    assert order["total_price"] == 2.5


def test_refusing_every_line_refuses_the_order(market):
    order_id = market.make(lines=[{"sku": "A"}])
    assert market.accept(order_id, 0).status_code == 204
    assert market.state(order_id) == "REFUSED"


def test_an_order_cannot_be_shipped_before_it_is_paid_nor_twice_nor_without_tracking(market):
    order_id = market.make()
    assert "Current status is 'WAITING_ACCEPTANCE'" in market.ship(order_id).json()["message"]
    order_id = market.paid()
    untracked = market.ship(order_id)
    assert (untracked.status_code, untracked.json()["message"]) == (
        400,
        "Tracking details are mandatory for this shipping method",
    )
    market.track(order_id)
    assert market.ship(order_id).status_code == 204
    assert "Current status is 'SHIPPED'" in market.ship(order_id).json()["message"]


def test_only_carriers_on_the_approved_list_are_taken(market):
    order_id = market.paid()
    refused = market.track(order_id, "YODEL")
    assert (refused.status_code, refused.json()["message"]) == (400, "Invalid value for field 'carrierCode'")
    assert market.track(order_id, None).status_code == 400
    assert market.track(order_id, "RM24", number=None).status_code == 400
    assert market.track(order_id, "RM24", number="AB123456785GB").status_code == 204
    order = market.order(order_id)
    assert order["shipping_tracking_url"] == "https://royalmail.example.com/track/AB123456785GB"
    approved = {carrier["code"] for carrier in market.client.get("/api/shipping/carriers").json()["carriers"]}
    assert {"DPD_UK", "RM24", "RM48", "EVRI", "DHL_UK"} <= approved
    assert "YODEL" not in approved


def test_unregistered_carriers_are_a_setting(tmp_path):
    market = Market(tmp_path, unregistered_carriers=True)
    order_id = market.paid()
    body = {"carrier_name": "Fagans Freight", "tracking_number": "1"}
    assert market.client.put(f"/api/orders/{order_id}/tracking", json=body).status_code == 204
    assert market.order(order_id)["shipping_company"] == "Fagans Freight"


def test_carrier_rejected_refuses_the_first_code_until_another_one_is_tried(market):
    order_id = market.paid("carrier_rejected")
    assert [market.track(order_id, code).status_code for code in ("DPD_UK", "DPD_UK", "EVRI")] == [400, 400, 204]


def test_confirmation_rejected_refuses_for_six_hours(market):
    order_id = market.paid("confirmation_rejected")
    market.track(order_id)
    assert market.ship(order_id).status_code == 400
    market.wait(hours=5)
    assert market.ship(order_id).status_code == 400
    assert market.state(order_id) == "SHIPPING"
    market.wait(hours=1, minutes=1)
    assert market.ship(order_id).status_code == 204


def test_scenarios_cancel_before_and_after_payment(market):
    before, after = market.make("cancelled_before_injection"), market.make("cancelled_after_injection")
    stuck = market.make("debit_stuck")
    for order_id in (before, after, stuck):
        market.accept(order_id)
    market.wait(minutes=12)
    assert [market.state(i) for i in (before, after, stuck)] == ["CANCELED", "SHIPPING", "WAITING_DEBIT_PAYMENT"]
    market.wait(minutes=41)
    assert market.state(after) == "CANCELED"
    assert market.order(after)["order_lines"][0]["cancelations"][0]["quantity"] > 0
    market.wait(days=2, step=market.world.settings.debit_delay)
    assert market.state(stuck) == "WAITING_DEBIT_PAYMENT"


def test_an_order_can_be_cancelled_by_hand_until_it_is_sent(market):
    order_id = market.paid()
    assert market.client.post("/_sandbox/cancel", json={"order_id": order_id}).json()["state"] == "CANCELED"
    sent = market.paid()
    market.track(sent)
    market.ship(sent)
    assert market.client.post("/_sandbox/cancel", json={"order_id": sent}).status_code == 400
    assert market.client.post("/_sandbox/cancel", json={"order_id": "JL70000099-A"}).status_code == 404
