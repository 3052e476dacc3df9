"""The same seed is the same day, to the last line of both ledgers; and what was found once is looked for for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign.days import results, sample


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_seed_lived_twice_leaves_the_same_ledgers(tmp_path: Path, own_database: None) -> None:
    first, second = (results.live(7, orders=15, folder=tmp_path / name) for name in ("first", "second"))
    assert first.hash == second.hash
    assert first.faults == second.faults
    assert results.live(8, orders=15, folder=tmp_path / "another").hash != first.hash


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("seed", "orders"), sample.regressions())
def test_what_was_found_once_is_not_found_again(seed: int, orders: int, tmp_path: Path, own_database: None) -> None:
    sample.lived(seed, tmp_path, orders=orders)
