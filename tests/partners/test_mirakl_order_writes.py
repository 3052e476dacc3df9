from decimal import Decimal
from typing import Any

import httpx
import pytest

from sync.failures import Code, Refused, Unclear
from sync.shapes import LineCancelation
from tests.partners.doubles import Script
from tests.partners.sample_shop import KEY, changed, read_one, shop

LINE = LineCancelation("A-1", 2, Decimal("10.10"), Decimal(0), "15")


# Our number


def test_our_numbers_are_stored_for_many_orders_at_once() -> None:
    script = Script({"updated_orders": [{"order_id": "A", "errors": []}, {"order_id": "B", "errors": None}]})
    market = shop(script)
    write = market.prepare_references({"A": "JL-1", "B": "JL-2"})
    answer = market.send(write)
    assert (script.request.method, script.request.url.path) == ("PUT", "/api/orders")
    assert script.sent["orders"][1] == {"order_id": "B", "references": {"order_reference_for_seller": "JL-2"}}
    assert (write.natural_key, dict(answer.refused)) == ("A,B", {})


def test_the_orders_whose_number_was_refused_are_named() -> None:
    error = {"code": "not.found", "field": "order_id", "message": f"No order {KEY}"}
    answers = [{"order_id": "A", "errors": []}, {"order_id": "B", "errors": [error]}]
    market = shop(Script({"updated_orders": answers}))
    answer = market.send(market.prepare_references({"A": "1", "B": "2"}))
    assert dict(answer.refused) == {"B": "No order *** (order_id)"}


def test_a_single_refused_number_is_a_refusal() -> None:
    error = {"code": "05.read-only", "field": "references", "message": "cannot update"}
    market = shop(Script({"updated_orders": [{"order_id": "A", "errors": [error]}]}))
    with pytest.raises(Refused) as caught:
        market.send(market.prepare_references({"A": "1"}))
    assert (caught.value.failure.code, caught.value.reason) == (Code.UNCLASSIFIED, "cannot update (references)")


@pytest.mark.parametrize("answers", [[], [{"order_id": "A"}], [{"order_id": "A"}, {"order_id": "C"}], {}])
def test_an_order_that_the_answer_does_not_name_is_unclear(answers: Any) -> None:
    market = shop(Script({"updated_orders": answers}))
    with pytest.raises(Unclear):
        market.send(market.prepare_references({"A": "1", "B": "2"}))


@pytest.mark.parametrize("references", [{}, {"A": ""}, {"A": "x" * 2001}, {"": "1"}, {str(n): "1" for n in range(101)}])
def test_numbers_that_the_platform_would_refuse_are_not_prepared(references: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        shop(Script({})).prepare_references(references)


def test_many_orders_have_a_natural_key_that_can_be_kept() -> None:
    market = shop(Script({}))
    many = {f"JL700{number}-A": "1" for number in range(100)}
    key = market.prepare_references(many).natural_key
    assert len(key) <= 250
    assert key != market.prepare_references({**dict(list(many.items())[:99]), "OTHER-A": "1"}).natural_key


def test_an_order_tells_our_number_once_it_is_stored() -> None:
    told = changed(lambda order: order.update(references={"order_reference_for_seller": "JL-1"}))
    assert read_one(told).seller_reference == "JL-1"
    for references in (None, {}, {"order_reference_for_seller": None}):
        order = changed(lambda order, references=references: order.update(references=references))
        assert read_one(order).seller_reference == ""


# Cancelling


def test_lines_are_cancelled_with_exact_amounts() -> None:
    script = Script({"cancelations": [{"order_line_id": "A-1", "cancelation_id": "1116"}]})
    market = shop(script)
    write = market.prepare_cancel_lines("A", [LINE])
    answer = market.send(write)
    assert (script.request.method, script.request.url.path) == ("PUT", "/api/orders/cancel")
    assert script.request.content == (
        b'{"cancelations":[{"order_line_id":"A-1","quantity":2,"amount":10.1,"shipping_amount":0,"reason_code":"15"}]}'
    )
    assert (write.natural_key, answer.reference) == ("A,A-1 x2", "1116")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [LineCancelation("A-1", 0, Decimal(1), Decimal(0), "15")],
        [LineCancelation("A-1", 1, Decimal(-1), Decimal(0), "15")],
        [LineCancelation("A-1", 1, Decimal(1), Decimal("-0.01"), "15")],
        [LineCancelation("A-1", 1, Decimal("NaN"), Decimal(0), "15")],
        [LineCancelation("A-1", 1, Decimal("1.00000000000000000001"), Decimal(0), "15")],
    ],
)
def test_a_cancelation_of_nothing_is_not_prepared(lines: list[LineCancelation]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        shop(Script({})).prepare_cancel_lines("A", lines)


@pytest.mark.parametrize("answer", [{}, {"cancelations": []}, {"cancelations": [{"order_line_id": "A-1"}]}])
def test_a_cancelation_that_is_not_echoed_is_unclear(answer: Any) -> None:
    market = shop(Script(answer))
    with pytest.raises(Unclear):
        market.send(market.prepare_cancel_lines("A", [LINE]))


def test_a_whole_order_is_cancelled_without_a_body() -> None:
    script = Script(httpx.Response(204))
    market = shop(script)
    market.send(market.prepare_cancel_order("A"))
    assert (script.request.method, script.request.url.path) == ("PUT", "/api/orders/A/cancel")
    assert (script.request.content, script.request.headers["Content-Length"]) == (b"", "0")


def test_an_incident_is_resolved_with_a_reason() -> None:
    script = Script(httpx.Response(204))
    market = shop(script)
    write = market.prepare_resolve_incident("A", "A-1", reason_code="10")
    market.send(write)
    assert script.request.url.path == "/api/orders/A/lines/A-1/resolve_incident"
    assert (script.sent, write.natural_key) == ({"reason_code": "10"}, "A-1")
