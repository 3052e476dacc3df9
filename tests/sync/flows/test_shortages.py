"""An order of which less left than was ordered, in both ways in which a shop confirms."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Unclear
from sync.flows.shortages import Decision
from sync.models import Attempt, Connection, Event, Item
from sync.shapes import DispatchNewsLine, LineCancelation
from sync.states import Kind
from tests.sync.double_shipments import refused
from tests.sync.doubles import an_order

FIRST, SECOND = "15501234567890", "15501234567891"


@pytest.fixture(params=["whole order", "shipments"])
def shop(engine, request):
    """An engine in each of the two ways."""
    if request.param == "shipments":
        engine.marketplace.open_shop(engine.connection)
    return engine


def bring(engine, order=None, **lines: int) -> None:
    """An order that SEKO has."""
    engine.marketplace.put(order or an_order(**lines))
    engine.poll()
    engine.run()


def parcel(engine, number: str = FIRST, **lines: int) -> None:
    """SEKO's news of one parcel."""
    engine.dispatch(number=number, lines=tuple(DispatchNewsLine(sku, quantity) for sku, quantity in lines.items()))


def cancel_rest(engine, **quantities: int) -> None:
    """A person decides to cancel the rest: line place to quantity."""
    lines = {f"JL1-A-{place.removeprefix('line')}": quantity for place, quantity in quantities.items()}
    text = Decision("15", lines, business_now() - timedelta(minutes=10)).to_text()
    assert pipeline.resubmit(engine.item(), corrections={"short.cancel": text})


def state(engine) -> str:
    """The order at John Lewis."""
    return engine.marketplace.orders["JL1-A"].state


def test_what_is_short_is_told_line_by_line(shop):
    order = an_order(BAG=2, HAT=1)
    again = replace(order.lines[0], line_id="JL1-A-3", index=3, quantity=3)
    bring(shop, replace(order, lines=(*order.lines, again)))
    parcel(shop, BAG=3, HAT=1)
    shop.run()
    item = shop.item()
    assert shop.codes(item) == [Code.SHORT_DISPATCH]
    assert item.failures[0]["facts"] == {"lines.JL1-A-3.ordered": "3", "lines.JL1-A-3.sent": "1"}
    assert shop.marketplace.count("OR24") == 0


def test_a_part_is_confirmed_as_a_part_only_where_there_are_shipments(engine):
    engine.marketplace.open_shop(engine.connection)
    bring(engine, BAG=2)
    parcel(engine, BAG=1)
    engine.run()
    assert engine.item(kind=Kind.DISPATCH).status == "done"
    assert [line.quantity for line in engine.marketplace.shipments_by_id["S1"].lines] == [1]
    assert state(engine) == "SHIPPING"
    assert engine.item().stage == "dispatched"


def test_a_part_waits_for_the_whole_where_john_lewis_takes_one_confirmation(engine):
    bring(engine, BAG=2)
    parcel(engine, BAG=1)
    engine.run()
    item = engine.item(kind=Kind.DISPATCH)
    assert (item.status, item.stage) == ("waiting", "validated")
    assert Event.objects.filter(item=item, kind="held").count() == 1


@pytest.mark.parametrize("sent", [1, 0])
def test_a_short_order_is_stalled_once_however_its_parcel_ends(shop, sent):
    bring(shop, BAG=2)
    parcel(shop, BAG=sent)
    shop.run()
    item = shop.item()
    assert shop.codes(item) == [Code.SHORT_DISPATCH]
    assert Event.objects.filter(item=item, kind="stalled").count() == 1


def test_the_rest_in_a_second_parcel_ends_it_by_itself(shop):
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    parcel(shop, SECOND, BAG=1)
    shop.run()
    assert (state(shop), shop.item().stage) == ("SHIPPED", "confirmed")
    assert set(Item.objects.filter(kind=Kind.DISPATCH).values_list("status", flat=True)) == {"done"}


def test_the_rest_is_cancelled_as_a_person_decided_and_the_order_goes_on_by_itself(shop):
    bring(shop, BAG=3)
    parcel(shop, BAG=1)
    shop.run()
    cancel_rest(shop, line1=2)
    shop.run()
    assert shop.marketplace.count("OR30") == 1
    [attempt] = Attempt.objects.filter(operation="OR30")
    assert attempt.natural_key == "JL1-A/JL1-A-1/0+2"
    assert '"20.00"' in attempt.request_body
    assert (state(shop), shop.item().stage) == ("SHIPPED", "confirmed")
    assert shop.order().lines.get().cancelled_quantity == 2


def test_a_cancelation_by_hand_on_john_lewis_lets_the_order_go_on(shop):
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    one = LineCancelation("JL1-A-1", 1, Decimal(10), Decimal(0), "15")
    shop.marketplace._cancel(shop.marketplace.prepare_cancel_lines("JL1-A", [one]))
    shop.poll()
    shop.run()
    assert (state(shop), shop.item().stage) == ("SHIPPED", "confirmed")
    assert shop.marketplace.count("OR30") == 0


@pytest.mark.parametrize("armed", ["before", "after"])
def test_a_cancelation_whose_answer_was_lost_is_read_back(shop, armed):
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    getattr(shop.marketplace, armed)["OR30"] = [Unclear("reset")]
    cancel_rest(shop, line1=1)
    shop.run()
    assert shop.marketplace.count("OR30") == 1
    shop.outlive(minutes=3)
    Attempt.objects.filter(operation="OR30").update(announced_at=business_now() - timedelta(minutes=3))
    shop.run()
    assert shop.marketplace.count("OR30") == (2 if armed == "before" else 1)
    assert shop.marketplace.orders["JL1-A"].lines[0].cancelled_quantity == 1
    assert (state(shop), shop.item().stage) == ("SHIPPED", "confirmed")


def test_a_decision_is_carried_out_once_even_where_john_lewis_counts_differently(shop):
    """The setting says that a cancelation lowers the quantity; here it stays, so that the figures do not add up."""
    Connection.objects.update(settings={"quantity_is_net": True})
    bring(shop, BAG=3)
    parcel(shop, BAG=1)
    shop.run()
    cancel_rest(shop, line1=1)
    shop.run()
    shop.outlive(minutes=3)
    shop.run()
    assert shop.marketplace.count("OR30") == 1
    assert shop.codes(shop.item()) == [Code.SHORT_DISPATCH]


def test_a_lowered_quantity_is_understood_where_the_setting_says_so(shop):
    Connection.objects.update(settings={"quantity_is_net": True})
    shop.connection.settings = {"quantity_is_net": True}
    shop.marketplace.is_net = True
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    cancel_rest(shop, line1=1)
    shop.run()
    line = shop.order().lines.get()
    assert (line.quantity, line.cancelled_quantity, line.open_quantity) == (2, 1, 1)
    assert (state(shop), shop.item().stage) == ("SHIPPED", "confirmed")


def test_a_refused_cancelation_comes_back_with_john_lewis_words(shop):
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    shop.marketplace.before["OR30"] = [refused("The reason is unknown.", code=Code.UNCLASSIFIED)]
    cancel_rest(shop, line1=1)
    shop.run()
    assert shop.codes(shop.item()) == [Code.SHORT_DISPATCH, Code.UNCLASSIFIED]
    cancel_rest(shop, line1=1)
    shop.run()
    assert state(shop) == "SHIPPED"


def test_nothing_is_cancelled_once_the_rest_has_left_after_all(shop):
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    parcel(shop, SECOND, BAG=1)
    shop.item().corrections.create(
        path="short.cancel", value=Decision("15", {"JL1-A-1": 1}, business_now()).to_text(), created_at=business_now()
    )
    shop.run()
    assert shop.marketplace.count("OR30") == 0
    assert shop.item().stage == "confirmed"


def test_an_empty_dispatch_ends_without_a_word_and_the_order_is_short(shop):
    bring(shop, BAG=1, HAT=1)
    parcel(shop, BAG=0, HAT=0)
    shop.run()
    assert shop.item(kind=Kind.DISPATCH).status == "done"
    assert shop.codes(shop.item()) == [Code.SHORT_DISPATCH]
    assert not shop.marketplace.sent
    parcel(shop, SECOND, BAG=1, HAT=1)
    shop.run()
    assert (state(shop), shop.item().stage) == ("SHIPPED", "confirmed")


def test_an_order_of_which_nothing_left_is_cancelled_on_both_sides(shop):
    bring(shop, BAG=1)
    parcel(shop, BAG=0)
    shop.run()
    cancel_rest(shop, line1=1)
    shop.run()
    assert state(shop) == "CANCELED"
    assert shop.item().status == "cancelled"


def test_a_warehouse_that_sends_the_rest_later_is_given_its_time(shop):
    Connection.objects.update(settings={"back_orders": True})
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    assert (shop.item().status, shop.item().stage) == ("waiting", "dispatched")
    assert Event.objects.filter(kind="rest_awaited").count() == 1
    shop.order().dispatches.update(dispatched_at=business_now() - timedelta(hours=25))
    shop.run()
    assert shop.codes(shop.item()) == [Code.SHORT_DISPATCH]


def test_a_line_that_no_parcel_names_is_waited_for_and_asked_about_when_it_does_not_come(shop):
    bring(shop, BAG=1, HAT=1)
    parcel(shop, BAG=1)
    shop.run()
    assert (shop.item().status, shop.item().stage) == ("waiting", "dispatched")
    assert Event.objects.filter(kind="rest_awaited").count() == 1
    shop.order().dispatches.update(dispatched_at=business_now() - timedelta(hours=3))
    shop.run()
    assert shop.codes(shop.item()) == [Code.SHORT_DISPATCH]


def test_two_parcels_of_an_order_that_leave_after_each_other_trouble_nobody(shop):
    bring(shop, BAG=1, HAT=1)
    parcel(shop, BAG=1)
    shop.run()
    parcel(shop, SECOND, HAT=1)
    shop.run()
    assert (state(shop), shop.item().stage) == ("SHIPPED", "confirmed")
    assert not Event.objects.filter(kind="stalled").exists()


def test_a_person_may_wait_for_the_rest_until_a_date(shop):
    bring(shop, BAG=2)
    parcel(shop, BAG=1)
    shop.run()
    soon = (business_now() + timedelta(hours=5)).isoformat()
    pipeline.resubmit(shop.item(), corrections={"short.wait_until": soon})
    shop.run()
    assert shop.item().status == "waiting"
    shop.item().corrections.filter(path="short.wait_until").update(
        value=(business_now() - timedelta(minutes=1)).isoformat()
    )
    shop.run()
    assert shop.codes(shop.item()) == [Code.SHORT_DISPATCH]


def test_a_parcel_of_which_nothing_counts_hides_nothing_that_is_missing(engine):
    engine.marketplace.open_shop(engine.connection)
    bring(engine, BAG=3)
    parcel(engine, FIRST, BAG=2)
    engine.run()
    engine.dispatch(number=FIRST, dispatch_id="again", lines=(DispatchNewsLine("BAG", 2),))
    engine.run()
    pipeline.resubmit(Item.objects.get(external_key="again"), corrections={"parcel.surplus": "nothing"})
    engine.run()
    assert engine.codes(engine.item()) == [Code.SHORT_DISPATCH]
