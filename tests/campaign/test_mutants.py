"""A few of the broken builds, hunted with every run of the tests; `make campaign TIER=mutants` hunts all of them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.campaign import mutants
from tests.campaign.days.results import commit
from tests.campaign.judge.verdict import INVARIANTS

QUICK = ("lease check removed", "PII put into the RQ arguments", "ticker without lock")
LEFT = [build for build in mutants.BUILDS if build.name not in QUICK]


@pytest.mark.parametrize("name", QUICK)
def test_a_broken_build_is_found_and_the_sound_product_is_not(name: str, tmp_path: Path, own_database: None) -> None:
    (build,) = [build for build in mutants.BUILDS if build.name == name]
    found = mutants.hunt(build, most=1, scratch=tmp_path)
    assert found.caught, found
    assert build.breaks & set(found.invariants)


@pytest.mark.parametrize("build", LEFT, ids=lambda build: build.name)
def test_a_build_that_is_not_hunted_here_can_still_be_lived(
    build: mutants.Build, tmp_path: Path, own_database: None
) -> None:
    """A build patches the product from outside, so that a name changed in the product leaves it behind unnoticed."""
    short = replace(build, orders=3, hours=0.5)
    short.live(tmp_path, short.chosen()[0], wounded=True)
    assert (tmp_path / "plan.json").exists()
    log = (tmp_path / "product.log").read_text(encoding="utf-8")
    assert not [word for word in ("AttributeError", "ImportError", "TypeError") if word in log]


def test_there_are_enough_builds_and_each_says_by_what_it_is_found() -> None:
    names = [build.name for build in mutants.BUILDS]
    assert len(set(names)) == len(names) >= 17
    assert all(build.breaks <= INVARIANTS.keys() and build.breaks and build.what for build in mutants.BUILDS)
    assert all(build.chosen() for build in mutants.BUILDS)


def test_what_was_found_is_kept_and_the_last_word_counts(tmp_path: Path) -> None:
    file = tmp_path / "mutants.jsonl"
    lost = mutants.Found("a", 0, 60, [], "", True, 1.0, commit())
    caught = mutants.Found("a", 3, 2, ["I2"], "loaded twice", True, 1.0, commit())
    older = mutants.Found("b", 1, 1, ["I5"], "", True, 1.0, "another")
    file.write_text("".join(json.dumps(asdict(each)) + "\n" for each in (lost, caught, older)))
    assert mutants.known(file) == {"a": caught}
    loud = mutants.Found("b", 1, 1, ["I2"], "", False, 1.0)
    assert (lost.caught, caught.caught, loud.caught) == (False, True, False)
    text = mutants.table([lost, caught, loud])
    assert "NOT CAUGHT" in text
    assert "not silent" in text
    assert mutants.known(tmp_path / "none") == {}
