"""An order whose parcels have all come to their end, and which John Lewis does not show as shipped."""

from datetime import timedelta

import pytest

from exceptions import services
from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, NotSent
from sync.models import Dispatch, Event, Item
from sync.states import Kind
from tests.sync.doubles import an_order


@pytest.fixture
def shop(engine):
    """An engine whose shop has shipments, with an order of which everything has left."""
    engine.marketplace.open_shop(engine.connection)
    engine.marketplace.put(an_order(BAG=1))
    engine.poll()
    engine.run()
    engine.dispatch()
    return engine


def parcel(engine) -> Item:
    """The item of the only parcel."""
    return engine.item(kind=Kind.DISPATCH)


def let_time_pass() -> None:
    """Put the last dispatch and its end back by more than John Lewis may take."""
    Dispatch.objects.update(dispatched_at=business_now() - timedelta(hours=5))
    Item.objects.filter(kind=Kind.DISPATCH).update(finished_at=business_now() - timedelta(minutes=5))


def take_back_before_it_is_confirmed(engine) -> None:
    """John Lewis cancels our shipment, and a person has to say what becomes of the parcel."""
    engine.marketplace.before["ST24"] = [NotSent("refused")]
    engine.run(1)
    engine.marketplace.alter("S1", status="CANCELED")
    engine.run()
    assert parcel(engine).failures[0]["rule"] == "shipment_gone"


def open_again(engine) -> None:
    """The last shipment of an order was confirmed, but the order stays open: its shipment is gone."""
    engine.marketplace._close = lambda order_id: None
    engine.run()
    engine.marketplace.alter("S1", status="CANCELED")
    engine.poll()
    engine.run()


def test_a_parcel_taken_as_confirmed_while_its_order_is_open_leaves_nobody_waiting(shop):
    take_back_before_it_is_confirmed(shop)
    pipeline.resubmit(parcel(shop), corrections={"confirmation.accept": "yes"})
    shop.run()
    assert parcel(shop).status == "done"
    let_time_pass()
    shop.run()
    assert shop.codes(shop.item()) == [Code.NOT_CONFIRMED]


def test_a_shipment_cancelled_after_its_parcel_was_done_is_a_persons_case_once(shop):
    open_again(shop)
    assert (parcel(shop).status, shop.item().status) == ("done", "waiting")
    let_time_pass()
    shop.run()
    item = shop.item()
    assert (shop.codes(item), item.failures[0]["rule"]) == ([Code.NOT_CONFIRMED], "order_open")
    assert Event.objects.filter(item=item, kind="stalled").count() == 1
    shop.marketplace.change("JL1-A", state="SHIPPED")
    shop.poll()
    shop.run()
    assert shop.item().stage == "confirmed"


def test_an_order_that_may_still_be_shown_as_shipped_is_looked_at_again_by_itself(shop):
    open_again(shop)
    item = shop.item()
    assert item.status == "waiting"
    assert item.due_at is not None


@pytest.mark.parametrize("how", ["away", "unreadable"])
def test_an_order_that_cannot_be_read_is_not_called_open(shop, how):
    open_again(shop)
    let_time_pass()
    if how == "away":
        shop.marketplace.read_fault = NotSent("away")
    else:
        shop.marketplace.unreadable.add("JL1-A")
    shop.run(2)
    assert shop.codes(shop.item()) == []


def test_an_order_without_a_parcel_to_tell_can_only_be_looked_at_again(shop):
    open_again(shop)
    let_time_pass()
    shop.run()
    [part] = services.parts(ExceptionRecord.objects.get())
    assert [way for way, _ in part.form.fields["way"].choices] == ["again"]
    assert "tracking_number" not in part.form.fields


@pytest.mark.parametrize(("state", "is_offered"), [("SHIPPING", False), ("SHIPPED", True)])
def test_a_gone_shipment_is_taken_as_confirmed_only_where_john_lewis_shows_the_order_as_shipped(
    shop, state, is_offered
):
    take_back_before_it_is_confirmed(shop)
    shop.marketplace.change("JL1-A", state=state)
    shop.poll()
    shop.run()
    [part] = services.parts(ExceptionRecord.objects.get())
    assert ("accept" in dict(part.form.fields["way"].choices)) is is_offered
