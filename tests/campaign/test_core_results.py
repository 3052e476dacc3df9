"""What a run says of itself: it fails when a rule was broken, a category is wrong or a fault never fired."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.days import results
from tests.campaign.days.results import Result


def _fine(seed: int, **changes: object) -> Result:
    told = {"faults": {"line: refused": {"armed": 1, "fired": 1}}, "commit": results.commit()} | changes
    return Result(seed, 10, **told)  # type: ignore[arg-type]


def test_a_fault_that_never_fired_fails_a_long_run() -> None:
    fine = [_fine(seed) for seed in range(60)]
    assert not results.wrong(fine)
    silent = {"line: refused": {"armed": 3, "fired": 0}}
    dumb = [_fine(seed, faults=silent) for seed in range(60)]
    assert results.wrong(dumb)
    assert "NEVER FIRED: line: refused" in results.table(dumb, wanted=60)


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
