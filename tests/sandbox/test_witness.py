"""A judge can read from the ledgers what was ordered, cancelled, sent and confirmed."""

import json
from datetime import UTC, datetime
from pathlib import Path

from sync.sandbox import witness
from sync.sandbox.clock import SandboxClock
from sync.sandbox.ledger import Ledger


def told(tmp_path: Path, write) -> dict:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path, SandboxClock(datetime(2026, 3, 2, tzinfo=UTC)))
    write(ledger)
    ledger.close()
    [line] = [json.loads(text) for text in path.read_text().splitlines()]
    assert (line["direction"], line["natural_key"]) == ("world", "JL1-A")
    return {"operation": line["operation"], **json.loads(line["note"])}


def test_the_same_sku_on_two_lines_is_added_up(tmp_path: Path) -> None:
    found = told(tmp_path, lambda ledger: witness.order_made(ledger, "JL1-A", [("BAG", 1), ("BAG", 2), ("MUG", 1)]))
    assert found == {"operation": "order", "lines": {"BAG": 3, "MUG": 1}}


def test_a_parcel_names_its_courier_and_what_is_in_it(tmp_path: Path) -> None:
    def parcel(ledger: Ledger) -> None:
        witness.dispatched(ledger, "JL1-A", [("BAG", 0)], courier="DPD", service="Next Day", tracking="1")

    found = told(tmp_path, parcel)
    assert found == {
        "operation": "dispatch", "courier": "DPD", "service": "Next Day", "tracking": "1", "lines": {"BAG": 0}
    }  # fmt: skip


def test_a_confirmation_of_a_whole_order_has_no_lines(tmp_path: Path) -> None:
    found = told(tmp_path, lambda ledger: witness.shipped(ledger, "JL1-A", [], carrier="DPD_UK", tracking=None))
    assert found == {"operation": "shipped", "carrier": "DPD_UK", "tracking": "", "lines": {}}


def test_what_the_warehouse_took_is_told_with_where_it_goes(tmp_path: Path) -> None:
    def taken(ledger: Ledger) -> None:
        delivery = {"City": "Truro", "PostcodeZip": "TR1 1AA", "Line2": ""}
        witness.taken(ledger, "JL1-A", [("BAG", 2)], guid="g", delivery=delivery)

    assert told(tmp_path, taken) == {
        "operation": "taken", "guid": "g", "delivery": {"City": "Truro", "PostcodeZip": "TR1 1AA"}, "lines": {"BAG": 2}
    }  # fmt: skip


def test_what_the_marketplace_shows_of_an_order_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, lambda ledger: witness.sent_to(ledger, "JL1-A", {"city": "Truro", "zip_code": None}))
    assert found == {"operation": "address", "city": "Truro", "lines": {}}


def test_the_state_of_an_order_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, lambda ledger: witness.entered(ledger, "JL1-A", "SHIPPING"))
    assert found == {"operation": "state", "state": "SHIPPING", "lines": {}}
