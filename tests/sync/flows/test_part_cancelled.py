"""A part of an order that is cancelled on John Lewis after SEKO has the order."""

from dataclasses import replace

import pytest

from exceptions import services
from exceptions.models import ExceptionRecord
from sync import pipeline, rehearsal
from sync.failures import Code
from sync.models import Event, Item
from sync.shapes import DispatchNewsLine, WarehouseStatus
from sync.states import Kind
from tests.sync.doubles import an_order


@pytest.fixture(params=["whole order", "shipments"])
def shop(engine, request):
    """An engine in each of the two ways, with an order of a bag and two hats at SEKO."""
    if request.param == "shipments":
        engine.marketplace.open_shop(engine.connection)
    engine.marketplace.put(an_order(BAG=1, HAT=2))
    engine.poll()
    engine.run()
    assert engine.item().stage == "injected"
    return engine


def cancel(engine, hats: int) -> None:
    """The customer takes so many hats back, all in all, and the poll brings it."""
    bag, hat = engine.marketplace.orders["JL1-A"].lines
    engine.marketplace.change("JL1-A", lines=(bag, replace(hat, cancelled_quantity=hats)))
    engine.poll()


def settle(engine) -> None:
    """A person says that the part was dealt with, as the form does it."""
    [record] = ExceptionRecord.objects.filter(category="cancelled_live")
    [part] = services.parts(record)
    assert [way for way, _ in part.form.fields["way"].choices] == ["handled"]
    assert "reason" not in part.form.fields, "SEKO cancels whole orders only"
    given = services.parts(record, {f"{part.form.prefix}-way": "handled"})
    assert given[0].form.is_valid(), given[0].form.errors
    pipeline.resubmit(engine.item(), corrections=part.category.corrections(given[0].form))


def test_a_part_cancelled_before_it_leaves_is_a_persons_case(shop):
    cancel(shop, 1)
    shop.run()
    item = shop.item()
    assert (shop.codes(item), item.failures[0]["rule"]) == ([Code.CANCELLED_LIVE], "part")
    assert "1 piece of HAT" in item.failures[0]["text"]
    assert shop.warehouse.count("cancel") == 0


def test_a_part_that_was_settled_is_asked_about_again_only_when_more_is_cancelled(shop):
    cancel(shop, 1)
    shop.run()
    settle(shop)
    shop.run()
    assert (shop.item().status, shop.item().stage) == ("waiting", "injected")
    cancel(shop, 2)
    shop.run()
    assert shop.codes(shop.item()) == [Code.CANCELLED_LIVE]
    settle(shop)
    shop.dispatch(lines=(DispatchNewsLine("BAG", 1),))
    shop.run()
    assert shop.marketplace.orders["JL1-A"].state == "SHIPPED"
    assert shop.item().stage == "confirmed"
    assert shop.warehouse.count("cancel") == 0


def test_a_whole_cancelation_after_a_settled_part_is_asked_about_all_the_same(shop):
    cancel(shop, 1)
    shop.run()
    settle(shop)
    shop.run()
    shop.marketplace.change("JL1-A", state="CANCELED")
    shop.poll()
    shop.run()
    item = shop.item()
    assert (shop.codes(item), item.failures[0]["rule"]) == ([Code.CANCELLED_LIVE], "cancelled")


def test_what_was_cancelled_before_the_load_or_between_two_loads_is_no_case(shop):
    cancel(shop, 1)
    shop.run()
    for guid in shop.warehouse.statuses:
        shop.warehouse.statuses[guid] = WarehouseStatus(True, "Cancelled")
    settle(shop)
    shop.run()
    assert shop.codes(shop.item()) == [Code.CANCELLED_BY_WAREHOUSE]
    pipeline.resubmit(shop.item(), corrections={"warehouse.number": "JL1-A-2"})
    shop.run()
    assert shop.item().status == "waiting"
    assert [line.quantity for line in shop.warehouse.orders[-1].lines] == [1, 1]
    cancel(shop, 2)
    shop.run()
    assert shop.codes(shop.item()) == [Code.CANCELLED_LIVE]


def test_a_part_that_left_all_the_same_is_told_before_anything_is_confirmed(shop):
    cancel(shop, 2)
    shop.dispatch(lines=(DispatchNewsLine("BAG", 1), DispatchNewsLine("HAT", 2)))
    shop.run()
    item = shop.item(kind=Kind.DISPATCH)
    assert shop.codes(item) == [Code.OVER_DISPATCH]
    assert "2 pieces of HAT" in item.failures[0]["text"]
    assert {shop.marketplace.count("OR24"), shop.marketplace.count("ST24")} == {0}
    pipeline.resubmit(item, corrections={"parcel.surplus": "ordered"})
    shop.run()
    assert shop.item().stage == "confirmed"


def test_a_surplus_is_counted_over_all_parcels_where_one_confirmation_tells_them(engine):
    engine.marketplace.put(an_order(BAG=1))
    engine.poll()
    engine.run()
    engine.dispatch(lines=(DispatchNewsLine("BAG", 1),))
    engine.dispatch(number="15501234567891", lines=(DispatchNewsLine("BAG", 1),))
    engine.run()
    first, second = Item.objects.filter(kind=Kind.DISPATCH).order_by("id")
    assert engine.codes(first) == [Code.OVER_DISPATCH]
    assert not engine.marketplace.sent
    assert [failure.code for failure in rehearsal.rehearse(first).failures] == [Code.OVER_DISPATCH]
    assert rehearsal.rehearse(first, {"parcel.surplus": "ordered"}).would_send
    assert rehearsal.rehearse(first, {"parcel.surplus": "nothing"}) == rehearsal.Rehearsal([], "", [])
    pipeline.resubmit(first, corrections={"parcel.surplus": "nothing"})
    engine.run()
    assert engine.marketplace.orders["JL1-A"].tracking_number == "15501234567891"
    assert engine.item().stage == "confirmed"
    assert not Event.objects.filter(item=second, kind="stalled").exists()
