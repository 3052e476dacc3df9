import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.partners.seko.push import read_push
from sync.shapes import DispatchNews, DispatchNewsLine, TrackingNews

DISPATCH: dict[str, Any] = {
    "IntegrationId": "JLSEKO", "MessagePart": 1, "MessageTotal": 1, "SequenceNumber": 412,
    "InterfaceRecordId": "5e0a4c0e", "SalesOrderNumber": "JL-1000231", "SalesOrderReference": "C0099871-A",
    "DispatchId": "2dfd50ff", "DispatchNumber": "000871", "DCCode": "DCCL01", "DispatchDate": "2026-03-03T15:02:01Z",
    "Courier": "DPD", "CourierService": "Next Day", "TrackingNumber": "15501234567890",
    "TrackingUrl": "https://track.example/15501234567890",
}  # fmt: skip
LINES: list[dict[str, Any]] = [
    {"LineNumber": 1, "ProductCode": "SKU-RED-M", "OrderedQuantity": 1, "DispatchedQuantity": 1, "LotNo": "L1"},
    {"LineNumber": 2, "ProductCode": "SKU-BLU-L", "OrderedQuantity": 1, "DispatchedQuantity": 0},
]


def entity(head: dict[str, Any] | None = None, lines: Any = None) -> dict[str, Any]:
    return {"Dispatch": {**DISPATCH, **(head or {})}, "List": {"DispatchLineItem": LINES if lines is None else lines}}


def push(*entities: Any) -> bytes:
    return json.dumps({"Responses": [{"Response": each} for each in entities]}).encode()


def dispatch(body: bytes) -> DispatchNews:
    (message,) = read_push(body)
    assert isinstance(message.news, DispatchNews)
    return message.news


def test_a_dispatch_is_read_whole() -> None:
    (message,) = read_push(push(entity()))
    assert (message.service, message.sequence) == ("Dispatch", 412)
    assert message.news == DispatchNews(
        dispatch_id="2dfd50ff",
        dispatch_number="000871",
        order_number="JL-1000231",
        order_reference="C0099871-A",
        guid="5e0a4c0e",
        courier="DPD",
        service="Next Day",
        tracking_number="15501234567890",
        tracking_url="https://track.example/15501234567890",
        dispatched_at=datetime(2026, 3, 3, 15, 2, 1, tzinfo=UTC),
        lines=(DispatchNewsLine("SKU-RED-M", 1, 1, 1, "L1"), DispatchNewsLine("SKU-BLU-L", 0, 1, 2, "")),
    )
    assert message.raw == entity()


def test_tracking_details_are_read() -> None:
    head = {key: DISPATCH[key] for key in ("InterfaceRecordId", "SalesOrderNumber", "DispatchNumber", "Courier")}
    body = push({"TrackingDetails": {**head, "SequenceNumber": "413", "TrackingNumber": "155", "TrackingUrl": ""}})
    (message,) = read_push(body)
    assert (message.service, message.sequence) == ("TrackingDetails", 413)
    assert message.news == TrackingNews("JL-1000231", "000871", "5e0a4c0e", "DPD", "155", "")


def test_services_that_nothing_reads_yet_are_kept() -> None:
    messages = read_push(
        push(
            {"DeliveryArrive": {"SequenceNumber": "7"}}, {"StockOvernightLocation": {}}, {"BrandNew": {"SequenceNo": 9}}
        )
    )
    assert [(each.service, each.sequence, each.news, each.problem) for each in messages] == [
        ("DeliveryArrive", 7, None, ""),
        ("StockOvernightLocation", None, None, ""),
        ("BrandNew", 9, None, ""),
    ]


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda each: {"Responses": [{"Response": each}]},
        lambda each: {"Responses": {"Response": each}},
        lambda each: {"Responses": {"Response": [each]}},
        lambda each: {"responses": [each]},
        lambda each: {"Response": each},
        lambda each: {"Request": each},
        lambda each: [each],
        lambda each: each,
        lambda each: {"CallStatus": {"Success": True}, **each},
    ],
)
def test_the_wrapping_does_not_matter(wrapped: Any) -> None:
    assert dispatch(json.dumps(wrapped(entity())).encode()).order_number == "JL-1000231"


def test_a_byte_order_mark_does_not_matter() -> None:
    assert dispatch(b"\xef\xbb\xbf" + push(entity())).courier == "DPD"


XML = """<?xml version="1.0" encoding="utf-8"?>
<Responses xmlns="http://example.invalid/push"><Response>
  <Dispatch><SequenceNumber>412</SequenceNumber><SalesOrderNumber>JL-1</SalesOrderNumber>
    <CourierName>DPD &amp; Co</CourierName>
    <TrackingNumber> 155 </TrackingNumber><DispatchDate>2026-03-03T15:02:01</DispatchDate>
    <InterfaceRecordId/></Dispatch>
  <List>{lines}</List></Response></Responses>"""
XML_LINE = """<DispatchLineItem>
  <ProductCode>000000011</ProductCode><QuantityDispatched>2</QuantityDispatched>
</DispatchLineItem>"""


@pytest.mark.parametrize("count", [1, 3])
def test_xml_reads_like_json(count: int) -> None:
    news = dispatch(XML.replace("{lines}", XML_LINE * count).encode())
    assert (news.order_number, news.courier, news.tracking_number, news.guid) == ("JL-1", "DPD & Co", "155", "")
    assert news.dispatched_at == datetime(2026, 3, 3, 15, 2, 1, tzinfo=UTC)
    assert news.lines == (DispatchNewsLine("000000011", 2),) * count


def test_xml_in_utf_16_is_read() -> None:
    text = XML.replace("{lines}", XML_LINE).replace("utf-8", "utf-16")
    assert dispatch(text.encode("utf-16")).order_number == "JL-1"


@pytest.mark.parametrize("alias", ["Courier", "CourierName", "CarrierName", "COURIER"])
def test_the_courier_has_several_names(alias: str) -> None:
    head = {key: value for key, value in DISPATCH.items() if key != "Courier"}
    assert dispatch(push({"Dispatch": {**head, alias: "DPD"}})).courier == "DPD"


@pytest.mark.parametrize(
    "alias", ["QuantityDispatched", "DispatchedQuantity", "DispatchQuantity", "Quantity", "PackedQty"]
)
@pytest.mark.parametrize("value", [3, "3", 3.0, "3.0000", " 3 "])
def test_quantities_have_several_names_and_forms(alias: str, value: Any) -> None:
    news = dispatch(push(entity(lines={"ProductCode": "A", alias: value, "OrderedQuantity": {}})))
    assert news.lines == (DispatchNewsLine("A", 3),)


def test_lots_of_one_product_stay_separate_lines() -> None:
    lots = [{"ProductCode": "A", "DispatchedQuantity": 1, "LotNo": lot} for lot in ("L1", "L2")]
    assert [(line.dispatched, line.lot) for line in dispatch(push(entity(lines=lots))).lines] == [(1, "L1"), (1, "L2")]


def test_empty_texts_may_be_objects() -> None:
    news = dispatch(push(entity({"TrackingNumber": {}, "TrackingUrl": None, "DispatchDate": {}, "SequenceNumber": {}})))
    assert (news.tracking_number, news.tracking_url, news.dispatched_at) == ("", "", None)


def test_a_tracking_address_that_is_no_web_address_is_left_out() -> None:
    assert dispatch(push(entity({"TrackingUrl": "javascript:alert(1)"}))).tracking_url == ""


def test_texts_that_no_database_stores_are_made_storable() -> None:
    body = push(entity()).replace(b"DPD", rb"D\u0000P\ud800D")
    assert dispatch(body).courier == "D\ufffdP\ufffdD"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf  ", "empty"),
        (b"{", "not JSON"),
        (b"hello", "not JSON"),
        (b"<Responses><Response>", "XML"),
        (b"<html><br></html>", "XML"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "XML"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "XML"),
        (b'<?xml version="1.0" encoding="klingon"?><x/>', "XML"),
        (b"<a>" * 5000 + b"</a>" * 5000, "deeply"),
        (b"[" * 5000 + b"]" * 5000, "deeply"),
        (b'{"a": NaN}', "NaN"),
        (b"\xff\x00{", "UTF-8|XML"),
        (b" " * 6_000_000, "larger"),
        (b"{}", "no service"),
        (b'{"hello": "world"}', "no service"),
        (b'"text"', "no object"),
        (b"[1, 2]", "Entity 1"),
        (b"[" + b"{}," * 2500 + b"{}]", "more than"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_push(body)


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (entity(lines="text"), "Entity 2, line 1: it is no object."),
        (entity(lines=[LINES[0], {"ProductCode": "A"}]), "Entity 2, line 2: DispatchedQuantity is missing."),
        (entity(lines=[{"DispatchedQuantity": 1}]), "Entity 2, line 1: ProductCode is missing."),
        (entity({"SalesOrderNumber": "x" * 5000}), "Entity 2: SalesOrderNumber is longer than 200 characters."),
        (entity({"TrackingNumber": "9" * 201}), "Entity 2: TrackingNumber is longer than 200 characters."),
    ],
)
def test_one_unreadable_entity_does_not_hold_up_the_others(broken: dict[str, Any], problem: str) -> None:
    good, bad, other = read_push(push(entity(), broken, entity()))
    assert isinstance(good.news, DispatchNews)
    assert isinstance(other.news, DispatchNews)
    assert (bad.service, bad.sequence, bad.news, bad.problem, bad.raw) == ("Dispatch", 412, None, problem, broken)


@pytest.mark.parametrize("value", ["abc", -1, 10**30, "1.5"])
def test_a_sequence_number_that_is_none_is_named(value: Any) -> None:
    (message,) = read_push(push(entity({"SequenceNumber": value})))
    assert (message.sequence, message.problem) == (None, "Entity 1: SequenceNumber is not a number.")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (-1, "not between"), ("-1", "not between"), (1.5, "whole"), ("1.5", "whole"), (10**9, "not between"),
        ("1e3", "not a number"), ("nan", "not a number"), ("many", "not a number"), ("1_0", "not a number"),
        ("٣", "not a number"), (True, "missing"), ([1], "missing"), (None, "missing"), ({}, "missing"),
    ],
)  # fmt: skip
def test_an_absurd_quantity_is_named(value: Any, says: str) -> None:
    (message,) = read_push(push(entity(lines=[{"ProductCode": "A", "DispatchedQuantity": value}])))
    assert message.news is None
    assert message.problem.startswith("Entity 1, line 1: DispatchedQuantity")
    assert says in message.problem


def test_an_empty_call_holds_nothing() -> None:
    assert read_push(b'{"Responses": []}') == []


def test_a_full_push_is_read_in_well_under_a_second() -> None:
    body = push(*(entity({"SequenceNumber": number}) for number in range(500)))
    began = time.perf_counter()
    messages = read_push(body)
    assert time.perf_counter() - began < 0.7
    assert [each.sequence for each in messages] == list(range(500))
