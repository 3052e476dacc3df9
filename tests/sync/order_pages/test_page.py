"""The page of one order: its story over both systems, for people who may see customer data and people who may not."""

from decimal import Decimal

import pytest
from django.urls import reverse

from jlseko.clock import business_now
from sync.models import Event, SkuAlias
from sync.order_pages import story
from sync.states import Stage
from tests.factories.engine import (
    HOME,
    AttemptFactory,
    CorrectionFactory,
    DispatchFactory,
    EventFactory,
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
)
from tests.sync.pages import browser, person

FRAME = 3  # statements of every page
OWN = 8

pytestmark = pytest.mark.django_db


def read(order, group: str = "Operations") -> str:
    """The page as somebody of this group sees it."""
    return browser(group).get(reverse("sync:order", args=["shop", order.order_id])).content.decode()


@pytest.mark.parametrize(
    "order_id", ["JL/70 1-A", "ü-Ä?x=1#y", "a%2Fb", "A&<b>", "..x", "revert", "x" * 190, "تجربة", "a//b"]
)
def test_any_order_number_can_stand_in_an_address(order_id: str) -> None:
    order = OrderFactory(order_id=order_id)
    page = browser("Operations")
    listing = page.get(reverse("sync:order-list")).content.decode()
    url = reverse("sync:order", args=["shop", order.order_id])
    assert f'href="{url.replace("&", "&amp;")}"' in listing
    answer = page.get(url)
    assert answer.status_code == 200
    assert answer.context["order"] == order
    assert "<b>" not in answer.content.decode()


def test_a_number_that_no_address_can_hold_still_has_a_row() -> None:
    OrderFactory(order_id="two\nlines")
    assert "two\nlines" in browser("Operations").get(reverse("sync:order-list")).content.decode()


def test_an_unknown_order_is_not_found() -> None:
    OrderFactory(order_id="JL-1")
    desk = browser("Operations")
    assert desk.get("/orders/shop/JL-2/").status_code == 404
    assert desk.get("/orders/other/JL-1/").status_code == 404
    assert desk.get("/orders/shop/JL%00-2/").status_code == 404


@pytest.mark.parametrize("group", ["Finance", "Admin"])
def test_customer_data_never_reaches_people_who_may_not_see_them(group: str) -> None:
    order = OrderFactory(order_id="JL-SECRET-A")
    CorrectionFactory(item=order.item, value="Corrected Town", author=person("Operations"))
    attempt = AttemptFactory(
        item=order.item, outcome="rejected", reason="Postcode SL7 1AA is not in Corrected Town",
        response='{"errors": [{"field": "City", "message": "Marlow?"}], "ok": false}',
    )  # fmt: skip
    AttemptFactory(item=order.item, request_body="<xml>Ada</xml>", response="")
    EventFactory(item=order.item, kind="stalled", title="Stalled: SL7 1AA is no postcode", detail="Ada said so")
    page = read(order, group)
    for value in (*[value for value in HOME.values() if len(value) > 3], "Corrected Town", "Marlow?", "Ada"):
        assert value not in page, value
    assert f"attempt-{attempt.pk}" in page
    assert "FirstName" in page
    assert "message" in page
    assert "Hidden for your role." in page
    assert "is not in" in page


@pytest.mark.parametrize("group", ["Operations", "Manager"])
def test_people_of_the_desk_see_the_address_as_it_will_be_sent(group: str) -> None:
    order = OrderFactory()
    CorrectionFactory(item=order.item, value="Corrected Town", author=person("Operations"))
    CorrectionFactory(item=order.item, path="delivery.county", value="Rutland", reverted_at=business_now())
    answer = browser(group).get(reverse("sync:order", args=["shop", order.order_id]))
    place = dict(answer.context["address"])["Place"]
    assert place == "Corrected Town Buckinghamshire SL7 1AA GBR"
    assert "no-store" in answer["Cache-Control"]


def test_a_withheld_address_is_said_to_be_withheld() -> None:
    order = OrderFactory(address=None, marketplace_state="WAITING_ACCEPTANCE")
    for group in ("Operations", "Finance"):
        assert "withholds the address" in read(order, group)


def test_hostile_words_of_partners_stay_words() -> None:
    nasty = "<script>alert(1)</script>"
    order = OrderFactory(address=HOME | {"line1": nasty}, warehouse_state=nasty)
    OrderLineFactory(order=order, index=9, sku=nasty, title='=HYPERLINK("x")')
    DispatchFactory(order=order, courier=nasty, tracking_url="javascript:alert(1)", tracking_number="T1")
    DispatchFactory(order=order, tracking_url='https://track.example/?n="><b>', tracking_number="T2")
    page = read(order)
    assert "<script>alert" not in page
    assert "javascript:alert" not in page
    assert 'href="https://track.example/?n=&quot;&gt;&lt;b&gt;"' in page


def test_a_line_shows_its_product_at_seko_and_what_was_sent_of_it() -> None:
    order = OrderFactory(injected=True, skus=["BAG-RED", "bag-blue", "BAG-RED"])
    order.lines.filter(index=1).update(quantity=2)
    order.lines.filter(index=3).update(quantity=3, cancelled_quantity=1)
    ProductFactory(code="BG-9", connection=order.connection)
    SkuAlias.objects.create(
        connection=order.connection, sku="BAG-RED", product_code="BG-9", created_at=business_now(), author=None
    )
    DispatchFactory(order=order, lines={"bg-9": 3})
    answer = browser("Finance").get(reverse("sync:order", args=["shop", order.order_id]))
    rows = [(row.line.index, row.product, row.sent) for row in answer.context["lines"]]
    assert rows == [(1, "BG-9", 2), (2, "bag-blue", None), (3, "BG-9", 1)]
    assert '<td data-label="Cancelled" class="num">1</td>' in answer.content.decode()


def test_an_undecided_product_says_why() -> None:
    order = OrderFactory(skus=["BAG-b"])
    ProductFactory(code="BAG-B", connection=order.connection)
    assert "differs by case only" in read(order)


def tones(order, stuck=("info", "under way")) -> list[str]:
    """The steps as one letter each: s = done, i = under way, n = not by us."""
    return "".join(step["tone"][:1] or "." for step in story.steps(order, stuck=stuck))


def test_the_steps_follow_the_order_through_both_systems() -> None:
    now = business_now()
    assert tones(OrderFactory(marketplace_state="WAITING_ACCEPTANCE")) == "si......."
    assert tones(OrderFactory()) == "ssi......"
    assert tones(OrderFactory(injected=True)) == "ssssi...."
    assert tones(OrderFactory(injected=True, dispatched_at=now)) == "sssssssi."
    done = OrderFactory(done=True, injected_at=now, dispatched_at=now, confirmed_at=now)
    assert tones(done, stuck=None) == "sssssssss"


def test_an_order_that_somebody_else_confirmed_was_not_at_seko() -> None:
    assert tones(OrderFactory(item__stage=Stage.CONFIRMED, marketplace_state="SHIPPED")) == "sssnnnnsi"


def test_an_order_without_an_exception_has_its_page_too() -> None:
    order = OrderFactory(done=True)
    EventFactory(item=order.item, title="Delivered to the customer")
    page = read(order)
    assert "Open the exception" not in page
    assert "Delivered to the customer" in page
    assert "stuck here" not in page


def test_a_stalled_order_leads_to_its_exception_and_says_stuck() -> None:
    page = read(OrderFactory(stalled=True))
    assert "Open the exception" in page
    assert "stuck here" in page


def test_john_lewis_words_are_told_in_ours() -> None:
    order = OrderFactory()
    EventFactory(item=order.item, lane="marketplace", title="John Lewis: WAITING_DEBIT_PAYMENT → SHIPPING")
    assert "John Lewis: Waits for payment → To be shipped" in read(order)


def test_taking_a_correction_back_is_for_people_who_may_see_and_fix_it() -> None:
    correction = CorrectionFactory(author=person("Operations"))
    url = reverse("sync:revert", args=[correction.pk])
    for group in ("Finance", "Admin"):
        assert browser(group).post(url).status_code == 403
        assert url not in read(correction.item.order, group)
    assert browser("Operations").get(url).status_code == 405
    assert url in read(correction.item.order)
    for _ in range(2):
        assert browser("Operations").post(url).status_code == 302
    correction.refresh_from_db()
    assert correction.reverted_by == person("Operations")
    assert Event.objects.filter(kind="correction_reverted").count() == 1
    assert url not in read(correction.item.order)


def test_the_page_takes_the_same_queries_however_long_the_story(django_assert_max_num_queries) -> None:
    order = OrderFactory(injected=True, lines=2, total_price=Decimal(5))
    desk, url = browser("Operations"), reverse("sync:order", args=["shop", order.order_id])
    DispatchFactory(order=order, lines={"BAG-001": 1})
    CorrectionFactory(item=order.item, author=person("Operations"))
    EventFactory(item=order.item, actor=person("Operations"))
    AttemptFactory(item=order.item)
    desk.get(url)
    with django_assert_max_num_queries(FRAME + OWN) as few:
        desk.get(url)
    for number in range(5):
        DispatchFactory(order=order, lines={f"BAG-{number}": 1})
        CorrectionFactory(item=order.item, path=f"delivery.line{number}", author=person("Manager"))
        EventFactory(item=order.item, actor=person("Manager"))
        AttemptFactory(item=order.item)
        OrderLineFactory(order=order, index=20 + number)
    with django_assert_max_num_queries(FRAME + OWN) as many:
        desk.get(url)
    assert len(many) == len(few)


def test_each_parcel_says_what_was_in_it_what_was_told_and_where_it_stands() -> None:
    order = OrderFactory(injected=True, skus=["BAG", "HAT"], seller_reference="JL-REF-7")
    line = f"{order.order_id}-1"
    now = business_now()
    DispatchFactory(order=order, lines={"BAG": 2}, shipment_id="S-1", told_lines={line: 1}, confirmed_at=now)
    DispatchFactory(order=order, lines={"HAT": 1}, shipment_id="S-2", told_lines={f"{order.order_id}-2": 1})
    DispatchFactory(order=order, lines={"BAG": 0}, item__status="done")
    DispatchFactory(order=order, lines={"BAG": 4}, told_lines={line: 4}, item__stage="validated")
    answer = browser("Operations").get(reverse("sync:order", args=["shop", order.order_id]))
    rows = [(row.packed, row.told) for row in answer.context["dispatches"]]
    assert rows == [("2 × BAG", "1 × BAG"), ("1 × HAT", "1 × HAT"), ("0 × BAG", ""), ("4 × BAG", "")]
    page = answer.content.decode()
    for words in (
        "Confirmed at John Lewis",
        "Shipment created, not confirmed yet",
        "Nothing in it to tell",
        "Held until the whole order has left",
        "S-2",
        "JL-REF-7",
    ):
        assert words in page


def test_a_decision_is_told_in_words_and_not_as_it_is_kept() -> None:
    order = OrderFactory(injected=True)
    CorrectionFactory(item=order.item, path="short.cancel", value='{"lines": {"L-1": 2}, "reason": "OUT_OF_STOCK"}')
    CorrectionFactory(item=order.item, path="delivery.line2", value="{Flat 2")
    page = read(order)
    assert "L-1: 2, reason: OUT_OF_STOCK" in page
    assert "{Flat 2" in page
    assert "&quot;lines&quot;" not in page
