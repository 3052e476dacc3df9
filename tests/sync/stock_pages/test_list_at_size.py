"""The stock list reads its page from an index, however many listings there are."""

import pytest
from django.db import connection as database

from jlseko.clock import business_now
from jlseko.ui.keyset import keyset_page
from sync.models import Connection, Listing
from sync.stock import benchmark
from sync.stock_pages import reading, states
from sync.stock_pages.tables import StockTable
from tests.factories.engine import ConnectionFactory
from tests.sync.stock.test_at_size import nodes

SIZE = 5000


@pytest.fixture
def full(db) -> Connection:
    """A shop of which every fiftieth listing differs."""
    shop = ConnectionFactory()
    benchmark.fill(shop, SIZE)
    with database.cursor() as cursor:
        cursor.execute("UPDATE sync_listing SET shown = shown + 1 + id % 3, drift_since = now() WHERE id % 50 = 0")
        cursor.execute("UPDATE sync_listing SET shown_at = now(), confirmed_at = now() - id * interval '1 second'")
        cursor.execute("ANALYZE sync_listing")
    return shop


def listed(shop: Connection):
    old = states.stale([shop], states.full_readings([shop]), business_now())
    return states.with_life(reading.listings(), old=old).select_related("connection", "item")


def plan_of(rows) -> list[dict]:
    with database.cursor() as cursor:
        text, values = rows.query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT JSON) {text}", values)
        return list(nodes(cursor.fetchone()[0][0]["Plan"]))


@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize("name", [name for name, column in StockTable.base_columns.items() if column.orderable])
def test_every_order_that_is_offered_comes_out_of_an_index(full, name, way) -> None:
    plan = plan_of(listed(full).order_by(*StockTable.ordering(way + name))[:51])
    assert [node["Node Type"] for node in plan if "Sort" in node["Node Type"]] == []
    index = next(node for node in plan if node.get("Relation Name") == "sync_listing")
    assert (index["Node Type"], index["Index Name"][:11]) == ("Index Scan", "listing_by_")


def test_a_later_page_begins_at_its_position(full, django_assert_num_queries) -> None:
    rows, order = listed(full), StockTable.ordering("-off")
    first = keyset_page(rows, ordering=order, size=50)
    with django_assert_num_queries(1) as asked:
        second = keyset_page(rows, ordering=order, size=50, after=first.after)
    with database.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + asked[0]["sql"])
        plan = list(nodes(cursor.fetchone()[0][0]["Plan"]))
    index = next(node for node in plan if node.get("Relation Name") == "sync_listing")
    assert "ROW(" in index["Index Cond"]
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
    assert keyset_page(rows, ordering=order, size=50, before=second.before).rows == first.rows


@pytest.mark.parametrize("view", ["refused", "unknown", "drifting", "held"])
def test_a_quick_view_is_counted_over_its_own_index(full, view) -> None:
    plan = plan_of(reading.listings().filter(reading.VIEWS[view]).order_by().values("pk"))
    scans = {node["Node Type"] for node in plan if node.get("Relation Name") == "sync_listing"}
    assert "Seq Scan" not in scans


def test_what_a_state_implies_hides_none_of_its_listings(full) -> None:
    Listing.objects.filter(pk__in=Listing.objects.values("pk")[:3]).update(product=None)
    Listing.objects.filter(pk__in=Listing.objects.exclude(product=None).values("pk")[:5]).update(failures=2)
    rows = listed(full)
    for life, implied in states.IMPLIES.items():
        assert rows.filter(life=life).count() == rows.filter(implied, life=life).count()
    assert rows.filter(life="differs").count() > 50
