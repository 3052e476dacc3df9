"""SEKO sends a dispatch again under its id: a repeat changes nothing, a correction is taken while it still can be."""

import pytest

from sync.failures import Code
from sync.models import Event
from sync.shapes import DispatchNewsLine
from sync.states import Kind
from tests.sync.doubles import an_order

FIRST, SECOND = "15501234567890", "15501234567891"


@pytest.fixture
def seko(engine):
    """An order of two bags that SEKO has."""
    engine.marketplace.put(an_order(BAG=2))
    engine.poll()
    engine.run()
    return engine


def says(engine, number: str, *, bags: int = 2, **changes) -> None:
    """One message about the one dispatch."""
    engine.dispatch(number=number, dispatch_id="D1", lines=(DispatchNewsLine("BAG", bags),), **changes)
    engine.run()


def told(engine) -> tuple[str, str]:
    """What John Lewis shows of the dispatch."""
    shown = engine.marketplace.orders["JL1-A"]
    return shown.state, shown.tracking_number


def corrections_of(engine) -> int:
    """How often the parcel's own story tells of a correction."""
    return Event.objects.filter(item=engine.item(kind=Kind.DISPATCH), kind__startswith="dispatch_corrected").count()


def test_a_missing_tracking_number_comes_with_the_corrected_message(seko) -> None:
    says(seko, "")
    assert seko.codes(seko.item(kind=Kind.DISPATCH)) == [Code.TRACKING_MISSING]
    says(seko, FIRST)
    assert told(seko) == ("SHIPPED", FIRST)


def test_a_short_dispatch_that_was_told_wrongly_is_made_good(seko) -> None:
    says(seko, FIRST, bags=1)
    assert seko.codes(seko.item()) == [Code.SHORT_DISPATCH]
    says(seko, FIRST)
    assert told(seko) == ("SHIPPED", FIRST)


def test_a_wrong_courier_is_replaced(seko) -> None:
    says(seko, FIRST, courier="Donkey")
    assert seko.codes(seko.item(kind=Kind.DISPATCH)) == [Code.UNMAPPED_CARRIER]
    says(seko, FIRST)
    assert told(seko) == ("SHIPPED", FIRST)


def test_the_corrected_number_is_told_and_the_wrong_one_does_not_come_back(seko) -> None:
    says(seko, FIRST, bags=1)
    says(seko, SECOND, bags=1)
    says(seko, FIRST, bags=1)
    says(seko, SECOND)
    assert told(seko) == ("SHIPPED", SECOND)
    assert corrections_of(seko) == 2


def test_a_repeat_leaves_no_trace(seko) -> None:
    says(seko, FIRST)
    says(seko, FIRST)
    says(seko, "")
    assert corrections_of(seko) == 0


def test_what_comes_after_john_lewis_was_told_is_kept_in_the_story_once(seko) -> None:
    says(seko, FIRST)
    says(seko, SECOND)
    says(seko, SECOND)
    assert told(seko) == ("SHIPPED", FIRST)
    assert corrections_of(seko) == 1


def test_a_number_that_is_corrected_while_john_lewis_is_told_the_wrong_one_is_a_persons_case(seko) -> None:
    def correct(prepared) -> None:
        if prepared.operation == "OR24":
            seko.dispatch(number=SECOND, dispatch_id="D1")

    seko.marketplace.hook = correct
    says(seko, FIRST)
    assert told(seko) == ("SHIPPED", FIRST)
    assert seko.codes(seko.item(kind=Kind.DISPATCH)) == [Code.CONFIRMATION_REJECTED]
