"""The stock list: which listings are shown, in which state, for how many queries, and the age of SEKO's figures."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jlseko.clock import business_now
from sync.failures import Code
from sync.models import Listing
from tests.factories.engine import OrderFactory, ProductFactory
from tests.factories.stock import (
    ConnectionFactory,
    ListingFactory,
    StockFileFactory,
    StockReadingFactory,
    StockRuleFactory,
)
from tests.sync.pages import MOST, browser

pytestmark = pytest.mark.django_db
LIST = "/stock/"


@pytest.fixture
def ops() -> Client:
    return browser("Operations")


@pytest.fixture
def fresh() -> None:
    """SEKO was read as a whole five minutes ago."""
    StockReadingFactory()


def page(client: Client, where: str = LIST, **query: str) -> str:
    answer = client.get(where, query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, **query: str) -> set[str]:
    """The SKUs that the list shows."""
    body = page(client, **query).split("<tbody>")[-1]
    return {sku for sku in Listing.objects.values_list("sku", flat=True) if f">{sku}</a>" in body}


@pytest.mark.parametrize(
    ("made", "word"),
    [
        ({}, "Right"),
        ({"moved": True}, "Being told"),
        ({"retrying": True}, "Waits for a retry"),
        ({"refused": True}, "Refused"),
        ({"unknown": True}, "No warehouse record"),
        ({"hold": "freeze"}, "Frozen"),
        ({"hold": "zero", "target": 0, "published": 0, "shown": 0}, "Showing none"),
        ({"shown": 4}, "Differs"),
        ({"shown": 4, "shown_at": timezone.now() - timedelta(days=1)}, "Accepted"),
    ],
)
def test_a_row_tells_the_state_in_words(ops, fresh, made, word) -> None:
    ListingFactory(**made)
    assert f"{word}</span>" in page(ops).split("<tbody>")[-1]


def test_old_figures_are_told_on_the_row_and_above(ops) -> None:
    StockReadingFactory(as_of=business_now() - timedelta(hours=5))
    ListingFactory(stale=True)
    fresh_one = ListingFactory(computed_at=business_now())
    body = page(ops)
    assert "SEKO’s figure is old</span>" in body
    assert "Too old: nothing is told to John Lewis" in body
    assert shown(ops, life="right") == {fresh_one.sku}


def test_a_whole_reading_keeps_figures_fresh_that_did_not_change(ops, fresh) -> None:
    ListingFactory(stale=True)
    assert "SEKO’s figure is old</span>" not in page(ops).split("<tbody>")[-1]


def test_quick_views_hold_what_they_say_and_count_it(ops, fresh) -> None:
    right = ListingFactory(sku="RIGHT")
    drifting = ListingFactory(sku="DRIFTS", shown=4, drift_layer="ledger", drift_since=business_now())
    refused, retried = ListingFactory(sku="NO", refused=True), ListingFactory(sku="AGAIN", retrying=True)
    held = ListingFactory(sku="HELD", hold="freeze")
    unknown = ListingFactory(sku="WHAT", unknown=True)
    ListingFactory(sku="GONE", active=False, unknown=True)
    ProductFactory(code="NOT-SOLD", available=7)
    ProductFactory(code="EMPTY", available=0)
    drifts = {drifting.sku, refused.sku, retried.sku, unknown.sku}
    assert shown(ops, view="drifting") == drifts
    assert shown(ops, view="refused") == {refused.sku, retried.sku}
    assert shown(ops, view="held") == {held.sku}
    assert shown(ops, view="unknown") == {unknown.sku}
    assert shown(ops) == shown(ops, view="no-such") == drifts | {right.sku, held.sku}
    tabs = {tab["label"]: tab["count"] for tab in ops.get(LIST).context["tabs"]}
    assert tabs == {
        "Everything": "6", "Level differs": "4", "Refused or retried": "2", "At risk": "0", "Held by a rule": "1",
        "No warehouse record": "1", "In stock, not listed": "1",
    }  # fmt: skip
    body = page(ops, reverse("sync:stock-unlisted"))
    assert "NOT-SOLD" in body
    assert "EMPTY" not in body


def test_what_sells_faster_than_it_is_looked_after_is_at_risk(ops, fresh) -> None:
    risk = {"code": Code.OVERSELL_RISK.value, "text": "FAST sells 3.0 an hour; 2 are left."}
    ListingFactory(sku="FAST", stalled=True, item__failures=[risk])
    ListingFactory(sku="SLOW")
    assert shown(ops, view="risk") == {"FAST"}
    body = page(ops, view="risk")
    assert "At risk</span>" in body
    assert "FAST sells 3.0 an hour; 2 are left." in body


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "bag/1"}, {"Bag/1 x"}),
        ({"q": "oak"}, {"TABLE"}),
        ({"q": "t"}, set()),
        ({"q": "%"}, set()),
        ({"q": "\x00ta"}, {"Bag/1 x", "TABLE"}),
        ({"category": "Tables"}, {"TABLE"}),
        ({"category": "No such"}, {"Bag/1 x", "TABLE"}),
        ({"life": "right", "category": "Storage"}, {"Bag/1 x"}),
        ({"after": "broken", "sort": "-nonsense"}, {"Bag/1 x", "TABLE"}),
    ],
)
def test_search_and_filters(ops, fresh, query, found) -> None:
    ListingFactory(sku="Bag/1 x")
    ListingFactory(sku="TABLE", title="A table of oak", category="Tables")
    assert shown(ops, **query) == found


def test_the_greatest_difference_comes_first_and_other_orders_may_be_asked_for(ops, fresh) -> None:
    now = business_now()
    ListingFactory(sku="ONE", shown=8, sellable=3, confirmed_at=now - timedelta(hours=9))
    ListingFactory(sku="FIVE", shown=4, sellable=50, confirmed_at=now - timedelta(hours=1))
    ListingFactory(sku="NONE", sellable=7, confirmed_at=None)

    def order(**query: str) -> list[str]:
        body = page(ops, **query).split("<tbody>")[-1]
        return sorted(("ONE", "FIVE", "NONE"), key=lambda sku: body.index(f">{sku}</a>"))

    assert order() == ["FIVE", "ONE", "NONE"]
    assert order(sort="sellable") == ["ONE", "NONE", "FIVE"]
    assert order(sort="confirmed_at") == ["ONE", "FIVE", "NONE"]


def test_the_header_says_what_the_last_file_did(ops, fresh) -> None:
    file = StockFileFactory(lines=12, accepted=11, refused=1)
    body = page(ops)
    assert "12 levels, 1 refused" in body
    assert reverse("sync:stock-file", args=[file.pk]) in body
    assert "40 products, 1 had changed" in body


def test_a_desk_without_stock_is_calm(ops) -> None:
    ConnectionFactory()
    body = page(ops)
    assert "No listings yet" in body
    assert "The first reading brings every figure" in body
    for view, words in (("drifting", "No level differs"), ("held", "No rule holds a level")):
        assert words in page(ops, view=view)
    assert "Everything in stock is listed" in page(ops, reverse("sync:stock-unlisted"))


def test_pages_follow_each_other_without_loss(ops, fresh) -> None:
    for number in range(60):
        ListingFactory(sku=f"P-{number:03d}", shown=9 + number % 3)
    first = ops.get(LIST)
    second = ops.get(LIST, {"after": first.context["page"].after})
    seen = [row.sku for row in (*first.context["page"].rows, *second.context["page"].rows)]
    assert len(seen) == len(set(seen)) == 60
    assert ops.get(LIST, {"before": second.context["page"].before}).context["page"].rows == first.context["page"].rows


def test_htmx_gets_the_list_and_the_tabs_alone(ops, fresh) -> None:
    ListingFactory()
    body = ops.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in body
    assert 'hx-swap-oob="true"' in body


@pytest.mark.parametrize("group", ["Operations", "Manager", "Admin", "Finance"])
def test_everybody_reads(group, fresh) -> None:
    listing = ListingFactory()
    client = browser(group)
    for where in (LIST, "/stock/files/", "/stock/rules/", "/stock/unlisted/", f"/stock/shop/{listing.sku}/"):
        assert client.get(where).status_code == 200


@pytest.mark.parametrize("where", [LIST, f"{LIST}?q=BAG&view=drifting", "/stock/unlisted/"])
def test_the_list_takes_the_same_queries_for_one_listing_and_for_many(
    ops, fresh, where, django_assert_max_num_queries
) -> None:
    ListingFactory(retrying=True)
    ProductFactory(code="LOOSE-1")
    StockFileFactory()
    StockRuleFactory()
    OrderFactory(skus=["BAG-001"])
    ops.get(where)
    with django_assert_max_num_queries(MOST) as few:
        ops.get(where)
    for number in range(12):
        ListingFactory(refused=True)
        ProductFactory(code=f"LOOSE-1{number}")
        StockRuleFactory(subject=f"BAG-{number}")
        OrderFactory(skus=[f"BAG-{number}"])
    with django_assert_max_num_queries(MOST) as many:
        ops.get(where)
    assert len(many) == len(few)


def test_today_tells_stock_in_one_line(ops, fresh) -> None:
    assert "Stock levels" not in page(ops, "/")
    ListingFactory(moved=True)
    assert "No level needs a person" in page(ops, "/")
    ListingFactory(refused=True)
    body = page(ops, "/")
    assert "<b>1</b> being told" in body
    assert "<b>1</b> refused" in body
    assert "<b>1</b> needs a person" in body
    assert "No level needs a person" not in body
