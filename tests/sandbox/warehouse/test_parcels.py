"""How an order leaves the simulated warehouse: one dispatch or several, whole, short, or in lots."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.sandbox.catalogue import build_catalogue
from sync.sandbox.marketplace.flow import OrderFlow
from sync.sandbox.warehouse.lifecycle import moment
from tests.sandbox.warehouse.rig import PLAIN, Rig, number_of


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def told(rig: Rig, number: str) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Head and lines of every dispatch that was pushed for an order."""
    entities = [entry["Response"] for _, body in rig.received for entry in body["Responses"]]
    return [
        (entity["Dispatch"], entity["List"]["DispatchLineItem"])
        for entity in entities
        if entity["Dispatch"]["SalesOrderNumber"] == number
    ]


def quantities(lines: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    return [(line["LineNumber"], line["OrderedQuantity"], line["DispatchedQuantity"]) for line in lines]


def test_an_order_leaves_in_two_parcels_that_cover_it_together(rig: Rig) -> None:
    number = number_of("two_parcels")
    guid = rig.submit(number, lines=[(rig.code(0), 2), (rig.code(1), 3)])["GUID"]
    taken = rig.world.latest(number)
    assert taken is not None
    first_leaves = moment(taken["timeline"]["Dispatched"])
    rig.wait(seconds=(first_leaves - rig.time).total_seconds() + 60)
    assert [quantities(lines) for _, lines in told(rig, number)] == [[(1, 2, 2)]]
    assert rig.status(guid)["Status"] == "To Dispatch", "the order is not closed while a parcel is to follow"
    assert "cannot be cancelled" in rig.cancel(number)["Message"]
    rig.wait(hours=5)
    assert rig.status(guid)["Status"] == "Dispatched"
    (one, _), (two, rest) = told(rig, number)
    assert quantities(rest) == [(2, 3, 3)]
    assert one["Courier"] != two["Courier"]
    for name in ("TrackingNumber", "DispatchId", "DispatchNumber", "SequenceNumber"):
        assert one[name] != two[name]
    assert moment(two["DispatchDate"]) - moment(one["DispatchDate"]) >= timedelta(minutes=30)


def test_one_line_of_several_units_is_shared_out_between_two_parcels(rig: Rig) -> None:
    number = number_of("two_parcels")
    rig.submit(number, lines=[(rig.code(0), 5)])
    rig.wait(hours=14)
    assert [quantities(lines) for _, lines in told(rig, number)] == [[(1, 5, 3)], [(1, 5, 2)]]


def test_a_partial_dispatch_lacks_one_unit_for_good(rig: Rig) -> None:
    number = number_of("partial_dispatch")
    guid = rig.submit(number, lines=[(rig.code(0), 1), (rig.code(1), 4)])["GUID"]
    rig.wait(hours=100)
    [(_, lines)] = told(rig, number)
    assert quantities(lines) == [(1, 1, 1), (2, 4, 3)]
    assert rig.status(guid)["Status"] == "Dispatched"


def test_lots_of_one_product_stand_on_several_lines(rig: Rig) -> None:
    number = number_of("split_lots")
    rig.submit(number, lines=[(rig.code(0), 4), (rig.code(1), 1)])
    rig.wait(hours=9)
    [(_, lines)] = told(rig, number)
    assert [line["ProductCode"] for line in lines] == [rig.code(0), rig.code(0), rig.code(1)]
    assert sum(line["DispatchedQuantity"] for line in lines[:2]) == 4
    assert lines[0]["LotNo"] != lines[1]["LotNo"]


@pytest.mark.parametrize("scenario", ["two_parcels", "partial_dispatch", "split_lots", "short_dispatch"])
def test_the_marketplace_sells_lines_that_make_the_scenario_possible(rig: Rig, scenario: str) -> None:
    flow = OrderFlow(7, build_catalogue(7))
    for running in range(1, 40):
        number = number_of(scenario, running)
        order = flow.order(running, scenario)
        rig.submit(number, lines=[(line.sku, line.quantity) for line in order.lines])
    rig.wait(hours=14)
    for running in range(1, 40):
        parcels = told(rig, number_of(scenario, running))
        rows = [line for _, lines in parcels for line in lines]
        ordered = {row["LineNumber"]: row["OrderedQuantity"] for row in rows}
        missing = sum(ordered.values()) - sum(row["DispatchedQuantity"] for row in rows)
        if scenario in ("two_parcels", "split_lots"):
            assert missing == 0
            assert len(parcels) == 2 or len({row.get("LotNo") for row in rows} - {""}) == 2
        else:
            assert missing == 1 or 0 in [row["DispatchedQuantity"] for row in rows]


def test_parts_and_parcels_leave_by_hand_and_the_order_stays_open_until_the_last(rig: Rig) -> None:
    guid = rig.submit(lines=[(rig.code(0), 2), (rig.code(1), 3)])["GUID"]
    first = {"courier": "DPD", "tracking_number": "15500000000001", "lines": [{"line": 2, "quantity": 1}]}
    asked = {"SalesOrderNumber": PLAIN, "parcels": [first], "final": False}
    assert rig.client.post("/_sandbox/dispatch", json=asked).status_code == 200
    rig.wait(hours=100)
    assert rig.status(guid)["Status"] == "To Dispatch"
    rest = {"courier": "Hermes", "lines": [{"line": 1, "quantity": 2}, {"line": 2, "quantity": 2, "lot": "L1"}]}
    pushes = rig.client.post("/_sandbox/dispatch", json={"SalesOrderNumber": PLAIN, "parcels": [rest]}).json()["pushes"]
    assert [push["sequence"] for push in pushes] == [1, 2]
    rig.wait(hours=1)
    (one, lines), (two, more) = told(rig, PLAIN)
    assert (one["TrackingNumber"], quantities(lines)) == ("15500000000001", [(2, 3, 1)])
    assert (two["Courier"], quantities(more)) == ("Hermes", [(1, 2, 2), (2, 3, 2)])
    assert rig.status(guid)["Status"] == "Dispatched"
    wrong = {"SalesOrderNumber": PLAIN, "parcels": [{"lines": [{"line": 7}]}]}
    assert rig.client.post("/_sandbox/dispatch", json=wrong).status_code == 400
