from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sync.failures import Code, Refused, Unclear
from sync.shapes import Inspection, LineRefund, Prepared, ReturnDecision, ReturnDetails, TaxAmount
from tests.partners.doubles import Script
from tests.partners.sample_shop import shop

RETURN: dict[str, Any] = {
    "id": "f61b", "state": "WAITING_ACCEPTANCE", "order_id": "JL1-A", "order_commercial_id": "JL1", "rma": None,
    "date_created": "2026-11-20T16:14:52Z", "last_updated": "2026-11-20T16:14:52.120Z", "method_code": "BY_PIGEON",
    "reason_code": "RETURN_CHANGED_MIND", "rejection_reason_code": None, "label_url": None, "documents": [],
    "return_address": {"street1": "1 Sample Street", "city": "Leeds"},
    "return_lines": [
        {"order_line_id": "JL1-A-1", "quantity": 2, "compliance": None},
        {"order_line_id": "JL1-A-2", "quantity": 1, "compliance": [{"compliant": True}]},
        {"order_line_id": "JL1-A-3", "quantity": 2, "compliance": [
            {"compliant": True}, {"compliant": False, "non_compliance_reason_code": "RETURN_NON_COMPLIANT_OTHER"}]},
    ],
    "tracking": {"carrierCode": "UPS", "carrierName": "UPS UK", "tracking_number": "35H"},
}  # fmt: skip
REFUND = LineRefund("JL1-A-1", Decimal("10.10"), Decimal(0), "15", quantity=1)
GOOD = {"return_success": [{"id": "R1"}, {"id": "R2"}], "return_errors": []}


def test_returns_are_read_by_their_last_change() -> None:
    script = Script({"data": [RETURN, {**RETURN, "state": None}], "next_page_token": "t"})
    page = shop(script, shop_id="7").returns.page(
        updated_since=datetime(2026, 11, 20, tzinfo=UTC), states=["RECEIVED", "IN_PROGRESS"]
    )
    assert script.request.url.path == "/api/returns"
    assert script.request.url.params.multi_items() == [
        ("return_last_updated_from", "2026-11-20T00:00:00Z"), ("return_state", "RECEIVED"),
        ("return_state", "IN_PROGRESS"), ("limit", "100"), ("shop_id", "7"),
    ]  # fmt: skip
    assert (len(page.returns), page.unreadable, page.next_token) == (1, 1, "t")
    found = page.returns[0]
    assert (found.return_id, found.order_id, found.commercial_id, found.rma) == ("f61b", "JL1-A", "JL1", "")
    assert (found.carrier_code, found.carrier_name, found.tracking_number) == ("UPS", "UPS UK", "35H")
    assert [(line.compliant, line.faults) for line in found.lines] == [
        (None, ()),
        (True, ()),
        (False, ("RETURN_NON_COMPLIANT_OTHER",)),
    ]
    assert (found.method_code, found.updated_at.microsecond) == ("BY_PIGEON", 120_000)


def test_the_next_page_of_returns_drops_every_filter() -> None:
    script = Script({"data": []})
    shop(script).returns.page(updated_since=datetime(2026, 11, 20, tzinfo=UTC), token="t")
    assert dict(script.request.url.params) == {"page_token": "t"}


def test_returns_by_id_are_whole_or_unclear() -> None:
    script = Script({"data": [RETURN, {**RETURN, "id": "else"}]})
    assert [each.return_id for each in shop(script).returns.by_id(["f61b"])] == ["f61b"]
    assert shop(script).returns.by_id([]) == []
    with pytest.raises(Unclear):
        shop(Script({"data": [{**RETURN, "order_id": None}]})).returns.by_id(["f61b"])


def test_what_may_come_back_is_read() -> None:
    entry = {
        "order_commercial_id": "JL1", "order_line_id": "JL1-A-1", "returnable_quantity": 2, "return_window": 14,
        "available_return_reasons": ["RETURN_OTHER"], "available_return_methods": None,
    }  # fmt: skip
    (line,) = shop(Script({"data": [entry, {**entry, "order_commercial_id": "X"}]})).returns.returnable(["JL1"])
    assert (line.line_id, line.quantity, line.reason_codes, line.method_codes) == ("JL1-A-1", 2, ("RETURN_OTHER",), ())


WRITES: dict[str, tuple[Callable[[Any], Prepared], str, list[dict[str, Any]]]] = {
    "RT04": (
        lambda port: port.prepare_details(
            [ReturnDetails("R1", rma="RMA-1", carrier_code="DPD", tracking_number="9"), ReturnDetails("R2", rma="2")]
        ),
        "/api/returns",
        [
            {"id": "R1", "rma": "RMA-1", "tracking": {"carrier_code": "DPD", "tracking_number": "9"}},
            {"id": "R2", "rma": "2"},
        ],
    ),
    "RT21": (
        lambda port: port.prepare_decisions([ReturnDecision("R1", True), ReturnDecision("R2", False, "NOT_NEEDED")]),
        "/api/returns/accept",
        [{"id": "R1", "accepted": True}, {"id": "R2", "accepted": False, "rejection_reason_code": "NOT_NEEDED"}],
    ),
    "RT25": (lambda port: port.prepare_received(["R1", "R2"]), "/api/returns/receive", [{"id": "R1"}, {"id": "R2"}]),
    "RT26": (
        lambda port: port.prepare_inspected(
            {"R1": [Inspection("L1", True)], "R2": [Inspection("L2", False, "DAMAGED", "torn")]}
        ),
        "/api/returns/compliance",
        [
            {"id": "R1", "return_lines": [{"order_line_id": "L1", "compliant": True}]},
            {
                "id": "R2",
                "return_lines": [
                    {
                        "order_line_id": "L2",
                        "compliant": False,
                        "non_compliance_reason_code": "DAMAGED",
                        "non_compliance_additional_info": "torn",
                    }
                ],
            },
        ],
    ),
    "RT27": (lambda port: port.prepare_closed(["R1", "R2"]), "/api/returns/close", [{"id": "R1"}, {"id": "R2"}]),
}


@pytest.mark.parametrize("operation", WRITES)
def test_returns_are_changed_many_at_once(operation: str) -> None:
    prepare, path, entries = WRITES[operation]
    script = Script(GOOD)
    market = shop(script)
    write = prepare(market.returns)
    answer = market.send(write)
    assert (script.request.method, script.request.url.path) == ("PUT", path)
    assert script.sent == {"returns": entries}
    assert (write.operation, write.natural_key, dict(answer.refused)) == (operation, "R1,R2", {})


@pytest.mark.parametrize("operation", WRITES)
def test_the_returns_that_were_refused_are_named(operation: str) -> None:
    error = {"id": "R2", "message": "Return is in invalid state"}
    market = shop(Script({"return_success": [{"id": "R1"}], "return_errors": [error]}))
    answer = market.send(WRITES[operation][0](market.returns))
    assert dict(answer.refused) == {"R2": "Return is in invalid state"}


def test_a_single_refused_return_is_a_refusal() -> None:
    market = shop(Script({"return_success": [], "return_errors": [{"id": "R1", "message": "No carrier"}]}))
    with pytest.raises(Refused) as caught:
        market.send(market.returns.prepare_received(["R1"]))
    assert (caught.value.failure.code, caught.value.reason) == (Code.UNCLASSIFIED, "No carrier")


@pytest.mark.parametrize("answer", [{}, {"return_success": [{"id": "R1"}]}, {"return_errors": [{"message": "no"}]}])
def test_a_return_that_the_answer_does_not_name_is_unclear(answer: dict[str, Any]) -> None:
    market = shop(Script(answer))
    with pytest.raises(Unclear):
        market.send(market.returns.prepare_received(["R1", "R2"]))


@pytest.mark.parametrize(
    "prepare",
    [
        lambda port: port.prepare_received([]),
        lambda port: port.prepare_received(["R1", "R1"]),
        lambda port: port.prepare_received([""]),
        lambda port: port.prepare_received([str(number) for number in range(101)]),
        lambda port: port.prepare_decisions([ReturnDecision("R1", False)]),
        lambda port: port.prepare_decisions([ReturnDecision("R1", True, "NOT_NEEDED")]),
        lambda port: port.prepare_inspected({"R1": [Inspection("L1", False)]}),
        lambda port: port.prepare_inspected({"R1": [Inspection("L1", True, "DAMAGED")]}),
        lambda port: port.prepare_inspected({"R1": [Inspection("L1", True, note="x" * 2001)]}),
        lambda port: port.prepare_refund("A", []),
        lambda port: port.prepare_refund("A", [LineRefund("1", Decimal(-1), Decimal(2), "15")]),
        lambda port: port.prepare_refund("A", [LineRefund("1", Decimal(0), Decimal(0), "15")]),
        lambda port: port.prepare_refund("A", [LineRefund("1", Decimal(1), Decimal(0), "15", quantity=-1)]),
    ],
)
def test_what_the_platform_would_refuse_is_not_prepared(prepare: Callable[[Any], Prepared]) -> None:
    with pytest.raises(ValueError):
        prepare(shop(Script({})).returns)


def test_money_goes_back_with_exact_amounts_and_taxes() -> None:
    script = Script({"refunds": [{"order_line_id": "JL1-A-1", "refund_id": 1130, "order_refund_id": "f0"}]})
    market = shop(script)
    taxed = LineRefund("JL1-A-1", Decimal("10.10"), Decimal(2), "15", 1, (TaxAmount("VAT", Decimal("1.68")),))
    write = market.returns.prepare_refund("JL1-A", [taxed], currency="GBP")
    answer = market.send(write)
    assert script.request.url.path == "/api/orders/refund"
    assert script.sent == {
        "refunds": [
            {
                "order_line_id": "JL1-A-1",
                "amount": 10.1,
                "shipping_amount": 2,
                "quantity": 1,
                "reason_code": "15",
                "taxes": [{"code": "VAT", "amount": 1.68}],
                "currency_iso_code": "GBP",
            }
        ]
    }
    assert (write.natural_key, answer.reference) == ("JL1-A,JL1-A-1 12.10", "1130")


def test_a_refund_that_cannot_be_paid_is_refused_and_one_without_echo_unclear() -> None:
    words = "The shop does not have a sufficient payable balance for the refund"
    market = shop(Script(httpx.Response(400, json={"message": words, "status": 400}), {"refunds": []}))
    write = market.returns.prepare_refund("JL1-A", [REFUND])
    with pytest.raises(Refused, match="payable balance"):
        market.send(write)
    with pytest.raises(Unclear):
        market.send(write)
