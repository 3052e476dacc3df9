"""What people do to levels: push, show none, freeze, keep back, end; who may, and what bad input is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from jlseko.clock import business_now
from sync.links import listing_url
from sync.models import Listing, StockRule
from sync.stock import levels
from tests.factories.stock import ListingFactory, StockReadingFactory, StockRuleFactory
from tests.sync.pages import browser, person

pytestmark = pytest.mark.django_db
LIST = "/stock/?view=drifting"
NEW = "/stock/rules/new/"
BUFFER = {"kind": "buffer", "quantity": "3", "reason": "Two were broken.", "lasts": "open", "scope": "sku"}


@pytest.fixture(autouse=True)
def _read() -> None:
    StockReadingFactory()


@pytest.fixture
def ops() -> Client:
    return browser("Operations")


@pytest.fixture
def manager() -> Client:
    return browser("Manager")


def said(answer: HttpResponse) -> str:
    """The page that follows."""
    return answer.content.decode()


def press(client: Client, where: str, **data: Any) -> str:
    return said(client.post(where, data, follow=True))


def rule() -> StockRule:
    return StockRule.objects.get()


def hours_left(made: StockRule) -> int:
    assert made.ends_at
    return round((made.ends_at - business_now()) / timedelta(hours=1))


@pytest.mark.parametrize(("act", "kind"), [("zero", "zero"), ("freeze", "freeze")])
def test_one_click_holds_the_selected_rows_for_a_day(ops, act, kind) -> None:
    chosen = [ListingFactory(moved=True), ListingFactory(moved=True)]
    ListingFactory(moved=True)
    page = press(ops, LIST, act=act, selected=[each.pk for each in chosen])
    made = StockRule.objects.all()
    assert {(each.kind, each.subject, each.made_by.username) for each in made} == {
        (kind, each.sku, "operations") for each in chosen
    }
    assert {hours_left(each) for each in made} == {24}
    assert all(each.reason for each in made)
    assert "2 SKUs" in page
    assert "John Lewis is told with the next file." in page
    assert "Level differs" in page


def test_reason_and_end_may_be_given_with_the_click(ops) -> None:
    listing = ListingFactory()
    press(ops, LIST, act="freeze", selected=[listing.pk], reason=" Wrong photo ", lasts="4h")
    assert (rule().reason, hours_left(rule())) == ("Wrong photo", 4)


def test_a_button_of_a_row_acts_on_this_row_alone(ops) -> None:
    one, other = ListingFactory(), ListingFactory()
    page = press(ops, LIST, one=f"zero:{one.pk}", selected=[other.pk])
    assert rule().subject == one.sku
    assert f"John Lewis will show none of {one.sku}" in page
    body = said(ops.get("/stock/"))
    assert f'value="end:{rule().pk}"' in body
    page = press(ops, LIST, one=f"end:{rule().pk}")
    assert rule().ended_by == person("Operations")
    assert "Ended:" in page
    assert "had been ended already by Operations Person" in press(ops, LIST, one=f"end:{rule().pk}")


def test_the_engine_follows_the_rule(ops) -> None:
    listing = ListingFactory(in_flight=0)
    press(ops, "/stock/", one=f"zero:{listing.pk}")
    levels.compute(listing.connection)
    listing.refresh_from_db()
    assert (listing.target, listing.hold) == (0, "zero")
    assert "A rule says to show none, so John Lewis should show 0." in said(ops.get(listing_url(listing)))


def test_pushing_makes_levels_due_again(ops) -> None:
    refused, unknown = ListingFactory(refused=True), ListingFactory(unknown=True)
    page = press(ops, LIST, act="push", selected=[refused.pk, unknown.pk])
    refused.refresh_from_db()
    assert (refused.due, refused.failures) == (True, 0)
    assert "1 of 2 levels will be told to John Lewis again" in page
    assert "There is no level to tell" in press(ops, LIST, one=f"push:{unknown.pk}")


def test_a_new_rule_of_a_kind_takes_the_place_of_the_old_one(ops) -> None:
    listing = ListingFactory()
    press(ops, LIST, act="zero", selected=[listing.pk])
    press(ops, LIST, act="zero", selected=[listing.pk], lasts="1h")
    assert StockRule.objects.count() == 2
    assert hours_left(StockRule.objects.get(ended_at=None)) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"act": "zero"}, "Select at least one row first."),
        ({"act": "zero", "selected": ["x", "-1", "9" * 30]}, "Select at least one row first."),
        ({"act": "zero", "selected": ["123456"]}, "1 of the rows is no longer listed"),
        ({"act": "explode", "selected": ["1"]}, "choose one of the buttons"),
        ({"one": "zero:"}, "Select at least one row first."),
        ({"one": "end:123456"}, "This rule does not exist any more."),
        ({}, "choose one of the buttons"),
    ],
)
def test_nonsense_does_nothing_and_says_so(ops, data, words) -> None:
    assert words in press(ops, LIST, **data)
    assert not StockRule.objects.exists()


def test_a_row_that_has_gone_is_left_out(ops) -> None:
    gone, there = ListingFactory(active=False), ListingFactory()
    page = press(ops, LIST, act="zero", selected=[gone.pk, there.pk])
    assert "1 of the rows is no longer listed at John Lewis and left out." in page
    assert rule().subject == there.sku


@pytest.mark.parametrize("group", ["Admin", "Finance"])
def test_readers_neither_see_nor_use_the_buttons(group) -> None:
    listing = ListingFactory()
    kept = StockRuleFactory(subject=listing.sku)
    client = browser(group)
    for where in ("/stock/", listing_url(listing), "/stock/rules/"):
        page = said(client.get(where))
        assert 'value="push' not in page
        assert "End it" not in page
        assert NEW not in page
    for data in ({"act": "push"}, {"act": "zero"}, {"act": "freeze"}, {"act": "buffer"}):
        assert client.post(LIST, data | {"selected": [listing.pk]}).status_code == 403
        assert client.post(listing_url(listing), data).status_code == 403
    assert client.post(listing_url(listing), {"act": "rule", "rule-kind": "zero"}).status_code == 403
    assert client.post(reverse("sync:stock-rule-end", args=[kept.pk])).status_code == 403
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, BUFFER).status_code == 403
    assert StockRule.objects.get().ended_at is None


def test_operations_stop_one_sku_but_do_not_rule_more(ops) -> None:
    listing = ListingFactory()
    assert ops.post(LIST, {"act": "buffer", "selected": [listing.pk]}).status_code == 403
    wide = StockRuleFactory(scope="category", subject="Storage", kind="zero")
    assert ops.post(reverse("sync:stock-rule-end", args=[wide.pk])).status_code == 403
    assert ops.post(NEW, BUFFER | {"sku": listing.sku, "shop": listing.connection_id}).status_code == 422
    assert ops.post(
        NEW, {"kind": "zero", "scope": "all", "shop": listing.connection_id, "reason": "x", "lasts": "24h"}
    ).status_code == 422  # fmt: skip
    assert StockRule.objects.get() == wide
    assert "Keep back: some" not in said(ops.get(NEW))


def test_selected_rows_are_kept_back_through_the_form(manager) -> None:
    chosen = [ListingFactory(sku="BAG "), ListingFactory(sku="BOX")]
    answer = manager.post(LIST, {"act": "buffer", "selected": [each.pk for each in chosen]})
    form = said(manager.get(answer["Location"]))
    assert "BAG" in form
    data = BUFFER | {"listing": [each.pk for each in chosen], "next": LIST}
    answer = manager.post(NEW, data)
    assert answer["Location"] == LIST
    assert {(each.subject, each.quantity, each.ends_at) for each in StockRule.objects.all()} == {
        ("BAG ", 3, None), ("BOX", 3, None),
    }  # fmt: skip
    levels.compute(chosen[0].connection)
    assert Listing.objects.get(sku="BAG ").buffer == 3


@pytest.mark.parametrize(
    ("about", "made"),
    [
        ({"scope": "category", "category": "Storage"}, ("category", "Storage")),
        ({"scope": "all"}, ("all", "")),
        ({"scope": "sku", "sku": "BAG"}, ("sku", "BAG ")),
    ],
)
def test_a_manager_rules_a_category_or_everything(manager, about, made) -> None:
    listing = ListingFactory(sku="BAG ")
    page = press(manager, NEW, **(BUFFER | about | {"shop": listing.connection_id}))
    assert (rule().scope, rule().subject) == made
    assert "are kept back until somebody ends it." in page
    page = press(manager, reverse("sync:stock-rule-end", args=[rule().pk]))
    assert rule().ended_by == person("Manager")
    assert "Ended: “keeps 3 back”" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": " "}, "Say why, so that others know when the rule may go."),
        ({"quantity": "-2"}, "Enter a number above 0"),
        ({"quantity": ""}, "Say how many are kept back."),
        ({"quantity": "many"}, "Enter a whole number."),
        ({"lasts": "at", "at": "2001-01-01T09:00"}, "This time has passed already."),
        ({"lasts": "at", "at": ""}, "Enter a date and a time."),
        ({"kind": "zero", "lasts": "open"}, "choose when it ends"),
        ({"sku": "bag"}, "John Lewis has no listing bag. Did you mean BAG?"),
        ({"sku": "NO-SUCH"}, "John Lewis has no listing NO-SUCH. Copy it from the stock list."),
        ({"sku": ""}, "Enter the SKU."),
        ({"scope": "category", "category": ""}, "Choose a category."),
        ({"reason": "y" * 301}, "at most 300 characters"),
    ],
)
def test_bad_input_is_told_what_to_do_and_keeps_what_was_typed(manager, changed, words) -> None:
    listing = ListingFactory(sku="BAG")
    data = BUFFER | {"shop": listing.connection_id, "sku": "BAG"} | changed
    answer = manager.post(NEW, data)
    assert answer.status_code == 422
    page = said(answer)
    assert words in page
    assert data["reason"].strip() in page
    assert not StockRule.objects.exists()


def test_the_page_of_a_sku_acts_too(manager) -> None:
    listing = ListingFactory(sku="A/B ")
    where = listing_url(listing)
    page = said(manager.get(where))
    assert "Push now" in page
    data = {f"rule-{name}": value for name, value in BUFFER.items()}
    page = press(manager, where, act="rule", **data)
    assert (rule().subject, rule().quantity) == ("A/B ", 3)
    assert "Two were broken." in page
    press(manager, where, act="push")
    listing.refresh_from_db()
    assert listing.due
    press(manager, where, act="zero")
    assert hours_left(StockRule.objects.get(kind="zero")) == 24


def test_a_mistake_on_the_page_of_a_sku_opens_the_form_again(manager) -> None:
    where = listing_url(ListingFactory())
    data = {f"rule-{name}": value for name, value in (BUFFER | {"quantity": "0"}).items()}
    answer = manager.post(where, {"act": "rule", **data})
    assert answer.status_code == 422
    assert "Enter a number above 0" in said(answer)
    assert "Two were broken." in said(answer)
    assert '<details class="fold" open>' in said(answer)


def test_whoever_was_overtaken_is_told_and_loses_nothing(manager, ops) -> None:
    listing = ListingFactory()
    where = listing_url(listing)
    seen = manager.get(where).context["seen"]
    press(ops, where, act="freeze")
    data = {f"rule-{name}": value for name, value in BUFFER.items()}
    answer = manager.post(where, {"act": "rule", "seen": seen, **data})
    assert answer.status_code == 409
    assert "Somebody changed the rules of this SKU" in said(answer)
    assert "Two were broken." in said(answer)
    assert rule().kind == "freeze"
    press(manager, where, act="rule", seen=answer.context["seen"], **data)
    assert StockRule.objects.filter(kind="buffer").exists()


def test_a_sku_that_is_listed_no_more_cannot_be_held(ops) -> None:
    listing = ListingFactory(active=False)
    answer = ops.post(listing_url(listing), {"act": "zero"})
    assert answer.status_code == 409
    assert "does not list this SKU any more" in said(answer)
    assert not StockRule.objects.exists()


def test_ending_a_rule_comes_back_to_a_page_of_ours_only(ops) -> None:
    kept = StockRuleFactory(kind="zero")
    where = reverse("sync:stock-rule-end", args=[kept.pk])
    assert ops.post(where, {"next": "https://elsewhere.example/"})["Location"] == "/stock/rules/"
    assert ops.post(where, {"next": "/stock/?q=x"})["Location"] == "/stock/?q=x"
    assert ops.get(where).status_code == 405
