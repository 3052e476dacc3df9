"""All invariants over one folder of evidence: at its end, and at each checkpoint what can be said there."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.judge import books, leaks, loads, parcels, stock, timing, trail
from tests.campaign.judge.evidence import Evidence
from tests.campaign.judge.verdict import Verdict

ALWAYS = (books.accounted, books.owned, loads.as_ordered, trail.trail_is_whole)
AT_THE_END = (
    loads.loaded_once, loads.read_before_repeat, loads.not_after_cancel, parcels.confirmed_as_sent,
    parcels.mapped_and_sent, parcels.late_is_told, stock.levels_told, trail.corrections_kept, timing.nothing_undone,
    timing.in_its_time, timing.one_ticker, leaks.nothing_leaked,
)  # fmt: skip


def judge(folder: Path) -> Verdict:
    """The verdict over a folder."""
    return judged(Evidence.read(folder))


def judged(evidence: Evidence) -> Verdict:
    """The verdict over evidence."""
    verdict = Verdict()
    for check in (*ALWAYS, *AT_THE_END):
        check(verdict, evidence)
    for point in evidence.checkpoints:
        then, found = evidence.upto(point), Verdict()
        for check in ALWAYS:
            check(found, then)
        verdict.checks.update(found.checks)
        verdict.violations += [
            (invariant, f"at checkpoint {point.name}: {text}") for invariant, text in found.violations
        ]
    trail.append_only(verdict, evidence, evidence.checkpoints)
    return verdict
