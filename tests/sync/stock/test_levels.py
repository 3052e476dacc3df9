"""What John Lewis should show: the formula, what is in flight, what rules do, and its price in statements."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from jlseko.clock import business_now
from sync.models import Event, Listing, Outcome, RuleKind, RuleScope, SkuAlias, StockRule
from sync.stock import levels, rules
from tests.factories.engine import AttemptFactory, ConnectionFactory, OrderFactory, ProductFactory
from tests.factories.stock import ListingFactory, StockReadingFactory, StockRuleFactory


def ago(**span: float):
    return business_now() - timedelta(**span)


@pytest.fixture
def shop(db):
    """A shop whose stock was read ten minutes ago."""
    connection = ConnectionFactory()
    StockReadingFactory(connection=connection, as_of=ago(minutes=10))
    return connection


def listing(shop, sku: str = "BAG", available: int | None = 10, **changes) -> Listing:
    values = {
        "published": None, "published_version": 0, "target": None, "sellable": None, "in_flight": 0, "shown": None,
    }  # fmt: skip
    if "product" not in changes:
        values["product"] = ProductFactory(connection=shop, code=sku, available=available, read_at=None)
    return ListingFactory(connection=shop, sku=sku, **{**values, **changes})


def sold(shop, quantity: int = 3, sku: str = "BAG", **changes):
    order = OrderFactory(connection=shop, skus=[sku], **changes)
    order.lines.update(quantity=quantity)
    return order


def computed(row: Listing) -> Listing:
    levels.compute(row.connection)
    row.refresh_from_db()
    return row


def test_the_formula(shop) -> None:
    row = listing(shop)
    sold(shop)
    StockRuleFactory(connection=shop, subject="BAG", quantity=2)
    computed(row)
    assert (row.sellable, row.in_flight, row.buffer, row.target, row.due) == (10, 3, 2, 5, True)
    parts = levels.formula(row)
    assert parts.sentence == "10 free − 3 in flight − 2 kept back = 5"
    assert [(line.quantity, line.injected_at) for line in parts.reserved] == [(3, None)]
    assert [rule.subject for rule in parts.rules] == ["BAG"]
    assert not parts.is_stale


def test_it_never_falls_below_zero(shop) -> None:
    row = listing(shop, available=2)
    sold(shop, 5)
    assert computed(row).target == 0
    other = listing(shop, "HAT", available=-4)
    assert computed(other).target == 0


def test_a_listing_that_nobody_can_name_has_no_level(shop) -> None:
    row = ListingFactory(connection=shop, unknown=True, sku="GHOST")
    computed(row)
    assert (row.target, row.due, row.sellable) == (None, False, None)
    row = listing(shop, "NEW", available=None)
    assert (computed(row).target, row.due) == (None, False)


ORDERS = [
    ({}, 3),
    ({"marketplace_state": "WAITING_ACCEPTANCE"}, 3),
    ({"item__status": "stalled"}, 3),
    ({"marketplace_state": "CANCELED"}, 0),
    ({"marketplace_state": "REFUSED"}, 0),
    ({"item__status": "cancelled"}, 0),
    ({"marketplace_state": "SHIPPED", "item__stage": "confirmed"}, 0),  # shipped without SEKO
    ({"injected": True, "injected_at": timedelta(minutes=-2)}, 3),  # after the reading
    ({"injected": True, "injected_at": timedelta(minutes=-12)}, 3),  # before it, but not yet visible then
    ({"injected": True, "injected_at": timedelta(minutes=-16)}, 0),  # visible: SEKO's figure holds it
    ({"injected": True, "injected_at": timedelta(minutes=-2), "item__stage": "dispatched"}, 3),
    ({"injected": True, "injected_at": timedelta(minutes=-2), "item__status": "done", "item__stage": "delivered"}, 3),
    ({"injected": True, "injected_at": timedelta(minutes=-2), "item__status": "cancelled"}, 0),
]


@pytest.mark.parametrize(("how", "in_flight"), ORDERS)
def test_an_order_is_in_flight_until_seko_s_figure_holds_it(shop, how, in_flight) -> None:
    row = listing(shop)
    given = dict(how)
    if "injected_at" in given:
        given["injected_at"] = business_now() + given["injected_at"]
    sold(shop, **given)
    assert computed(row).in_flight == in_flight


def test_a_product_that_was_read_by_itself_since_holds_later_orders(shop) -> None:
    row = listing(shop)
    row.product.read_at = ago(minutes=1)
    row.product.save()
    sold(shop, injected=True, injected_at=ago(minutes=8))
    assert computed(row).in_flight == 0


def test_cancelled_quantities_are_not_in_flight(shop) -> None:
    row = listing(shop)
    sold(shop).lines.update(cancelled_quantity=2)
    assert computed(row).in_flight == 1


@pytest.mark.parametrize("state", ["SHIPPING", "CANCELED"])
def test_what_is_cancelled_after_the_load_is_in_flight_until_seko_s_figure_holds_it(shop, state) -> None:
    row = listing(shop)
    order = sold(shop, injected=True, injected_at=ago(minutes=2), marketplace_state=state, item__status="stalled")
    order.lines.update(cancelled_quantity=3)
    assert computed(row).in_flight == 3
    row.product.read_at = business_now() + timedelta(minutes=4)
    row.product.save()
    assert computed(row).in_flight == 0


@pytest.mark.parametrize(
    ("operation", "outcome", "in_flight"),
    [
        ("websubmit", "", 3),
        ("websubmit", Outcome.UNKNOWN, 3),
        ("websubmit", Outcome.NOT_APPLIED, 0),
        ("websubmit", Outcome.REJECTED, 0),
        ("OR21", Outcome.UNKNOWN, 0),
    ],
)
def test_a_cancelled_order_is_in_flight_while_nobody_knows_whether_seko_took_it(
    shop, operation, outcome, in_flight
) -> None:
    row = listing(shop)
    order = sold(shop, marketplace_state="CANCELED", item__status="unknown")
    order.lines.update(cancelled_quantity=3)
    AttemptFactory(item=order.item, operation=operation, outcome=outcome)
    assert computed(row).in_flight == in_flight


def test_an_order_counts_for_the_product_that_its_sku_means(shop) -> None:
    row = listing(shop)
    SkuAlias.objects.create(connection=shop, sku="JL-BAG", product_code="bag", created_at=business_now())
    sold(shop, sku="JL-BAG")
    sold(shop, 1, sku="bag")
    assert computed(row).in_flight == 4


def test_listings_that_mean_the_same_product_share_it(shop) -> None:
    row = listing(shop, available=9)
    SkuAlias.objects.create(connection=shop, sku="BAG-RED", product_code="BAG", created_at=business_now())
    second = ListingFactory(connection=shop, unknown=True, sku="BAG-RED", active=True)
    gone = ListingFactory(connection=shop, unknown=True, sku=" bag", active=False)
    sold(shop, 2)
    computed(row)
    second.refresh_from_db()
    gone.refresh_from_db()
    assert (row.target, second.target, row.sharers, second.sharers) == (3, 3, 2, 2)
    assert gone.target is None, "John Lewis has that offer no more"
    assert levels.formula(row).sentence == "(9 free − 2 in flight − 0 kept back) shared by 2 listings = 3"


def test_listings_without_a_product_share_nothing(shop) -> None:
    row = ListingFactory(connection=shop, unknown=True, sku="ONE")
    ListingFactory(connection=shop, unknown=True, sku="OTHER", sharers=2)
    levels.compute(shop)
    assert set(Listing.objects.values_list("sharers", flat=True)) == {1}
    assert computed(row).target is None


def test_another_product_behind_a_listing_starts_its_versions_anew(shop) -> None:
    row = listing(shop, published_version=900)
    ProductFactory(connection=shop, code="SACK", available=4, version=7)
    SkuAlias.objects.create(connection=shop, sku="BAG", product_code="SACK", created_at=business_now())
    computed(row)
    assert (row.product.code, row.target, row.published_version) == ("SACK", 4, 0)


def test_frozen_levels_may_fall_and_never_rise(shop) -> None:
    row = listing(shop, published=6)
    StockRuleFactory(connection=shop, kind=RuleKind.FREEZE, scope=RuleScope.CATEGORY, subject=row.category)
    assert (computed(row).target, row.hold) == (6, "freeze")
    sold(shop, 8)
    assert computed(row).target == 2


def test_a_rule_can_show_none_at_all(shop) -> None:
    row = listing(shop)
    StockRuleFactory(connection=shop, kind=RuleKind.ZERO, scope=RuleScope.ALL, subject="")
    assert (computed(row).target, row.hold) == (0, "zero")


def test_of_several_buffers_the_largest_counts(shop) -> None:
    row = listing(shop)
    StockRuleFactory(connection=shop, subject="BAG", quantity=1)
    StockRuleFactory(connection=shop, scope=RuleScope.ALL, subject="", quantity=4)
    StockRuleFactory(connection=shop, subject="HAT", quantity=9)
    assert computed(row).buffer == 4


def test_a_rule_ends_by_itself_and_everything_about_it_is_on_the_timeline(shop, admin_user) -> None:
    row = listing(shop)
    rule = rules.make(
        shop, RuleKind.BUFFER, RuleScope.SKU, "BAG", quantity=4, reason="Count was out", ends_at=None, by=admin_user
    )
    assert computed(row).target == 6
    StockRule.objects.filter(pk=rule.pk).update(ends_at=ago(seconds=1))
    assert computed(row).target == 10
    rule.refresh_from_db()
    assert rule.ended_at is not None
    assert not rules.end(rule, admin_user)
    titles = list(Event.objects.filter(kind="stock_rule").values_list("title", "actor__username"))
    assert titles == [
        ("Stock rule made: keep back 4 of SKU BAG", "admin"),
        ("Stock rule ended: keep back 4 of SKU BAG", None),
    ]


@pytest.mark.parametrize(
    ("kind", "scope", "subject", "quantity", "reason", "hours"),
    [
        (RuleKind.BUFFER, RuleScope.SKU, "", 2, "why", None),
        (RuleKind.BUFFER, RuleScope.SKU, "BAG", 0, "why", None),
        (RuleKind.FREEZE, RuleScope.ALL, "", 0, " ", None),
        (RuleKind.ZERO, RuleScope.ALL, "", 0, "why", -1),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_sentence(shop, kind, scope, subject, quantity, reason, hours):
    ends_at = business_now() + timedelta(hours=hours) if hours else None
    with pytest.raises(ValueError, match=r"\.$"):
        rules.make(shop, kind, scope, subject, quantity=quantity, reason=reason, ends_at=ends_at, by=None)


def test_figures_that_are_too_old_show_none_where_the_shop_wants_that(shop) -> None:
    row = listing(shop)
    shop.stock_readings.update(as_of=ago(minutes=80))
    assert (computed(row).target, row.hold) == (10, "")
    shop.settings = {"stock_stale_zero": True}
    shop.save()
    row.connection = shop
    assert (computed(row).target, row.hold) == (0, "stale")
    assert levels.formula(row).is_stale


def test_nothing_is_written_where_nothing_changed(shop) -> None:
    row = listing(shop)
    assert levels.compute(shop) == 1
    assert levels.compute(shop) == 0
    Listing.objects.filter(pk=row.pk).update(published=10, due=False)
    assert levels.compute(shop) == 0
    Listing.objects.filter(pk=row.pk).update(due=True)  # a person wants it told again
    assert levels.compute(shop) == 0
    sold(shop)
    sold(shop)
    assert levels.compute(shop) == 1
    assert computed(row).due


def test_levels_cost_the_same_number_of_statements_for_ten_listings_and_for_a_thousand(shop) -> None:
    counts = []
    for start, size in ((0, 10), (10, 1000)):
        for number in range(start, start + size):
            Listing.objects.create(connection=shop, sku=f"P{number}", sku_key=f"p{number}")
            ProductFactory(connection=shop, code=f"P{number}", available=5)
        with CaptureQueriesContext(database) as found:
            assert levels.compute(shop) == size
        counts.append(len(found))
    assert counts[0] == counts[1]
