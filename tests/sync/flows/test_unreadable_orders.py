"""An order that John Lewis shows in a form that cannot be read: whatever waits for it becomes a person's case, nothing
else suffers.
"""

from datetime import timedelta

import pytest

from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync import conservation, inbound, lanes, pipeline
from sync.failures import Code, Failure, Unclear
from sync.flows import references
from sync.flows.shortages import Decision
from sync.loop import work
from sync.models import Attempt, FlowState, Item, PartnerState
from sync.shapes import DispatchNewsLine
from sync.states import Kind, Lane
from tests.sync.doubles import an_order


def bring(engine, **lines: int) -> None:
    """An order that SEKO has."""
    engine.marketplace.put(an_order(**lines))
    engine.poll()
    engine.run(4)


def garble(engine, order_id: str = "JL1-A") -> None:
    """From now on John Lewis shows this order in another form."""
    engine.marketplace.unreadable.add(order_id)


def a_new_order(engine) -> Item:
    """It was read a moment ago, and is to be loaded at SEKO."""
    engine.marketplace.put(an_order())
    engine.poll()
    return engine.item()


def an_accepted_order(engine) -> Item:
    """The answer to its acceptance was lost."""
    engine.marketplace.put(an_order(state="WAITING_ACCEPTANCE"))
    engine.marketplace.after["OR21"] = [Unclear("reset")]
    engine.poll()
    engine.run(1)
    return engine.item()


def an_order_to_be_loaded_again(engine) -> Item:
    """A person said that SEKO shall have it under another number."""
    bring(engine)
    pipeline.stall(engine.item(), [Failure(Code.DUPLICATE_ORDER, "SEKO has this number already.")])
    pipeline.resubmit(engine.item(), corrections={"warehouse.number": "JL1-A-2"})
    return engine.item()


def an_order_whose_rest_is_cancelled(engine) -> Item:
    """Less has left than was ordered, and a person decided to cancel the rest."""
    bring(engine, BAG=2)
    engine.dispatch(lines=(DispatchNewsLine("BAG", 1),))
    engine.run()
    decided = Decision("15", {"JL1-A-1": 1}, business_now() - timedelta(minutes=10)).to_text()
    pipeline.resubmit(engine.item(), corrections={"short.cancel": decided})
    return engine.item()


def an_order_whose_cancelation_was_lost(engine) -> Item:
    """So it was, and the answer to the cancelation was lost."""
    item = an_order_whose_rest_is_cancelled(engine)
    engine.marketplace.before["OR30"] = [Unclear("reset")]
    engine.run(1)
    return item


def a_dispatch(engine) -> Item:
    """SEKO has sent the order."""
    bring(engine)
    engine.dispatch()
    return engine.item(kind=Kind.DISPATCH)


def a_dispatch_whose_confirmation_was_lost(engine) -> Item:
    """SEKO has sent the order, and the answer to its confirmation was lost."""
    item = a_dispatch(engine)
    engine.marketplace.before["OR24"] = [Unclear("reset")]
    engine.run(1)
    return item


WAITING = [
    a_new_order, an_accepted_order, an_order_to_be_loaded_again, an_order_whose_rest_is_cancelled,
    an_order_whose_cancelation_was_lost, a_dispatch, a_dispatch_whose_confirmation_was_lost,
]  # fmt: skip


@pytest.fixture(params=WAITING, ids=lambda bring_about: bring_about.__name__)
def waiting(engine, request):
    """Something whose next step hangs on an order that John Lewis shows in another form now."""
    item = request.param(engine)
    garble(engine)
    return item


def test_what_waits_for_it_becomes_a_case(engine, waiting):
    sent = len(engine.marketplace.sent), len(engine.warehouse.sent)
    engine.run()
    assert engine.codes(waiting) == [Code.MESSAGE_UNREADABLE]
    assert (len(engine.marketplace.sent), len(engine.warehouse.sent)) == sent
    assert ExceptionRecord.objects.filter(category="message_unreadable").count() == 1


def test_what_waits_for_it_is_not_given_up_at_the_first_reading(engine, waiting):
    engine.run(3)
    waiting.refresh_from_db()
    assert waiting.status in ("ready", "unknown")
    engine.marketplace.unreadable.clear()
    engine.outlive(minutes=3)
    engine.run()
    assert not engine.codes(waiting)


def test_an_order_that_is_no_longer_shown_at_all_is_a_case_too(engine):
    item = a_dispatch(engine)
    engine.marketplace.orders.pop("JL1-A")
    engine.run()
    assert engine.codes(item) == [Code.MESSAGE_UNREADABLE]


def test_sent_back_once_it_can_be_read_it_goes_on(engine, waiting):
    engine.run()
    engine.marketplace.unreadable.clear()
    engine.outlive(minutes=3)
    pipeline.resubmit(waiting)
    engine.run()
    assert not engine.codes(waiting)
    assert not Attempt.objects.filter(outcome__in=["", "unknown"]).exists()


def test_an_order_known_only_by_a_message_becomes_a_case(engine):
    engine.marketplace.put(an_order())
    garble(engine)
    inbound.keep_unreadable_order(engine.connection, {"order_id": "JL1-A"})
    engine.run()
    message = engine.item(kind=Kind.MESSAGE)
    assert engine.codes(message) == [Code.MESSAGE_UNREADABLE]
    assert [state.any_stalled for state in conservation.order_states(engine.connection)] == [True]
    engine.marketplace.unreadable.clear()
    pipeline.resubmit(message)
    engine.run()
    assert engine.item(kind=Kind.MESSAGE).status == "done"
    assert engine.item().stage == "injected"


def test_john_lewis_is_not_taken_for_unavailable(engine):
    a_dispatch(engine)
    garble(engine)
    inbound.keep_unreadable_order(engine.connection, {"order_id": "JL1-A"})
    engine.run()
    assert not PartnerState.objects.filter(failures_in_a_row__gt=0).exists()
    assert not ExceptionRecord.objects.filter(category="partner_unavailable").exists()


def test_the_other_orders_of_its_batch_go_on(engine):
    engine.marketplace.put(an_order("JL1-A"), an_order("JL2-A"))
    engine.poll()
    engine.run(1)
    garble(engine)
    for _ in range(work.POISON_TRIES):
        Item.objects.filter(status="ready").update(due_at=business_now())
        work._work_on(engine.connection, lanes.claim(Lane.ORDERS, limit=5), threads=1)
    assert engine.codes(engine.item("JL1-A")) == [Code.MESSAGE_UNREADABLE]
    assert engine.item("JL2-A").stage == "injected"


def test_a_reference_for_it_is_tried_again_in_a_day(engine):
    bring(engine)
    garble(engine)
    state = FlowState(connection=engine.connection)
    assert references.store_references(engine.context(), state) == {"stored": 0, "refused": 0}
    reads = engine.marketplace.reads
    references.store_references(engine.context(), state)
    assert engine.marketplace.reads == reads
