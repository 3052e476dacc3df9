"""Offers and stock: what customers can buy, what a sale takes, what an import sets (John Lewis contract 3)."""

import csv
import io
import json
import time
from datetime import timedelta

import pytest

from sync.sandbox.catalogue import build_catalogue
from sync.sandbox.gate import ConnectionLost
from sync.sandbox.scenarios import SCENARIOS, Plan
from tests.sandbox.marketplace.rig import Market

HEAD = '"offer-sku";"quantity";"warehouse-code";"update-delete"\n'


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path, throttle=False)


@pytest.fixture
def skus(market):
    return [product.code for product in market.world.products.values() if product.stock > 25][:10]


def lines(**quantities):
    return HEAD + "".join(f'"{sku}";"{quantity}";"";"update"\n' for sku, quantity in quantities.items())


def status(market, answer):
    return market.client.get(f"/api/offers/stock/imports/{answer.json()['import_id']}/status").json()


def test_every_product_has_one_offer_that_shows_less_than_the_warehouse_holds(market):
    catalogue = {product.code: product.stock for product in build_catalogue(market.world.settings.seed)}
    seen, asked = {}, {"max": 100}
    answer = market.client.get("/api/offers", params=asked)
    assert answer.json()["total_count"] == len(catalogue)
    while True:
        seen |= {offer["shop_sku"]: offer for offer in answer.json()["offers"]}
        if "next" not in answer.links:
            break
        answer = market.client.get(answer.links["next"]["url"])
    assert {sku: offer["quantity"] for sku, offer in seen.items()} == {s: min(q, 25) for s, q in catalogue.items()}
    none = [offer for offer in seen.values() if offer["quantity"] == 0]
    assert none
    assert all((offer["active"], offer["inactivity_reasons"]) == (False, ["ZERO_QUANTITY"]) for offer in none)
    prices = [offer["total_price"] for offer in seen.values()]
    assert prices == sorted(prices)


def test_one_offer_can_be_asked_for_by_its_exact_sku(market, skus):
    found = market.client.get("/api/offers", params={"sku": skus[0]}).json()
    assert [offer["shop_sku"] for offer in found["offers"]] == [skus[0]]
    order = market.order(market.make(lines=[{"sku": skus[0]}]))
    assert order["order_lines"][0]["offer_id"] == found["offers"][0]["offer_id"]
    assert market.client.get("/api/offers", params={"sku": "nothing"}).json() == {"offers": [], "total_count": 0}
    assert market.client.get("/api/offers", params={"sort": "colour"}).status_code == 400


def test_a_sale_takes_its_pieces_at_once_and_the_ledger_tells_of_each(market, skus):
    sku = skus[0]
    first = market.make(lines=[{"sku": sku, "quantity": 3}])
    market.make(lines=[{"sku": sku, "quantity": 30}])
    assert market.left(sku) == 0, "an order made by hand may take more than is shown"
    notes = market.offer_notes(sku)
    assert notes[0] == f"25 -> 22 sale {first}"
    assert notes[1].startswith("22 -> 0 sale JL7")
    line = next(line for line in market.ledger() if line["operation"] == "offer")
    assert (line["direction"], line["applied"], line["status"]) == ("world", True, None)


def test_customers_buy_only_what_is_shown_and_leave_when_nothing_is(tmp_path):
    market = Market(tmp_path, offer_quantity=2, burst=400, max_orders=2000, orders_per_day=5000)
    market.wait(minutes=20)
    notes = [line for line in market.ledger() if line["operation"] == "offer"]
    for line in notes:
        before, after = line["note"].split(" sale ")[0].split(" -> ")
        assert int(before) > int(after) >= 0
    bought = sum(line["quantity"] for order in market.world.listed() for line in order["lines"])
    shown = sum(market.client.get("/_sandbox/offers").json().values())
    assert bought + shown == 2 * len(market.world.products)
    market.wait(hours=8)
    assert len(market.world.orders) < 2000, "a shop without goods sells nothing"
    plain = [sku for sku, left in market.client.get("/_sandbox/offers").json().items() if left]
    assert len(plain) < 60


def test_no_offer_no_order_until_stock_is_told(tmp_path):
    market = Market(tmp_path, offer_quantity=0, orders_per_day=2000, max_orders=None, throttle=False)
    market.wait(hours=1)
    assert market.world.orders == {}
    plain = [product.code for product in market.world.products.values()]
    market.stock(lines(**dict.fromkeys(plain, 50)))
    market.wait(hours=1)
    assert len(market.world.orders) > 20


def test_scenarios_keep_the_lines_that_they_are_about(tmp_path):
    market = Market(tmp_path, offer_quantity=0, max_orders=len(SCENARIOS), plan=Plan(rates={}, forced=SCENARIOS))
    market.wait(minutes=21)
    made = {order["scenario"]: order for order in market.world.listed()}
    assert {"unknown_sku", "sku_case_clash", "same_product_twice", "short_dispatch"} <= set(made)
    assert len(made["short_dispatch"]["lines"]) >= 2


def test_an_import_waits_runs_and_then_sets_what_its_lines_say(market, skus):
    answer = market.stock(lines(**{skus[0]: 40, skus[1]: 0}))
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/{answer.json()['import_id']}/status")
    assert status(market, answer)["status"] == "WAITING"
    market.wait(seconds=20)
    assert status(market, answer)["status"] == "RUNNING"
    assert market.left(skus[0]) == 25
    sold = market.make(lines=[{"sku": skus[0], "quantity": 1}])
    market.wait(minutes=1)
    told = status(market, answer)
    assert (told["status"], told["lines_in_success"], told["lines_in_error"]) == ("COMPLETE", 2, 0)
    assert told["has_error_report"] is False
    assert (market.left(skus[0]), market.left(skus[1]), market.left(skus[2])) == (40, 0, 25)
    import_id = answer.json()["import_id"]
    assert market.offer_notes(skus[0]) == [f"25 -> 24 sale {sold}", f"24 -> 40 import {import_id}"]
    assert market.offer_notes(skus[2]) == [], "an offer that is not named stays"
    assert market.client.get(f"/api/offers/stock/imports/{import_id}/error_report").status_code == 404
    assert market.client.get("/api/offers/stock/imports/none/status").status_code == 404


def test_lines_in_error_are_reported_in_a_file_that_can_be_mended(market, skus):
    bad = ['"UNKNOWN-SKU";"5";"";"update"', f'"{skus[1]}";"-1";"";""', f'"{skus[2]}";"1.5";"";""',
           f'"{skus[3]}";"";"";""', f'"{skus[0]}";"9";"";""', f'"{skus[4]}";"1";"W9";""',
           f'"{skus[5]}";"1";"";"delete"']  # fmt: skip
    answer = market.stock(HEAD + f'"{skus[0]}";"8";"";""\n' + "\n".join(bad) + "\n")
    market.wait(minutes=2)
    told = status(market, answer)
    assert (told["status"], told["has_error_report"]) == ("COMPLETE", True)
    assert (told["lines_in_success"], told["lines_in_error"]) == (1, 7)
    report = market.client.get(f"/api/offers/stock/imports/{told['import_id']}/error_report")
    assert report.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(report.text), delimiter=";"))
    assert list(rows[0]) == ["error-line", "error-message", "offer-sku", "quantity", "warehouse-code", "update-delete"]
    assert [(row["error-line"], row["error-message"]) for row in rows] == [
        ("3", "The offer does not exist"),
        ("4", "The quantity '-1' must be between 0 and 1000000000"),
        ("5", "The quantity '1.5' is not a whole number"),
        ("6", "The quantity is mandatory"),
        ("7", "The line occurs twice in the file"),
        ("8", "Warehouse with code W9 does not exist"),
        ("9", "The value 'delete' is not allowed for update-delete"),
    ]
    assert market.left(skus[0]) == 8


@pytest.mark.parametrize(
    "text", ["offer-sku,quantity\nA,1\n", "sku;quantity\nA;1\n", ""], ids=["delimiter", "columns", "empty"]
)
def test_a_file_that_cannot_be_read_fails_without_a_report(market, text):
    answer = market.stock(text)
    market.wait(minutes=2)
    told = status(market, answer)
    assert (told["status"], told["has_error_report"]) == ("FAILED", False)


def test_a_file_in_another_encoding_fails(market):
    files = {"file": ("stock.csv", HEAD.encode() + b'"CAF\xc9";"1";"";""\n', "text/csv")}
    answer = market.client.post("/api/offers/stock/imports", files=files)
    market.wait(minutes=2)
    assert status(market, answer)["status"] == "FAILED"


def test_the_delimiter_is_what_the_configuration_says(tmp_path):
    market = Market(tmp_path, csv_delimiter="COMMA")
    features = market.client.get("/api/platform/configuration").json()["features"]
    assert features["operator_csv_delimiter"] == "COMMA"
    sku = next(iter(market.world.products))
    answer = market.stock(f"offer-sku,quantity\n{sku},7\n")
    market.wait(minutes=2)
    assert (status(market, answer)["status"], market.left(sku)) == ("COMPLETE", 7)


def test_a_body_that_is_no_form_or_holds_no_file_is_refused(market):
    path = "/api/offers/stock/imports"
    assert market.client.post(path, content=b"offer-sku;quantity\n").status_code == 415
    assert market.client.post(path, files={"other": ("a.csv", b"")}).status_code == 400


def test_an_import_survives_a_killed_process(market, skus):
    market.make(lines=[{"sku": skus[1], "quantity": 2}])
    answer = market.stock(lines(**{skus[0]: 7}))
    market.wait(seconds=20)
    market.start()
    assert (market.left(skus[0]), market.left(skus[1])) == (25, 23)
    market.wait(minutes=1)
    market.start()
    assert (status(market, answer)["status"], market.left(skus[0])) == ("COMPLETE", 7)


@pytest.mark.parametrize(("restock", "shown"), [(False, 20), (True, 25)])
def test_whether_cancelled_and_refused_pieces_come_back_is_a_setting(tmp_path, restock, shown):
    market = Market(tmp_path, restock=restock)
    cancelled, refused = [p.code for p in market.world.products.values() if p.stock > 25][:2]
    order_id = market.make(lines=[{"sku": cancelled, "quantity": 5}])
    market.client.post("/_sandbox/cancel", json={"order_id": order_id})
    market.accept(market.make(lines=[{"sku": refused, "quantity": 5}]), 0)
    assert (market.left(cancelled), market.left(refused)) == (shown, shown)


def test_a_quantity_can_be_set_by_hand(market, skus):
    assert market.client.post("/_sandbox/offer", json={"sku": skus[0], "quantity": 3}).status_code == 200
    assert market.left(skus[0]) == 3
    for wrong in ({"sku": "nothing", "quantity": 1}, {"sku": skus[0], "quantity": -1}, {"sku": skus[0]}):
        assert market.client.post("/_sandbox/offer", json=wrong).status_code == 400


def test_an_import_may_start_once_a_minute_and_be_asked_after_every_fifteen_seconds(tmp_path):
    market = Market(tmp_path)
    answer = market.stock(HEAD)
    early = market.stock(HEAD)
    assert (early.status_code, int(early.headers["Retry-After"]) >= 1) == (429, True)
    path = f"/api/offers/stock/imports/{answer.json()['import_id']}/status"
    assert [market.client.get(path).status_code for _ in range(2)] == [200, 429]
    market.wait(seconds=15, step=market.world.settings.import_time)
    assert market.client.get(path).status_code == 200
    market.wait(minutes=1)
    assert market.stock(HEAD).status_code == 201


def test_an_import_can_fail_hang_or_lose_lines_on_demand(market, skus):
    made = {}
    for kind in ("import_failed", "import_stuck"):
        market.fault("STO01", kind)
        made[kind] = market.stock(lines(**{skus[0]: 1}))
    market.fault("STO01", "line_errors", share=0.5)
    every = list(market.world.products)
    made["line_errors"] = market.stock(lines(**dict.fromkeys(every, 3)))
    market.wait(hours=5, step=market.world.settings.debit_delay)
    assert status(market, made["import_failed"])["status"] == "FAILED"
    assert status(market, made["import_stuck"])["status"] == "RUNNING"
    told = status(market, made["line_errors"])
    assert told["status"] == "COMPLETE"
    assert 0.4 < told["lines_in_error"] / len(every) < 0.6
    assert [rule["fired"] for rule in market.client.get("/_sandbox/state").json()["faults"]] == [1, 1, 1]


def test_locked_offers_refuse_every_level_until_they_are_let_go(tmp_path):
    market = Market(tmp_path, throttle=False, locked_offers=2, unlocked_after=timedelta(hours=4))
    every = lines(**dict.fromkeys(market.world.products, 3))
    refused = []
    for _ in range(2):
        made = market.stock(every)
        market.wait(minutes=2)
        assert status(market, made)["lines_in_error"] == 2
        report = market.client.get(f"/api/offers/stock/imports/{made.json()['import_id']}/error_report").text
        refused.append(sorted(line for line in report.splitlines() if "locked" in line))
    assert len(refused[0]) == 2
    assert [line.split(";")[1:] for line in refused[0]] == [line.split(";")[1:] for line in refused[1]]
    market.wait(hours=4, step=timedelta(minutes=30))
    made = market.stock(every)
    market.wait(minutes=2)
    assert status(market, made)["lines_in_error"] == 0


def test_stray_offers_are_for_sale_and_in_nobodys_catalogue(tmp_path):
    market = Market(tmp_path, throttle=False, stray_offers=2)
    asked = market.client.get("/api/offers", params={"max": 100}).json()
    known = {product.code for product in build_catalogue(market.world.settings.seed)}
    assert asked["total_count"] == len(known) + 2
    strays = [sku for sku in market.world.offers.listed() if sku not in known]
    shown = [market.client.get("/api/offers", params={"sku": sku}).json()["offers"][0] for sku in strays]
    assert all(offer["active"] and offer["quantity"] > 0 for offer in shown)
    market.paid()
    assert [market.left(sku) for sku in strays] == [offer["quantity"] for offer in shown]


@pytest.mark.parametrize("kind", ["timeout", "reset", "500", "truncated"])
def test_a_lost_answer_leaves_the_import_under_way(market, skus, kind):
    market.fault("STO01", kind, effect="after", match=skus[0])
    try:
        answer = market.stock(lines(**{skus[0]: 4}))
        assert answer.status_code == 500 or kind == "truncated"
    except ConnectionLost:
        assert kind in ("timeout", "reset")
    market.wait(minutes=2)
    assert market.left(skus[0]) == 4


def test_before_the_effect_nothing_is_imported(market, skus):
    market.fault("STO01", "reset", effect="before")
    with pytest.raises(ConnectionLost):
        market.stock(lines(**{skus[0]: 4}))
    market.wait(minutes=2)
    assert market.left(skus[0]) == 25


@pytest.mark.slow
def test_a_hundred_thousand_offers_leave_the_tick_cheap(tmp_path):
    rows = tmp_path / "rows.csv"
    head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    body = "".join(f"9,S{n:06d},THING {n},1,2010-12-01 08:45:00,2.55,1.0,United Kingdom\n" for n in range(100_000))
    rows.write_text(head + body, encoding="utf-8")
    (tmp_path / "world").mkdir()
    market = Market(tmp_path / "world", orders=rows)
    market.stock(HEAD + "".join(f'"S{n:06d}";"{n % 50}";"";""\n' for n in range(100_000)))
    market.wait(seconds=20)
    spans = []
    for _ in range(50):
        began = time.perf_counter()
        market.world.tick()
        spans.append(time.perf_counter() - began)
    assert min(spans) < 0.005, "the quickest of many: a busy machine makes single ones slow"
    market.wait(minutes=1)
    assert market.left("S000049") == 49
    changes = sum(1 for line in market.ledger() if line["operation"] == "offer")
    assert changes == 98_000, "one line for each offer that changed; a fiftieth showed 25 before"


def test_a_share_of_requests_can_be_struck(market, skus):
    market.fault("STO01", "500", share=0.25, times=0)
    codes = [market.stock(HEAD).status_code for _ in range(200)]
    assert 30 < codes.count(500) < 70
    (rule,) = market.client.get("/_sandbox/state").json()["faults"]
    assert (rule["seen"], rule["fired"], rule["armed"]) == (200, codes.count(500), True)
    assert json.dumps(rule)
