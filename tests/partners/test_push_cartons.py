"""Dispatches whose cartons travel on their own (SEKO contract 6.2)."""

import json
from typing import Any

import pytest

from sync.partners.seko.push import read_push
from sync.shapes import DispatchNews, DispatchNewsLine

HEAD: dict[str, Any] = {
    "SequenceNo": "5", "InterfaceRecordId": "5e0a4c0e", "SalesOrderNumber": "JL-1", "DispatchNumber": "871",
    "CarrierName": "DPD", "CarrierService": "Next Day", "PrimaryTrackingNumber": "T1",
    "PrimaryTrackingUrl": "https://track.example/T1", "DispatchDate": "2026-03-03T15:02:01Z",
}  # fmt: skip


def carton(number: Any, product: str, packed: Any) -> dict[str, Any]:
    return {"CartonTrackingNumber": number, "SsccNumber": "0037", "LineNo": "1", "ProductCode": product,
            "PackedQty": packed}  # fmt: skip


def parcels(*lines: dict[str, Any], **head: Any) -> list[DispatchNews]:
    entity = {"DispatchCartons": {**HEAD, **head, "CartonLineItems": list(lines)}}
    messages = read_push(json.dumps({"Responses": [{"Response": entity}]}).encode())
    assert {(message.service, message.sequence, message.problem) for message in messages} == {
        ("DispatchCartons", 5, "")
    }
    return [message.news for message in messages if isinstance(message.news, DispatchNews)]


def test_cartons_without_numbers_of_their_own_are_one_dispatch() -> None:
    (news,) = parcels(carton({}, "A", "2"), carton("", "B", 1))
    assert (news.dispatch_id, news.tracking_number, news.service) == ("", "T1", "Next Day")
    assert [(line.product_code, line.dispatched) for line in news.lines] == [("A", 2), ("B", 1)]


def test_each_tracking_number_is_a_parcel_with_its_own_lines() -> None:
    first, second = parcels(carton("T1", "A", "2"), carton("T2", "A", 1), carton("T2", "B", 3))
    assert (first.tracking_number, second.tracking_number) == ("T1", "T2")
    assert (first.dispatch_id, second.dispatch_id) == ("JL-1/871/T1", "JL-1/871/T2")
    assert (first.tracking_url, second.tracking_url) == ("https://track.example/T1", "")
    assert first.lines == (DispatchNewsLine("A", 2, line_number=1),)
    assert [(line.product_code, line.dispatched) for line in second.lines] == [("A", 1), ("B", 3)]
    assert {each.order_number for each in (first, second)} == {"JL-1"}


def test_the_id_of_the_dispatch_stands_before_the_parcel() -> None:
    assert [each.dispatch_id for each in parcels(carton("T1", "A", 1), carton("T2", "A", 1), DispatchId="D9")] == [
        "D9/T1",
        "D9/T2",
    ]


def test_ids_that_are_too_long_to_keep_are_still_unique_and_stable() -> None:
    lines = carton("1" * 200, "A", 1), carton("2" * 200, "A", 1)
    first, second = (each.dispatch_id for each in parcels(*lines))
    assert first != second
    assert max(len(first), len(second)) <= 200
    assert [each.dispatch_id for each in parcels(*lines)] == [first, second]


def test_one_parcel_with_a_number_of_its_own_keeps_the_id() -> None:
    (news,) = parcels(carton("T9", "A", 1), DispatchId="D9")
    assert (news.dispatch_id, news.tracking_number, news.tracking_url) == ("D9", "T9", "")


@pytest.mark.parametrize("primary", ["T1", "MASTER", {}])
@pytest.mark.parametrize("number", [{}, "T1", "T2", "T3"])
def test_a_line_that_sent_nothing_makes_no_parcel(primary: Any, number: Any) -> None:
    short = carton(number, "C", 0)
    first, second = parcels(carton("T1", "A", 1), short, carton("T2", "B", 1), PrimaryTrackingNumber=primary)
    assert [line.product_code for line in first.lines] == ["A", "C"]
    assert [line.product_code for line in second.lines] == ["B"]


def test_a_dispatch_that_sent_nothing_at_all_is_one_dispatch() -> None:
    (news,) = parcels(carton("T2", "A", 0), carton("T3", "B", 0))
    assert (news.dispatch_id, news.tracking_number) == ("", "T1")
    assert [line.dispatched for line in news.lines] == [0, 0]


def test_a_carton_without_a_number_travels_under_the_number_of_the_dispatch() -> None:
    first, second = parcels(carton("T2", "A", 1), carton({}, "B", 1))
    assert [(each.tracking_number, each.lines[0].product_code) for each in (first, second)] == [
        ("T2", "A"),
        ("T1", "B"),
    ]
