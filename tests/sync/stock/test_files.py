"""Stock files from the due level to the proof on John Lewis: what is told, when, in which order."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jlseko.clock import business_now
from sync import skus
from sync.models import FlowState, Item, LineOutcome, Listing, StockFile, StockFileLine
from sync.stock import files, ledger, levels, offers, outcomes
from tests.factories.engine import OrderFactory
from tests.factories.stock import StockChangeFactory
from tests.sync.stock.shop import Shop, ago


@pytest.fixture
def shop(engine) -> Shop:
    return Shop(engine)


def test_a_level_is_told_accepted_and_read_back(shop) -> None:
    shop.sell(BAG=7)
    OrderFactory(connection=shop.connection, skus=["BAG"])
    file = shop.publish()
    [line] = file.rows.all()
    assert (line.quantity, line.sellable, line.in_flight, line.previous) == (6, 7, 1, None)
    assert line.as_of == shop.connection.stock_readings.get().as_of
    shop.step(2)
    row = shop.listing()
    assert (row.published, row.due, row.published_version) == (6, False, line.version)
    assert shop.outcomes() == {"BAG": LineOutcome.ACCEPTED}
    shop.step()
    assert shop.outcomes() == {"BAG": LineOutcome.VERIFIED}
    file = shop.file()
    assert (file.item.status, file.accepted, file.import_id, file.import_status) == ("done", 1, "i1", "COMPLETE")
    row.refresh_from_db()
    assert row.confirmed_at is not None
    assert (row.shown, shop.market.offers) == (6, {"BAG": 6})


def test_only_what_differs_is_told_and_nothing_when_nothing_does(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.publish()
    shop.step(3)
    assert shop.publish() is None
    shop.free(HAT=2)
    assert shop.publish().lines == 1
    shop.step(3)
    assert shop.market.files == [{"BAG": 7, "HAT": 3}, {"HAT": 2}]


def test_one_file_at_a_time(shop) -> None:
    shop.sell(BAG=7)
    shop.market.polls = None
    shop.publish()
    shop.step(2)
    shop.free(BAG=5)
    assert shop.publish() is None
    shop.later(minutes=21)
    assert shop.publish() is not None, "an import may take its time, but not for ever"


def test_two_workers_draft_one_file(shop) -> None:
    shop.sell(BAG=7)
    first, second = files.draft(shop.connection), files.draft(shop.connection)
    assert first is not None
    assert second is None


def test_a_figure_that_is_too_old_is_not_told(shop) -> None:
    shop.sell(BAG=7)
    shop.connection.stock_readings.update(as_of=ago(minutes=76))
    assert shop.publish() is None
    shop.connection.settings = {"stock_stale_zero": True}
    shop.connection.save()
    shop.engine.connection.refresh_from_db()
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 0}


def test_a_version_below_the_one_told_last_is_never_told(shop) -> None:
    shop.sell(BAG=7)
    Listing.objects.update(product=shop.connection.products.get(), published=9, published_version=4)
    assert shop.publish() is None
    shop.connection.products.update(version=5)
    assert shop.publish() is not None


def test_more_than_one_file_s_worth_begins_with_what_falls(shop) -> None:
    shop.connection.settings = {"stock_file_lines": 2}
    shop.connection.save()
    shop.sell(A=1, B=1, C=60, D=60)
    told = []
    for _ in range(3):
        file = shop.publish()
        told += [file.why] if file else []
        shop.step(3)
    assert shop.market.files == [{"A": 1, "B": 1}, {"C": 60, "D": 60}]
    assert told == [files.DECREASES, files.CHANGED]


def test_a_rise_waits_until_orders_were_read_a_moment_ago(shop) -> None:
    shop.sell(BAG=7, HAT=60)
    poll = FlowState.objects.create(
        connection=shop.connection, flow="poll-orders", due_at=timezone.now(), last_good_at=ago(minutes=8)
    )
    shop.publish()
    shop.step(3)
    assert shop.publish() is None
    poll.last_good_at = ago(minutes=1)
    poll.save()
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 7}, {"HAT": 60}]


def test_pushing_now_tells_a_level_again_with_the_next_file(shop, admin_user) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.step(3)
    assert files.push_now([shop.listing()], admin_user) == 1
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 7}, {"BAG": 7}]
    assert shop.publish() is None


def test_an_older_file_never_overrules_a_later_one(shop) -> None:
    shop.sell(BAG=7)
    first = shop.publish()
    StockFile.objects.filter(pk=first.pk).update(submitted_at=ago(minutes=30), created_at=ago(minutes=30))
    shop.free(BAG=5)
    Item.objects.filter(pk=first.item_id).update(due_at=None)
    second = shop.publish()
    StockFile.objects.filter(pk=second.pk).update(submitted_at=ago(minutes=1))
    second.refresh_from_db()
    first.refresh_from_db()
    outcomes.accept(second)
    outcomes.accept(first)
    assert shop.listing().published == 5


def test_what_was_sold_meanwhile_is_no_difference(shop) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.step(2)
    shop.market.offers["BAG"] = 5
    order = OrderFactory(connection=shop.connection, skus=["BAG"], placed_at=business_now())
    order.lines.update(quantity=2)
    shop.step()
    row = shop.listing()
    assert (row.shown, row.drift_since) == (5, None)
    assert row.confirmed_at is not None


def test_a_level_that_was_not_kept_is_apart_from_now_on(shop) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.step(2)
    shop.market.offers["BAG"] = 12
    shop.step()
    row = shop.listing()
    assert (row.shown, row.drift_layer, row.confirmed_at) == (12, "publish", None)
    assert shop.outcomes() == {"BAG": LineOutcome.ACCEPTED}


def test_drafting_and_settling_cost_the_same_number_of_statements(shop) -> None:
    counts = []
    for start, size in ((0, 10), (10, 1000)):
        Listing.objects.update(failures=5)
        shop.sell(**{f"P{number}": 5 for number in range(start, start + size)})
        with CaptureQueriesContext(database) as found:
            file = files.draft(shop.connection)
            assert file.lines == size
            outcomes.accept(file)
        counts.append(len(found))
        Item.objects.filter(pk=file.item_id).update(status="done", stage="processed")
    assert counts[0] == counts[1]


def test_a_file_under_way_does_not_hold_the_level_of_another_product_back(shop) -> None:
    shop.sell(BAG=7, SACK=2)
    change = StockChangeFactory(product=shop.connection.products.get(code="BAG"), available=7)
    shop.connection.products.filter(code="BAG").update(version=change.pk)
    shop.publish()
    skus.set_alias(shop.connection, "BAG", "SACK", by=None)
    levels.compute(shop.connection)
    shop.step(3)
    row = shop.listing()
    assert (row.published, row.published_version, row.target, row.due) == (7, 0, 1, True)
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 1, "SACK": 1}


def test_an_offer_that_was_gone_and_is_back_is_told_its_level_anew(shop) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.step(3)
    offers.retire(shop.connection, seen_before=business_now())
    assert shop.publish() is None
    shop.market.offers["BAG"] = 50
    page = shop.market.offers_page()
    offers.store(shop.connection, page.offers, shown_at=business_now())
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 7}


def test_the_lines_of_old_files_are_cleared_away_but_the_last_of_each_listing_stays(shop) -> None:
    for free in (7, 6):
        shop.sell(BAG=7) if free == 7 else shop.free(BAG=free)
        shop.publish()
        shop.step(3)
    ledger.prune(shop.connection)
    assert list(StockFileLine.objects.order_by("id").values_list("quantity", flat=True)) == [7, 6]
    StockFile.objects.update(created_at=ago(days=61), finished_at=ago(days=61))
    ledger.prune(shop.connection)
    assert list(StockFileLine.objects.values_list("quantity", flat=True)) == [6]
    assert shop.listing().published == 6


def test_a_listing_rises_only_when_what_it_shares_has_fallen_elsewhere(shop) -> None:
    shop.sell(BAG=10)
    shop.publish()
    shop.step(3)
    shop.market.offers["bag"] = 0
    Listing.objects.create(connection=shop.connection, sku="bag", sku_key="bag", shown=0)
    shop.market.bad = {"BAG": "The offer is locked"}
    shop.publish()
    shop.step(3)
    assert sum(shop.market.offers.values()) <= 10
    assert shop.market.files[-1] == {"BAG": 5}
    shop.market.bad = {}
    Listing.objects.update(retry_at=None)
    for _ in range(2):
        shop.publish()
        shop.step(3)
    assert shop.market.offers == {"BAG": 5, "bag": 5}
