"""The order list and the search box: which orders are shown, with what, for how many queries."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jlseko.clock import business_now
from sync.models import Order
from tests.factories.engine import DispatchFactory, OrderFactory
from tests.sync.pages import MOST, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops() -> Client:
    return browser("Operations")


def shown(client: Client, **query: str) -> set[str]:
    """The order numbers that the list shows."""
    page = client.get(reverse("sync:order-list"), query).content.decode()
    return {number for number in Order.objects.values_list("order_id", flat=True) if f">{number}</" in page}


def test_a_row_says_where_the_order_is_and_leads_to_its_exception(ops: Client) -> None:
    order = OrderFactory(stalled=True, lines=2, order_id="JL-STUCK-A")
    page = ops.get(reverse("sync:order-list")).content.decode()
    assert "Stalled" in page
    assert "To be shipped" in page
    assert "2 units" in page
    assert reverse("exceptions:for-order", args=["shop", order.order_id]) in page


def test_a_stalled_dispatch_makes_its_order_stalled(ops: Client) -> None:
    dispatch = DispatchFactory(item__status="stalled")
    OrderFactory()
    assert shown(ops, where="stalled") == {dispatch.order.order_id}
    assert dispatch.order.order_id not in shown(ops, where="moving")


def test_every_order_is_in_exactly_one_place(ops: Client) -> None:
    OrderFactory(stalled=True)
    OrderFactory(done=True)
    OrderFactory()
    DispatchFactory(item__status="stalled", order=OrderFactory(done=True))
    places = [shown(ops, where=place) for place in ("moving", "stalled", "done")]
    assert [len(place) for place in places] == [1, 2, 1]
    assert len(set.union(*places)) == 4


def test_the_earliest_deadline_of_an_order_and_its_dispatches_counts(ops: Client) -> None:
    now = business_now()
    late = DispatchFactory(
        order=OrderFactory(injected=True, order_id="LATE-A", item__deadline=now + timedelta(days=2)),
        item__deadline=now - timedelta(hours=1),
    ).order
    soon = OrderFactory(order_id="SOON-A", item__deadline=now + timedelta(hours=2))
    OrderFactory(order_id="OVER-A", done=True, item__deadline=now - timedelta(hours=1))
    OrderFactory(order_id="SENT-A", confirmed_at=now, item__deadline=now - timedelta(hours=1))
    never = OrderFactory(order_id="NEVER-A", item__deadline=None, shipping_deadline=None)
    assert shown(ops, due="late") == {late.order_id}
    assert shown(ops, due="4h") == {soon.order_id}
    assert shown(ops, due="none") == {never.order_id}
    assert "1 h late" in ops.get(reverse("sync:order-list"), {"due": "late"}).content.decode()


def test_filters_by_stage_and_by_john_lewis_state(ops: Client) -> None:
    waiting = OrderFactory(marketplace_state="WAITING_ACCEPTANCE")
    injected = OrderFactory(injected=True)
    assert shown(ops, marketplace="WAITING_ACCEPTANCE") == {waiting.order_id}
    assert shown(ops, stage="injected") == {injected.order_id}
    assert shown(ops, stage="nonsense", where="no such place", due="\x00") == {waiting.order_id, injected.order_id}


def test_a_state_that_is_new_to_us_is_shown_as_it_came(ops: Client) -> None:
    OrderFactory(marketplace_state="BEAMED_UP")
    assert "BEAMED_UP" in ops.get(reverse("sync:order-list")).content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "JL-WANTED-A",
        "jl-wanted",
        "jl wanted",
        "SEKO-77",
        "wanted-sku",
        " WANTED-SKU ",
        "15500000000099",
        "1550 0000 000099",
    ],
    ids=repr,
)
def test_the_list_is_searched_by_numbers_in_any_spelling(ops: Client, text: str) -> None:
    wanted = OrderFactory(order_id="JL-WANTED-A", warehouse_number="SEKO-77", skus=["WANTED-SKU"])
    DispatchFactory(order=wanted, tracking_number="15500000000099")
    OrderFactory()
    assert shown(ops, q=text) == {"JL-WANTED-A"}


@pytest.mark.parametrize("text", ["ab", "no-such-thing", "%", "'; drop table", "é" * 300])
def test_a_search_of_the_list_without_a_hit_says_so(ops: Client, text: str) -> None:
    OrderFactory()
    answer = ops.get(reverse("sync:order-list"), {"q": text})
    assert answer.status_code == 200
    assert "Nothing matches" in answer.content.decode()


def test_the_list_takes_the_same_queries_for_one_order_and_for_many(ops: Client, django_assert_max_num_queries) -> None:
    for _ in range(3):
        DispatchFactory()
    OrderFactory(stalled=True, lines=4)
    ops.get(reverse("sync:order-list"))
    with django_assert_max_num_queries(MOST) as few:
        ops.get(reverse("sync:order-list"))
    for _ in range(12):
        DispatchFactory(item__status="stalled")
    with django_assert_max_num_queries(MOST) as many:
        ops.get(reverse("sync:order-list"))
    assert len(many) == len(few)
