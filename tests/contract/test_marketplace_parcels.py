"""An order in several parcels, at any marketplace. Written against the ports."""

import pytest

from sync.failures import Code, Refused
from sync.ports import Marketplace
from sync.shapes import (
    ItemToShip,
    Shipment,
    ShipmentDraft,
    ShipmentLine,
)
from tests.contract.marketplace_steps import lines_of, market, opening, parcel, place, put, seen

__all__ = ["market", "opening", "place"]


def left(market: Marketplace, order_id: str) -> list[ItemToShip]:
    return sorted(market.items_to_ship([order_id]), key=lambda item: item.line_id)


def parcels(market: Marketplace, order_id: str) -> dict[str, Shipment]:
    return {shipment.shipment_id: shipment for shipment in market.shipments([order_id])}


def test_an_order_travels_in_parcels(place, market):
    order_id = place.order(2, 1)
    first, second = lines_of(market, order_id)
    one = put(market, market.prepare_shipment(parcel(place, market, order_id, "1", 1, 0)))
    assert left(market, order_id) == [ItemToShip(order_id, first, 1), ItemToShip(order_id, second, 1)]
    two = put(market, market.prepare_shipment(parcel(place, market, order_id, "2", 1, 1)))
    assert left(market, order_id) == []
    known = parcels(market, order_id)
    assert set(known) == {one, two}
    assert (known[one].tracking_number, known[one].carrier_code, known[one].status) == ("1", place.carrier, "SHIPPING")
    assert known[two].lines == (ShipmentLine(first, 1, "P2"), ShipmentLine(second, 1, "P2"))
    other = place.carriers[1]
    put(market, market.prepare_shipment_tracking(one, carrier_code=other, tracking_number="1-again"))
    assert parcels(market, order_id)[one].tracking_number == "1-again"
    assert parcels(market, order_id)[one].carrier_code == other
    put(market, market.prepare_shipment_ship(one))
    assert seen(market, order_id).state == "SHIPPING"
    put(market, market.prepare_shipment_ship(two))
    assert seen(market, order_id).state == "SHIPPED"
    assert {shipment.status for shipment in parcels(market, order_id).values()} == {"SHIPPED"}


def test_a_parcel_is_taken_back_while_it_has_not_left(place, market):
    order_id = place.order(1)
    gone = put(market, market.prepare_shipment(parcel(place, market, order_id, "1", 1)))
    put(market, market.prepare_shipment_delete(gone))
    assert parcels(market, order_id) == {}
    sent = put(market, market.prepare_shipment(parcel(place, market, order_id, "2", 1)))
    put(market, market.prepare_shipment_ship(sent))
    with pytest.raises(Refused) as caught:
        market.send(market.prepare_shipment_delete(sent))
    assert caught.value.failure.code == Code.CONFIRMATION_REJECTED
    assert set(parcels(market, order_id)) == {sent}


def test_a_parcel_that_cannot_be_is_refused_inside_a_good_answer(place, market):
    order_id = place.order(1)
    too_much = market.prepare_shipment(parcel(place, market, order_id, "1", 2))
    with pytest.raises(Refused) as caught:
        market.send(too_much)
    assert caught.value.failure.code == Code.CONFIRMATION_REJECTED
    assert caught.value.exchange is not None
    assert (caught.value.exchange.status or 0) < 300
    assert place.effects(too_much) == 0
    unknown = "00000000-0000-0000-0000-000000000000"
    for write in (
        market.prepare_shipment_ship(unknown),
        market.prepare_shipment_delete(unknown),
        market.prepare_shipment_tracking(unknown, carrier_code=place.carrier, tracking_number="1"),
    ):
        with pytest.raises(Refused):
            market.send(write)
    strange = ShipmentDraft(order_id, "NO_SUCH", "1", (ShipmentLine(lines_of(market, order_id)[0], 1),))
    with pytest.raises(Refused) as caught:
        market.send(market.prepare_shipment(strange))
    assert caught.value.failure.code == Code.CARRIER_REJECTED


def test_a_platform_without_parcels_says_so(opening):
    place = opening(multi_shipment=False)
    market = place.connect()
    assert market.profile().multi_shipment is False
    order_id = place.order(1)
    draft = parcel(place, market, order_id, "1", 1)
    for call in (
        lambda: market.shipments([order_id]),
        lambda: market.items_to_ship([order_id]),
        lambda: market.send(market.prepare_shipment(draft)),
    ):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.failure.code == Code.CONFIRMATION_REJECTED
        assert caught.value.failure.facts["http_status"] == "404"
