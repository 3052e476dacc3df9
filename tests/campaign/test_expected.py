"""What a day expects where one fault took the place of another: days that the wide run judged wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.campaign.days.expected import expected
from tests.campaign.days.seeds import Plan

MAPPED_AT = datetime(2026, 12, 31, 22, 27, tzinfo=UTC)
ORDER = "JL70000077-A"
LEFT_ALONE = "left alone"
NOTHING = SimpleNamespace(state=list)


def _day(cause: str, *, told: datetime | None, faults: list[dict[str, Any]] | None = None, tries: int = 1) -> Any:
    """Partners with one order, taken four hours before its dispatch was told."""
    taken = {"accepted_at": ((told or MAPPED_AT) - timedelta(hours=4)).isoformat()}
    push = {"service": "PushDispatchConfirmation", "tries": tries, "made_at": told.isoformat() if told else ""}
    pushes = [push] if told else []
    return SimpleNamespace(
        plan=SimpleNamespace(ahead={"warehouse": timedelta(0)}),
        scenario=lambda order_id: cause,
        market=SimpleNamespace(
            orders={ORDER: {"state": "SHIPPING", "lines": []}}, ground=SimpleNamespace(faults=NOTHING)
        ),
        depot=SimpleNamespace(
            world=SimpleNamespace(latest=lambda number: taken),
            ground=SimpleNamespace(faults=SimpleNamespace(state=lambda: faults or [])),
            outbox=SimpleNamespace(book=SimpleNamespace(of=lambda number: pushes)),
        ),
    )


def _expected(day: Any, tmp_path: Path, *, rested: bool = False, disturbed: str = "") -> list[tuple[str, bool]]:
    """Categories, and whether they may be missing, without what is late because a partner was left alone."""
    found = _entries(day, tmp_path, rested=rested, disturbed=disturbed)
    return [(entry["category"], entry.get("may", False)) for entry in found if LEFT_ALONE not in entry["cause"]]


def _entries(day: Any, tmp_path: Path, *, rested: bool, disturbed: str = "") -> list[dict[str, Any]]:
    ledger = tmp_path / "warehouse.jsonl"
    ledger.touch()
    nemesis: Any = SimpleNamespace(asked_for_an_absurd_wait=rested, was_away=False, disturbed={(disturbed, ORDER)})
    return expected(
        day, Plan(67, 200), ledger, mapped_at=MAPPED_AT, ended=MAPPED_AT + timedelta(hours=8), nemesis=nemesis
    )


@pytest.mark.parametrize(
    ("before", "rested", "wanted"),
    [
        (-5, False, []),
        (30, False, [("unmapped_carrier", True)]),
        (57, False, [("unmapped_carrier", False)]),
        (57, True, [("unmapped_carrier", True)]),
        (120, True, [("unmapped_carrier", False)]),
    ],
)
def test_a_carrier_mapped_while_the_marketplace_was_left_alone_may_never_be_missed(
    tmp_path: Path, before: int, rested: bool, wanted: list[tuple[str, bool]]
) -> None:
    """Seed 67: dispatched while nothing could be confirmed, mapped for another order 57 minutes later."""
    day = _day("unmapped_carrier", told=MAPPED_AT - timedelta(minutes=before))
    assert _expected(day, tmp_path, rested=rested) == wanted


def test_an_answer_that_another_fault_lost_may_ask_a_person_as_well(tmp_path: Path) -> None:
    """Seed 69: the answer came, but collapsed; the status of the order could not be read, as its scenario wants it."""
    fired = [{"name": f"lost answer {ORDER}", "fired": 1}]
    told = MAPPED_AT
    assert _expected(_day("outcome_unknown", told=told, faults=fired), tmp_path) == [("outcome_unknown", False)]
    assert _expected(_day("outcome_unknown", told=told), tmp_path, disturbed="websubmit") == [("outcome_unknown", True)]
    assert _expected(_day("outcome_unknown", told=told), tmp_path) == []


def test_what_a_partner_away_makes_late_may_be_told(tmp_path: Path) -> None:
    """Seed 119: SEKO showed two orders as dispatched and went away for an hour before it told of their parcels."""
    late = {"order_not_injected", "dispatch_not_confirmed", "no_dispatch_news"}
    found = _entries(_day("", told=None), tmp_path, rested=True)
    assert {entry["category"] for entry in found if entry["may"] and LEFT_ALONE in entry["cause"]} == late
    assert _entries(_day("", told=None), tmp_path, rested=False) == []


def test_a_refusal_whose_words_were_lost_may_be_told_without_them(tmp_path: Path) -> None:
    """Seed 188: John Lewis refused a carrier, and the answer came empty."""
    day = _day("carrier_rejected", told=MAPPED_AT)
    assert _expected(day, tmp_path) == [("carrier_rejected", False)]
    assert _expected(day, tmp_path, disturbed="OR23") == [("dispatch_not_confirmed", True), ("carrier_rejected", True)]


def test_a_parcel_that_was_told_at_the_third_try_may_be_missed_before(tmp_path: Path) -> None:
    """Seed 188: shown as dispatched at 10:18, told at 11:31, after two messages that were lost."""
    assert _expected(_day("", told=MAPPED_AT, tries=2), tmp_path) == []
    assert _expected(_day("", told=MAPPED_AT, tries=3), tmp_path) == [("no_dispatch_news", True)]
