"""What the marketplace owes, keeps and pays, made from what happened to the orders (John Lewis contract 4)."""

from collections import Counter
from decimal import Decimal

import pytest

from tests.sandbox.marketplace.rig import Market

LINES = [{"sku": "A", "quantity": 2, "price": "10.00"}]
LOGS = "/api/sellerpayment/transactions_logs"


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path, throttle=False)


def sent(market):
    order_id = market.paid(lines=LINES)
    market.track(order_id)
    market.ship(order_id)
    return order_id


def days(market, number):
    market.wait(days=number, step=market.world.settings.debit_delay * 6)


def logs(market, **asked):
    return market.client.get(LOGS, params={"limit": 2000, **asked}).json()["data"]


def of(market, order_id):
    lines = logs(market, order_id=order_id)
    return {line["type"]: (line["amount"], line["payment_state"]) for line in lines}


def cycles(market):
    return market.client.get("/api/seller-billing-cycles", params={"limit": 100}).json()["data"]


def test_lines_wait_become_payable_and_are_paid_with_their_cycle(market):
    order_id = sent(market)
    assert of(market, order_id) == {
        "ORDER_AMOUNT": (20.0, "PENDING"),
        "COMMISSION_FEE": (-5.0, "PENDING"),
        "COMMISSION_VAT": (-1.0, "PENDING"),
    }
    days(market, 3)
    assert {state for _, state in of(market, order_id).values()} == {"PAYABLE"}
    assert cycles(market) == []
    days(market, 6)
    (cycle,) = cycles(market)
    assert cycle["date_created"].startswith("2026-03-11T00:")
    assert (cycle["amount_transferred_to_seller"], cycle["pay_out"]["state"]) == (14.0, "TO_PAY")
    market.start()
    days(market, 2)
    (cycle,) = cycles(market)
    assert cycle["pay_out"]["state"] == "PAID"
    lines = logs(market, seller_billing_cycle_id=cycle["id"])
    assert {line["payment_state"] for line in lines} == {"PAID"}
    assert sum(line["amount"] for line in lines if line["type"] != "PAYMENT") == cycle["amount_transferred_to_seller"]
    assert [line["amount"] for line in lines if line["type"] == "PAYMENT"] == [-14.0]
    assert logs(market)[0]["balance"] == 0


def test_the_invoice_of_a_cycle_says_what_the_operator_keeps(market):
    sent(market)
    days(market, 12)
    told = market.client.get("/api/invoices").json()
    (invoice,) = told["invoices"]
    assert (invoice["total_amount_excl_taxes"], invoice["total_amount_incl_taxes"]) == (5.0, 6.0)
    assert invoice["payment"]["state"] == "PAID"
    assert market.client.get(f"/api/invoices/{invoice['invoice_id']}").content.startswith(b"%PDF-")
    assert market.client.get("/api/invoices/99").status_code == 404
    assert market.client.get("/api/invoices", params={"type": "MANUAL_CREDIT"}).json()["invoices"] == []
    assert market.client.get("/api/invoices", params={"payment_status": "PENDING"}).json()["total_count"] == 0


def test_a_refund_takes_the_price_back_and_gives_the_commission_back(market):
    order_id = sent(market)
    days(market, 3)
    entry = {"order_line_id": f"{order_id}-1", "amount": 10, "shipping_amount": 0, "reason_code": "REFUND_DAMAGED"}
    market.client.put("/api/orders/refund", json={"refunds": [entry]})
    told = of(market, order_id)
    assert told["REFUND_ORDER_AMOUNT"] == (-10.0, "PAYABLE")
    assert (told["REFUND_COMMISSION_FEE"][0], told["REFUND_COMMISSION_VAT"][0]) == (2.5, 0.5)
    days(market, 6)
    assert cycles(market)[0]["amount_transferred_to_seller"] == 7.0


def test_cancelled_pieces_lower_what_waits(market):
    order_id, gone = market.paid(lines=LINES), market.paid(lines=LINES)
    entry = {"order_line_id": f"{order_id}-1", "quantity": 1, "amount": 10, "shipping_amount": 0,
             "reason_code": "CANCEL_NO_STOCK"}  # fmt: skip
    market.client.put("/api/orders/cancel", json={"cancelations": [entry]})
    market.client.put(f"/api/orders/{gone}/cancel")
    assert of(market, order_id)["ORDER_AMOUNT"] == (10.0, "PENDING")
    assert of(market, order_id)["COMMISSION_FEE"] == (-2.5, "PENDING")
    assert of(market, gone)["ORDER_AMOUNT"] == (0.0, "NOT_APPLICABLE")
    days(market, 10)
    assert cycles(market) == [], "nothing was sent yet"


def test_nothing_is_wrong_unless_it_is_asked_for(market):
    made = [sent(market) for _ in range(10)]
    days(market, 12)
    assert Counter(line["type"] for line in logs(market)) == {
        "ORDER_AMOUNT": 10,
        "COMMISSION_FEE": 10,
        "COMMISSION_VAT": 10,
        "PAYMENT": 1,
    }
    assert all({state for _, state in of(market, order_id).values()} == {"PAID"} for order_id in made)
    assert not [line for line in market.ledger() if line["operation"] == "discrepancy"]


@pytest.mark.parametrize("kind", ["missing_line", "unpaid", "commission_mismatch", "penalty"])
def test_planted_discrepancies_show_and_the_ledger_names_them(tmp_path, kind):
    market = Market(tmp_path, throttle=False, discrepancies={kind: 1.0})
    order_id = market.paid(lines=LINES)
    days(market, 5)  # past the deadline
    market.track(order_id)
    market.ship(order_id)
    days(market, 12)
    told = of(market, order_id)
    if kind == "missing_line":
        assert told == {}
    elif kind == "unpaid":
        assert {state for _, state in told.values()} == {"PENDING"}
    elif kind == "commission_mismatch":
        assert told["COMMISSION_FEE"][0] == -5.5
        assert market.order(order_id)["order_lines"][0]["commission_fee"] == 5.0
    else:
        assert told["SELLER_PENALTY_FEE"][0] == -5.0
    noted = [(line["natural_key"], line["note"]) for line in market.ledger() if line["operation"] == "discrepancy"]
    assert noted == [(order_id, kind)]


def test_lines_are_filtered_sorted_and_paged_by_token(market):
    made = [sent(market) for _ in range(3)]
    days(market, 3)
    assert len(logs(market, transaction_type="ORDER_AMOUNT,COMMISSION_FEE")) == 6
    assert logs(market, payment_state="PAID") == []
    assert len(logs(market, order_line_id=f"{made[0]}-1")) == 3
    assert logs(market, date_created_to="2026-03-01T00:00:00Z") == []
    found = logs(market, sort="lastUpdated,asc")
    assert [line["last_updated"] for line in found] == sorted(line["last_updated"] for line in found)
    seen, asked = [], {"limit": 4}
    while asked:
        page = market.client.get(LOGS, params=asked).json()
        seen += [line["id"] for line in page["data"]]
        asked = {"page_token": page["next_page_token"]} if "next_page_token" in page else None
    assert (len(seen), len(set(seen))) == (9, 9)
    assert seen == [line["id"] for line in logs(market)], "the newest first"
    assert market.client.get(LOGS, params={"sort": "colour"}).status_code == 400


def test_every_sum_of_a_cycle_is_the_sum_of_its_lines(tmp_path):
    market = Market(tmp_path, throttle=False, acceptance="automatic", burst=30, max_orders=60, orders_per_day=400)
    market.wait(hours=8)
    for order in market.world.listed(("SHIPPING",)):
        market.track(order["order_id"])
        market.ship(order["order_id"])
    days(market, 25)
    made = cycles(market)
    assert made
    for cycle in made:
        lines = [line for line in logs(market, seller_billing_cycle_id=cycle["id"]) if line["type"] != "PAYMENT"]
        assert sum(Decimal(str(line["amount"])) for line in lines) == Decimal(
            str(cycle["amount_transferred_to_seller"])
        )
        summary = cycle["summary"]
        assert round(summary["total_payable_orders_incl_tax"] + summary["total_commissions_incl_tax"], 2) == round(
            cycle["amount_transferred_to_seller"], 2
        )
