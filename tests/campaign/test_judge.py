"""The judge must be able to say no: a small good day obeys each invariant, and each way to break one is tried."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.campaign.good_day import Good, written
from tests.campaign.judge import expectations, leaks
from tests.campaign.judge.judging import judge, judged
from tests.campaign.judge.verdict import INVARIANTS
from tests.campaign.spoilt_days import BREAKS, HARMLESS

HERE = Path(__file__).parent


def test_a_good_day_is_good_and_every_invariant_but_the_leaks_is_looked_at() -> None:
    day = Good()
    day.checkpoint()
    verdict = judged(day.evidence())
    assert verdict.violations == []
    assert [name for name in INVARIANTS if not verdict.checks[name]] == ["I14", "I15"]  # nothing is late
    assert verdict.counts["answers lost after effect"] == 1


@pytest.mark.parametrize(("invariant", "spoil"), BREAKS, ids=lambda told: getattr(told, "__name__", told))
def test_the_judge_says_no(invariant: str, spoil: Callable[[Good], None]) -> None:
    day = Good()
    spoil(day)
    assert invariant in judged(day.evidence()).broken


def test_every_invariant_has_a_way_to_be_broken_here() -> None:
    assert {invariant for invariant, _ in BREAKS} | {"I14"} == set(INVARIANTS)


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.__name__)
def test_what_may_happen_is_no_violation(change: Callable[[Good], None]) -> None:
    day = Good()
    change(day)
    assert judged(day.evidence()).violations == []


def test_a_key_in_a_log_is_found_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "work.log").write_bytes(b"x" * (leaks.PIECE - 4) + b"secret-key" + b"x")
    (tmp_path / "dump.bin").write_bytes(b"nothing")
    folder = written(tmp_path, canaries=["secret-key", "Marked Customer"], watched=["dump.bin"])
    verdict = judge(folder)
    assert [text for name, text in verdict.violations if name == "I14"] == ["secret-key… stands in work.log"]
    assert verdict.checks["I14"] == 2 * 5  # two logs or dumps, and the three exports


def test_a_folder_is_read_as_it_was_written(tmp_path: Path) -> None:
    verdict = judge(written(tmp_path))
    assert verdict.violations == []
    assert verdict.as_dict()["checks"]["I10"] > 20
    assert "0 violations" in str(verdict)


def test_what_is_wrong_at_a_checkpoint_is_found_though_the_end_is_right() -> None:
    day = Good()
    day.exceptions[0]["owner"] = ""
    day.checkpoint()
    day.exceptions[0]["owner"] = "Product data"
    assert judged(day.evidence()).broken == ["I8"]


def test_precision_and_recall_are_counted_by_category() -> None:
    day = Good()
    day.plan["expected"] += [
        {"order": "JL1-A", "category": "unknown_sku"}, {"order": "JL1-A", "category": "outcome_unknown", "may": True}
    ]  # fmt: skip
    day.exceptions.append(day.record(id=2, subject="order JL3-A", order="JL3-A"))
    found = expectations.scores(day.evidence())
    score = found["unknown_sku"]
    assert (score.right, score.false, score.missed) == ({("1", "JL2-A")}, {("1", "JL3-A")}, {("1", "JL1-A")})
    assert (score.precision, score.recall) == (0.5, 0.5)
    assert set(found) == {"unknown_sku"}
    both = expectations.together([found, found])
    assert "unknown_sku" in expectations.table(both)
    assert "50.0%" in expectations.table(both)


def test_the_judge_knows_nothing_of_the_product() -> None:
    allowed = ("tests.campaign.judge", "tests.rehearsal.judge", "tests.rehearsal.ledgers", "tests.rehearsal")
    for path in (HERE / "judge").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in filter(None, names):
                assert name.split(".")[0] not in ("jlseko", "sync", "exceptions", "carriers", "django"), (
                    f"{path}: {name}"
                )
                assert not name.startswith("tests") or name in allowed or name.startswith("tests.campaign.judge."), path
