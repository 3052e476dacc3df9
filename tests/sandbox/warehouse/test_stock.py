"""What happens to stock in the simulated warehouse, and how its pushes, figures and ledger tell it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.warehouse.rig import KEY, PLAIN, Rig, number_of


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, stock_pushes=True)


def by_hand(rig: Rig, what: str, **told: Any) -> dict[str, Any]:
    answer = rig.client.post(f"/_sandbox/{what}", json=told)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pushed(rig: Rig, service: str) -> list[dict[str, Any]]:
    """Every entity that came for a service, in order of arrival."""
    return [
        entry["Response"] for path, body in rig.received if path.endswith(f"/{service}") for entry in body["Responses"]
    ]


def free_lines(rig: Rig) -> list[tuple[str, str]]:
    return [(line["natural_key"], line["note"]) for line in rig.ledger() if line["operation"] == "free"]


def rebuilt(rig: Rig) -> Counter[str]:
    """Free stock as somebody knows it who only reads the ledger; every line must go on where the last one ended."""
    free: Counter[str] = Counter()
    for code, note in free_lines(rig):
        before, _, rest = note.partition(" -> ")
        assert free[code] == int(before), note
        free[code] = int(rest.split(" ")[0])
    return free


def truth(rig: Rig) -> Counter[str]:
    return Counter({code: rig.world.stock.free(code) for code in rig.world.stock.codes()})


def test_an_adjustment_changes_free_stock_at_once_and_figures_later(rig: Rig) -> None:
    code = rig.code(0)
    free = rig.world.stock.free(code)
    assert by_hand(rig, "adjust", product=code.lower(), quantity=-3)["free"] == free - 3
    assert rig.stock(code)["Available Stock"] == free
    rig.wait(minutes=6)
    assert rig.stock(code)["Available Stock"] == free - 3


def test_adjustments_are_pushed_one_direction_at_a_time_with_texts_as_values(rig: Rig) -> None:
    by_hand(rig, "adjust", product=rig.code(0), quantity=-3, reason_code="DMG", reason="Damaged")
    by_hand(rig, "adjust", product=rig.code(1), quantity=5)
    by_hand(rig, "run")
    up, down = pushed(rig, "PushStockAdjustment")
    assert up["StockAdjustment"]["StockAdjustmentType"] == "Increase"
    assert down["StockAdjustment"]["StockAdjustmentType"] == "Decrease"
    assert [up["StockAdjustment"]["SequenceNumber"], down["StockAdjustment"]["SequenceNumber"]] == ["1", "2"]
    [line] = down["List"]["StockAdjustmentLineItem"]
    assert (line["ProductCode"], line["Quantity"], line["ReasonCode"]) == (rig.code(0), "3", "DMG")
    assert all(isinstance(value, str) for value in [*down["StockAdjustment"].values(), *line.values()])
    assert len(rig.received) == 2, "one call for each direction"
    by_hand(rig, "run")
    assert len(rig.received) == 2, "nothing is sent when there is nothing to tell"


def test_quarantine_is_a_movement_and_shows_where_it_lies(rig: Rig) -> None:
    code = next(c for c in rig.world.stock.codes() if rig.world.stock.free(c) > 500 and not rig.world.stock.places(c))
    free = rig.world.stock.free(code)
    assert by_hand(rig, "move", product=code, quantity=7, to="Quarantine")["free"] == free - 7
    rig.wait(minutes=15)
    assert rig.stock(code) == {"Available Stock": free - 7, "Quarantine": 7}
    [told] = pushed(rig, "PushStockStatusMovement")
    told = told["StockStatusMovement"]
    assert (told["FromLocationType"], told["ToLocationType"], told["Quantity"]) == ("Available Stock", "Quarantine", 7)
    assert told["UtcDate"] == "2026-03-02T09:00:00Z"


def test_a_delivery_arrives_is_received_and_put_away_in_several_movements(rig: Rig) -> None:
    code = rig.code(0)
    free = rig.world.stock.free(code)
    number = by_hand(rig, "deliver", lines={code: 50})["number"]
    seen = set()
    for _ in range(60):
        rig.wait(minutes=5)
        seen.add(rig.world.stock.free(code) - free)
    assert seen >= {0, 50}
    assert len(seen) >= 3, "the goods come to the shelf bit by bit"
    [arrived], [received] = pushed(rig, "PushDeliveryArrive"), pushed(rig, "PushGRNConfirmation")
    assert arrived["DeliveryArrive"]["DeliveryNumber"] == received["GRN"]["DeliveryNumber"] == number
    assert [line["Quantity"] for line in received["List"]["GRNLineItem"]] == [50]
    moved = [told["StockStatusMovement"] for told in pushed(rig, "PushStockStatusMovement")]
    assert {(told["FromLocationType"], told["ToLocationType"]) for told in moved} == {("Put Away", "Available Stock")}
    assert sum(told["Quantity"] for told in moved) == 50
    assert rig.stock(code)["Available Stock"] == free + 50


def test_the_ledger_tells_every_change_of_free_stock(rig: Rig) -> None:
    code, other = rig.code(0), rig.code(1)
    assert rebuilt(rig) == truth(rig), "the opening is told"
    rig.submit(lines=[(code, 2)])
    by_hand(rig, "adjust", product=code, quantity=-1)
    by_hand(rig, "move", product=other, quantity=4, to="QC")
    by_hand(rig, "stock", product=other, quantity=9)
    rig.cancel(PLAIN)
    rig.message(number=number_of("no_free_stock"), lines=[(rig.code(3), 2)])
    by_hand(rig, "deliver", lines={other: 20})
    rig.wait(hours=1)
    rig.wait(hours=5)
    rig.wait(hours=24)
    assert rebuilt(rig) == truth(rig)
    notes = [note for told, note in free_lines(rig) if told == code][1:]
    free = int(notes[0].split(" ")[0])
    assert notes[0] == f"{free} -> {free - 2} order {PLAIN}"
    assert notes[1].startswith(f"{free - 2} -> {free - 3} adjustment ")
    assert notes[2] == f"{free - 3} -> {free - 1} cancelled {PLAIN}"


def test_what_a_killed_warehouse_could_not_tell_its_next_start_tells(rig: Rig) -> None:
    code = rig.code(0)
    free = rig.world.stock.free(code)
    rig.submit(lines=[(code, 2)])
    path = rig.folder / "warehouse.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if f"order {PLAIN}" in line and '"free"' in line)
    path.write_text("".join(lines[:last]))
    rig.world.ground.store.delete("free_told", code)
    rig.start()
    assert (code, f"{free} -> {free - 2} after a restart") in free_lines(rig)
    assert rebuilt(rig) == truth(rig)


def test_stock_lives_by_itself_at_the_rate_that_is_set_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    rig = Rig(tmp_path, stock_pushes=True, stock_events_per_day=48.0)
    for _ in range(48):
        rig.wait(minutes=30)
    made = len(rig.world.events.all)
    assert made >= 24
    rig.start()
    assert len(rig.world.events.all) == made
    for _ in range(96):
        rig.wait(minutes=30)
    assert len(rig.world.events.all) > made
    assert rebuilt(rig) == truth(rig)
    assert min(truth(rig).values()) >= 0
    services = ("PushStockAdjustment", "PushStockStatusMovement", "PushDeliveryArrive", "PushGRNConfirmation")
    assert all(pushed(rig, service) for service in services)
    told: Counter[str] = Counter()
    for entity in pushed(rig, "PushStockAdjustment"):
        if entity["StockAdjustment"]["LocationType"] == "Available Stock":
            sign = 1 if entity["StockAdjustment"]["StockAdjustmentType"] == "Increase" else -1
            for line in entity["List"]["StockAdjustmentLineItem"]:
                told[line["ProductCode"]] += sign * int(line["Quantity"])
    for entity in pushed(rig, "PushStockStatusMovement"):
        moved = entity["StockStatusMovement"]
        if "Available Stock" in (moved["FromLocationType"], moved["ToLocationType"]):
            sign = 1 if moved["ToLocationType"] == "Available Stock" else -1
            told[moved["ProductCode"]] += sign * moved["Quantity"]
    changed = {code: truth(rig)[code] - start for code, start in rig.world.stock.opening.items()}
    assert {c: n for c, n in told.items() if n} == {c: n for c, n in changed.items() if n}


def test_nothing_happens_to_stock_and_nothing_is_pushed_unless_it_is_switched_on(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    by_hand(rig, "adjust", product=rig.code(0), quantity=-3)
    rig.wait(hours=30)
    assert rig.received == []
    assert len(rig.world.events.all) == 1


def test_a_short_pick_is_written_off_and_never_free_again(rig: Rig) -> None:
    code = rig.code(0)
    number = number_of("partial_dispatch")
    rig.submit(number, lines=[(code, 3)])
    free = rig.world.stock.free(code)
    rig.wait(hours=9)
    [told] = pushed(rig, "PushStockAdjustment")
    assert told["StockAdjustment"]["StockAdjustmentType"] == "Decrease"
    assert told["List"]["StockAdjustmentLineItem"][0]["Quantity"] == "1"
    assert rig.world.stock.free(code) == free


def test_the_overnight_summary_comes_at_midnight_in_parts_and_leaves_out_what_is_empty(tmp_path: Path) -> None:
    rig = Rig(tmp_path, stock_pushes=True, fulfil_hours=(40.0, 40.0))
    rig.time = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # 23:30 in London
    rig.start()
    rig.wait(minutes=0)
    code = rig.code(0)
    free = rig.world.stock.free(code)
    rig.submit(lines=[(code, 2)])
    gone = next(c for c in rig.world.stock.codes() if c != code and not rig.world.stock.places(c))
    by_hand(rig, "stock", product=gone, quantity=0)
    rig.wait(minutes=29)
    assert pushed(rig, "PushStockOvernightSummary") == []
    rig.wait(minutes=2)
    rig.wait(minutes=30)
    parts = pushed(rig, "PushStockOvernightSummary")
    rows = [row for part in parts for row in part["List"]["StockOvernightSummaryLineItem"]]
    heads = [part["StockOvernightSummary"] for part in parts]
    assert {head["MessageGroupId"] for head in heads} == {"DCCL01-7/1/2026 11:59:59 PM"}
    assert [head["MessagePart"] for head in heads] == list(range(1, len(parts) + 1))
    assert {head["MessageTotal"] for head in heads} == {len(parts)}
    assert {len(part["List"]["StockOvernightSummaryLineItem"]) for part in parts[:-1]} == {100}
    found = {row["ProductCode"]: row for row in rows}
    assert len(found) == len(rows)
    assert gone not in found
    assert (found[code]["QuantityOnHand"], found[code]["QuantityInAllocated"]) == (free - 2, 2)
    assert found[code]["AtEndOfDate"] == "2026-07-01T22:59:59Z"
    assert all(any(value for name, value in row.items() if name.startswith("Quantity")) for row in rows)
    rig.wait(hours=24)
    assert len(pushed(rig, "PushStockOvernightSummary")) == 2 * len(parts), "once a night"


def test_a_share_of_pushes_is_lost_and_leaves_a_gap(tmp_path: Path) -> None:
    rig = Rig(tmp_path, stock_pushes=True, lose_pushes=0.3)
    for _ in range(60):
        by_hand(rig, "adjust", product=rig.code(0), quantity=-1)
    rig.wait(minutes=15)
    came = [int(told["StockAdjustment"]["SequenceNumber"]) for told in pushed(rig, "PushStockAdjustment")]
    missing = sorted(set(range(1, 61)) - set(came))
    assert 8 <= len(missing) <= 30
    assert by_hand(rig, "push", sequence=missing[0], service="PushStockAdjustment")["state"] == "sent"
    lost = [line for line in rig.ledger() if line["note"].endswith(" lost")]
    assert len(lost) == len(missing)


def test_a_share_of_pushes_comes_twice_or_late(tmp_path: Path) -> None:
    rig = Rig(tmp_path, stock_pushes=True, shuffle_pushes=0.6)
    for _ in range(5):
        for _ in range(8):
            by_hand(rig, "adjust", product=rig.code(0), quantity=-1)
        rig.wait(minutes=15)
    for _ in range(5):
        rig.wait(minutes=15)
    came = [int(told["StockAdjustment"]["SequenceNumber"]) for told in pushed(rig, "PushStockAdjustment")]
    assert set(came) == set(range(1, 41)), "nothing is lost"
    assert len(came) > 40, "some come twice"
    first_seen = list(dict.fromkeys(came))
    assert first_seen != sorted(first_seen), "some come after later ones"


def test_the_next_push_of_a_service_can_be_lost_by_hand(rig: Rig) -> None:
    by_hand(rig, "lose", service="PushStockAdjustment")
    for quantity in (-1, -2):
        by_hand(rig, "adjust", product=rig.code(0), quantity=quantity)
    by_hand(rig, "run")
    [told] = pushed(rig, "PushStockAdjustment")
    assert told["StockAdjustment"]["SequenceNumber"] == "2"


@pytest.mark.parametrize("raw", ["-3", "2.5", 80995, -1])
def test_a_bad_figure_can_be_told_on_demand(rig: Rig, raw: object) -> None:
    code = rig.code(0)
    free = by_hand(rig, "stock", product=code, raw=raw)["free"]
    assert rig.stock(code)["Available Stock"] == raw
    rig.start()
    assert rig.stock(code)["Available Stock"] == raw
    assert rig.submit(lines=[(code, free)])["CallStatus"]["Success"] is True, "the truth is another"
    by_hand(rig, "stock", product=code, raw_off=True)
    assert rig.stock(code)["Available Stock"] == free


def test_a_quantity_can_be_missing(rig: Rig) -> None:
    by_hand(rig, "stock", product=rig.code(0), raw=None)
    query = {"api_key": KEY, "productCodes": rig.code(0)}
    told = rig.client.get("/api/stock/v3/quantity", params=query, headers={"Accept": "application/json"}).json()
    assert "Quantity" not in told["List"]["StockQuantityLineItem"][0]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("adjust", {"quantity": -1}),
        ("adjust", {"product": "NO SUCH", "quantity": -1}),
        ("move", {"product": "NO SUCH", "quantity": 1, "to": "QC"}),
        ("deliver", {"lines": {"NO SUCH": 1}}),
        ("deliver", {"lines": []}),
        ("stock", {"product": "NO SUCH", "quantity": 1}),
        ("lose", {"times": 1}),
    ],
)
def test_requests_by_hand_are_refused_in_words(rig: Rig, what: str, told: dict[str, Any]) -> None:
    answer = rig.client.post(f"/_sandbox/{what}", json=told)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_pushes_tell_the_time_of_a_clock_that_is_ahead(tmp_path: Path) -> None:
    rig = Rig(tmp_path, stock_pushes=True, skew_seconds=90.0)
    by_hand(rig, "adjust", product=rig.code(0), quantity=-1)
    by_hand(rig, "run")
    [told] = pushed(rig, "PushStockAdjustment")
    ahead = datetime.fromisoformat(told["StockAdjustment"]["StockAdjustmentDate"]) - rig.time
    assert ahead == timedelta(seconds=90)


def test_goods_that_come_back_are_received_with_their_order_and_stay_in_returns(rig: Rig) -> None:
    code = next(c for c in rig.world.stock.codes() if rig.world.stock.free(c) > 500 and not rig.world.stock.places(c))
    free = rig.world.stock.free(code)
    by_hand(rig, "deliver", lines={code: 2}, number="000219", returned=PLAIN)
    rig.wait(hours=2)
    rig.wait(minutes=15)
    [received] = pushed(rig, "PushGRNConfirmation")
    assert (received["GRN"]["RMA"], received["GRN"]["HBRef"]) == (f"{PLAIN}.000219", PLAIN)
    rig.wait(hours=9)
    assert rig.stock(code) == {"Available Stock": free, "Returns": 2}


def test_the_tick_does_not_grow_with_the_catalogue(tmp_path: Path) -> None:
    head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    rows = (f"{n},P{n:06d},THING,300,2010-12-01 08:45:00,2.55,1,United Kingdom\n" for n in range(30_000))
    (tmp_path / "many.csv").write_text(head + "".join(rows))
    rig = Rig(tmp_path, orders=tmp_path / "many.csv", stock_pushes=True, stock_events_per_day=100.0)
    assert len(rig.world.stock.codes()) == 30_000
    looked_at = Counter[str]()
    free = rig.world.stock.free
    rig.world.stock.free = lambda code: (looked_at.update([code]), free(code))[1]  # type: ignore[method-assign]
    for _ in range(20):
        rig.wait(minutes=20)
    assert rig.world.events.all
    assert 0 < sum(looked_at.values()) < 2000
