"""Stock that SEKO pushes (SEKO contract 6.4 to 6.7)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.partners.seko.push import read_push
from sync.shapes import (
    GoodsReceived,
    PushMessage,
    StockAdjustment,
    StockMoveLine,
    StockMovement,
    StockSummary,
    StockSummaryLine,
)

AT = datetime(2026, 3, 3, 15, 2, 1, tzinfo=UTC)
ADJUSTMENT: dict[str, Any] = {
    "SequenceNumber": "7", "InternalId": "A-1", "StockAdjustmentType": "Decrease", "DCCode": "DCCL01",
    "StockAdjustmentDate": "2026-03-03T15:02:01Z", "LocationType": "Available Stock",
}  # fmt: skip
MOVEMENT: dict[str, Any] = {
    "SequenceNumber": 8, "DcCode": "DCCL01", "UtcDate": "2026-03-03T15:02:01", "FromLocationType": "QC",
    "ToLocationType": "Available Stock", "FromChannel": {}, "ToChannel": {}, "ProductCode": "000000011", "Ean": {},
    "Quantity": "5", "MovementID": "M-1", "BestBeforeDate": {}, "LotNo": {},
}  # fmt: skip
GOOD = {"ProductCode": "A", "Quantity": 1}
SUMMARY: dict[str, Any] = {
    "SequenceNumber": 9, "MessageGroupId": "DCCL01-4/8/2020 11:59:59 PM", "MessagePart": "1", "MessageTotal": "2",
}  # fmt: skip
GRN: dict[str, Any] = {
    "SequenceNumber": 10, "RMA": {}, "DeliveryNumber": "SS Cancellation - Dispatch 871", "HBRef": "JL-1",
    "ReturnService": "", "DCCode": "DCCL01",
}  # fmt: skip


def read(key: str, head: dict[str, Any], name: str = "", lines: Any = None, *, path: str = "") -> PushMessage:
    entity = {key: head} if lines is None else {key: head, "List": {name: lines}}
    (message,) = read_push(json.dumps({"Responses": [{"Response": entity}]}).encode(), path=path)
    return message


def adjustment(lines: Any, **head: Any) -> PushMessage:
    return read("StockAdjustment", ADJUSTMENT | head, "StockAdjustmentLineItem", lines)


def summary(lines: Any, **head: Any) -> PushMessage:
    return read("StockOvernightSummary", SUMMARY | head, "StockOvernightSummaryLineItem", lines)


def test_an_adjustment_is_read() -> None:
    lines = [
        {"LineNumber": "1", "ProductCode": "A", "Quantity": "3", "ReasonCode": "DMG", "ReasonDescription": "Damaged"},
        {"LineNumber": "2", "ProductCode": "B", "Quantity": "0", "ReasonCode": {}},
        {"LineNumber": "3", "ProductCode": "A", "Quantity": 2.0, "LotNumber": "L2"},
    ]
    message = adjustment(lines)
    assert (message.service, message.sequence, message.problem) == ("StockAdjustment", 7, "")
    assert message.news == StockAdjustment(
        "A-1", False, AT, "DCCL01", "Available Stock", (StockMoveLine("A", 3, "DMG Damaged"), StockMoveLine("A", 2))
    )


@pytest.mark.parametrize("direction", ["Increase", "INCREASE", "increase"])
def test_an_increase_is_told_by_its_type(direction: str) -> None:
    news = adjustment({"ProductCode": "A", "Quantity": 1}, StockAdjustmentType=direction).news
    assert isinstance(news, StockAdjustment)
    assert news.increase


@pytest.mark.parametrize(
    ("lines", "head", "problem"),
    [
        ([{"ProductCode": "A", "Quantity": -3}], {}, "Entity 1, line 1: Quantity is not between 0 and 1,000,000."),
        ([GOOD, {"ProductCode": "B", "Quantity": "2.5"}], {}, "line 2: Quantity is not a whole"),
        ([{"ProductCode": "A"}], {}, "line 1: Quantity is missing"),
        ([{"ProductCode": {}, "Quantity": 1}], {}, "line 1: ProductCode is missing"),
        ([{"ProductCode": "A", "Quantity": 1_000_001}], {}, "line 1: Quantity is not between"),
        ([GOOD], {"StockAdjustmentType": "Swap"}, "Entity 1: StockAdjustmentType is neither"),
        ([GOOD], {"StockAdjustmentType": {}}, "Entity 1: StockAdjustmentType is missing"),
        ({}, {}, "Entity 1: it has no lines."),
    ],
)  # fmt: skip
def test_an_adjustment_that_cannot_be_applied_says_why(lines: Any, head: dict[str, Any], problem: str) -> None:
    message = adjustment(lines, **head)
    assert (message.service, message.sequence, message.news) == ("StockAdjustment", 7, None)
    assert problem in message.problem


def test_a_movement_is_read() -> None:
    message = read("StockStatusMovement", MOVEMENT)
    assert (message.service, message.sequence) == ("StockStatusMovement", 8)
    assert message.news == StockMovement("M-1", AT, "DCCL01", "QC", "Available Stock", StockMoveLine("000000011", 5))


def test_a_movement_of_nothing_is_no_news() -> None:
    message = read("StockStatusMovement", MOVEMENT | {"Quantity": 0})
    assert (message.news, message.problem) == (None, "")


def test_a_movement_without_a_product_says_so() -> None:
    assert read("StockStatusMovement", MOVEMENT | {"ProductCode": {}}).problem == "Entity 1: ProductCode is missing."


def test_a_part_of_the_overnight_summary_is_read() -> None:
    lines = [
        {"AtEndOfDate": "2026-03-03T15:02:01Z", "ProductCode": "A", "QuantityOnHand": "12", "QuantityInPick": 1},
        {"AtEndOfDate": "2026-03-03T15:02:01Z", "ProductCode": "B", "QuantityOnHand": 0, "QuantityInReturns": 3},
    ]
    message = summary(lines)
    assert (message.service, message.sequence) == ("StockOvernightSummary", 9)
    assert message.news == StockSummary(
        "DCCL01-4/8/2020 11:59:59 PM", 1, 2, AT, "DCCL01", (StockSummaryLine("A", 12), StockSummaryLine("B", 0))
    )


def test_the_distribution_centre_of_a_summary_is_taken_from_where_it_is_told() -> None:
    line = {"ProductCode": "A", "QuantityOnHand": 1}
    for message, code in (
        (summary(line, DCCode="DCSOM01"), "DCSOM01"),
        (summary(line | {"DcCode": "DCIW01"}), "DCIW01"),
        (summary(line), "DCCL01"),
        (summary(line, MessageGroupId={}, MessageTotal=1), ""),
    ):
        assert isinstance(message.news, StockSummary)
        assert message.news.dc_code == code


@pytest.mark.parametrize(
    ("lines", "head", "problem"),
    [
        ([{"ProductCode": "A"}], {}, "line 1: QuantityOnHand is missing"),
        ([{"ProductCode": "A", "QuantityOnHand": -1}], {}, "line 1: QuantityOnHand is not between"),
        ([], {}, "it has no lines"),
        ({"ProductCode": "A", "QuantityOnHand": 1}, {"MessageTotal": {}}, "MessageTotal is missing"),
        ({"ProductCode": "A", "QuantityOnHand": 1}, {"MessagePart": 0}, "MessagePart is below 1"),
        ({"ProductCode": "A", "QuantityOnHand": 1}, {"MessagePart": 3}, "MessagePart is larger than MessageTotal"),
        ({"ProductCode": "A", "QuantityOnHand": 1}, {"MessageGroupId": {}}, "MessageGroupId is missing"),
    ],
)
def test_a_summary_that_could_empty_the_shelves_by_mistake_says_why(
    lines: Any, head: dict[str, Any], problem: str
) -> None:
    message = summary(lines, **head)
    assert message.news is None
    assert problem in message.problem


@pytest.mark.parametrize("key", ["GRN", "GRNConfirmation", "GoodsReceivedNotice", "PushGRNConfirmation"])
def test_goods_received_are_read(key: str) -> None:
    lines = [
        {"LineNumber": 1, "ProductCode": "A", "Quantity": 2, "LotNo": ""},
        {"ProductCode": "B", "GRNQuantity": "1"},
    ]
    message = read(key, GRN, "GRNLineItem", lines)
    assert (message.service, message.sequence) == ("GRN", 10)
    assert message.news == GoodsReceived(
        "SS Cancellation - Dispatch 871", "JL-1", "", "DCCL01", (StockMoveLine("A", 2), StockMoveLine("B", 1))
    )


def test_a_delivery_that_arrived_is_known_and_read_by_nobody() -> None:
    message = read("DeliveryArrive", {"SequenceNumber": 3, "DeliveryNumber": "ASN-1", "ArrivedDate": "2026-03-03"})
    assert (message.service, message.sequence, message.news, message.problem) == ("DeliveryArrive", 3, None, "")


def test_xml_reads_like_json() -> None:
    body = b"""<Responses><Response><StockAdjustment><SequenceNumber>7</SequenceNumber><InternalId>A-1</InternalId>
      <StockAdjustmentType>Increase</StockAdjustmentType><DCCode/><LocationType>QC</LocationType></StockAdjustment>
      <List><StockAdjustmentLineItem><ProductCode>007</ProductCode><Quantity>4</Quantity></StockAdjustmentLineItem>
      </List></Response></Responses>"""
    (message,) = read_push(body)
    assert message.news == StockAdjustment("A-1", True, None, "", "QC", (StockMoveLine("007", 4),))
