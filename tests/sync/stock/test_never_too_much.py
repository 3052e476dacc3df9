"""No level rises unread, none is older than what was told, and nothing that goes wrong for long stays untold."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from jlseko.clock import business_now
from sync import lanes
from sync.failures import Code, Unclear
from sync.flows import stock, stock_files
from sync.loop import work
from sync.models import Budget, FlowState, Item, Listing, PartnerState, Product, Side, StockFile
from sync.partners.seko.stock import stock_answer
from sync.states import Lane
from sync.stock import files, ledger, offers
from tests.factories.engine import ConnectionFactory
from tests.factories.stock import ListingFactory
from tests.sync.stock.shop import Shop, ago


@pytest.fixture
def shop(engine) -> Shop:
    return Shop(engine)


def polled(shop: Shop, **age: float) -> None:
    """Orders were read so long ago."""
    told = {"due_at": timezone.now(), "last_good_at": ago(**age)}
    FlowState.objects.update_or_create(connection=shop.connection, flow="poll-orders", defaults=told)


def watch(shop: Shop) -> None:
    """Look at all levels once more."""
    told = {"due_at": timezone.now()}
    state, _ = FlowState.objects.get_or_create(connection=shop.connection, flow="watch-stock", defaults=told)
    stock.watch_stock(shop.engine.context(), state)


@pytest.fixture
def seen(monkeypatch) -> list[Code]:
    """What the desk was told."""
    found: list[Code] = []

    def told(**given: Any) -> None:
        found.extend(failure.code for failure in given["failures"])

    monkeypatch.setattr(stock.fault_reported, "send", told)
    return found


def work_on(file: StockFile) -> None:
    """This file alone, as by a worker that comes to it now."""
    Budget.objects.all().delete()
    Item.objects.exclude(pk=file.item_id).update(due_at=timezone.now() + timedelta(hours=1))
    Item.objects.filter(pk=file.item_id).update(due_at=timezone.now())
    for item in lanes.claim(Lane.STOCK, limit=5):
        work._work_on(item.connection, [item], threads=1)


def test_a_part_of_a_failed_file_does_not_rise_while_orders_are_not_read(shop) -> None:
    shop.sell(BAG=60, HAT=3)
    polled(shop, minutes=1)
    shop.market.fails = {"HAT"}
    shop.publish()
    shop.step(3)
    assert shop.file().import_status == "FAILED"
    polled(shop, minutes=14)
    shop.later(minutes=2)
    for _ in range(4):
        shop.publish()
        shop.step(3)
        shop.later(minutes=2)
    assert {"BAG": 60} not in shop.market.files
    polled(shop, minutes=0)
    for _ in range(4):
        shop.publish()
        shop.step(3)
        shop.later(minutes=2)
        polled(shop, minutes=0)
    assert shop.market.offers["BAG"] == 60


def test_a_file_from_before_an_outage_does_not_rise_before_orders_are_read(shop) -> None:
    shop.sell(BAG=60, HAT=3)
    polled(shop, minutes=1)
    assert shop.publish().lines == 2
    shop.later(minutes=15)
    polled(shop, minutes=16)
    PartnerState.objects.create(
        connection=shop.connection, side=Side.MARKETPLACE, is_open=False, opened_at=ago(minutes=14)
    )
    shop.step(3)
    assert all("BAG" not in told for told in shop.market.files)


def test_what_falls_from_what_was_told_and_rises_from_what_is_shown_waits(shop) -> None:
    shop.sell(BAG=10)
    polled(shop, minutes=1)
    shop.publish()
    shop.step(3)
    shop.market.offers["BAG"] = 6  # four were sold and not read yet
    polled(shop, minutes=14)
    offers.store(shop.connection, shop.market.offers_page().offers, shown_at=business_now())
    shop.free(BAG=9)
    shop.publish()
    shop.step(3)
    assert shop.market.offers["BAG"] == 6


def test_a_file_that_waited_is_not_told_after_a_later_one(shop) -> None:
    shop.sell(BAG=5)
    first = shop.publish()
    shop.later(minutes=21)
    shop.free(BAG=9)
    second = shop.publish()
    for file in (second, second, second, first):
        work_on(file)
    shop.step(4)
    assert shop.market.offers == {"BAG": 9}
    assert shop.market.files == [{"BAG": 9}]


def test_a_file_leaves_as_long_as_the_next_reading_of_orders_is_not_due(shop) -> None:
    shop.sell(BAG=60)
    polled(shop, minutes=6)
    shop.publish()
    shop.later(minutes=4)
    polled(shop, minutes=10)
    shop.step(3)
    assert shop.market.files == [{"BAG": 60}]


def test_a_level_that_changed_while_its_file_waited_holds_back_no_other(shop) -> None:
    shop.sell(BAG=60, HAT=9)
    polled(shop, minutes=1)
    shop.publish()
    shop.later(minutes=4)
    shop.free(HAT=3)
    polled(shop, minutes=1)
    shop.step(3)
    assert shop.market.files == [{"BAG": 60}]
    assert shop.file().lines == 1
    shop.later(minutes=2)
    polled(shop, minutes=1)
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 60, "HAT": 3}


def test_a_worker_that_lost_its_file_takes_no_line_out_of_it(shop) -> None:
    shop.sell(BAG=60, HAT=9)
    polled(shop, minutes=1)
    file = shop.publish()
    shop.later(minutes=4)
    shop.free(HAT=3)
    Item.objects.filter(pk=file.item_id).update(due_at=timezone.now())
    claimed = lanes.claim(Lane.STOCK, limit=5)
    zombie = next(item for item in claimed if item.pk == file.item_id)
    Item.objects.filter(pk=file.item_id).update(lease_token=uuid4())
    with pytest.raises(lanes.FencedOut):
        stock_files.advance(zombie, shop.engine.context())
    assert file.rows.count() == 2


def test_what_falls_goes_first_after_a_file_that_could_not_leave(shop) -> None:
    shop.sell(BAG=5, HAT=9)
    polled(shop, minutes=1)
    shop.publish()
    shop.step(3)
    shop.free(BAG=60)
    polled(shop, minutes=7)
    assert shop.publish().lines == 1
    shop.later(minutes=15)
    polled(shop, minutes=22)
    shop.step(3)
    assert shop.file().import_status == "DROPPED"
    shop.free(HAT=2)
    polled(shop, minutes=1)
    shop.publish()
    shop.step(3)
    assert shop.market.files[1:] == [{"HAT": 2}]


def test_what_falls_leaves_alone_where_what_rises_may_not(shop) -> None:
    shop.sell(BAG=5, HAT=9)
    polled(shop, minutes=1)
    shop.publish()
    shop.step(3)
    shop.free(BAG=60, HAT=2)
    polled(shop, minutes=7)
    assert shop.publish().lines == 2
    shop.later(minutes=15)
    polled(shop, minutes=22)
    shop.step(3)
    assert shop.market.files[1:] == [{"HAT": 2}]
    shop.later(minutes=2)
    polled(shop, minutes=1)
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 60, "HAT": 2}


def test_no_level_is_told_under_the_version_of_a_reading_that_came_while_the_file_was_made(shop, monkeypatch) -> None:
    shop.sell(BAG=60, HAT=3)
    real = files.levels.compute

    def compute(connection: Any) -> None:
        real(connection)
        shop.free(BAG=2)

    monkeypatch.setattr(files.levels, "compute", compute)
    assert shop.publish().lines == 1
    assert list(shop.file().rows.values_list("listing__sku", flat=True)) == ["HAT"]


@pytest.mark.django_db
def test_an_absurd_figure_leaves_the_last_good_one() -> None:
    connection, now = ConnectionFactory(), business_now()
    row = {"ProductCode": "BAG", "DCCode": "DCCL01", "LocationType": "Available Stock"}
    for minutes, count in ((40, 5), (10, 80_995)):
        at = now - timedelta(minutes=minutes)
        answer = stock_answer({"List": {"StockQuantityLineItem": [{**row, "Quantity": count}]}})
        ledger.keep_reading(connection, replace(answer, remote_now=at), as_of=at)
    assert Product.objects.get().available == 5


@pytest.mark.parametrize("how", ["stuck", "lost"])
def test_files_that_never_arrive_are_told_to_somebody(shop, seen, how: str) -> None:
    shop.sell(BAG=0)
    if how == "stuck":
        shop.market.polls = None
    else:
        shop.market.before["STO01"] = [Unclear("HTTP 504")] * 100
    for _ in range(20):
        shop.publish()
        shop.step(3)
        shop.later(minutes=21)
        shop.step(2)
        Listing.objects.update(shown_at=ago(minutes=40))
        watch(shop)
    assert Code.STOCK_UPDATE_FAILED in seen


def test_an_offer_that_cannot_be_read_does_not_silence_the_watch(shop, seen, monkeypatch) -> None:
    ListingFactory(connection=shop.connection, unknown=True, sku="ODD", drift_since=ago(hours=2), shown_at=None)

    def offers_page(**given: Any) -> None:
        raise Unclear("HTTP 500")

    monkeypatch.setattr(shop.market, "offers_page", offers_page)
    shop.connection.stock_readings.update(as_of=ago(minutes=90))
    with suppress(Unclear):
        watch(shop)
    assert Code.STOCK_STALE in seen
