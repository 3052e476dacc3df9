"""The older generation of the simulated warehouse's interface: what can be polled by period, GUID and product."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.sandbox.warehouse.lifecycle import stamp
from tests.sandbox.warehouse.rig import KEY, PLAIN, Rig, number_of


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def poll(rig: Rig, path: str, **query: str) -> dict[str, Any]:
    answer = rig.client.get(f"/api/{path}", params={"token": KEY, **query})
    assert answer.status_code == 200
    return answer.json()["Response"]


def day(rig: Rig, days: int = 0) -> str:
    begin = rig.time.replace(hour=0, minute=0) + timedelta(days=days)
    return f"{stamp(begin)}/{stamp(begin + timedelta(days=1))}.json"


def test_dispatches_of_a_period_are_one_entry_or_several(rig: Rig) -> None:
    today, tomorrow = day(rig), day(rig, 1)
    assert poll(rig, f"dispatches/v1/status/{today}", status="Dispatched")["List"] == {}
    guid = rig.submit()["GUID"]
    rig.wait(hours=9)
    assert poll(rig, f"dispatches/v1/status/{today}", status="Dispatched")["List"] == {
        "DispatchLineItem": {"DCCode": "DCCL01", "GUID": guid}
    }
    other = rig.submit("JL70000002-A")["GUID"]
    rig.wait(hours=5)
    rig.wait(hours=9)
    period = today.split("/")[0] + "/" + tomorrow.split("/")[1]
    several = poll(rig, f"dispatches/v1/status/{period}", status="dispatched")
    assert [row["GUID"] for row in several["List"]["DispatchLineItem"]] == [guid, other]


def test_an_order_in_two_parcels_is_named_twice(rig: Rig) -> None:
    today = day(rig)
    guid = rig.submit(number_of("two_parcels"), lines=[(rig.code(0), 2)])["GUID"]
    rig.wait(hours=14)
    rows = poll(rig, f"dispatches/v1/status/{today}", status="Dispatched", dc="DCCL01")["List"]["DispatchLineItem"]
    assert [row["GUID"] for row in rows] == [guid, guid]


def test_wrong_periods_states_and_centres_are_refused_in_words(rig: Rig) -> None:
    assert poll(rig, "dispatches/v1/status/yesterday/today.json")["CallStatus"]["Message"] == "Invalid Date."
    assert "Invalid Status" in poll(rig, f"dispatches/v1/status/{day(rig)}", status="Lost")["CallStatus"]["Message"]
    told = poll(rig, f"dispatches/v1/status/{day(rig)}", dc="MOON")
    assert told["CallStatus"] == {"Success": False, "Code": 100, "Message": "Error. Invalid Mapping - DC"}


def test_an_empty_period_may_be_a_refusal(tmp_path: Path) -> None:
    rig = Rig(tmp_path, empty_period="refusal")
    told = poll(rig, f"dispatches/v1/status/{day(rig)}")
    assert told["CallStatus"]["Message"] == "No results found for search criteria"


def test_adjustments_and_movements_can_be_polled(rig: Rig) -> None:
    code, today = rig.code(0), day(rig)
    rig.client.post("/_sandbox/adjust", json={"product": code, "quantity": -3})
    rig.client.post("/_sandbox/move", json={"product": code, "quantity": 2, "to": "QC"})
    adjusted = poll(rig, f"stock/v1/adjustment/{today}")["List"]["StockAdjustmentLineItem"]
    assert (adjusted["StockAdjustmentType"], adjusted["ProductCode"], adjusted["Quantity"]) == ("Decrease", code, "3")
    moved = poll(rig, f"stock/v1/movement/{today}", dc="DCCL01")["List"]["StockMovementLineItem"]
    assert (moved["FromLocationType"], moved["ToLocationType"], moved["Quantity"]) == ("Available Stock", "QC", 2)
    assert poll(rig, f"stock/v1/movement/{day(rig, 1)}")["List"] == {}


def test_the_whole_stock_holds_rows_of_zero_too(rig: Rig) -> None:
    code = rig.code(0)
    rig.world.set_free(code, 0)
    rows = {row["ProductCode"]: row for row in poll(rig, "stock/v1/all.json")["List"]["StockQuantityLineItem"]}
    assert set(rows) == set(rig.world.stock.codes())
    assert rows[code]["FreeQuantity"] == 0
    assert rows[code]["LocationType"] == "Available"
    assert len(rows[code]["EAN"]) == 13
    one = rig.client.get(f"/api/stock/v1/dc/DCCL01/product/{code}.xml?token={KEY}").text
    assert f"<FreeQuantity>0</FreeQuantity><LocationType>Available</LocationType><ProductCode>{code}<" in one
    assert "Invalid Mapping" in poll(rig, "stock/v1/dc/MOON.json")["CallStatus"]["Message"]


def test_what_was_received_of_a_delivery_can_be_polled_by_its_guid(rig: Rig) -> None:
    rig.client.post("/_sandbox/deliver", json={"lines": {rig.code(0): 5, rig.code(1): 6}, "number": "ASN-1"})
    guid = rig.world.events.all[0]["delivery"]["guid"]
    assert poll(rig, f"grns/v1/{guid}.json")["CallStatus"]["Success"] is False
    rig.wait(hours=3)
    rows = poll(rig, f"grns/v1/{guid}.json")["List"]["GRNResponseItem"]
    assert [(row["ProductCode"], row["GRNQuantity"]) for row in rows] == [(rig.code(0), 5), (rig.code(1), 6)]
    assert {row["CurrentStatus"] for row in rows} == {"Confirmed"}


def test_orders_are_cancelled_by_guid_and_out_of_a_hold(rig: Rig) -> None:
    guid = rig.submit()["GUID"]

    def post(path: str) -> dict[str, Any]:
        return rig.client.post(f"/api/salesorders/v1/{path}.json?token={KEY}").json()["Response"]["CallStatus"]

    assert "Invalid Reason Code 999" in post(f"{guid}/cancel/reasoncode/999")["Message"]
    assert post(f"{guid}/cancel/reasoncode/004")["Success"] is True
    assert post("nobody/cancel/reasoncode/004")["Message"] == "Sales Order does not exist."
    assert post(f"{PLAIN}/cancelfromhold")["Message"] == "Sales Order is not on hold."
    held = number_of("on_hold")
    rig.submit(held)
    assert post(f"{held}/cancelfromhold")["Success"] is True
    rig.wait(hours=1)
    taken = rig.world.latest(held)
    assert taken is not None
    assert rig.world.status(taken) == "Cancelled"
