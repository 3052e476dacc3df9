"""The page of one SKU, the files and the rules: the sum in words, the history, odd SKUs, results to download."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from jlseko.clock import business_now
from sync.links import listing_url
from sync.models import SkuAlias, StockReading
from tests.factories.engine import OrderFactory
from tests.factories.stock import (
    ListingFactory,
    StockChangeFactory,
    StockFileFactory,
    StockFileLineFactory,
    StockReadingFactory,
    StockRuleFactory,
)
from tests.sync.pages import MOST, browser, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops() -> Client:
    StockReadingFactory()
    return browser("Operations")


def text(client: Client, where: str, **query: str) -> str:
    answer = client.get(where, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (
            {"buffer": 2, "target": 7},
            "SEKO has 10 free, 1 is on the way to customers and 2 are kept back: John Lewis should show 7. It shows 9.",
        ),
        ({"in_flight": 0, "target": 10, "shown": 10}, "SEKO has 10 free: John Lewis should show 10. It does."),
        (
            {"in_flight": 0, "sharers": 3, "target": 3, "shown": None},
            "SEKO has 10 free, shared by 3 listings: John Lewis should show 3. What it shows has not been read",
        ),
        (
            {"in_flight": 0, "hold": "zero", "target": 0},
            "SEKO has 10 free. A rule says to show none, so John Lewis should show 0. It shows 9.",
        ),
        ({"hold": "freeze"}, "A rule keeps the level from rising, so John Lewis should show 9. It does."),
        ({"unknown": True}, "SEKO knows no product of this name"),
        ({"sellable": None, "target": None}, "has not been read yet"),
    ],
)
def test_the_sum_is_told_in_a_sentence(ops, made, sentence) -> None:
    assert sentence in text(ops, listing_url(ListingFactory(**made)))


@pytest.mark.parametrize(
    "sku",
    ["BAG ", " BAG", "A/B", "A//B/", "/A", "ÄÖ £?#&%20+", "a.b", "..", ".", "A/../B", "line\nfeed", "x" * 100, "<b>"],
)
def test_an_odd_sku_survives_its_address(ops, sku) -> None:
    listing = ListingFactory(sku=sku, title="Odd one")
    other = ListingFactory(sku="OTHER", title="Another")
    answer = ops.get(listing_url(listing))
    assert answer.status_code == 200
    assert answer.context["listing"] == listing != other
    assert "<b></" not in answer.content.decode()
    assert escape(listing_url(listing)) in text(ops, "/stock/")


@pytest.mark.parametrize(
    "where",
    [
        "/stock/shop/NO-SUCH/",
        "/stock/no-shop/BAG/",
        "/stock/shop/%00/",
        "/stock/listings/0/",
        "/stock/files/0/",
        "/stock/files/0/results.csv",
    ],
)
def test_what_does_not_exist_is_not_found(ops, where) -> None:
    answer = ops.get(where)
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_the_sum_names_the_orders_the_rules_and_the_sharers(ops) -> None:
    listing = ListingFactory(sku="BAG", buffer=2, target=7, sharers=2)
    twin = ListingFactory(sku="BAG-TWIN", product=listing.product, sharers=2)
    waiting = OrderFactory(order_id="JL-ON-ITS-WAY", skus=["BAG"], connection=listing.connection)
    OrderFactory(order_id="JL-DONE", skus=["BAG"], done=True)
    manager = person("Manager")
    StockRuleFactory(subject="BAG", reason="Two were broken.", made_by=manager)
    StockRuleFactory(scope="all", subject="", kind="freeze", reason="Stock-taking.", ended_at=business_now())
    SkuAlias.objects.create(
        connection=listing.connection, sku="BAG", product_code="BAG", author=manager, created_at=business_now()
    )
    body = text(ops, listing_url(listing))
    assert reverse("sync:order", args=["shop", waiting.order_id]) in body
    assert "JL-DONE" not in body
    assert listing_url(twin) in body
    assert "Two were broken." in body
    assert "Keeps 2 back" in body
    assert "Manager Person" in body
    assert "Earlier rules" in body
    assert "Stock-taking." in body
    assert "Chosen by hand" in body


def test_the_history_is_plotted_and_stands_in_a_table(ops) -> None:
    now = business_now()
    listing = ListingFactory()
    for hours, figure in ((30, 12), (20, 11), (1, 10)):
        StockChangeFactory(product=listing.product, at=now - timedelta(hours=hours), available=figure, delta=-1,
                           note="Counted again")  # fmt: skip
    StockFileLineFactory(listing=listing, quantity=9, outcome="verified")
    answer = ops.get(listing_url(listing))
    chart = answer.context["chart"]
    assert chart["stepped"]
    assert [series["label"] for series in chart["series"]] == ["SEKO has", "We told", "John Lewis shows"]
    assert chart["series"][0]["values"] == [12, 11, 10, 10, 10, 10, 10]
    assert chart["series"][2]["values"][-1] == 9
    assert chart["labels"][-1] == "now"
    body = answer.content.decode()
    assert "Counted again" in body
    assert "As a table" in body
    assert "Accepted and read back" in body


def test_an_old_figure_is_told(ops) -> None:
    StockReading.objects.all().delete()
    assert "SEKO’s figure is old</span>" in text(ops, listing_url(ListingFactory(stale=True)))


def test_a_new_sku_is_calm(ops) -> None:
    body = text(ops, listing_url(ListingFactory(shown=None, shown_at=None)))
    assert "too little news" in body
    assert "has not changed yet" in body
    assert "has not been told a level of this SKU yet" in body
    assert "No rule holds this SKU." in body


def test_a_refusal_is_told_with_its_reason(ops) -> None:
    body = text(ops, listing_url(ListingFactory(refused=True)))
    assert "Refused</span>" in body
    assert "John Lewis said: The offer does not exist." in body


def test_the_page_takes_as_many_queries_for_a_long_history(ops, django_assert_max_num_queries) -> None:
    listing = ListingFactory(sharers=2, buffer=1)

    def add() -> None:
        StockChangeFactory(product=listing.product)
        StockFileLineFactory(listing=listing)
        StockRuleFactory(subject=listing.sku)
        StockRuleFactory(subject=listing.sku, ended_at=business_now(), ended_by=person("Manager"))
        OrderFactory(skus=[listing.sku])
        ListingFactory(product=listing.product)

    add()
    ops.get(listing_url(listing))
    with django_assert_max_num_queries(MOST + 3) as few:
        ops.get(listing_url(listing))
    for _ in range(5):
        add()
    with django_assert_max_num_queries(MOST + 3) as many:
        ops.get(listing_url(listing))
    assert len(many) == len(few)


@pytest.fixture
def file(ops):
    """A file with one level of each outcome."""
    made = StockFileFactory(lines=3, accepted=2, refused=1, why="Levels changed")
    StockFileLineFactory(file=made, listing__sku="GOOD", outcome="verified")
    StockFileLineFactory(file=made, listing__sku="ALSO", outcome="accepted")
    StockFileLineFactory(
        file=made, listing__sku="=BAD()", listing__title="@title", outcome="refused", reason="-no such offer"
    )
    return made


def test_the_files_say_what_became_of_them(ops, file) -> None:
    StockFileFactory(running=True, why="Pushed by hand", lines=4)
    body = text(ops, "/stock/files/")
    assert "Done, some refused" in body
    assert "John Lewis is reading it" in body
    assert "Pushed by hand" in body


def test_a_file_shows_its_levels_by_outcome(ops, file) -> None:
    where = reverse("sync:stock-file", args=[file.pk])
    assert "-no such offer" in text(ops, where)
    refused = text(ops, where, outcome="refused")
    assert "=BAD()" in refused
    assert ">GOOD<" not in refused
    good = text(ops, where, outcome="good")
    assert ">GOOD<" in good
    assert ">ALSO<" in good
    assert "=BAD()" not in good
    assert ">GOOD<" in text(ops, where, q="goo")


def test_results_are_downloaded_without_formulas(ops, file) -> None:
    answer = ops.get(reverse("sync:stock-file-csv", args=[file.pk]))
    assert answer["Content-Type"].startswith("text/csv")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(body))
    assert head[0] == "SKU"
    assert [row[0] for row in rows] == ["GOOD", "ALSO", "'=BAD()"]
    assert rows[2][1] == "'@title"
    assert rows[2][-2:] == ["Refused", "'-no such offer"]
    assert rows[0][2:7] == ["9", "12", "10", "1", "0"]


@pytest.mark.parametrize(("group", "status"), [("Manager", 200), ("Finance", 200), ("Admin", 403)])
def test_only_those_who_may_download_do(group, status, file) -> None:
    client = browser(group)
    where = reverse("sync:stock-file-csv", args=[file.pk])
    assert client.get(where).status_code == status
    assert (where in text(client, reverse("sync:stock-file", args=[file.pk]))) == (status == 200)


def test_files_and_rules_are_calm_when_empty(ops) -> None:
    assert "No file has gone yet" in text(ops, "/stock/files/")
    body = text(ops, "/stock/rules/")
    assert "No rule works now" in body
    assert "No rule has ended yet" in body


def test_rules_are_live_until_they_end(ops) -> None:
    now = business_now()
    manager = person("Manager")
    StockRuleFactory(subject="LIVE", made_by=manager)
    StockRuleFactory(scope="category", subject="Storage", kind="freeze", ends_at=None)
    StockRuleFactory(subject="OVER", ends_at=now - timedelta(minutes=1))
    StockRuleFactory(subject="STOPPED", ended_at=now, ended_by=manager)
    live, ended = text(ops, "/stock/rules/").split("Ended rules</h2>")
    assert "LIVE" in live
    assert "Category Storage" in live
    assert "until somebody ends it" not in live
    assert "somebody ends it" in live
    assert "OVER" not in live
    assert "by its own end" in ended
    assert "by Manager Person" in ended


@pytest.mark.parametrize("where", ["/stock/files/", "/stock/rules/", "file"])
def test_a_list_takes_the_same_queries_for_one_row_and_for_many(
    ops, file, where, django_assert_max_num_queries
) -> None:
    address = reverse("sync:stock-file", args=[file.pk]) if where == "file" else where
    StockRuleFactory(made_by=person("Manager"))
    StockRuleFactory(ended_at=business_now(), ended_by=person("Manager"))
    ops.get(address)
    with django_assert_max_num_queries(MOST) as few:
        ops.get(address)
    for _ in range(5):
        StockFileFactory()
        StockFileLineFactory(file=file)
        StockRuleFactory(made_by=person("Manager"))
        StockRuleFactory(ended_at=business_now(), ended_by=person("Manager"))
    with django_assert_max_num_queries(MOST) as many:
        ops.get(address)
    assert len(many) == len(few)
