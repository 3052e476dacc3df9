"""SEKO's number stored at John Lewis: read first, written once, never repeated on a guess."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jlseko.clock import business_now
from sync.failures import Code, Refused, Unclear
from sync.flows import references
from sync.loop import work
from sync.models import Budget, Event, FlowState, Order
from sync.states import Lane
from tests.sync.double_shipments import refused
from tests.sync.doubles import an_order


@pytest.fixture
def known(engine):
    """Two orders that SEKO has, and one that it has not."""
    engine.marketplace.put(an_order("JL1-A"), an_order("JL2-A"), an_order("JL3-A", state="WAITING_ACCEPTANCE"))
    engine.poll()
    engine.run(3)
    return engine


def run(engine) -> dict[str, int]:
    """One turn of the flow, with a full allowance."""
    Budget.objects.all().delete()
    return references.store_references(engine.context(), FlowState(connection=engine.connection))


def test_a_number_is_stored_once_seko_has_shown_the_order(known):
    assert run(known) == {"stored": 2, "refused": 0}
    assert known.marketplace.references == {"JL1-A": "JL1-A", "JL2-A": "JL2-A"}
    assert run(known) == {"stored": 0, "refused": 0}
    known.poll()
    assert known.order("JL1-A").seller_reference == "JL1-A"
    assert Event.objects.filter(kind="referenced").count() == 2


def test_an_order_that_has_a_reference_already_is_left_alone(known):
    known.marketplace.change("JL1-A", seller_reference="somebody's own")
    run(known)
    assert known.marketplace.references == {"JL2-A": "JL2-A"}
    assert known.order("JL1-A").seller_reference == "somebody's own"


@pytest.mark.parametrize(("armed", "writes"), [("after", 1), ("before", 2)])
def test_a_lost_answer_is_followed_by_a_reading(known, armed, writes):
    getattr(known.marketplace, armed)["OR04"] = [Unclear("reset")]
    with pytest.raises(Unclear):
        run(known)
    run(known)
    assert known.marketplace.count("OR04") == writes
    assert set(known.marketplace.references) == {"JL1-A", "JL2-A"}


def test_a_refused_number_is_noted_once_and_not_tried_again_for_a_day(known):
    send = known.marketplace.send
    known.marketplace.send = lambda prepared: replace(send(prepared), refused={"JL1-A": "The order is archived."})
    assert run(known) == {"stored": 1, "refused": 1}
    known.marketplace.change("JL1-A", seller_reference="")
    run(known)
    assert known.marketplace.count("OR04") == 1
    Order.objects.update(reference_tried_at=business_now() - timedelta(days=2), seller_reference="")
    run(known)
    assert known.marketplace.count("OR04") == 2
    [event] = Event.objects.filter(kind="reference_refused")
    assert (event.order_key, event.detail) == ("JL1-A", "The order is archived.")


def test_a_call_that_is_refused_as_a_whole_waits_for_a_day_too(known):
    known.marketplace.before["OR04"] = [refused("Not allowed")]
    assert run(known) == {"stored": 0, "refused": 2}
    run(known)
    assert known.marketplace.count("OR04") == 1


def test_a_reading_that_is_refused_writes_nothing(known):
    known.marketplace.read_fault = refused("no")
    with pytest.raises(Refused):
        run(known)
    assert known.marketplace.count("OR04") == 0


def test_the_setting_switches_it_off(known):
    known.connection.settings = {"store_references": False}
    assert run(known) == {"stored": 0, "refused": 0}
    assert known.marketplace.count("OR04") == 0


@pytest.fixture
def unchangeable(known):
    """An order that has left, and for which John Lewis takes no number: nothing of ours is news for the next poll."""
    known.dispatch("JL1-A")
    known.run()
    known.marketplace.before["OR04"] = [refused("The order is archived.")]
    return known


@pytest.mark.parametrize("state", ["RECEIVED", "CLOSED"])
def test_a_delivery_that_this_reading_sees_first_ends_the_order(unchangeable, state):
    assert (unchangeable.item().stage, unchangeable.item().due_at) == ("confirmed", None)
    unchangeable.marketplace.change("JL1-A", state=state)
    run(unchangeable)
    unchangeable.poll()
    work.drain(Lane.ORDERS, seconds=10, threads=1)
    assert unchangeable.item().status == "done"


def test_a_cancelation_that_this_reading_sees_first_is_a_case(unchangeable):
    unchangeable.marketplace.change("JL1-A", state="CANCELED")
    run(unchangeable)
    unchangeable.poll()
    work.drain(Lane.ORDERS, seconds=10, threads=1)
    assert unchangeable.codes(unchangeable.item()) == [Code.CANCELLED_LIVE]


def test_orders_that_seko_showed_at_the_same_moment_are_told_in_one_order(known):
    """A replayed day asks for the same orders in the same turn, wherever the database keeps their rows."""
    Order.objects.update(verified_at=business_now())
    Order.objects.filter(order_id="JL1-A").update(placed_at=business_now())
    run(known)
    assert list(known.marketplace.references) == ["JL1-A", "JL2-A"]
