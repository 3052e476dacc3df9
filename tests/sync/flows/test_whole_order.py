"""Where John Lewis takes one confirmation for an order: OR23 and OR24 once, whatever the parcels and the answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from exceptions import watch
from jlseko.clock import business_now
from sync import lanes, pipeline
from sync.failures import Code, Failure, NotSent, Unclear
from sync.loop import work
from sync.models import Attempt, Dispatch, Event, Item
from sync.shapes import DispatchNewsLine
from sync.states import Kind, Lane
from tests.sync.double_shipments import refused
from tests.sync.doubles import an_order

FIRST, SECOND = "15501234567890", "15501234567891"


def bring(engine, **lines: int) -> None:
    """An order that SEKO has."""
    engine.marketplace.put(an_order(**(lines or {"BAG": 1})))
    engine.poll()
    engine.run()


def parcel(engine, number: str = FIRST, **lines: int) -> None:
    """SEKO's news of one parcel."""
    engine.dispatch(number=number, lines=tuple(DispatchNewsLine(sku, quantity) for sku, quantity in lines.items()))


def item_of(number: str = FIRST) -> Item:
    """The item of a parcel."""
    return Item.objects.get(dispatch__tracking_number=number)


def drain() -> None:
    """Take what is due, and nothing else."""
    for lane in (Lane.ORDERS, Lane.DISPATCHES, Lane.ORDERS):
        work.drain(lane, seconds=10, threads=1)


def lease(number: str) -> Item:
    """A parcel in the hands of a worker that is slow to begin."""
    Item.objects.filter(kind=Kind.DISPATCH).exclude(dispatch__tracking_number=number).update(due_at=None)
    [item] = lanes.claim(Lane.DISPATCHES, limit=2)
    return item


def calls(engine) -> tuple[int, int]:
    """How often OR23 and OR24 came."""
    return engine.marketplace.count("OR23"), engine.marketplace.count("OR24")


def test_two_parcels_are_told_once_with_the_first_ones_number(engine):
    bring(engine, BAG=2)
    parcel(engine, SECOND, BAG=1)
    parcel(engine, FIRST, BAG=1)
    engine.run()
    assert calls(engine) == (1, 1)
    shipped = engine.marketplace.orders["JL1-A"]
    assert (shipped.state, shipped.tracking_number) == ("SHIPPED", SECOND)
    assert {item_of().status, item_of(SECOND).status} == {"done"}
    event = Event.objects.get(item=item_of(FIRST), kind="confirmed")
    assert event.detail == f"Confirmed together with the parcel {SECOND}: John Lewis knows one for this order"
    assert engine.item().stage == "confirmed"


@pytest.mark.parametrize("is_read_back", [True, False])
def test_a_parcel_with_an_old_reading_never_tells_its_own_number_after_the_order_was_told(engine, is_read_back):
    bring(engine, BAG=2)
    parcel(engine, FIRST, BAG=1)
    parcel(engine, SECOND, BAG=1)
    second = lease(SECOND)
    before = engine.marketplace.orders["JL1-A"]
    engine.run(1)
    if is_read_back:
        engine.run(2)
        assert item_of(FIRST).status == "done"
    else:  # the worker with the second parcel believes that the first one left later
        Dispatch.objects.filter(item=second).update(dispatched_at=business_now() - timedelta(hours=1))
    work.take_step(second, replace(engine.context(), fresh={"JL1-A": before}))
    assert calls(engine) == (1, 1)
    engine.run()
    assert calls(engine) == (1, 1)
    assert engine.marketplace.orders["JL1-A"].tracking_number == FIRST
    assert {item_of(FIRST).status, item_of(SECOND).status} == {"done"}


def test_a_parcel_with_an_old_reading_keeps_to_what_a_person_accepted_for_its_sister(engine):
    bring(engine, BAG=2)
    parcel(engine, FIRST, BAG=1)
    parcel(engine, SECOND, BAG=1)
    before = engine.marketplace.orders["JL1-A"]
    engine.marketplace.change("JL1-A", state="SHIPPED", tracking_number="SOMEBODY")
    engine.run()
    pipeline.resubmit(item_of(SECOND))
    second = lease(SECOND)
    pipeline.resubmit(item_of(FIRST), corrections={"confirmation.accept": "yes"})
    engine.run()
    work.take_step(second, replace(engine.context(), fresh={"JL1-A": before}))
    assert calls(engine) == (0, 0)


def test_a_confirmation_of_a_sister_that_john_lewis_never_shows_is_a_persons_case(engine):
    bring(engine, BAG=2)
    parcel(engine, FIRST, BAG=1)
    parcel(engine, SECOND, BAG=1)
    engine.run()
    Item.objects.filter(pk=item_of(SECOND).pk).update(status="waiting", stage="validated")
    Dispatch.objects.update(dispatched_at=business_now() - timedelta(hours=9), confirmed_at=None)
    engine.marketplace.change("JL1-A", state="SHIPPING")
    engine.run()
    assert engine.codes(item_of(SECOND)) == [Code.NOT_CONFIRMED]
    assert calls(engine) == (1, 1)


def test_a_later_parcel_needs_no_carrier_code_of_its_own(engine):
    bring(engine, BAG=2)
    parcel(engine, FIRST, BAG=1)
    engine.dispatch(number=SECOND, courier="Fagans Freight", lines=(DispatchNewsLine("BAG", 1),))
    engine.run()
    assert calls(engine) == (1, 1)
    assert item_of(SECOND).status == "done"


def test_a_first_parcel_that_the_clock_has_stopped_goes_on_with_the_second(engine):
    bring(engine, BAG=2)
    parcel(engine, FIRST, BAG=1)
    engine.run()
    pipeline.stall(item_of(), [Failure(Code.NOT_CONFIRMED, "late", rule="window")])
    parcel(engine, SECOND, BAG=1)
    engine.run()
    assert calls(engine) == (1, 1)
    assert engine.item().stage == "confirmed"


def test_a_first_parcel_with_a_fault_of_its_own_is_not_sent_back_by_the_second(engine):
    bring(engine, BAG=2)
    engine.dispatch(courier="Fagans Freight", lines=(DispatchNewsLine("BAG", 1),))
    parcel(engine, SECOND, BAG=1)
    engine.run()
    assert Code.UNMAPPED_CARRIER in engine.codes(item_of())
    assert Event.objects.filter(item=item_of(), kind="stalled").count() == 1
    assert calls(engine) == (0, 0)


def test_lots_of_one_product_are_one_quantity(engine):
    bring(engine, BAG=3)
    engine.dispatch(lines=(DispatchNewsLine("BAG", 1), DispatchNewsLine("bag", 2)))
    engine.run()
    assert engine.marketplace.orders["JL1-A"].state == "SHIPPED"


@pytest.mark.parametrize("operation", ["OR23", "OR24"])
@pytest.mark.parametrize(("armed", "times"), [("after", 1), ("before", 2)])
def test_a_lost_answer_is_settled_by_the_order_as_it_stands(engine, operation, armed, times):
    bring(engine)
    getattr(engine.marketplace, armed)[operation] = [Unclear("reset")]
    engine.dispatch()
    engine.run()
    assert engine.marketplace.count(operation) == times
    assert Attempt.objects.filter(operation=operation).first().settled_by == "read-back"
    assert engine.item().stage == "confirmed"


def test_a_killed_worker_between_the_two_calls_resumes_at_the_second(engine):
    bring(engine)
    engine.dispatch()

    class Died(BaseException):
        """The process is gone."""

    def die(prepared):
        raise Died

    engine.marketplace.hook = die
    with pytest.raises(Died):
        engine.run(4)
    engine.marketplace.hook = None
    Item.objects.filter(status="leased").update(lease_until="2000-01-01T00:00:00Z")
    lanes.sweep()
    engine.run()
    assert calls(engine) == (1, 1)
    assert engine.item().stage == "confirmed"


def test_a_repeat_that_is_refused_because_it_was_shipped_is_a_confirmation(engine):
    bring(engine)
    engine.marketplace.before["OR24"] = [NotSent("refused")]
    engine.dispatch()
    engine.run(1)
    read = engine.marketplace.orders_by_id
    stale = read(["JL1-A"])
    engine.marketplace.change("JL1-A", state="SHIPPED")
    answers = [stale, stale]  # for the order's step and for the parcel's
    engine.marketplace.orders_by_id = lambda ids: answers.pop() if answers else read(ids)
    engine.run(1)
    assert item_of().status == "done"
    assert Attempt.objects.filter(operation="OR24").last().outcome == "rejected"


def test_a_refused_confirmation_of_an_order_that_waits_is_a_persons_case(engine):
    bring(engine)
    engine.marketplace.before["OR24"] = [refused("The payment is being reviewed.")]
    engine.dispatch()
    engine.run()
    item = item_of()
    assert engine.codes(item) == [Code.CONFIRMATION_REJECTED]
    assert "payment" in item.failures[0]["text"]
    assert calls(engine) == (1, 1)


def test_a_refused_confirmation_of_an_order_shipped_by_others_is_a_conflict(engine):
    bring(engine)
    engine.dispatch()

    def meanwhile(prepared):
        if prepared.operation == "OR23":
            engine.marketplace.change("JL1-A", state="SHIPPED", tracking_number="SOMEBODY")

    engine.marketplace.hook = meanwhile
    engine.run()
    assert item_of().failures[0]["rule"] == "conflict"


def test_a_confirmation_refused_because_the_order_was_cancelled_ends_with_the_order(engine):
    bring(engine)
    engine.dispatch()

    def meanwhile(prepared):
        if prepared.operation == "OR23":
            engine.marketplace.change("JL1-A", state="CANCELED")

    engine.marketplace.hook = meanwhile
    engine.run(1)
    engine.poll()
    drain()
    assert item_of().status == "cancelled"
    assert engine.codes(engine.item()) == [Code.CANCELLED_LIVE]
    assert calls(engine) == (1, 1)


def test_what_one_item_reads_of_an_order_reaches_the_others(engine):
    """The order looks first and learns that it was shipped; its parcel waits for the rest, and no clock wakes it."""
    bring(engine, BAG=1, HAT=1)
    parcel(engine, BAG=1)
    engine.run()
    assert (item_of().status, item_of().due_at) == ("waiting", None)
    engine.marketplace.change("JL1-A", state="SHIPPED", tracking_number="SOMEBODY")
    Item.objects.filter(kind=Kind.ORDER).update(due_at=business_now())
    drain()
    engine.poll()
    drain()
    assert item_of().failures[0]["rule"] == "conflict"


@pytest.mark.parametrize("status_is_read", [True, False])
def test_a_parcel_that_leaves_after_the_cancelation_is_a_persons_case(engine, status_is_read):
    engine.warehouse.can_read_status = status_is_read
    bring(engine)
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.poll()
    engine.run()
    pipeline.resubmit(engine.item(), corrections={"warehouse.cancel": "001"})
    engine.run()
    assert engine.item().status == "cancelled"
    engine.dispatch()
    engine.run()
    assert (item_of().status, engine.codes(item_of())) == ("stalled", [Code.CONFIRMATION_REJECTED])
    pipeline.resubmit(item_of(), corrections={"confirmation.accept": "yes"})
    engine.run()
    assert item_of().status == "cancelled"
    assert calls(engine) == (0, 0)


def test_an_unknown_outcome_that_cannot_be_read_back_in_time_becomes_a_case(engine):
    bring(engine)
    engine.marketplace.before["OR24"] = [Unclear("reset")]
    engine.dispatch(dispatched_at=business_now() - timedelta(hours=6))
    engine.run(1)
    engine.marketplace.orders.pop("JL1-A")  # from now on John Lewis leaves it out
    engine.run(3)
    Item.objects.filter(kind=Kind.DISPATCH).update(created_at=business_now() - timedelta(hours=7))
    assert item_of().status == "unknown"
    watch.run(engine.connection)
    assert engine.codes(item_of()) == [Code.NOT_CONFIRMED]
