"""What becomes of an order that the simulated warehouse took: status, cancel, pushes, and life after a kill."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from sync.sandbox.faults import Windows
from sync.sandbox.warehouse.lifecycle import ORDER, moment
from sync.sandbox.warehouse.shipping import s10_check_digit
from tests.sandbox.warehouse.rig import KEY, PLAIN, Rig, number_of

DOWN = httpx.ConnectError("refused")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def states(rig: Rig) -> dict[str, int]:
    return rig.outbox.book.counts()


def test_an_order_walks_through_every_status_and_is_seen_after_the_lag(rig: Rig) -> None:
    guid = rig.submit()["GUID"]
    unseen = rig.status(guid)
    assert unseen["CallStatus"] == {"Success": False, "Code": 100, "Message": "Sales Order does not exist."}
    seen = []
    for _ in range(100):
        rig.wait(minutes=5)
        status = rig.status(guid)["Status"]
        seen += [] if seen[-1:] == [status] else [status]
    assert seen == list(ORDER)


def test_tracking_is_empty_until_dispatch_and_equals_the_push_afterwards(rig: Rig) -> None:
    guid = rig.submit()["GUID"]
    rig.wait(minutes=2)
    before = rig.status(guid.upper(), "tracking")
    assert (before["Courier"], before["TrackingNumber"]) == ({}, {})
    rig.wait(hours=9)
    after, [push] = rig.status(guid, "tracking"), rig.dispatches()
    assert (after["Courier"], after["TrackingNumber"]) == (push["Courier"], push["TrackingNumber"])
    assert push["InterfaceRecordId"] == guid
    assert push["SalesOrderNumber"] == PLAIN


def test_stock_answers_are_xml_unless_json_is_asked_for_and_name_nothing_found(rig: Rig) -> None:
    rig.world.stock.set_free(rig.code(0), 0)
    assert rig.client.get(f"/api/stock/v3/quantity?api_key={KEY}").text.startswith("<Response><CallStatus>")
    told = rig.client.get(
        f"/api/stock/v3/quantity?api_key={KEY}&productCodes=NO+SUCH", headers={"Accept": "application/json"}
    ).json()
    assert told["CallStatus"]["Message"] == "No results found for search criteria"
    assert told["List"] == {}
    assert rig.client.get(f"/api/stock/v3/quantity?api_key={KEY}&productCodes={'A' * 2100}").status_code == 404


def test_stock_echoes_the_warehouses_spelling_and_takes_tilde_or_comma(rig: Rig) -> None:
    code = next(c for c in rig.world.stock.codes() if c != c.lower() and rig.world.stock.free(c))
    for asked in (f"{code.lower()}~NO SUCH", f"{code.lower()},NO SUCH"):
        rows = rig.client.get(
            "/api/stock/v3/quantity",
            params={"token": KEY, "productCodes": asked},
            headers={"Accept": "application/json"},
        ).json()["List"]["StockQuantityLineItem"]
        assert {row["ProductCode"] for row in rows} == {code}


def test_a_cancel_is_taken_early_and_refused_late(rig: Rig) -> None:
    free = rig.world.stock.free(rig.code(0))
    guid = rig.submit()["GUID"]
    assert rig.cancel("NOBODY")["Message"] == (
        "Error Submitting Sales Order Cancellation: NOBODY - Error. Sales Order does not exist."
    )
    assert rig.cancel(PLAIN) == {"Success": True, "Code": 0, "Message": ""}
    rig.wait(minutes=2)
    assert rig.status(guid)["Status"] == "Confirmed"
    rig.wait(minutes=30)
    assert rig.status(guid)["Status"] == "Cancelled"
    assert rig.world.stock.free(rig.code(0)) == free
    assert "cannot be cancelled" in rig.cancel(PLAIN)["Message"]
    rig.submit("JL70000002-A")
    rig.wait(hours=9)
    assert "cannot be cancelled" in rig.cancel("JL70000002-A")["Message"]
    assert [push["SalesOrderNumber"] for push in rig.dispatches()] == ["JL70000002-A"]


def test_goods_of_a_cancelled_order_that_was_picked_are_announced_as_put_back(rig: Rig) -> None:
    rig.submit()
    order = rig.world.latest(PLAIN)
    assert order is not None
    rig.wait(seconds=(moment(order["timeline"]["Being Picked"]) - rig.time).total_seconds() + 60)
    assert rig.cancel(PLAIN)["Success"] is True
    rig.wait(hours=1)
    rig.wait(hours=1)
    [(path, body)] = rig.received
    assert path.endswith("/PushGRNConfirmation")
    assert body["Responses"][0]["Response"]["GRN"]["HBRef"] == PLAIN


def test_wave_picking_refuses_a_cancel_during_the_pick(tmp_path: Path) -> None:
    rig = Rig(tmp_path, wave_picking=True)
    rig.submit()
    order = rig.world.latest(PLAIN)
    assert order is not None
    rig.wait(seconds=(moment(order["timeline"]["Being Picked"]) - rig.time).total_seconds() + 60)
    assert rig.cancel(PLAIN)["Message"] == "Error. Dispatch assigned to a pick wave cannot be cancelled"


@pytest.mark.parametrize(
    ("number", "address", "stuck"),
    [
        (number_of("on_hold"), {}, "Confirmed"),
        (number_of("label_failure"), {}, "To Be Picked"),
        (PLAIN, {"Line1": "🏡 1 Sample Road"}, "Confirmed"),
        (PLAIN, {"PostcodeZip": "-----"}, "Confirmed"),
    ],
)
def test_an_order_that_is_stuck_goes_on_when_it_is_released(
    rig: Rig, number: str, address: dict[str, str], stuck: str
) -> None:
    guid = rig.submit(number, **address)["GUID"]
    rig.wait(hours=100)
    assert rig.status(guid)["Status"] == stuck
    assert rig.received == []
    assert rig.client.post("/_sandbox/release", json={"SalesOrderNumber": number}).json()["status"] == stuck
    rig.wait(hours=9)
    assert rig.status(guid)["Status"] == "Dispatched"
    assert len(rig.dispatches()) == 1


def test_the_warehouse_cancels_by_itself_and_says_nothing(rig: Rig) -> None:
    guid = rig.submit(number_of("warehouse_cancelled"))["GUID"]
    rig.wait(hours=9)
    assert rig.status(guid)["Status"] == "Cancelled"
    assert rig.received == []


def test_couriers_and_tracking_of_the_scenarios_are_what_they_promise(rig: Rig) -> None:
    for scenario in ("unmapped_carrier", "carrier_not_approved", "tracking_missing", "tracking_malformed"):
        rig.submit(number_of(scenario))
    rig.submit(number_of("short_dispatch"), lines=[(rig.code(0), 1), (rig.code(1), 3)])
    rig.wait(hours=9)
    found = {push["SalesOrderNumber"]: push for push in rig.dispatches()}
    assert found[number_of("unmapped_carrier")]["CourierService"] == "Pallet 48"
    assert found[number_of("carrier_not_approved")]["Courier"] == "Yodel"
    assert found[number_of("tracking_missing")]["TrackingNumber"] == ""
    assert found[number_of("tracking_malformed")]["TrackingNumber"] == "N/A??"
    lines = next(
        entry["Response"]["List"]["DispatchLineItem"]
        for _, body in rig.received
        for entry in body["Responses"]
        if entry["Response"]["Dispatch"]["SalesOrderNumber"] == number_of("short_dispatch")
    )
    assert [line["DispatchedQuantity"] for line in lines] == [1, 0]
    assert "LotNo" not in lines[1]


def test_a_lost_push_uses_its_number_and_can_be_sent_by_hand(rig: Rig) -> None:
    rig.submit(number_of("lost_push"))
    rig.wait(hours=9)
    rig.submit("JL70000002-A")
    rig.wait(hours=9)
    assert [push["SequenceNumber"] for push in rig.dispatches()] == [2]
    assert rig.client.post("/_sandbox/push", json={"sequence": 1}).json()["state"] == "sent"
    assert [push["SequenceNumber"] for push in rig.dispatches()] == [2, 1]
    assert rig.client.post("/_sandbox/push", json={"sequence": 9}).status_code == 404


def test_a_push_is_tried_four_times_fifteen_minutes_apart_and_then_given_up(rig: Rig) -> None:
    rig.answers = [DOWN, 500, 503, DOWN, 200]
    rig.submit()
    rig.wait(hours=9)
    for left in (4, 3, 2, 1):
        assert len(rig.answers) == left
        rig.wait(minutes=15)
    rig.wait(hours=1)
    assert len(rig.answers) == 1
    assert states(rig) == {"given_up": 1}


def test_a_push_answered_400_is_never_sent_again(rig: Rig) -> None:
    rig.answers = [400]
    rig.submit()
    rig.wait(hours=9)
    rig.wait(hours=1)
    assert states(rig) == {"refused": 1}
    assert len(rig.received) == 1


def test_a_naughty_push_comes_before_its_turn_and_twice_more(rig: Rig) -> None:
    for number in (number_of("naughty_push"), "JL70000002-A"):
        rig.submit(number)
    rig.wait(hours=9)
    rig.wait(minutes=15)
    rig.wait(minutes=15)
    assert [push["SequenceNumber"] for push in rig.dispatches()] == [2, 1, 2, 2]


def test_one_call_carries_many_dispatches_up_to_the_limit(tmp_path: Path) -> None:
    rig = Rig(tmp_path, push_batch=2, tracking_push=True)
    for place in range(3):
        rig.submit(f"JL7{place + 1:07d}-A")
    rig.wait(hours=9)
    sizes = [(path.rpartition("/")[2], len(body["Responses"])) for path, body in rig.received]
    assert sizes == [
        ("PushDispatchConfirmation", 2),
        ("PushDispatchConfirmation", 1),
        ("PushTrackingDetails", 2),
        ("PushTrackingDetails", 1),
    ]
    parts = [entry["Response"]["Dispatch"] for entry in rig.received[0][1]["Responses"]]
    assert [(part["MessagePart"], part["MessageTotal"]) for part in parts] == [(1, 2), (2, 2)]


def test_a_killed_warehouse_goes_on_where_it_was(rig: Rig) -> None:
    rig.answers = [DOWN]
    guid = rig.submit()["GUID"]
    rig.wait(hours=9)
    rig.submit(number_of("lost_push"))
    free = rig.world.stock.free(rig.code(0))
    rig.start()  # the first world is dropped without a word, as a kill does
    assert rig.world.stock.free(rig.code(0)) == free
    assert rig.status(guid)["Status"] == "Dispatched"
    assert rig.message().endswith("already exists.")
    rig.wait(hours=9)
    rig.submit("JL70000003-A")
    rig.wait(hours=9)
    assert [push["SequenceNumber"] for push in rig.dispatches()] == [1, 3]
    assert [line["seq"] for line in rig.ledger()] == list(range(1, len(rig.ledger()) + 1))


def test_dispatch_by_hand_pushes_at_once(rig: Rig) -> None:
    rig.submit(number_of("on_hold"))
    asked = {"SalesOrderNumber": number_of("on_hold"), "courier": "Royal Mail", "service": "Tracked 48"}
    [push] = rig.client.post("/_sandbox/dispatch", json=asked).json()["pushes"]
    assert push["state"] == "sent"
    [told] = rig.dispatches()
    assert told["CourierService"] == "Tracked 48"
    number = told["TrackingNumber"]
    assert number.endswith("GB")
    assert s10_check_digit(number[2:10]) == number[10]
    assert rig.client.post("/_sandbox/dispatch", json=asked).status_code == 409


def test_an_order_on_hold_is_released_through_the_interface(rig: Rig) -> None:
    number = number_of("on_hold")
    guid = rig.submit(number)["GUID"]
    answer = rig.client.post(f"/api/salesorders/v1/{number}/releasefromhold.json?token={KEY}").json()
    assert answer["Response"]["CallStatus"]["Success"] is True
    rig.wait(hours=9)
    assert rig.status(guid)["Status"] == "Dispatched"


def test_in_an_outage_nothing_is_answered_or_pushed(tmp_path: Path) -> None:
    rig = Rig(tmp_path, outage=Windows(((timedelta(hours=8), timedelta(hours=2)),)))
    guid = rig.submit()["GUID"]
    rig.wait(hours=9)
    assert rig.client.get(f"/api/salesorders/v1/{guid}/status.json?token={KEY}").status_code == 503
    assert rig.received == []
    rig.wait(hours=2)
    assert len(rig.dispatches()) == 1


def test_the_clockwork_runs_by_itself_while_it_is_served(rig: Rig) -> None:
    with TestClient(rig.warehouse.app()) as client:
        assert client.get(f"/api/echo/v1/hello.json?token={KEY}").json()["Response"]["Echo"] == "hello"
        assert client.get("/_sandbox/state").json()["orders"] == 0


def test_pushes_can_be_xml_and_answers_can_have_their_quirks(tmp_path: Path) -> None:
    sent: list[bytes] = []
    rig = Rig(tmp_path, push_format="xml")
    rig.outbox._client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: (sent.append(request.content), httpx.Response(200))[1])
    )
    rig.submit()
    rig.wait(hours=9)
    assert sent[0].startswith(b"<Responses><Response><Dispatch><IntegrationId>JLSEKO</IntegrationId><MessageGroupId />")
    quirky = tmp_path / "quirky"
    quirky.mkdir()
    rig = Rig(quirky, quirks=True)
    rig.submit()
    rig.wait(hours=9)
    body = rig.received[0][1]["Responses"]["Response"]
    assert body["Dispatch"]["MessageGroupId"] == {}
    assert isinstance(body["List"]["DispatchLineItem"], dict)
