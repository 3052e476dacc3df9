"""From a fingerprint to the cause where its faults belong, along merges and placements."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exceptions.services.placing import follow

CAUSES = st.integers(1, 8)


@st.composite
def trees(draw: st.DrawFn) -> dict[int, int]:
    """Merges without a circle: each goes into one with a lower number."""
    children = draw(st.sets(st.integers(2, 8)))
    return {child: draw(st.integers(1, child - 1)) for child in children}


@given(CAUSES, trees(), st.dictionaries(CAUSES, CAUSES))
def test_it_always_ends_at_a_cause_that_is_not_merged(start: int, merged: dict[int, int], placed: dict[int, int]):
    assert follow(start, merged, placed) not in merged


def test_a_placement_goes_before_a_merge_and_is_followed_once() -> None:
    assert follow(1, {1: 2}, {1: 3}) == 3
    assert follow(1, {3: 1}, {1: 3}) == 1  # split off, then merged back
    assert follow(1, {3: 1, 1: 2}, {1: 3}) == 2
    assert follow(4, {4: 1, 1: 2}, {}) == 2
