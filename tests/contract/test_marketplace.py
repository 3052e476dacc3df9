"""What the engine may expect of any marketplace about the platform and its orders. Written against the ports."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sync.failures import Code, NotSent, Refused, Unauthorised
from sync.shapes import (
    LineCancelation,
    LineRefund,
    Prepared,
)
from tests.contract.marketplace_steps import lines_of, market, opening, place, put, seen

__all__ = ["market", "opening", "place"]


# Getting to know each other


def test_what_the_platform_is_and_allows_is_discovered(place, market):
    market.ping()
    assert market.account.is_up() is True
    profile = market.profile()
    assert (profile.shop_id, profile.currency) == (place.shop_id, "GBP")
    assert profile.acceptance
    assert profile.multi_shipment is True
    assert profile.timezone == "Europe/London"
    assert profile.shop_state
    assert profile.shop_model
    assert profile.returns is not None
    assert profile.csv_delimiter in (";", ",")
    assert profile.shipping_types
    assert profile.shipping_zones
    ours = {reason.code for reason in profile.reasons if reason.ours}
    assert {place.no_stock_reason, place.refund_reason, place.solved_reason} <= ours
    assert {reason.code for reason in profile.reasons} > ours


def test_the_carrier_list_and_the_rest_of_the_reference_data_are_read(place, market):
    assert set(place.carriers) <= {carrier.code for carrier in market.carriers()}
    assert market.account.statistics().figures
    assert all(field.code for field in market.account.custom_fields())
    assert any(kind.entity == "ORDER" for kind in market.documents.types())


def test_a_refused_key_is_told_apart_and_changes_nothing(place, market):
    order_id = place.order(1)
    stranger = place.connect(key="00000000-wrong")
    for read in (stranger.ping, stranger.profile, stranger.carriers, lambda: stranger.orders_by_id([order_id])):
        with pytest.raises(Unauthorised):
            read()
    write = stranger.prepare_ship(order_id)
    with pytest.raises(Unauthorised):
        stranger.send(write)
    assert (place.effects(write), place.requests(write)) == (0, 1)


def test_a_partner_that_does_not_listen_was_certainly_not_told(place):
    nobody = place.nowhere()
    with pytest.raises(NotSent):
        nobody.ping()
    with pytest.raises(NotSent):
        nobody.send(nobody.prepare_ship("A"))


# Orders


def test_every_order_is_found_page_by_page_and_once(place, market):
    made = [place.order(1, ready=False) for _ in range(103)]
    found: list[str] = []
    offset: int | None = 0
    pages = 0
    while offset is not None:
        page = market.orders_page(updated_since=None, states=(), offset=offset)
        assert page.unreadable == ()
        assert page.remote_now is not None
        assert page.total_count == len(made)
        found += [order.order_id for order in page.orders]
        offset, pages = page.next_offset, pages + 1
    assert (sorted(found), pages) == (sorted(made), 2)


def test_a_poll_asks_by_time_and_state(place, market):
    early = place.order(1, ready=False)
    changed = seen(market, early).updated_at
    place.wait(hours=5)
    late = place.order(1)
    page = market.orders_page(updated_since=changed + timedelta(hours=4), states=(), offset=0)
    assert [order.order_id for order in page.orders] == [late]
    page = market.orders_page(updated_since=None, states=["SHIPPING"], offset=0)
    assert [order.order_id for order in page.orders] == [late]
    page = market.orders_page(updated_since=None, states=["CANCELED", "REFUSED"], offset=0)
    assert (page.orders, page.next_offset) == ((), None)


def test_an_order_is_accepted_and_then_tells_where_to_send_it(place, market):
    order_id = place.order(2, 1, ready=False)
    before = seen(market, order_id)
    assert (before.delivery, [line.quantity for line in before.lines]) == (None, [2, 1])
    put(market, market.prepare_accept(order_id, [line.line_id for line in before.lines]))
    place.wait(hours=1)
    place.until(lambda: seen(market, order_id).state == "SHIPPING", what="the order is paid")
    after = seen(market, order_id)
    assert after.delivery is not None
    assert (after.delivery.country_code, bool(after.delivery.postcode)) == ("GBR", True)
    assert after.shipping_deadline is not None
    assert after.shipping_deadline > after.created_at


def test_an_order_is_sent_whole(place, market):
    order_id = place.order(1)
    put(market, market.prepare_tracking(order_id, carrier_code=place.carrier, tracking_number="155"))
    assert seen(market, order_id).state == "SHIPPING"
    ship = market.prepare_ship(order_id)
    put(market, ship)
    order = seen(market, order_id)
    assert (order.state, order.carrier_code, order.tracking_number) == ("SHIPPED", place.carrier, "155")
    with pytest.raises(Refused) as caught:
        market.send(ship)
    assert caught.value.failure.code == Code.CONFIRMATION_REJECTED
    assert place.effects(ship) == 1


@pytest.mark.parametrize(
    ("carrier", "number", "code", "field"),
    [("NO_SUCH", "155", Code.CARRIER_REJECTED, "carrier"), ("", "", Code.TRACKING_MISSING, "tracking_number")],
)
def test_a_confirmation_that_cannot_stand_is_refused_for_its_reason(place, market, carrier, number, code, field):
    order_id = place.order(1)
    write = market.prepare_tracking(order_id, carrier_code=carrier or place.carrier, tracking_number=number)
    with pytest.raises(Refused) as caught:
        market.send(write)
    assert (caught.value.failure.code, caught.value.failure.field) == (code, field)
    assert place.effects(write) == 0


def test_our_numbers_are_stored_and_those_that_are_not_are_named(place, market):
    first, second = place.order(1), place.order(1)
    answer = market.send(market.prepare_references({first: "SO-1", "JL0-A": "SO-0", second: "SO-2"}))
    assert set(answer.refused) == {"JL0-A"}
    assert answer.refused["JL0-A"]
    assert [seen(market, order_id).seller_reference for order_id in (first, second)] == ["SO-1", "SO-2"]
    with pytest.raises(Refused):
        market.send(market.prepare_references({"JL0-A": "SO-0"}))


def test_pieces_are_cancelled_before_they_are_sent(place, market):
    order_id = place.order(3)
    (line,) = seen(market, order_id).lines

    def cancel(quantity: int) -> Prepared:
        lost = LineCancelation(line.line_id, quantity, line.unit_price * quantity, Decimal(0), place.no_stock_reason)
        return market.prepare_cancel_lines(order_id, [lost])

    assert put(market, cancel(1))
    assert seen(market, order_id).lines[0].cancelled_quantity == 1
    with pytest.raises(Refused):
        market.send(cancel(3))
    assert put(market, cancel(2))
    assert seen(market, order_id).state == "CANCELED"


def test_a_whole_order_is_cancelled(place, market):
    order_id = place.order(1, 2)
    put(market, market.prepare_cancel_order(order_id))
    assert seen(market, order_id).state == "CANCELED"


def test_an_incident_is_resolved(place, market):
    order_id = place.order(1)
    put(market, market.prepare_tracking(order_id, carrier_code=place.carrier, tracking_number="155"))
    put(market, market.prepare_ship(order_id))
    place.incident(order_id)
    (line,) = seen(market, order_id).lines
    assert line.state == "INCIDENT_OPEN"
    put(market, market.prepare_resolve_incident(order_id, line.line_id, reason_code=place.solved_reason))
    place.wait(days=1)
    place.until(lambda: seen(market, order_id).lines[0].state != "INCIDENT_OPEN", what="the customer agrees")


def test_money_goes_back(place, market):
    order_id = place.order(1)
    put(market, market.prepare_tracking(order_id, carrier_code=place.carrier, tracking_number="155"))
    put(market, market.prepare_ship(order_id))
    refund = LineRefund(lines_of(market, order_id)[0], Decimal("1.10"), Decimal(0), place.refund_reason, quantity=1)
    assert put(market, market.returns.prepare_refund(order_id, [refund]))


def test_a_despatch_note_is_fetched(place, market):
    order_id = place.order(1)
    (note, *_) = market.documents.of_orders([order_id])
    found = market.documents.download([note.document_id])
    assert (note.order_id, len(found.content) > 0) == (order_id, True)
