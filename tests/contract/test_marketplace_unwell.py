"""Reading from any marketplace that is not well, or newer than we are. Written against the ports."""

import pytest

from sync.failures import Throttled, Unclear
from sync.ports import Marketplace
from sync.shapes import (
    StockLevel,
)
from tests.contract.marketplace_steps import market, opening, parcel, place, put, seen

__all__ = ["market", "opening", "place"]


@pytest.mark.parametrize(("told", "waits"), [({"retry_after": 7}, 7.0), ({"retry_after": None}, 2.0)])
def test_a_partner_that_asks_to_wait_is_believed(place, market, told, waits):
    order_id = place.order(1)
    write = market.prepare_ship(order_id)
    for operation, call in (
        ("SH21", market.carriers),
        ("OR11", lambda: market.orders_page(updated_since=None, states=(), offset=0)),
        (write.operation, lambda: market.send(write)),
    ):
        place.spoil(operation, "429", **told)
        arrived = place.requests()
        with pytest.raises(Throttled) as caught:
            call()
        assert caught.value.retry_after == waits
        assert place.requests() == arrived + 1
    assert place.effects(write) == 0


@pytest.mark.parametrize("kind", ["500", "503", "html", "empty", "truncated", "reset", "timeout"])
def test_a_reading_that_did_not_arrive_is_unclear_and_may_be_repeated(place, market, kind):
    order_id = place.order(1)
    place.spoil("OR11", kind, times=3)  # a read may try again by itself when the connection breaks
    with pytest.raises(Unclear):
        market.orders_page(updated_since=None, states=(), offset=0)
    place.until(lambda: _reads(market, order_id), what="the partner is well again")


def _reads(market: Marketplace, order_id: str) -> bool:
    try:
        return seen(market, order_id).order_id == order_id
    except Unclear:
        return False


@pytest.mark.parametrize("operation", ["OR11", "ST11", "OF21", "SH21", "PC01", "RE01", "STO02"])
def test_what_comes_tomorrow_does_not_disturb_today(place, market, operation):
    order_id = place.order(1)
    put(market, market.prepare_shipment(parcel(place, market, order_id, "1", 1)))
    import_id = put(market, market.prepare_stock([StockLevel("A", 1)], batch="b1"))
    place.spoil(operation, "unknown_field")
    assert market.profile().multi_shipment is True
    assert market.carriers()
    assert market.offers_page().offers
    assert seen(market, order_id).state == "SHIPPING"
    assert len(market.shipments([order_id])) == 1
    assert not market.stock_import(import_id).is_over


def test_a_state_of_tomorrow_is_told_as_it_is(place, market):
    order_id = place.order(1)
    put(market, market.prepare_shipment(parcel(place, market, order_id, "1", 1)))
    place.spoil("OR11", "unknown_value", field="order_state")
    assert seen(market, order_id).state == "VALUE_OF_TOMORROW"
    place.spoil("ST11", "unknown_value", field="status")
    assert market.shipments([order_id])[0].status == "VALUE_OF_TOMORROW"
