"""The judge must be able to say no: each rule is broken here once, and obeyed once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.rehearsal import judge
from tests.rehearsal.judge import Parcel, Told, Verdict
from tests.rehearsal.ledgers import Levels, Line, read

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SLACK = timedelta(seconds=10)
LAG = timedelta(minutes=5)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


class Book:
    """Writes ledger lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, minutes: float, operation: str, key: str, **told) -> Book:
        values = {
            "direction": "in", "body": "", "applied": False, "status": 200, "answer": "", "note": "", **told
        }  # fmt: skip
        self.lines.append(Line(len(self.lines) + 1, at(minutes), operation=operation, key=key, **values))
        return self

    def world(self, minutes: float, operation: str, key: str, note: str) -> Book:
        return self.add(minutes, operation, key, direction="world", note=note)


def told(quantity: int, *, as_of: float = 0, sku: str = "BAG", number: str = "i1", drafted: float = 1) -> Told:
    return Told(sku, sku, quantity, at(as_of), number, at(drafted))


def broken(check, **told) -> list[str]:
    verdict = Verdict()
    check(verdict, **told)
    return verdict.violations


@pytest.mark.parametrize(("shown", "fine"), [(8, True), (10, True), (11, False)])
def test_a_level_above_what_was_free_at_its_snapshot_is_found(shown: int, fine: bool) -> None:
    depot = Book().world(-5, "free", "BAG", "0 -> 10 opening")
    market = Book().world(2, "offer", "BAG", f"0 -> {shown} import i1")
    found = broken(
        judge.stock, marketplace=market.lines, warehouse=depot.lines, told=[told(shown)], lag=LAG, slack=SLACK
    )
    assert bool(found) != fine


def test_a_figure_may_trail_behind_by_the_lag_and_no_more() -> None:
    for minutes, fine in ((-4, True), (-6, False)):
        depot = Book().world(-20, "free", "BAG", "0 -> 10 opening").world(minutes, "free", "BAG", "10 -> 5 damaged")
        market = Book().world(2, "offer", "BAG", "0 -> 10 import i1")
        found = broken(
            judge.stock, marketplace=market.lines, warehouse=depot.lines, told=[told(10)], lag=LAG, slack=SLACK
        )  # fmt: skip
        assert bool(found) != fine


def test_a_push_after_the_reading_counts_as_cited() -> None:
    depot = Book().world(-20, "free", "BAG", "0 -> 10 opening").world(1, "free", "BAG", "10 -> 12 delivery")
    market = Book().world(3, "offer", "BAG", "0 -> 12 import i1")
    for figure_at, fine in ((at(1), True), (None, False)):
        row = replace(told(12), figure_at=figure_at)
        found = broken(
            judge.stock, marketplace=market.lines, warehouse=depot.lines, told=[row], lag=LAG, slack=SLACK
        )  # fmt: skip
        assert bool(found) != fine


def test_stock_that_came_later_does_not_excuse_a_level() -> None:
    depot = Book().world(-5, "free", "BAG", "0 -> 10 opening").world(1, "free", "BAG", "10 -> 50 delivery")
    market = Book().world(2, "offer", "BAG", "0 -> 20 import i1")
    assert broken(judge.stock, marketplace=market.lines, warehouse=depot.lines, told=[told(20)], lag=LAG, slack=SLACK)


def test_a_level_that_the_product_does_not_own_up_to_is_found() -> None:
    market = Book().world(2, "offer", "BAG", "0 -> 3 import i9")
    assert broken(judge.stock, marketplace=market.lines, warehouse=[], told=[told(3)], lag=LAG, slack=SLACK)
    market = Book().world(2, "offer", "BAG", "0 -> 3 import i1")
    assert broken(judge.stock, marketplace=market.lines, warehouse=[], told=[told(2)], lag=LAG, slack=SLACK)


@pytest.mark.parametrize(("quantity", "drafted", "fine"), [(3, 1, True), (4, 1, False), (3, 9, False)])
def test_a_level_of_a_file_whose_answer_was_lost_is_found_by_what_was_told(
    quantity: int, drafted: float, fine: bool
) -> None:
    depot = Book().world(-5, "free", "BAG", "0 -> 10 opening")
    market = Book().world(2, "offer", "BAG", "0 -> 3 import i9")
    row = told(quantity, number="", drafted=drafted)
    found = broken(judge.stock, marketplace=market.lines, warehouse=depot.lines, told=[row], lag=LAG, slack=SLACK)
    assert bool(found) != fine


def refused(*, lost: bool) -> list[str]:
    depot = Book().world(-5, "free", "BAG", "0 -> 10 opening")
    if lost:
        depot.world(4, "free", "BAG", "10 -> 0 adjustment damaged")
    else:
        depot.world(4, "free", "BAG", "10 -> 0 order JL2-A")
    depot.add(9, "websubmit", "JL1-A", answer="Error. Product BAG has no free stock.")
    market = Book().world(2, "offer", "BAG", "0 -> 10 import i1").world(6, "offer", "BAG", "10 -> 8 sale JL1-A")
    return broken(judge.promises, marketplace=market.lines, warehouse=depot.lines, told=[told(10)])


def test_a_refusal_is_explained_by_damage_after_the_snapshot_only() -> None:
    assert refused(lost=True) == []
    assert refused(lost=False)


def test_a_write_that_is_repeated_after_its_lost_answer_is_found() -> None:
    book = Book().add(1, "OR24", "JL1-A", applied=True, note="fault after effect: timeout")
    assert broken(judge.repeats, lines=book.lines, partner="x") == []
    assert broken(judge.repeats, lines=book.add(2, "OR11", "JL1-A").lines, partner="x") == []
    assert broken(judge.repeats, lines=book.add(3, "OR24", "JL1-A").lines, partner="x")


def test_a_write_that_had_no_effect_may_come_again() -> None:
    book = Book().add(1, "OR24", "JL1-A", applied=False, note="fault before effect: timeout").add(2, "OR24", "JL1-A")
    assert broken(judge.repeats, lines=book.lines, partner="x") == []


def test_an_order_that_was_loaded_twice_is_found() -> None:
    book = Book().add(1, "websubmit", "JL1-A", applied=True).add(2, "websubmit", "JL2-A", applied=True)
    assert broken(judge.injections, warehouse=book.lines) == []
    assert broken(judge.injections, warehouse=book.add(3, "websubmit", "JL1-A", applied=True).lines)


FIRST = Parcel("JL1-A", "DPD_UK", "T1", (("BAG", 1),), NINE)
SECOND = Parcel("JL1-A", "RM24", "T2", (("BAG", 2),), NINE)


def confirmed(
    *parcels: Parcel, sent=(FIRST, SECOND), several=True, waiting=frozenset(), ordered=3, settled=60, hidden=frozenset()
) -> list[str]:
    return broken(
        judge.confirmations, sent=sent, confirmed=parcels, ordered={"JL1-A": {"BAG": ordered}}, waiting=waiting,
        several=several, settled_before=at(settled), hidden=hidden,
    )  # fmt: skip


def test_a_parcel_that_nothing_tells_of_is_no_fault() -> None:
    assert confirmed(sent=(FIRST,))
    assert confirmed(sent=(FIRST,), hidden=frozenset({"JL1-A"})) == []


def test_every_parcel_once_as_shipped_is_fine() -> None:
    assert confirmed(FIRST, SECOND) == []


@pytest.mark.parametrize(
    "parcels",
    [
        (FIRST,),
        (FIRST, FIRST, SECOND),
        (FIRST, Parcel("JL1-A", "DPD_UK", "T2", (("BAG", 2),), NINE)),
        (FIRST, Parcel("JL1-A", "RM24", "T2", (("BAG", 3),), NINE)),
        (FIRST, SECOND, Parcel("JL2-A", "RM24", "T3", (("BAG", 1),), NINE)),
    ],
    ids=["one is missing", "one came twice", "another carrier", "rounded up", "nothing was sent"],
)
def test_a_wrong_confirmation_is_found(parcels: tuple[Parcel, ...]) -> None:
    assert confirmed(*parcels)


def test_what_waits_for_a_person_may_be_unconfirmed() -> None:
    assert confirmed(FIRST, waiting=frozenset({"JL1-A"})) == []


def test_what_left_a_moment_ago_may_be_unconfirmed() -> None:
    assert confirmed(settled=0) == []
    assert confirmed(settled=1)


def test_where_an_order_has_one_shipment_it_is_confirmed_once_and_only_when_whole() -> None:
    whole = Parcel("JL1-A", "DPD_UK", "T1", (), NINE)
    assert confirmed(whole, several=False) == []
    assert confirmed(whole, whole, several=False)
    assert confirmed(whole, several=False, ordered=4)
    assert confirmed(several=False)
    assert confirmed(several=False, waiting=frozenset({"JL1-A"})) == []


def test_an_order_that_is_missing_or_invented_is_found() -> None:
    def books(*orders: str) -> list[str]:
        accounts = [{"order_id": order} for order in orders]
        return broken(judge.conservation, created=["JL1-A", "JL3-A"], expected=["JL1-A"], accounts=accounts)

    assert books("JL1-A") == []
    assert books("JL1-A", "JL3-A") == []
    assert books()
    assert books("JL1-A", "JL2-A")
    assert books("JL1-A", "JL1-A")


def test_a_level_holds_until_the_next_step() -> None:
    book = Book().world(0, "free", "BAG", "5 -> 9 delivery").world(4, "free", "BAG", "9 -> 2 order JL1-A")
    levels = Levels.of(book.lines, "free")
    assert [levels.at("BAG", at(minute)) for minute in (-1, 0, 3, 4, 9)] == [5, 9, 9, 2, 2]
    assert levels.at("MUG", at(1)) is None
    assert levels.most("BAG", at(3), at(9)) == 9


def test_a_ledger_line_is_read_as_it_was_written(tmp_path) -> None:
    path = tmp_path / "ledger.jsonl"
    line = {
        "seq": 1, "sim_time": "2026-03-02T09:00:00Z", "direction": "world", "operation": "shipped",
        "natural_key": "JL1-A", "body_sha256": "", "applied": True, "status": None, "answer": "",
        "note": json.dumps({"lines": {"BAG": 1}}),
    }  # fmt: skip
    path.write_text(json.dumps(line) + "\n")
    [found] = read(path)
    assert (found.at, found.details()) == (NINE, {"lines": {"BAG": 1}})
