"""Days full of faults, the second quarter of the seeds: nothing lost, nothing twice, nothing invented."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.campaign.days import sample


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", sample.part(1))
def test_a_day_full_of_faults(seed: int, live: Callable[[int], None]) -> None:
    live(seed)
