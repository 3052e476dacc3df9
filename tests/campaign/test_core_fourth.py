"""Days full of faults, the fourth quarter of the seeds: nothing lost, nothing twice, nothing invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign.days import sample


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", sample.part(3))
def test_a_day_full_of_faults(seed: int, tmp_path: Path, own_database: None) -> None:
    sample.lived(seed, tmp_path)
