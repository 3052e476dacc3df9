"""Returns, conversations and money, at any marketplace. Written against the ports."""

from decimal import Decimal

import pytest

from sync.failures import Refused
from sync.shapes import Attachment, Inspection, ReturnDecision, ReturnDetails
from tests.contract.marketplace_steps import (
    lines_of,
    market,
    opening,
    place,
    put,
    seen,
    sent,
    sent_back,
    written,
)

__all__ = ["market", "opening", "place"]


def test_a_return_goes_its_way(place, market):
    return_id = sent_back(place, market)
    (found,) = market.returns.by_id([return_id])
    assert (found.state, [line.compliant for line in found.lines]) == ("WAITING_ACCEPTANCE", [None])
    put(market, market.returns.prepare_decisions([ReturnDecision(return_id, accepted=True)]))
    put(market, market.returns.prepare_details([ReturnDetails(return_id, rma="RMA-1")]))
    (found,) = market.returns.by_id([return_id])
    assert (found.state, found.rma) == ("IN_PROGRESS", "RMA-1")
    put(market, market.returns.prepare_received([return_id]))
    line_id = found.lines[0].line_id
    fault = "RETURN_NON_COMPLIANT_DAMAGED_PRODUCT"
    put(
        market,
        market.returns.prepare_inspected({return_id: [Inspection(line_id, compliant=False, fault_code=fault)]}),
    )
    (found,) = market.returns.by_id([return_id])
    assert (found.state, found.lines[0].compliant, found.lines[0].faults) == ("RECEIVED", False, (fault,))
    put(market, market.returns.prepare_closed([return_id]))
    assert market.returns.by_id([return_id])[0].state == "CLOSED"


def test_of_many_returns_the_refused_ones_are_named(place, market):
    first, second = sent_back(place, market), sent_back(place, market)
    put(market, market.returns.prepare_decisions([ReturnDecision(first, accepted=True)]))
    answer = market.send(market.returns.prepare_received([first, second]))
    assert set(answer.refused) == {second}
    states = {found.return_id: found.state for found in market.returns.by_id([first, second])}
    assert states == {first: "RECEIVED", second: "WAITING_ACCEPTANCE"}
    with pytest.raises(Refused):
        market.send(market.returns.prepare_closed([second]))


def test_what_may_come_back_grows_less(place, market):
    order_id = sent(place, market, 2)
    order = seen(market, order_id)
    (line,) = market.returns.returnable([order.commercial_id])
    assert (line.line_id, line.quantity) == (lines_of(market, order_id)[0], 2)
    place.send_back(order_id)
    assert market.returns.returnable([order.commercial_id])[0].quantity == 1


def test_a_platform_without_returns_says_so(opening):
    place = opening(returns=False)
    market = place.connect()
    assert market.profile().returns is False
    with pytest.raises(Refused):
        market.returns.page()


def test_a_conversation_is_answered(place, market):
    thread_id = written(place, market)
    assert market.messages.thread(thread_id).reply_needed_since is not None
    note = Attachment("note.txt", b"It left on Monday.", "text/plain")
    message_id = put(
        market, market.messages.prepare_reply(thread_id, body="It is on its way.", to=["CUSTOMER"], attachments=[note])
    )
    thread = market.messages.thread(thread_id)
    assert thread.reply_needed_since is None
    assert [message.body for message in thread.messages] == ["Where is my order?", "It is on its way."]
    assert (thread.messages[1].message_id, thread.messages[1].attachments) == (message_id, ("note.txt",))


def test_a_conversation_is_opened(place, market):
    order_id = place.order(1)
    thread_id = put(
        market,
        market.messages.prepare_thread(order_id, topic="Delivery", body="It is late.", to=["CUSTOMER", "OPERATOR"]),
    )
    (found,) = market.messages.page(order_ids=[order_id], with_messages=True).threads
    assert (found.thread_id, found.topic, [message.body for message in found.messages]) == (
        thread_id,
        "Delivery",
        ["It is late."],
    )


def test_what_is_owed_and_paid_adds_up(place, market):
    order_id = sent(place, market, 2)
    place.wait(days=40)
    lines = market.money.transactions()
    assert lines.unreadable == 0
    assert order_id in {line.order_id for line in lines.transactions}
    cycles = market.money.cycles()
    assert cycles.unreadable == 0
    (paid,) = {line.cycle_id for line in lines.transactions if line.order_id == order_id}
    cycle = next(each for each in cycles.cycles if each.cycle_id == paid)
    told = market.money.transactions(cycle_id=paid).transactions
    assert sum((line.amount for line in told if line.kind != "PAYMENT"), Decimal(0)) == cycle.to_seller
    (invoice,) = market.money.invoices(cycle_id=paid).invoices
    assert market.money.invoice_file(invoice.invoice_id).content
