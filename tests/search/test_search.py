"""Search from anywhere: what a text finds for whom, where Enter leads, and at which cost."""

import pytest
from django.test import Client
from django.urls import reverse

from exceptions.models import Entry, EntryKind, ExceptionRecord
from jlseko.search import service
from sync import pipeline
from sync.failures import Code, Failure
from sync.models import Order
from tests.factories.engine import ConnectionFactory, DispatchFactory, OrderFactory
from tests.factories.stock import ListingFactory
from tests.sync.pages import MOST, browser, person

pytestmark = pytest.mark.django_db

GUID = "9b2c1f60-5a1e-5d0b-9a3a-0c7d1e2f3a4b"


@pytest.fixture
def ops() -> Client:
    return browser("Operations")


@pytest.fixture
def wanted() -> Order:
    """One order with a parcel, among others."""
    order = OrderFactory(
        order_id="JL-WANTED-A", commercial_id="C-500-1", warehouse_number="SEKO-77", warehouse_guid=GUID,
        skus=["WANTED-SKU"],
    )  # fmt: skip
    DispatchFactory(order=order, tracking_number="15500000000099", dispatch_number="DSP-4711")
    OrderFactory(address=None)
    return order


def find(client: Client, text: str, **more: str):
    """The answer of the search page."""
    return client.get(reverse("search"), {"q": text, **more})


def hits(client: Client, text: str) -> list[tuple[str, str]]:
    """Kind and title of everything found."""
    return [(hit.kind, hit.title) for hit in find(client, text, all="1").context["found"].hits]


@pytest.mark.parametrize(
    "text",
    [
        "JL-WANTED-A", "jl-wanted-a", " JLWANTEDA ", "jl wanted a", "JL–WANTED–A", "jl-want", "C-500-1", "c5001",
        "SEKO-77", "seko 77", GUID, GUID.upper(), GUID.replace("-", ""), "wanted-sku", " WANTED-SKU ",
        "15500000000099", "1550 0000 0000 99", "DSP-4711", "sl71aa", "SL7 1AA",
    ],
    ids=repr,
)  # fmt: skip
def test_enter_leads_straight_to_the_one_that_is_meant(ops: Client, wanted: Order, text: str) -> None:
    OrderFactory(address={"postcode": "LS1 4AP"})
    assert find(ops, text)["Location"] == reverse("sync:order", args=["shop", "JL-WANTED-A"])


def test_an_exact_number_wins_over_longer_ones(ops: Client) -> None:
    OrderFactory(order_id="JL-1")
    OrderFactory(order_id="JL-10")
    assert find(ops, "jl1")["Location"].endswith("/JL-1/")
    several = find(ops, "JL-")
    assert several.status_code == 200 or several["Location"]
    assert hits(ops, "jl1") == [("order", "JL-1"), ("order", "JL-10")]


def test_the_same_number_on_two_connections_is_a_choice(ops: Client) -> None:
    OrderFactory(order_id="JL-TWICE")
    OrderFactory(order_id="JL-TWICE", connection=ConnectionFactory(name="other"))
    page = find(ops, "JL-TWICE")
    assert page.status_code == 200
    assert {hit.url for hit in page.context["found"].hits} == {"/orders/shop/JL-TWICE/", "/orders/other/JL-TWICE/"}


def test_a_parcel_that_nobody_knows_an_order_of_leads_to_its_exception(ops: Client) -> None:
    dispatch = DispatchFactory(
        order=None, connection=ConnectionFactory(), order_number="", tracking_number="LOST-1", item__order_key=""
    )
    pipeline.stall(dispatch.item, [Failure(Code.DISPATCH_UNMATCHED, "No order has this number.")])
    assert find(ops, "lost1")["Location"] == reverse("exceptions:for-item", args=[dispatch.item_id])
    assert [kind for kind, _ in hits(ops, "lost1")] == ["dispatch", "exception"]


def test_an_order_brings_its_live_exception_and_a_number_finds_any(ops: Client) -> None:
    order = OrderFactory(order_id="JL-STUCK-A")
    pipeline.stall(order.item, [Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")])
    record = ExceptionRecord.objects.get()
    assert hits(ops, "jl-stuck-a") == [("order", "JL-STUCK-A"), ("exception", record.headline)]
    assert find(ops, f"#{record.pk}")["Location"] == reverse("exceptions:detail", args=[record.pk])
    words = record.cause.headline.split()[-1]
    assert ("cause", record.cause.headline) in hits(ops, words)
    assert "holds 1 order now" in find(ops, words, all="1").content.decode()


def test_a_product_is_found_by_the_beginning_of_its_sku(ops: Client) -> None:
    listing = ListingFactory(sku="Tote-Red-L")
    ListingFactory(sku="TOTE-BLUE")
    assert hits(ops, "tote") == [("sku", "TOTE-BLUE"), ("sku", "Tote-Red-L")]
    assert find(ops, "tote-red-l")["Location"].endswith("/Tote-Red-L/")
    OrderFactory(skus=[listing.sku])
    assert find(ops, "TOTE-RED-L")["Location"].endswith("/Tote-Red-L/")


@pytest.mark.parametrize("group", ["Finance", "Admin"])
def test_only_who_may_see_customers_finds_them_by_postcode(wanted: Order, group: str) -> None:
    desk = browser(group)
    page = find(desk, "SL7 1AA")
    assert page.status_code == 200
    assert page.context["found"].hits == []
    assert "were not searched by this postcode" in page.content.decode()
    assert "palette-customer" not in desk.get(reverse("palette"), {"q": "SL7 1AA"}).content.decode()
    assert not Entry.objects.filter(kind=EntryKind.REVEALED).exists()


def test_looking_by_postcode_is_written_down_without_the_postcode(ops: Client, wanted: Order) -> None:
    palette = ops.get(reverse("palette"), {"q": "sl7 1aa"}).content.decode()
    assert "JL-WANTED-A" not in palette
    assert "palette-customer" in palette
    assert not Entry.objects.exists()
    find(ops, "sl7 1aa")
    entry = Entry.objects.get()
    assert (entry.kind, entry.actor, entry.data["found"]) == (EntryKind.REVEALED, person("Operations"), 1)
    assert "SL7" not in entry.text.upper()
    find(ops, "JL-WANTED-A")
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["ab", "no-such-thing", "%%%", "___", "'; drop table", "é" * 300, "\x00", "#9", "#" + "9" * 30]
)
def test_nothing_found_says_what_can_be_searched(ops: Client, text: str) -> None:
    OrderFactory()
    page = find(ops, text)
    assert page.status_code == 200
    assert page.context["found"].hits == []


def test_without_a_text_the_page_shows_where_to_go(ops: Client) -> None:
    page = ops.get(reverse("search")).content.decode()
    for words in ("Exceptions: My queue", "Take the next most urgent", "Sync health", "Stock files"):
        assert words in page
    assert "Connections" not in [each.label for each in offers_of(ops)]
    assert "Take the next most urgent" not in [each.label for each in offers_of(browser("Finance"))]


def offers_of(client: Client, text: str = "") -> list:
    """What the page offers to go to or do."""
    return [
        offer
        for _, named in client.get(reverse("search"), {"q": text, "all": "1"}).context["offers"]
        for offer in named
    ]


def test_places_and_deeds_are_found_by_their_words(ops: Client) -> None:
    assert [each.label for each in offers_of(ops, "my queue")] == ["Exceptions: My queue"]
    assert find(ops, "my queue")["Location"].endswith("?view=my-queue")
    assert find(ops, "take the next most").status_code == 200  # a deed is never done by a link
    palette = ops.get(reverse("palette"), {"q": "dark"}).content.decode()
    assert 'data-choice="theme=dark"' in palette
    assert 'data-choice="theme=light"' not in palette


def test_hostile_words_stay_words(ops: Client) -> None:
    OrderFactory(order_id="JL-<script>alert(1)</script>")
    for name in ("search", "palette"):
        answer = ops.get(reverse(name), {"q": "JL-<script>", "all": "1"})
        assert "<script>alert" not in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["search", "palette"])
def test_the_cost_is_the_same_for_few_orders_and_for_many(
    ops: Client, django_assert_max_num_queries, name: str
) -> None:
    def cost() -> int:
        ops.get(reverse(name), {"q": "jl7", "all": "1"})
        with django_assert_max_num_queries(MOST) as taken:
            ops.get(reverse(name), {"q": "jl7", "all": "1"})
        return len(taken)

    few = [OrderFactory(order_id="JL7-0")]
    before = cost()
    for number in range(8):
        few.append(OrderFactory(order_id=f"JL7-{number + 1}"))
        DispatchFactory(order=few[-1])
        pipeline.stall(few[-1].item, [Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")])
    assert cost() == before


def test_a_search_takes_three_queries_whatever_it_finds(django_assert_num_queries, wanted: Order) -> None:
    user = person("Operations")
    user.has_perm("exceptions.view_exception")
    for text in ("JL-WANTED-A", "wanted", GUID, "SL7 1AA"):
        with django_assert_num_queries(3):
            service.search(text, user=user)


def test_taking_the_next_opens_the_most_urgent_of_my_queue(ops: Client) -> None:
    url = reverse("exceptions:take-next")
    assert "view=my-queue" in ops.post(url)["Location"]
    order = OrderFactory()
    pipeline.stall(order.item, [Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")])
    record = ExceptionRecord.objects.get()
    assert ops.get(url).status_code == 405
    assert browser("Finance").post(url).status_code == 403
    assert ops.post(url)["Location"] == reverse("exceptions:detail", args=[record.pk])
    record.refresh_from_db()
    assert record.owner == person("Operations")
