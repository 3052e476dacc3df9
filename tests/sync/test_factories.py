"""The rows that other tests stand on are whole, and say what they were asked to say."""

import pytest

from sync.models import Connection, Event, Item
from sync.states import Kind, Lane, Status
from tests.factories.engine import (
    AttemptFactory,
    CorrectionFactory,
    DispatchFactory,
    EventFactory,
    ItemFactory,
    OrderFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db


def test_an_order_and_its_dispatch_share_one_connection_and_one_key() -> None:
    dispatch = DispatchFactory(lines={"BAG": 2})
    assert Connection.objects.count() == 1
    assert dispatch.item.order_key == dispatch.order.order_id == dispatch.order.item.order_key
    assert (dispatch.item.kind, dispatch.item.lane) == (Kind.DISPATCH, Lane.DISPATCHES)
    assert dispatch.lines.get().dispatched == 2


def test_lines_are_counted_or_named() -> None:
    assert OrderFactory().lines.count() == 1
    assert OrderFactory(lines=3).lines.count() == 3
    assert OrderFactory(lines=0).lines.count() == 0
    assert [line.sku for line in OrderFactory(skus=["A", "a "]).lines.all()] == ["A", "a "]
    assert [line.sku_key for line in OrderFactory(skus=["A", "a "]).lines.all()] == ["a", "a"]


def test_a_stalled_and_a_done_order_look_so() -> None:
    assert OrderFactory(stalled=True).item.status == Status.STALLED
    assert OrderFactory(done=True).item.is_final
    assert Item.objects.filter(status=Status.STALLED).exclude(failures=[]).count() == 1


def test_everything_else_hangs_on_an_order_of_its_own() -> None:
    for factory in (AttemptFactory, CorrectionFactory, EventFactory):
        assert factory().item.order is not None
    assert ItemFactory().connection == ProductFactory().connection
    assert Event.objects.get().order_key == Event.objects.get().item.order_key
