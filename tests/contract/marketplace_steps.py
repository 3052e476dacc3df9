"""What the suites of a marketplace adapter share: opened places, and steps that read as one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sync.ports import Marketplace
from sync.shapes import MarketplaceOrder, Prepared, ShipmentDraft, ShipmentLine
from tests.contract.conftest import CHECKED
from tests.contract.marketplace_places import PLACES
from tests.contract.places import Place

Opening = Callable[..., Place]


@pytest.fixture(params=PLACES)
def opening(request, tmp_path, record_property) -> Iterator[Opening]:
    """Opens a place with settings of its own, ends it, and looks at everything that was said there."""
    places: list[Place] = []

    def opened(**settings: Any) -> Place:
        folder = tmp_path / str(len(places))
        folder.mkdir()
        places.append(PLACES[request.param](folder, **settings))
        return places[-1]

    yield opened
    for place in places:
        place.close()
    record_property(CHECKED, sum(place.checked() for place in places))
    assert [fault for place in places for fault in place.faults()] == []


@pytest.fixture
def place(opening) -> Place:
    return opening()


@pytest.fixture
def market(place) -> Marketplace:
    return place.connect()


def seen(market: Marketplace, order_id: str) -> MarketplaceOrder:
    (order,) = market.orders_by_id([order_id])
    return order


def lines_of(market: Marketplace, order_id: str) -> list[str]:
    return [line.line_id for line in seen(market, order_id).lines]


def parcel(place: Place, market: Marketplace, order_id: str, number: str, *quantities: int) -> ShipmentDraft:
    lines = zip(lines_of(market, order_id), quantities, strict=False)
    held = tuple(ShipmentLine(line_id, quantity, f"P{number}") for line_id, quantity in lines if quantity)
    return ShipmentDraft(order_id, place.carrier, number, held)


def put(market: Marketplace, prepared: Prepared) -> str:
    return market.send(prepared).reference


def sent(place: Place, market: Marketplace, *quantities: int) -> str:
    """A new order that has left as a whole."""
    order_id = place.order(*quantities)
    put(market, market.prepare_tracking(order_id, carrier_code=place.carrier, tracking_number="155"))
    put(market, market.prepare_ship(order_id))
    return order_id


def sent_back(place: Place, market: Marketplace) -> str:
    """A new return that waits for the shop's decision, by its id."""
    place.send_back(sent(place, market, 1))
    return market.returns.page().returns[-1].return_id


def written(place: Place, market: Marketplace) -> str:
    """A new conversation that the customer began, by its id."""
    order_id = place.order(1)
    place.write_to_shop(order_id, "Where is my order?")
    (thread,) = market.messages.page(order_ids=[order_id]).threads
    return thread.thread_id
