"""Faults of the simulated warehouse: of its answers, from a file, and of its pushes."""

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.sandbox.faults import INSIDE
from sync.sandbox.gate import ConnectionLost
from sync.sandbox.warehouse.paths import OPERATIONS
from tests.sandbox.warehouse.rig import KEY, PLAIN, Rig, order

NAMES = sorted({operation.name for operation in OPERATIONS})
SPAN = "2026-03-02T00:00:00Z/2026-03-03T00:00:00Z.json"
PATHS = {
    "websubmit": "salesorders/v4/websubmit", "cancel": f"salesorders/v3/{PLAIN}/cancel", "stock": "stock/v3/quantity",
    "product": "products/v4/submit", "product_update": "products/v4/update", "receipt": "receipts/v3/submit",
    "status": "salesorders/v1/GUID/status.json", "tracking": "salesorders/v1/GUID/tracking.json",
    "release": f"salesorders/v1/{PLAIN}/releasefromhold.json",
    "cancel_held": f"salesorders/v1/{PLAIN}/cancelfromhold.json",
    "cancel_v1": "salesorders/v1/GUID/cancel/reasoncode/001.json", "dispatches": f"dispatches/v1/status/{SPAN}",
    "adjustments": f"stock/v1/adjustment/{SPAN}", "movements": f"stock/v1/movement/{SPAN}",
    "stock_v1": "stock/v1/all.json", "grn": "grns/v1/GUID.json", "echo": "echo/v1/hello.json",
}  # fmt: skip
METHODS = {operation.name: operation.method for operation in OPERATIONS}


def ready(tmp_path: Path, *rules: dict[str, Any], **changes: Any) -> Rig:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(rules))
    return Rig(tmp_path, faults=file, **changes)


def ask(rig: Rig, name: str) -> httpx.Response:
    content = json.dumps(order(PLAIN, lines=[(rig.code(0), 1)])) if name == "websubmit" else "{}"
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    url = f"/api/{PATHS[name]}?api_key={KEY}"
    if METHODS[name] == "GET":
        return rig.client.get(url, headers=headers)
    return rig.client.post(url, content=content, headers=headers)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_can_answer_nothing_a_page_or_not_at_all(tmp_path: Path, name: str) -> None:
    rig = ready(
        tmp_path,
        {"operation": name, "kind": "empty"},
        {"operation": name, "kind": "html", "status": 500},
        {"operation": name, "kind": "timeout"},
        {"operation": name, "kind": "timeout", "effect": "after"},
    )
    assert ask(rig, name).content == b""
    page = ask(rig, name)
    assert (page.status_code, page.headers["content-type"]) == (500, "text/html")
    for _ in range(2):
        with pytest.raises(ConnectionLost):
            ask(rig, name)
    assert ask(rig, name).status_code == 200


def test_an_order_is_taken_although_its_answer_is_lost_and_not_when_the_question_is(tmp_path: Path) -> None:
    rig = ready(tmp_path, {"operation": "websubmit", "kind": "timeout", "match": PLAIN})
    with pytest.raises(ConnectionLost):
        rig.submit()
    assert rig.world.latest(PLAIN) is None
    (tmp_path / "faults.json").write_text(
        json.dumps([{"operation": "websubmit", "kind": "timeout", "effect": "after"}])
    )
    with pytest.raises(ConnectionLost):
        rig.submit()
    assert rig.world.latest(PLAIN) is not None


def test_a_fault_strikes_the_record_that_it_names(tmp_path: Path) -> None:
    rig = ready(tmp_path, {"operation": "product", "kind": "empty", "match": "P-2", "times": 0})
    for code, empty in (("P-1", False), ("P-2", True)):
        body = {"ProductMaster": {"ProductCode": code}}
        answer = rig.client.post(f"/api/products/v4/submit?api_key={KEY}", json=body)
        assert (answer.content == b"") is empty


def test_one_entry_may_stand_without_its_list_and_an_empty_text_as_an_object(tmp_path: Path) -> None:
    rig = ready(tmp_path, {"operation": "stock", "kind": "collapsed"}, {"operation": "stock", "kind": "truncated"})
    code = next(c for c in rig.world.stock.codes() if rig.world.stock.free(c) and not rig.world.stock.places(c))
    query = {"api_key": KEY, "productCodes": code}
    told = rig.client.get("/api/stock/v3/quantity", params=query, headers={"Accept": "application/json"}).json()
    assert told["CallStatus"]["Message"] == {}
    assert told["List"]["StockQuantityLineItem"]["ProductCode"] == code
    cut = rig.client.get("/api/stock/v3/quantity", params=query, headers={"Accept": "application/json"})
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        cut.json()


def sequences(rig: Rig) -> list[int]:
    return [push["SequenceNumber"] for push in rig.dispatches()]


def test_pushes_are_lost_doubled_and_late_as_the_file_says(tmp_path: Path) -> None:
    service = "PushDispatchConfirmation"
    numbers = [f"JL7000000{n}-A" for n in (1, 2, 3, 4)]
    rig = ready(
        tmp_path,
        *({"operation": service, "kind": kind, "match": number}
          for kind, number in zip(("gap", "duplicate", "out_of_order"), numbers, strict=False)),
    )  # fmt: skip
    assert {"gap", "duplicate", "out_of_order"} <= INSIDE
    for number in numbers:
        rig.submit(number)
        rig.client.post("/_sandbox/dispatch", json={"SalesOrderNumber": number})
    assert sequences(rig) == [2, 4]
    for _ in range(5):
        rig.wait(minutes=15)
    assert sequences(rig)[:2] == [2, 4]
    assert sorted(sequences(rig)[2:]) == [2, 3]
    assert rig.outbox.book.counts() == {"lost": 1, "sent": 3}


def test_cartons_are_told_with_a_tracking_number_each(tmp_path: Path) -> None:
    rig = ready(tmp_path, cartons=True)
    for n in range(12):
        rig.submit(f"JL7{n + 1:07d}-A", lines=[(rig.code(0), 3), (rig.code(1), 1)])
    rig.wait(hours=9)
    bodies = {path.rpartition("/")[2]: body for path, body in rig.received}
    assert set(bodies) == {"PushDispatchConfirmation", "PushDispatchCartons"}
    dispatches = {push["Response"]["Dispatch"]["SalesOrderNumber"]: push["Response"]["Dispatch"]
                  for push in bodies["PushDispatchConfirmation"]["Responses"]}  # fmt: skip
    counts = set()
    for entry in bodies["PushDispatchCartons"]["Responses"]:
        told = entry["Response"]["DispatchCartons"]
        dispatch = dispatches[told["SalesOrderNumber"]]
        assert told["PrimaryTrackingNumber"] == dispatch["TrackingNumber"]
        assert told["DispatchNumber"] == dispatch["DispatchNumber"]
        lines = told["CartonLineItems"]
        assert sum(line["PackedQty"] for line in lines) == 4
        assert lines[0]["CartonTrackingNumber"] == told["PrimaryTrackingNumber"]
        cartons = {line["SsccNumber"] for line in lines}
        assert len({line["CartonTrackingNumber"] for line in lines}) == len(cartons)
        counts.add(len(cartons))
    assert counts == {1, 2}


def test_the_clock_of_its_answers_may_be_ahead(tmp_path: Path) -> None:
    rig = ready(tmp_path, skew_seconds=300.0)
    told = rig.client.get(f"/api/echo/v1/hello.json?token={KEY}").headers["Date"]
    assert parsedate_to_datetime(told) - rig.time == timedelta(minutes=5)
