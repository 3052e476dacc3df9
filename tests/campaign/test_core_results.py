"""What a run says of itself: it fails when a rule was broken, a category is wrong or a fault never fired."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign.days import results, sample
from tests.campaign.days.nemesis import EVERY_FAULT
from tests.campaign.days.results import Result
from tests.campaign.judge.verdict import INVARIANTS

FAULTS = {name: {"armed": 1, "fired": 1} for name in EVERY_FAULT}


def _fine(seed: int, **changes: object) -> Result:
    told: dict[str, object] = {
        "orders": 10, "faults": FAULTS, "checks": dict.fromkeys(INVARIANTS, 1), "commit": results.commit(),
        "counts": dict.fromkeys(results.MUST_HAPPEN, 1),
    }  # fmt: skip
    return Result(seed, 10, **told | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("silent", [{"armed": 3, "fired": 0}, None])
def test_a_fault_that_never_fired_fails_a_long_run_whether_it_was_armed_or_not(silent: dict[str, int] | None) -> None:
    fine = [_fine(seed) for seed in range(60)]
    assert not results.wrong(fine)
    faults = {name: count for name, count in FAULTS.items() if name != "line: refused"}
    dumb = [_fine(seed, faults=faults | ({"line: refused": silent} if silent else {})) for seed in range(60)]
    assert results.wrong(dumb)
    assert "FIRED TOO SELDOM: line: refused" in results.table(dumb, wanted=60)
    assert not results.wrong(dumb[:10])


def test_in_a_wide_run_each_fault_strikes_twenty_times() -> None:
    often = {name: {"armed": 1, "fired": 1} for name in EVERY_FAULT}
    assert not results.wrong([_fine(seed, orders=500, faults=often) for seed in range(60)])
    seldom = often | {"line: refused": {"armed": 0, "fired": 0}}
    some = [_fine(seed, orders=500, faults=seldom if seed >= 19 else often) for seed in range(60)]
    assert results.never_fired(some) == ["line: refused"]


@pytest.mark.parametrize(("told", "name"), [("checks", "I13"), ("counts", "writers fenced out")])
def test_an_invariant_that_was_never_looked_at_fails_a_long_run(told: str, name: str) -> None:
    whole = getattr(_fine(1), told)
    some = [_fine(seed, **{told: whole | {name: 0}}) for seed in range(60)]
    assert results.wrong(some)
    assert f"NEVER SEEN: {name}" in results.table(some, wanted=60)


def test_a_missed_exception_and_a_broken_rule_fail_a_run_and_name_the_way_back() -> None:
    missed = _fine(3, pairs=[["unknown_sku", "JL70000001-A", "missed"]])
    broken = _fine(4, violations=[["I2", "JL70000002-A was loaded 2 times"]])
    assert results.wrong([missed])
    assert results.wrong([broken])
    assert "make campaign SEEDS=3:3 ORDERS=10" in missed.line()
    assert "VIOLATION I2" in broken.line()


def test_a_kept_result_is_known_again_for_the_same_commit_and_size_only(tmp_path: Path) -> None:
    file = tmp_path / "core.jsonl"
    results.keep(file, _fine(5))
    results.keep(file, _fine(6, commit="another"))
    assert set(results.known(file, orders=10)) == {5}
    assert results.known(file, orders=150) == {}


def test_all_days_of_the_tests_together_tell_what_none_of_them_brought_about() -> None:
    days = [_fine(seed) for seed in range(1, sample.SEEDS + 1)]
    table, never = sample.together([day.as_json() for day in days])
    assert f"seeds {sample.SEEDS} of {sample.SEEDS}" in table
    assert never == []
    faults = {name: count for name, count in FAULTS.items() if name != "push: answer lost"}
    quiet = [_fine(day.seed, faults=faults, checks=day.checks | {"I9": 0}) for day in days]
    assert sample.together([day.as_json() for day in quiet])[1] == ["push: answer lost", "I9"]
    assert sample.together([day.as_json() for day in days[1:]]) == ("", [])
