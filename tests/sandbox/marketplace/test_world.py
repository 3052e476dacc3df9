"""The world of the marketplace: the same from the same seed, on disk at every moment, fed by a file or a generator."""

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from sync.sandbox.catalogue import build_catalogue, clash_codes, ean_of
from sync.sandbox.command import main, parser
from sync.sandbox.marketplace import options
from sync.sandbox.marketplace.flow import OrderFlow
from sync.sandbox.marketplace.settings import MarketSettings
from sync.sandbox.people import customer
from sync.sandbox.retail import read_retail
from sync.sandbox.scenarios import SCENARIOS, Plan, order_id_by_hand, order_id_for, scenario_of
from tests.sandbox.marketplace.rig import Market

ROWS = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
900001,10001A,"LANTERN, RED ",6,2010-12-01 08:45:00,2.55,1.0,United Kingdom
900002,10001a,"JUG 12"" TALL",1,2010-12-01 08:50:00,4.00,1.0,United Kingdom
900001,10002 ,MUG,2,2010-12-01 08:45:00,1.25,1.0,United Kingdom
900001,POST,POSTAGE,1,2010-12-01 08:45:00,18.00,1.0,France
C900003,10002 ,MUG,-2,2010-12-02 08:45:00,1.25,1.0,United Kingdom
900004,10002 ,damaged,-50,2010-12-02 09:45:00,0,,United Kingdom
900005,10003,BROKEN ROW,many,2010-12-02 09:45:00,1.00,,United Kingdom
900006,AMAZONFEE,AMAZON FEE,1,2010-12-02 09:45:00,9.00,,United Kingdom
"""


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def content(market):
    return [(o["order_id"], o["scenario"], o["address"], o["lines"]) for o in market.world.listed()]


def test_the_same_seed_makes_the_same_orders_and_another_seed_others(tmp_path):
    markets = []
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        (tmp_path / name).mkdir()
        market = Market(tmp_path / name, seed=seed, burst=20, max_orders=20)
        market.wait(minutes=20)
        markets.append(content(market))
    assert len(markets[0]) == 20
    assert markets[0] == markets[1]
    assert markets[0] != markets[2]


def test_the_burst_comes_within_twenty_minutes_and_the_day_brings_its_number(tmp_path):
    market = Market(tmp_path, burst=30, orders_per_day=240, max_orders=None)
    market.wait(minutes=20)
    assert 30 <= len(market.world.orders) <= 40
    before = len(market.world.orders)
    market.wait(hours=24)
    assert 180 <= len(market.world.orders) - before <= 300


def test_no_more_orders_than_asked_for(tmp_path):
    market = Market(tmp_path, burst=10, orders_per_day=1000, max_orders=12)
    market.wait(hours=10)
    assert len(market.world.orders) == 12


def test_a_killed_world_goes_on_where_it_was_without_losing_or_repeating_an_order(tmp_path):
    market = Market(tmp_path, burst=20, orders_per_day=100, max_orders=None)
    market.wait(minutes=10)
    order_id = market.paid("carrier_rejected")
    assert market.track(order_id, "DPD_UK").status_code == 400
    before, seq = content(market), market.ledger()[-1]["seq"]
    with (tmp_path / "marketplace.jsonl").open("a", encoding="utf-8") as torn:
        torn.write('{"seq": 99, "sim_ti')
    market.start()
    assert content(market) == before
    assert market.track(order_id, "DPD_UK").status_code == 400, "the first code is remembered"
    assert market.track(order_id, "EVRI").status_code == 204
    assert [line["seq"] for line in market.ledger()][-2:] == [seq + 1, seq + 2]
    assert market.ship(order_id).status_code == 204
    market.wait(minutes=20)
    numbers = [o["number"] for o in market.world.listed() if o["number"] < 9_000_000]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_a_world_that_stood_still_for_days_does_not_make_up_for_it(tmp_path):
    market = Market(tmp_path, orders_per_day=240, max_orders=None)
    market.wait(minutes=30)
    before = len(market.world.orders)
    market.time += timedelta(days=5)
    market.wait(minutes=1)
    assert len(market.world.orders) - before < 60


def test_a_file_of_order_lines_is_kept_verbatim_and_in_row_order(rows, tmp_path):
    retail = read_retail(rows)
    assert [order.invoice for order in retail.orders] == ["900001", "900002"]
    assert [(line.code, line.title) for line in retail.orders[0].lines] == [
        ("10001A", "LANTERN, RED "),
        ("10002 ", "MUG"),
    ]
    assert retail.orders[1].lines[0].title == 'JUG 12" TALL'
    assert retail.unreadable == 1
    stock = {product.code: product.stock for product in retail.products}
    assert stock == {"10001A": 6 * 3 + 100, "10001a": 103, "10002 ": 2 * 3 + 100 + 2 - 50}
    (tmp_path / "world").mkdir()
    market = Market(tmp_path / "world", orders=rows, burst=5, max_orders=None, orders_per_day=1000)
    market.wait(hours=5)
    assert len(market.world.orders) == 2, "the file has an end"
    order = market.order("JL70000001-A")
    assert [line["offer_sku"] for line in order["order_lines"]] == ["10001A", "10002 "]
    assert order["total_price"] == float(6 * Decimal("2.55") + 2 * Decimal("1.25"))
    assert order["created_date"].startswith("2026-03-02")
    assert {"code": "source-invoice", "type": "STRING", "value": "900001"} in order["order_additional_fields"]


def test_a_file_in_another_format_is_refused_in_one_line(tmp_path, capsys):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["marketplace", "--data", str(tmp_path), "--orders", str(wrong)])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "has no column InvoiceNo" in told
    assert told.count("\n") == 1


def test_the_command_line_reaches_the_settings(tmp_path):
    told = ["--multi-shipment", "--returns", "--no-throttle", "--restock", "--offer-quantity", "0", "--csv-delimiter",
            "COMMA", "--import-minutes", "5", "--cycle-days", "2,16",
            "--discrepancies", "unpaid=0.5,penalty=1"]  # fmt: skip
    read = parser().parse_args(["marketplace", "--data", str(tmp_path), *told])
    settings = MarketSettings(data=tmp_path, key="k", **options.from_arguments(read))
    assert (settings.multi_shipment, settings.returns, settings.throttle, settings.restock) == (True, True, False, True)
    assert (settings.offer_quantity, settings.csv_delimiter) == (0, "COMMA")
    assert (settings.import_time, settings.cycle_days) == (timedelta(minutes=5), (2, 16))
    assert settings.discrepancies == {"unpaid": 0.5, "penalty": 1.0}
    plain = options.from_arguments(parser().parse_args(["marketplace"]))
    assert MarketSettings(data=tmp_path, key="k", **plain) == MarketSettings(data=tmp_path, key="k")


@pytest.mark.parametrize(
    "wrong",
    [{"offer_quantity": -1}, {"csv_delimiter": "TAB"}, {"import_time": timedelta(seconds=-1)}, {"return_share": 2},
     {"discrepancies": {"theft": 0.1}}, {"cycle_days": ()}, {"cycle_days": (31,)}],
    ids=lambda wrong: next(iter(wrong)),
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError):
        MarketSettings(data=tmp_path, key="k", **wrong)


def test_the_generator_keeps_the_measured_shapes():
    products = build_catalogue(7)
    codes = [product.code for product in products]
    assert len(set(codes)) == len(codes)
    assert clash_codes(products)
    assert any('"' in product.title for product in products)
    assert any(product.title.endswith(" ") for product in products)
    assert any("," in product.title for product in products)
    flow = OrderFlow(7, products)
    orders = [flow.order(number, None) for number in range(1, 401)]
    lines = Counter(len(order.lines) for order in orders)
    assert 0.5 < lines[1] / 400 < 0.8, "six orders of ten have one line"
    assert max(lines) > 5
    clashing, stock = set(clash_codes(products)), {product.code: product.stock for product in products}
    for line in (line for order in orders for line in order.lines):
        assert line.sku not in clashing, "a plain order does not stall on its codes"
        assert stock[line.sku] > 0


def test_an_ean_has_a_valid_check_digit():
    digits = [int(digit) for digit in ean_of(123)]
    assert (sum(digits[0:12:2]) + 3 * sum(digits[1:12:2]) + digits[12]) % 10 == 0


def test_both_partners_compute_the_same_scenario_from_the_order_number_alone():
    plan = Plan.parse("on_hold=0.1,lost_push=0.2", force_all=True)
    assert [scenario_of(order_id_for(n), 7, plan) for n in range(1, len(SCENARIOS) + 1)] == list(SCENARIOS)
    drawn = Counter(scenario_of(order_id_for(n), 7, plan) for n in range(100, 2100))
    assert set(drawn) == {None, "on_hold", "lost_push"}
    assert 150 < drawn["on_hold"] < 250
    assert 330 < drawn["lost_push"] < 470
    for scenario in (None, *SCENARIOS):
        assert scenario_of(order_id_by_hand(scenario, 12), 99, Plan(rates={})) == scenario
    assert scenario_of("JL70000001-A-2", 7, plan) is None, "sent again after a cancel, an order goes well"
    assert scenario_of("someone-elses", 7, plan) is None


@pytest.mark.parametrize("text", ["nonsense=0.1", "on_hold", "on_hold=2", "on_hold=-1", "on_hold=x"])
def test_a_plan_that_makes_no_sense_is_refused(text):
    with pytest.raises(ValueError):
        Plan.parse(text)


def test_customers_are_awkward_now_and_then_and_broken_only_on_demand():
    people = [customer(7, number) for number in range(2000)]
    quirks = Counter(person.quirk for person in people)
    assert {"bfpo", "channel islands", "formula", "markup", "double quotes", "no county"} <= set(quirks)
    assert quirks[""] > 1700
    assert all(person.city and person.zip_code and len(person.street_1) <= 100 for person in people)
    broken = {customer(7, number, broken=True).quirk for number in range(5)}
    assert broken == {"no postcode", "no town", "120 characters", "emoji", "right to left"}


def test_fault_rules_follow_their_file_and_remember_what_happened(tmp_path):
    rules = tmp_path / "faults.json"
    rules.write_text(json.dumps([{"operation": "SH21", "kind": "503", "times": 2}]), encoding="utf-8")
    market = Market(tmp_path, faults=rules)
    asked = "/api/shipping/carriers"
    assert market.client.get(asked).status_code == 503
    market.start()
    assert [market.client.get(asked).status_code for _ in range(2)] == [503, 200]
    rules.write_text(json.dumps([{"operation": "SH21", "kind": "500", "times": 1}]), encoding="utf-8")
    assert [market.client.get(asked).status_code for _ in range(2)] == [500, 200]
