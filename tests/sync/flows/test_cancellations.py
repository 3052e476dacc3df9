"""A cancellation that SEKO agreed to: believed once its status shows it, and a person's case where it never does."""

import pytest

from sync import limits, pipeline
from sync.failures import Code, Unclear
from sync.models import Side
from sync.shapes import DispatchNewsLine, WarehouseStatus
from sync.states import Status
from tests.sync.doubles import an_order

UNMOVED = [
    (WarehouseStatus(True, "To Cancel"), "SEKO shows To Cancel"),
    (WarehouseStatus(found=False), "SEKO shows no status of it"),
]


def load_and_call_off(engine) -> None:
    """An order that SEKO has when John Lewis cancels it."""
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.poll()
    engine.run()


@pytest.fixture
def shop(engine):
    """An order that John Lewis and then a person have cancelled; SEKO agreed, and has not done it."""
    load_and_call_off(engine)
    engine.warehouse.hook = lambda prepared: show(engine, WarehouseStatus(True, "To Cancel"))
    assert pipeline.resubmit(engine.item(), corrections={"warehouse.cancel": "001"})
    engine.run()
    return engine


def show(engine, status: WarehouseStatus) -> None:
    """SEKO shows the order so."""
    engine.warehouse.statuses[engine.order().warehouse_guid] = status


def test_a_cancellation_is_waited_for(shop):
    assert shop.item().status == Status.WAITING
    show(shop, WarehouseStatus(True, "Cancelled"))
    shop.run()
    assert shop.item().status == Status.CANCELLED


@pytest.mark.parametrize(("status", "words"), UNMOVED)
def test_a_cancellation_that_seko_never_carries_out_becomes_a_case_again(shop, status, words):
    show(shop, status)
    shop.outlive(hours=25)
    shop.run(2)
    assert shop.codes(shop.item()) == [Code.CANCEL_REFUSED]
    assert words in shop.item().failures[0]["text"]
    assert pipeline.resubmit(shop.item(), corrections={"warehouse.cancel": "handled"})
    shop.run(2)
    assert shop.item().status == Status.CANCELLED
    assert shop.warehouse.count("cancel") == 1


def test_a_cancellation_whose_status_cannot_be_read_becomes_a_case_again(shop):
    shop.warehouse.status_fault = Unclear("HTTP 500")
    for hours in (0, 25):
        shop.outlive(hours=hours)
        for _ in range(6):
            shop.run(1)
            limits.note_good(shop.connection, Side.WAREHOUSE)
        assert (shop.codes(shop.item()) == [Code.CANCEL_REFUSED]) is bool(hours)
    assert "cannot be read (HTTP 500)" in shop.item().failures[0]["text"]


def test_a_cancellation_that_shows_late_needs_nobody(shop):
    shop.outlive(hours=25)
    show(shop, WarehouseStatus(True, "Cancelled"))
    shop.run(2)
    assert shop.item().status == Status.CANCELLED


def test_a_load_that_is_read_back_after_the_cancellation_is_noted_as_given_to_seko(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.warehouse.after["websubmit"] = [Unclear("no answer in time")]
    engine.warehouse.hook = lambda prepared: engine.marketplace.change("JL1-A", state="CANCELED")
    engine.run()
    assert engine.codes(engine.item()) == [Code.CANCELLED_LIVE]
    assert engine.order().injected_at is not None


def last_word(engine) -> str:
    """The last line of the order's history about its cancellation."""
    return engine.item().events.filter(kind="cancelled").latest("id").title


def test_the_history_says_that_seko_has_nothing_to_send(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.poll()
    engine.run()
    assert engine.item().status == Status.CANCELLED
    assert last_word(engine) == "Cancelled on John Lewis; SEKO has nothing of it to send"


def test_the_history_claims_both_sides_only_where_seko_shows_it(shop):
    show(shop, WarehouseStatus(True, "Cancelled"))
    shop.run()
    assert last_word(shop) == "Cancelled on both sides"


def test_the_history_says_that_seko_sent_nothing_of_it(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.dispatch(lines=tuple(DispatchNewsLine(line.sku, 0) for line in engine.order().lines.all()))
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.poll()
    engine.run()
    assert engine.item().status == Status.CANCELLED
    assert last_word(engine) == "Cancelled on John Lewis; SEKO has ended it and sent nothing"


def test_the_history_says_that_a_person_dealt_with_it(shop):
    shop.outlive(hours=25)
    shop.run(2)
    assert shop.codes(shop.item()) == [Code.CANCEL_REFUSED]
    assert pipeline.resubmit(shop.item(), corrections={"warehouse.cancel": "handled"})
    shop.run(2)
    assert last_word(shop) == "Cancelled on John Lewis; a person said that it was dealt with at SEKO"


def test_where_no_status_can_be_read_the_history_says_what_seko_agreed_to(engine):
    engine.warehouse.can_read_status = False
    load_and_call_off(engine)
    assert pipeline.resubmit(engine.item(), corrections={"warehouse.cancel": "001"})
    engine.run()
    assert last_word(engine) == "Cancelled on John Lewis; SEKO agreed to cancel it"
