"""What the watch over the levels finds, when it speaks, and what it takes to be silent again."""

from dataclasses import replace

import pytest
from django.utils import timezone

from jlseko.clock import business_now
from sync import limits, pipeline, skus
from sync.failures import Code
from sync.flows import stock
from sync.models import FlowState, Listing, RuleKind, StockChange, StockReading
from sync.shapes import StockAdjustment, StockAnswer, StockMoveLine, StockRow
from sync.stock import ledger, trouble, watching
from tests.factories.engine import OrderFactory, ProductFactory
from tests.factories.stock import ListingFactory, StockRuleFactory
from tests.sync.double_shipments import refused
from tests.sync.stock.shop import Shop, ago


@pytest.fixture
def shop(engine) -> Shop:
    return Shop(engine)


def look(shop: Shop) -> dict[str, int]:
    """One run of the watch."""
    state, _ = FlowState.objects.get_or_create(
        connection=shop.connection, flow="watch-stock", defaults={"due_at": timezone.now()}
    )
    return stock.watch_stock(shop.engine.context(), state)


def told(shop: Shop, sku: str = "BAG") -> list[tuple[str, str]]:
    item = shop.listing(sku).item
    return [(f["code"], f["rule"]) for f in item.failures] if item and item.status == "stalled" else []


def right_listing(shop: Shop, sku: str = "BAG", free: int = 7) -> Listing:
    """A listing that was told, taken and read back."""
    shop.sell(**{sku: free})
    shop.publish()
    shop.step(3)
    return shop.listing(sku)


def test_nothing_is_said_while_everything_is_right(shop) -> None:
    right_listing(shop)
    counts = look(shop)
    assert (counts["told"], counts["right"], told(shop)) == (0, 0, [])


def test_a_level_that_is_not_kept_is_told_after_two_looks_and_closed_by_a_reading(shop) -> None:
    right_listing(shop)
    shop.market.offers["BAG"] = 12
    Listing.objects.update(shown=12, drift_since=ago(minutes=70), shown_at=ago(minutes=65), published_at=ago(hours=2))
    counts = look(shop)
    assert (counts["read"], told(shop)) == (1, [(Code.STOCK_DIVERGENCE, "publish")])
    [failure] = shop.listing().item.failures
    assert failure["facts"]["layer"] == "publish"
    shop.market.offers["BAG"] = 7
    Listing.objects.update(shown_at=ago(minutes=40))
    assert look(shop)["right"] == 1
    item = shop.listing().item
    assert (item.status, shop.listing().trouble_since, shop.listing().drift_since) == ("ready", None, None)


def test_one_look_is_not_enough(shop) -> None:
    right_listing(shop)
    shop.market.offers["BAG"] = 12
    Listing.objects.update(shown=12, drift_since=ago(minutes=10), shown_at=ago(minutes=10))
    look(shop)
    assert told(shop) == []


def test_a_listing_without_product_is_told_and_an_alias_makes_it_right(shop) -> None:
    shop.market.offers["GHOST"] = 4
    ListingFactory(connection=shop.connection, unknown=True, sku="GHOST", drift_since=None, drift_layer="")
    ProductFactory(connection=shop.connection, code="SACK", available=3)
    look(shop)
    assert told(shop, "GHOST") == [(Code.LISTING_UNKNOWN, "unknown")]
    assert shop.publish() is None, "nothing is ever guessed"
    skus.set_alias(shop.connection, "GHOST", "SACK", by=None)
    assert pipeline.resubmit(shop.listing("GHOST").item, why="A person chose the product")
    look(shop)
    assert shop.listing("GHOST").trouble_since is not None, "it is not proved yet"
    shop.publish()
    shop.step(4)
    look(shop)
    row = shop.listing("GHOST")
    assert (row.published, row.trouble_since, row.item.status) == (3, None, "waiting")


def test_an_offer_that_is_gone_is_no_trouble_any_more(shop) -> None:
    shop.market.offers["GHOST"] = 4
    ListingFactory(connection=shop.connection, unknown=True, sku="GHOST", drift_since=None)
    look(shop)
    del shop.market.offers["GHOST"]
    Listing.objects.update(shown_at=ago(minutes=40))
    look(shop)
    look(shop)
    assert (shop.listing("GHOST").active, shop.listing("GHOST").trouble_since) == (False, None)


def test_a_sku_that_john_lewis_refuses_to_speak_of_stops_nobody_else(shop, monkeypatch) -> None:
    for sku in ("ODD", "GHOST"):
        ListingFactory(connection=shop.connection, unknown=True, sku=sku, drift_since=ago(hours=2), shown_at=None)
        shop.market.offers[sku] = 4
    real = shop.market.offers_page

    def offers_page(*, sku: str = "", **given):
        if sku == "ODD":
            raise refused("The SKU is not valid.")
        return real(sku=sku, **given)

    monkeypatch.setattr(shop.market, "offers_page", offers_page)
    look(shop)
    assert all((Code.LISTING_UNKNOWN, "unknown") in told(shop, sku) for sku in ("GHOST", "ODD"))
    assert (shop.listing("ODD").active, shop.listing("GHOST").shown) == (True, 4)


def test_unknown_listings_wait_for_the_first_whole_reading(shop) -> None:
    shop.connection.stock_readings.all().delete()
    ListingFactory(connection=shop.connection, unknown=True, sku="GHOST", drift_since=None)
    look(shop)
    assert told(shop, "GHOST") == []


def test_at_most_two_hundred_at_once_and_the_rest_is_counted(shop, monkeypatch) -> None:
    monkeypatch.setattr(trouble, "MOST_NEW", 3)
    for number in range(5):
        ListingFactory(connection=shop.connection, unknown=True, sku=f"G{number}", shown_at=business_now())
        shop.market.offers[f"G{number}"] = 3
    assert {name: count for name, count in look(shop).items() if name in ("told", "held_back")} == {
        "told": 3,
        "held_back": 2,
    }
    assert look(shop)["told"] == 2


def sold(shop: Shop, quantity: int, sku: str = "BAG") -> None:
    order = OrderFactory(connection=shop.connection, skus=[sku], done=True, injected_at=ago(hours=3))
    order.lines.update(quantity=quantity)


def test_sales_that_outrun_an_old_level_are_a_risk(shop) -> None:
    right_listing(shop, free=3)
    sold(shop, 96)
    StockReading.objects.update(as_of=ago(minutes=40))
    look(shop)
    assert told(shop) == [], "four an hour leave some of three for forty minutes"
    StockReading.objects.update(as_of=ago(minutes=50))
    look(shop)
    assert told(shop) == [(Code.OVERSELL_RISK, "velocity")]
    facts = shop.listing().item.failures[0]["facts"]
    assert (facts["per_hour"], facts["available"]) == ("4.00", "3")


def test_a_level_that_could_not_be_told_counts_from_the_last_one_that_was(shop) -> None:
    right_listing(shop)
    shop.free(BAG=2)
    sold(shop, 48)
    Listing.objects.update(published_at=ago(hours=2), target=2)
    look(shop)
    assert told(shop) == [(Code.OVERSELL_RISK, "velocity")]


def test_slow_sales_are_weighed_too(shop) -> None:
    right_listing(shop)
    shop.free(BAG=2)
    sold(shop, 9)
    Listing.objects.update(published_at=ago(hours=8), target=2)
    look(shop)
    assert told(shop) == [(Code.OVERSELL_RISK, "velocity")], "three in eight hours, and two are left"
    assert shop.listing().item.failures[0]["facts"]["per_hour"] == "0.38"


def test_nothing_shown_is_no_risk(shop) -> None:
    right_listing(shop, free=0)
    sold(shop, 960)
    StockReading.objects.update(as_of=ago(minutes=70))
    look(shop)
    assert told(shop) == []


def test_a_rule_without_an_end_is_not_forgotten(shop) -> None:
    right_listing(shop)
    rule = StockRuleFactory(
        connection=shop.connection, kind=RuleKind.ZERO, subject="BAG", ends_at=None, starts_at=ago(days=8)
    )
    shop.publish()
    shop.step(3)
    look(shop)
    assert told(shop) == [(Code.STOCK_DIVERGENCE, "policy")]
    rule.ended_at = business_now()
    rule.save()
    shop.publish()
    shop.step(3)
    look(shop)
    assert shop.listing().trouble_since is None


def take(shop: Shop, quantity: int, *, at) -> None:
    rows = (StockRow("BAG", "DCCL01", "Available Stock", quantity),)
    ledger.keep_reading(shop.connection, StockAnswer(rows, complete=True, remote_now=at), as_of=at)


def adjusted(shop: Shop, identity: str, at) -> None:
    news = StockAdjustment(identity, False, at, "DCCL01", "Available Stock", (StockMoveLine("BAG", 1),))
    ledger.adjust(shop.connection, news, 1)


def trail_little(shop: Shop) -> None:
    """SEKO's figures trail so little behind its stock that minutes are enough to tell what a reading holds."""
    shop.connection.settings = {"visibility_minutes": 0.5}
    shop.connection.save()


def test_stock_that_goes_without_a_word_is_told_the_second_time(shop) -> None:
    trail_little(shop)
    right_listing(shop, free=30)
    take(shop, 30, at=ago(minutes=9))
    adjusted(shop, "A", ago(minutes=8))
    take(shop, 26, at=ago(minutes=2))
    change = StockChange.objects.first()
    assert (change.delta, change.unexplained) == (-3, -3)
    look(shop)
    assert told(shop) == []
    StockChange.objects.exclude(unexplained=0).update(recorded_at=ago(hours=2))
    take(shop, 25, at=ago(minutes=1))
    look(shop)
    assert told(shop) == [(Code.STOCK_DIVERGENCE, "ledger")]
    assert "4 fewer of BAG" in shop.listing().item.failures[0]["text"]


def test_orders_and_late_messages_explain_what_is_gone(shop) -> None:
    trail_little(shop)
    right_listing(shop, free=30)
    take(shop, 30, at=ago(minutes=9))
    adjusted(shop, "A", ago(minutes=8))
    order = OrderFactory(connection=shop.connection, skus=["BAG"], injected=True, injected_at=ago(minutes=8))
    order.lines.update(quantity=2)
    take(shop, 27, at=ago(minutes=2))
    assert StockChange.objects.first().unexplained == 0
    take(shop, 22, at=ago(minutes=1))
    assert StockChange.objects.first().unexplained == -5, "the order has explained the reading before"
    adjusted(shop, "B", ago(minutes=4))
    assert not StockChange.objects.exclude(unexplained=0).exists()


def test_without_pushes_nobody_knows_what_should_be_there(shop) -> None:
    right_listing(shop, free=30)
    take(shop, 30, at=ago(minutes=9))
    take(shop, 20, at=ago(minutes=2))
    assert not StockChange.objects.exclude(unexplained=0).exists()


def test_stale_figures_are_told_once(shop, monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(stock.fault_reported, "send", lambda **given: seen.append(given["failures"][0]))
    shop.connection.stock_readings.update(as_of=ago(minutes=90))
    look(shop)
    look(shop)
    [failure] = seen
    assert (failure.code, failure.facts["side"]) == (Code.STOCK_STALE, "warehouse")
    assert "90 minutes ago; no level is told" in failure.text
    assert watching.stale(shop.connection)


def test_stock_that_nobody_offers_is_counted_once_the_offers_were_read(shop, monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(stock.fault_reported, "send", lambda **given: seen.append(given["failures"][0].text))
    ProductFactory(connection=shop.connection, code="LONELY", available=3)
    look(shop)
    assert seen == []
    FlowState.objects.create(
        connection=shop.connection, flow="read-offers", due_at=timezone.now(), last_good_at=business_now()
    )
    look(shop)
    look(shop)
    ProductFactory(connection=shop.connection, code="ALONE", available=3)
    look(shop)
    assert seen == [
        "1 product with stock has no offer on John Lewis.",
        "2 products with stock have no offer on John Lewis.",
    ]


def test_all_offers_are_read_in_several_runs_and_what_is_missing_is_gone(shop) -> None:
    shop.market.offers = {f"P{number:03d}": number for number in range(120)}
    shop.market.page_size = 2
    ListingFactory(connection=shop.connection, sku="GONE", seen_at=ago(days=2))
    ProductFactory(connection=shop.connection, code="p007")
    state = FlowState.objects.create(connection=shop.connection, flow="read-offers", due_at=timezone.now())
    with pytest.raises(limits.Postponed):
        stock.read_offers(shop.engine.context(), state)
    assert (Listing.objects.filter(sku__startswith="P").count(), shop.listing("GONE").active) == (100, True)
    state.refresh_from_db()
    shop.connection.budgets.all().delete()
    assert stock.read_offers(shop.engine.context(), state) == {"offers": 120, "gone": 1}
    assert not shop.listing("GONE").active
    row = shop.listing("P007")
    assert (row.shown, row.product.code, row.category, row.active) == (7, "p007", "Bags", True)


def test_a_reading_of_offers_that_does_not_add_up_takes_nobody_away(shop, monkeypatch) -> None:
    shop.market.offers = {"BAG": 3}
    ListingFactory(connection=shop.connection, sku="MISSED", seen_at=ago(days=2))
    real = shop.market.offers_page
    monkeypatch.setattr(shop.market, "offers_page", lambda **given: replace(real(**given), total_count=2))
    state = FlowState.objects.create(connection=shop.connection, flow="read-offers", due_at=timezone.now())
    assert stock.read_offers(shop.engine.context(), state)["gone"] == 0
    assert shop.listing("MISSED").active


def test_offers_in_equal_need_are_read_again_in_one_order(shop):
    """A replayed day looks at the same offers, wherever the database keeps their rows."""
    shop.sell(CASE=5, BAG=5, ARM=5)
    Listing.objects.update(drift_since=ago(minutes=90), shown_at=ago(minutes=80), published_at=None)
    assert watching.to_read_again(shop.connection, limit=2) == ["ARM", "BAG"]
