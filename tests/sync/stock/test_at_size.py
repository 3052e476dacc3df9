"""Plans that hold at size, the benchmark, and the account for judges outside."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from jlseko.clock import business_now
from sync.models import Connection, Listing, StockReading
from sync.stock import benchmark, comparing, figures, in_flight, levels
from tests.factories.engine import ConnectionFactory
from tests.sync.stock.shop import Shop

SIZE = 3000


def nodes(plan: dict):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def plan_of(cursor, statement, values) -> list[dict]:
    cursor.execute(statement, values)
    [[rows]] = cursor.fetchall()
    return list(nodes(rows[0]["Plan"]))


def long_loops(plan: list[dict]) -> list[dict]:
    """Nested loops that are expected to run often."""
    return [n for n in plan if n["Node Type"] == "Nested Loop" and n["Plans"][0]["Plan Rows"] > 1000]


@pytest.fixture
def filled(db):
    shop = ConnectionFactory()
    benchmark.fill(shop, SIZE)
    return shop


def test_a_reading_is_joined_and_not_looked_up_row_by_row(filled) -> None:
    reading = StockReading(connection=filled, source="reading", as_of=business_now(), complete=True)
    with database.cursor() as cursor:
        comparing.stage(cursor, {f"sku-{number}": 5 for number in range(SIZE)})
        plan = plan_of(cursor, "EXPLAIN (FORMAT JSON) " + comparing._DIFFERENCES, comparing.values_of(reading))
    full = [node for node in plan if node.get("Join Type") == "Full"]
    assert [node["Node Type"] in ("Hash Join", "Merge Join") for node in full] == [True]
    assert long_loops(plan) == []


def test_falls_are_explained_by_one_look_at_the_orders(filled) -> None:
    """Not by one look for each product that fell."""
    last = figures.last_complete(filled)
    reading = StockReading(connection=filled, source="reading", as_of=business_now(), complete=True)
    values = comparing.values_of(reading) | comparing._explaining(reading, last)
    with database.cursor() as cursor:
        plan = plan_of(cursor, "EXPLAIN (FORMAT JSON) " + comparing._EXPLAIN, values)
    looks = [node for node in plan if node.get("Relation Name") == "sync_orderline"]
    assert len(looks) == 1
    assert [node.get("Subplan Name") for node in plan if node.get("Parent Relationship") == "SubPlan"] == []


def test_a_made_up_shop_is_right_before_anything_is_measured(filled) -> None:
    assert levels.compute(filled) == 0


def test_a_shop_is_made_in_a_moment_where_the_tables_were_measured_empty(db) -> None:
    """As when their rows were taken back and the database looked just then: it takes every table for a single row."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 0, relpages = 1 WHERE relname = ANY(%s)",
            [list(benchmark.FILL)],
        )
        cursor.execute("SET LOCAL statement_timeout = '15s'")
    benchmark.fill(ConnectionFactory(), SIZE)
    assert Listing.objects.count() == SIZE


def test_levels_are_joined_and_not_looked_up_row_by_row(filled) -> None:
    now = business_now()
    values = in_flight.values(filled) | {"now": now, "most": 1, "stale_zero": False, "stale_before": now}
    with database.cursor() as cursor:
        statement = levels.sql.SQL("EXPLAIN (FORMAT JSON) {}").format(levels._LEVELS)
        plan = plan_of(cursor, statement, values)
    assert [node["Plans"] for node in long_loops(plan)] == []
    joins = {node["Node Type"] for node in plan}
    assert joins & {"Hash Join", "Merge Join"}


def test_the_benchmark_measures_all_and_leaves_nothing(db) -> None:
    out = io.StringIO()
    call_command("benchmark", "stock", "--rows", "600", "--rounds", "1", "--json", stdout=out)
    told = json.loads(out.getvalue())
    notes = {part["part"]: part["note"] for part in told["parts"]}
    assert notes["load and full join"] == "12 differ"
    changing = ("writing what differs", "whole reading", "look-up in Python", "levels")
    assert {notes[name] for name in changing} == {"12 changed"}
    assert notes["draft and body of the file"].startswith("12 lines, ")
    assert not Connection.objects.filter(name="bench").exists()
    out = io.StringIO()
    call_command("benchmark", "stock", "--rows", "100", "--rounds", "1", stdout=out)
    assert "x scan" in out.getvalue()
    assert "load average" in out.getvalue()


def test_the_benchmark_refuses_production_and_nonsense(db, settings) -> None:
    with pytest.raises(CommandError, match="above 0"):
        call_command("benchmark", "stock", "--rows", "0")
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("benchmark", "stock", "--rows", "10")


def test_the_account_names_every_level_with_the_figure_it_cites(engine) -> None:
    shop = Shop(engine)
    shop.sell(BAG=7)
    shop.publish()
    shop.step(3)
    out = io.StringIO()
    call_command("stock_levels", "--json", stdout=out)
    [told] = json.loads(out.getvalue())
    [line] = told["told"]
    assert (line["sku"], line["quantity"], line["outcome"], line["product"]) == ("BAG", 7, "verified", "BAG")
    assert line["cites"] == str(figures.last_complete(shop.connection).as_of)
    assert line["told_at"] is not None
    [row] = told["published"]
    assert (row["published"], row["shown"], row["target"]) == (7, 7, 7)
    assert told["totals"] == {"listings": 1, "right": 1, "due": 0, "refused": 0, "unknown": 0}
    out = io.StringIO()
    call_command("stock_levels", stdout=out)
    assert out.getvalue() == "shop: 1 listings, 1 right, 0 due, 0 refused, 0 unknown\n"
    with pytest.raises(CommandError, match="no shop named other"):
        call_command("stock_levels", "--connection", "other")
