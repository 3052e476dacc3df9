"""Orders that wait for stock, where the client is set up for back orders."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.warehouse.rig import PLAIN, Rig, number_of


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, back_orders=True, stock_pushes=False)


def set_free(rig: Rig, code: str, quantity: int) -> None:
    rig.client.post("/_sandbox/stock", json={"product": code, "quantity": quantity})


def lines_of(rig: Rig, number: str = PLAIN) -> list[list[tuple[str, int]]]:
    entities = [entry["Response"] for _, body in rig.received for entry in body["Responses"]]
    return [
        [(line["ProductCode"], line["DispatchedQuantity"]) for line in entity["List"]["DispatchLineItem"]]
        for entity in entities
        if entity["Dispatch"]["SalesOrderNumber"] == number
    ]


def status(rig: Rig, number: str = PLAIN) -> str:
    taken = rig.world.latest(number)
    assert taken is not None
    return rig.world.status(taken)


def wait(rig: Rig, *, hours: int) -> None:
    for _ in range(hours):
        rig.wait(hours=1)


def test_an_order_with_all_its_stock_is_committed_by_the_next_run(rig: Rig) -> None:
    code = rig.code(0)
    free = rig.world.stock.free(code)
    guid = rig.submit(lines=[(code, 2)])["GUID"]
    assert status(rig) == "Create"
    assert rig.world.stock.free(code) == free
    rig.wait(minutes=15)
    assert rig.status(guid)["Status"] == "Confirmed"
    assert rig.world.stock.free(code) == free - 2
    wait(rig, hours=9)
    assert lines_of(rig) == [[(code, 2)]]
    assert status(rig) == "Dispatched"


def test_an_order_of_one_line_waits_for_its_full_quantity(rig: Rig) -> None:
    code = rig.code(0)
    set_free(rig, code, 3)
    assert rig.submit(lines=[(code, 5)])["CallStatus"]["Success"] is True
    wait(rig, hours=30)
    assert (status(rig), lines_of(rig), rig.world.stock.free(code)) == ("Create", [], 3)
    set_free(rig, code, 6)
    wait(rig, hours=9)
    assert (status(rig), lines_of(rig), rig.world.stock.free(code)) == ("Dispatched", [[(code, 5)]], 1)


def test_what_is_there_leaves_when_the_hold_is_over_and_the_rest_when_it_comes(rig: Rig) -> None:
    there, missing = rig.code(0), rig.code(1)
    set_free(rig, missing, 0)
    rig.submit(lines=[(there, 2), (missing, 3)])
    wait(rig, hours=3)
    assert status(rig) == "Create"
    wait(rig, hours=10)
    assert lines_of(rig) == [[(there, 2)]]
    assert status(rig) == "Create", "the rest waits again"
    rig.start()
    set_free(rig, missing, 3)
    wait(rig, hours=9)
    assert lines_of(rig) == [[(there, 2)], [(missing, 3)]]
    assert status(rig) == "Dispatched"
    taken = rig.world.latest(PLAIN)
    assert taken is not None
    assert taken["back_order"] is True
    one, two = taken["dispatches"]
    assert one["dispatch_number"] != two["dispatch_number"]
    assert rig.world.stock.free(missing) == 0


def test_a_cancel_drops_the_lines_that_wait(rig: Rig) -> None:
    there, missing = rig.code(0), rig.code(1)
    set_free(rig, missing, 0)
    rig.submit(lines=[(there, 2), (missing, 3)])
    wait(rig, hours=14)
    assert rig.cancel(PLAIN)["Success"] is True
    assert status(rig) == "Dispatched"
    set_free(rig, missing, 3)
    wait(rig, hours=12)
    assert lines_of(rig) == [[(there, 2)]]
    taken: dict[str, Any] | None = rig.world.latest(PLAIN)
    assert taken is not None
    assert taken["partially_cancelled"] is True
    assert rig.world.stock.free(missing) == 3
    assert "cannot be cancelled" in rig.cancel(PLAIN)["Message"]


def test_an_order_that_only_waited_is_cancelled_as_a_whole(rig: Rig) -> None:
    code = rig.code(0)
    set_free(rig, code, 0)
    rig.submit(lines=[(code, 1)])
    assert rig.cancel(PLAIN)["Success"] is True
    set_free(rig, code, 5)
    wait(rig, hours=9)
    assert (status(rig), lines_of(rig), rig.world.stock.free(code)) == ("Cancelled", [], 5)


def test_an_order_on_hold_waits_although_its_stock_is_there(rig: Rig) -> None:
    number = number_of("on_hold")
    rig.submit(number)
    wait(rig, hours=9)
    assert status(rig, number) == "Create"
    rig.client.post("/_sandbox/release", json={"SalesOrderNumber": number})
    wait(rig, hours=9)
    assert status(rig, number) == "Dispatched"


def test_an_order_that_waits_can_be_sent_by_hand(rig: Rig) -> None:
    code = rig.code(0)
    set_free(rig, code, 5)
    rig.submit(lines=[(code, 7)])
    rig.client.post("/_sandbox/dispatch", json={"SalesOrderNumber": PLAIN})
    assert lines_of(rig) == [[(code, 7)]]
    assert status(rig) == "Dispatched"
    assert rig.world.stock.free(code) == -2, "somebody sent what was not free"
