"""A sample of the crash matrix between real processes; `make campaign TIER=crash` runs all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.campaign.processes import crash
from tests.campaign.processes.cases import KINDS, POSTGRES, REDIS, Case, every
from tests.campaign.processes.evidence import Diary
from tests.campaign.processes.stack import Stack

SAMPLE = (
    Case("kill", "http.sent", "all", 1),
    Case("kill", "dispatch.tracking_done", "horse", 1),
    Case("kill", "resubmit.saved", "parent", 1),
)
SHORTEST = 5.0
LONGEST = 90.0  # seconds until work goes on; a machine that runs other tests beside is slow


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_whatever_dies_nothing_is_lost_and_nothing_done_twice(tmp_path) -> None:
    terms = replace(crash.terms_of(SAMPLE[0]), lease=SHORTEST)
    with Stack(tmp_path, terms) as stack:
        diary = Diary("crash", stack.business_now())
        found = [crash.run_case(stack, case, diary) for case in SAMPLE]
    print("\n".join(crash.line(result) for result in found))  # noqa: T201  the figures belong to the proof
    assert [result.violations for result in found] == [[]] * len(SAMPLE)
    assert all(result.recovery is not None and result.recovery < LONGEST for result in found)
    assert found[0].expired > 0


def test_the_matrix_has_every_point_every_kill_and_every_state() -> None:
    cases = list(every())
    assert len({case.key for case in cases}) == len(cases) == 135 + 36 + 6
    assert {case.kind for case in cases if case.group == "kill"} == set(KINDS)
    assert {case.name for case in cases if case.group == "redis"} == set(REDIS)
    assert {case.name for case in cases if case.group == "postgres"} == set(POSTGRES)
