"""Every write of a marketplace adapter, with the answer lost before and after its effect. Written against the ports."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sync.failures import PartnerError, Refused, Throttled, Unclear
from sync.ports import Marketplace, Messages, Returns
from sync.shapes import (
    CustomerReturn,
    Inspection,
    LineCancelation,
    LineRefund,
    Prepared,
    ReturnDecision,
    ReturnDetails,
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


def details(place: Place, market: Marketplace) -> Prepared:
    return market.returns.prepare_details([ReturnDetails(sent_back(place, market), rma="RMA-1")])


def decisions(place: Place, market: Marketplace) -> Prepared:
    return market.returns.prepare_decisions([ReturnDecision(sent_back(place, market), accepted=True)])


def received(place: Place, market: Marketplace) -> Prepared:
    write = decisions(place, market)
    put(market, write)
    return market.returns.prepare_received([write.natural_key])


def inspected(place: Place, market: Marketplace) -> Prepared:
    write = received(place, market)
    put(market, write)
    inspections = [Inspection(line.line_id, compliant=True) for line in _return(market, write).lines]
    return market.returns.prepare_inspected({write.natural_key: inspections})


def closed(place: Place, market: Marketplace) -> Prepared:
    write = received(place, market)
    put(market, write)
    return market.returns.prepare_closed([write.natural_key])


def _return(market: Marketplace, write: Prepared) -> CustomerReturn:
    (found,) = market.returns.by_id([write.natural_key])
    return found


def reply(place: Place, market: Marketplace) -> Prepared:
    return market.messages.prepare_reply(written(place, market), body="On its way.", to=["CUSTOMER"])


def thread(place: Place, market: Marketplace) -> Prepared:
    return market.messages.prepare_thread(place.order(1), topic="Delivery", body="It is late.", to=["CUSTOMER"])


WRITES: dict[str, Callable[[Place, Marketplace], Prepared]] = {
    write.__name__: write
    for write in (
        accept, tracking, ship, cancel_order, cancel_lines, references, resolve_incident, refund, shipment,
        shipment_tracking, shipment_ship, shipment_delete, stock, details, decisions, received, inspected, closed,
        reply, thread,
    )
}  # fmt: skip
WITHOUT_ANSWER = {"accept", "tracking", "ship", "cancel_order", "resolve_incident"}
# What a return tells of a write: how it is read, and what it says before and after.
RETURNED: dict[str, tuple[Callable[[CustomerReturn], Any], Any, Any]] = {
    "details": (lambda found: found.rma, "", "RMA-1"),
    "decisions": (lambda found: found.state, "WAITING_ACCEPTANCE", "IN_PROGRESS"),
    "received": (lambda found: found.state, "IN_PROGRESS", "RECEIVED"),
    "inspected": (lambda found: [line.compliant for line in found.lines], [None], [True]),
    "closed": (lambda found: found.state, "RECEIVED", "CLOSED"),
}


@pytest.fixture(params=WRITES)
def write(request, place, market) -> Prepared:
    return WRITES[request.param](place, market)


def test_every_write_of_the_ports_is_among_them():
    names = {name for port in (Marketplace, Returns, Messages) for name in vars(port) if name.startswith("prepare_")}
    assert {name.removeprefix("prepare_") for name in names} == set(WRITES)


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


@pytest.mark.parametrize("kind", ["reset", "timeout", "500", "html"])
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


@pytest.mark.parametrize("kind", ["reset", "timeout", "500", "truncated"])
@pytest.mark.parametrize("name", RETURNED)
def test_what_became_of_a_return_whose_answer_was_lost_is_read_back(
    place: Place, market: Marketplace, name: str, kind: str
):
    told, before, after = RETURNED[name]
    write = WRITES[name](place, market)
    assert told(_return(market, write)) == before
    place.spoil(write.operation, kind, effect="after")
    with pytest.raises(Unclear):
        market.send(write)
    assert told(_return(market, write)) == after
    assert (place.requests(write), place.effects(write)) == (1, 1)


@pytest.mark.parametrize("kind", ["reset", "500"])
@pytest.mark.parametrize("name", RETURNED)
def test_a_return_whose_write_never_got_through_reads_as_before(
    place: Place, market: Marketplace, name: str, kind: str
):
    told, before, _ = RETURNED[name]
    write = WRITES[name](place, market)
    place.spoil(write.operation, kind, effect="before")
    with pytest.raises(Unclear):
        market.send(write)
    assert told(_return(market, write)) == before
    assert (place.requests(write), place.effects(write)) == (1, 0)
