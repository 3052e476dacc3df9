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
