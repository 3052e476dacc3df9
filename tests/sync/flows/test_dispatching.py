"""News of a dispatch that comes twice, in two messages or in pieces: goods and numbers are never mixed up."""

import pytest

from sync import dispatching, lanes
from sync.models import Dispatch, Item
from sync.rules import parcels
from sync.shapes import DispatchNewsLine, TrackingNews
from sync.states import Kind, Lane
from tests.sync.doubles import an_order

FIRST, SECOND = "15501234567890", "15501234567891"


@pytest.fixture
def order(engine):
    """An order of two bags that SEKO has."""
    engine.marketplace.put(an_order(BAG=2))
    engine.poll()
    engine.run()
    return engine.order()


def whole(engine, **changes) -> None:
    """The dispatch push: all of it under SEKO's id."""
    engine.dispatch(
        **{"dispatch_id": "D9", "dispatch_number": "871", "lines": (DispatchNewsLine("BAG", 2),), **changes}
    )


def cartons(engine, *numbers: str, **changes) -> None:
    """The carton push: one parcel for each number, without SEKO's id."""
    for number in numbers:
        name = f"JL1-A/871/{number}" if len(numbers) > 1 else ""
        lines = (DispatchNewsLine("BAG", 2 // len(numbers)),)
        engine.dispatch(number=number, dispatch_id=name, dispatch_number="871", lines=lines, **changes)


def kept() -> list[tuple[str, int]]:
    """Tracking number and pieces of each parcel."""
    rows = Dispatch.objects.order_by("pk").values_list("tracking_number", "lines__dispatched")
    return [(number, pieces) for number, pieces in rows]


def test_cartons_that_come_first_stay_and_the_dispatch_counts_nothing_again(engine, order) -> None:
    cartons(engine, FIRST, SECOND)
    whole(engine, number=FIRST)
    assert kept() == [(FIRST, 1), (SECOND, 1)]
    assert parcels.shortfalls(order) == []


@pytest.mark.parametrize("numbers", [(FIRST,), (FIRST, SECOND)])
def test_cartons_that_come_second_count_nothing_again(engine, order, numbers) -> None:
    whole(engine, number=FIRST)
    cartons(engine, *numbers)
    assert kept() == [(FIRST, 2)]


def test_what_the_first_message_left_out_is_taken_from_the_second(engine, order) -> None:
    cartons(engine, "", courier="", service="")
    engine.run()
    whole(engine, number=FIRST)
    engine.run()
    parcel = Dispatch.objects.get()
    assert (parcel.courier, parcel.service, parcel.tracking_number) == ("DPD", "Next Day", FIRST)
    assert engine.marketplace.orders["JL1-A"].tracking_number == FIRST


def test_another_dispatch_of_the_order_is_another_one(engine, order) -> None:
    engine.dispatch(dispatch_id="", dispatch_number="870", number=SECOND, lines=(DispatchNewsLine("BAG", 1),))
    whole(engine, number=FIRST, lines=(DispatchNewsLine("BAG", 1),))
    assert len(kept()) == 2


def tracking(number: str, *, dispatch: str, order: str = "JL1-A", guid: str = "") -> TrackingNews:
    """Tracking details as SEKO pushes them."""
    return TrackingNews(order, dispatch, guid, "DPD", number, "")


def two_without_numbers(engine) -> None:
    for place in ("1", "2"):
        lines = (DispatchNewsLine("BAG", 1),)
        engine.dispatch(number="", dispatch_id=f"D{place}", dispatch_number=place, lines=lines)


def test_a_tracking_number_that_comes_twice_stays_with_its_parcel(engine, order) -> None:
    two_without_numbers(engine)
    news = tracking(FIRST, dispatch="1")
    assert dispatching.add_tracking(engine.connection, news)
    assert not dispatching.add_tracking(engine.connection, news)
    assert not dispatching.add_tracking(engine.connection, tracking(SECOND, dispatch="1"))
    assert kept() == [(FIRST, 1), ("", 1)]


def test_a_parcel_that_somebody_works_on_is_looked_at_again_once_its_tracking_number_comes(engine, order) -> None:
    engine.dispatch(number="", dispatch_id="D1", dispatch_number="1")
    leased = [item for item in lanes.claim(Lane.DISPATCHES, limit=5) if item.kind == Kind.DISPATCH]
    assert dispatching.add_tracking(engine.connection, tracking(FIRST, dispatch="1"))
    assert [Item.objects.get(pk=item.pk).recheck for item in leased] == [True]


def test_a_tracking_number_of_no_order_fits_no_parcel(engine, order) -> None:
    engine.dispatch(number="", order_number="", guid="", dispatch_id="D7")
    assert not dispatching.add_tracking(engine.connection, tracking(FIRST, dispatch="1", order=""))
    by_guid = tracking(FIRST, dispatch="", order="", guid=order.warehouse_guid)
    assert not dispatching.add_tracking(engine.connection, by_guid)
    two_without_numbers(engine)
    assert dispatching.add_tracking(engine.connection, by_guid)
    assert Dispatch.objects.get(tracking_number=FIRST).dispatch_id == "D1"
