"""Every write of a marketplace adapter, with the answer lost before and after its effect. Written against the ports."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from sync.failures import PartnerError, Refused, Throttled, Unclear
from sync.ports import Marketplace
from sync.shapes import (
    LineCancelation,
    LineRefund,
    Prepared,
    ReturnDecision,
    ShipmentDraft,
    ShipmentLine,
    StockLevel,
)
from tests.contract.marketplace_steps import lines_of, market, opening, place, put, sent, sent_back, written
from tests.contract.places import Place

__all__ = ["market", "opening", "place"]


def _parcel(place: Place, market: Marketplace, order_id: str) -> Prepared:
    lines = tuple(ShipmentLine(line, 1) for line in lines_of(market, order_id))
    return market.prepare_shipment(ShipmentDraft(order_id, place.carrier, "155", lines))


def accept(place: Place, market: Marketplace) -> Prepared:
    order_id = place.order(1, 1, ready=False)
    return market.prepare_accept(order_id, lines_of(market, order_id))


def tracking(place: Place, market: Marketplace) -> Prepared:
    return market.prepare_tracking(place.order(1), carrier_code=place.carrier, tracking_number="155")


def ship(place: Place, market: Marketplace) -> Prepared:
    write = tracking(place, market)
    put(market, write)
    return market.prepare_ship(write.natural_key)


def cancel_order(place: Place, market: Marketplace) -> Prepared:
    return market.prepare_cancel_order(place.order(1))


def cancel_lines(place: Place, market: Marketplace) -> Prepared:
    order_id = place.order(2)
    (line_id,) = lines_of(market, order_id)
    return market.prepare_cancel_lines(
        order_id, [LineCancelation(line_id, 1, Decimal(1), Decimal(0), place.no_stock_reason)]
    )


def references(place: Place, market: Marketplace) -> Prepared:
    return market.prepare_references({place.order(1): "SO-1"})


def resolve_incident(place: Place, market: Marketplace) -> Prepared:
    order_id = sent(place, market, 1)
    place.incident(order_id)
    (line_id,) = lines_of(market, order_id)
    return market.prepare_resolve_incident(order_id, line_id, reason_code=place.solved_reason)


def refund(place: Place, market: Marketplace) -> Prepared:
    order_id = sent(place, market, 1)
    (line_id,) = lines_of(market, order_id)
    return market.returns.prepare_refund(order_id, [LineRefund(line_id, Decimal(1), Decimal(0), place.refund_reason)])


def shipment(place: Place, market: Marketplace) -> Prepared:
    return _parcel(place, market, place.order(1))


def shipment_tracking(place: Place, market: Marketplace) -> Prepared:
    shipment_id = put(market, shipment(place, market))
    return market.prepare_shipment_tracking(shipment_id, carrier_code=place.carrier, tracking_number="156")


def shipment_ship(place: Place, market: Marketplace) -> Prepared:
    return market.prepare_shipment_ship(put(market, shipment(place, market)))


def shipment_delete(place: Place, market: Marketplace) -> Prepared:
    return market.prepare_shipment_delete(put(market, shipment(place, market)))


def stock(place: Place, market: Marketplace) -> Prepared:
    return market.prepare_stock([StockLevel("A", 1)], batch="b1")


def accept_return(place: Place, market: Marketplace) -> Prepared:
    return market.returns.prepare_decisions([ReturnDecision(sent_back(place, market), accepted=True)])


def receive_return(place: Place, market: Marketplace) -> Prepared:
    write = accept_return(place, market)
    put(market, write)
    return market.returns.prepare_received([write.natural_key])


def reply(place: Place, market: Marketplace) -> Prepared:
    return market.messages.prepare_reply(written(place, market), body="On its way.", to=["CUSTOMER"])


def thread(place: Place, market: Marketplace) -> Prepared:
    return market.messages.prepare_thread(place.order(1), topic="Delivery", body="It is late.", to=["CUSTOMER"])


WRITES: dict[str, Callable[[Place, Marketplace], Prepared]] = {
    write.__name__: write
    for write in (
        accept, tracking, ship, cancel_order, cancel_lines, references, resolve_incident, refund, shipment,
        shipment_tracking, shipment_ship, shipment_delete, stock, accept_return, receive_return, reply, thread,
    )
}  # fmt: skip
WITHOUT_ANSWER = {"accept", "tracking", "ship", "cancel_order", "resolve_incident"}


@pytest.fixture(params=WRITES)
def write(request, place, market) -> Prepared:
    return WRITES[request.param](place, market)


def test_a_write_takes_effect_once(place, market, write):
    market.send(write)
    assert (place.requests(write), place.effects(write)) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", Unclear), ("500", Unclear), ("429", Throttled), ("refusal", Refused),
    ],
)  # fmt: skip
def test_a_write_that_never_got_through_is_sent_once(
    place: Place, market: Marketplace, write: Prepared, kind: str, error: type[PartnerError]
):
    place.spoil(write.operation, kind, effect="before")
    with pytest.raises(error) as caught:
        market.send(write)
    assert (place.requests(write), place.effects(write)) == (1, 0)
    assert caught.value.exchange is not None
    assert caught.value.exchange.operation == write.operation
    market.send(write)
    assert (place.requests(write), place.effects(write)) == (2, 1)


@pytest.mark.parametrize("kind", ["reset", "timeout", "html"])
def test_a_write_whose_answer_is_lost_is_unclear_and_was_sent_once(
    place: Place, market: Marketplace, write: Prepared, kind: str
):
    place.spoil(write.operation, kind, effect="after")
    with pytest.raises(Unclear):
        market.send(write)
    assert (place.requests(write), place.effects(write)) == (1, 1)


@pytest.mark.parametrize("kind", ["empty", "truncated"])
@pytest.mark.parametrize("name", [name for name in WRITES if name not in WITHOUT_ANSWER])
def test_an_answer_that_says_nothing_is_no_success(place: Place, market: Marketplace, name: str, kind: str):
    write = WRITES[name](place, market)
    place.spoil(write.operation, kind, effect="after")
    with pytest.raises(Unclear):
        market.send(write)
    assert (place.requests(write), place.effects(write)) == (1, 1)
