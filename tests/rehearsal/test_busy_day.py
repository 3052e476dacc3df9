"""A busy stretch of a day with stock faults, lost answers and lost pushes, between real processes, in both modes."""

from __future__ import annotations

import pytest

from tests.rehearsal.__main__ import report
from tests.rehearsal.day import Day, Plan


@pytest.mark.slow
@pytest.mark.timeout(420)
@pytest.mark.parametrize("several", [False, True], ids=["one shipment", "several shipments"])
def test_nothing_is_oversold_repeated_lost_or_rounded_up(tmp_path, several: bool) -> None:
    plan = Plan(
        hours=1.5, quiet_hours=3.0, speed=180.0, orders_per_day=1500.0, several=several, spoilt=0.8, lost=0.15,
        failing=0.4,
    )  # fmt: skip
    verdict = Day(tmp_path, plan).run()
    print(report(verdict))  # noqa: T201  the counts belong to the proof
    assert verdict.violations == []
    assert verdict.counts["levels shown"] > 100
    assert verdict.counts["confirmations"] > 15
    assert verdict.counts["pushes lost"] > 0
    assert verdict.counts["levels refused"] > 10
    assert sum(count for name, count in verdict.counts.items() if name.startswith("answers lost after effect")) > 0
