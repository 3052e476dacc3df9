"""What the partners publish is never outrun, however the calls fall (John Lewis contract 1.5)."""

from datetime import timedelta

import pytest

from sync.budgets import CEILINGS, ceiling
from sync.models import Side

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def most_in(side: Side, operation: str, span: timedelta) -> float:
    """How many calls a full bucket lets through in a span, with what flows in meanwhile."""
    allowed = ceiling(side, operation)
    return allowed.calls + span / (allowed.per / allowed.calls)


@pytest.mark.parametrize(("span", "most"), [(MINUTE, 20), (HOUR, 60)])
def test_the_lines_of_the_account_keep_both_of_their_ceilings(span, most):
    assert most_in(Side.MARKETPLACE, "TL02", span) <= most


@pytest.mark.parametrize(
    "operation", ["A01", "A21", "AF01", "DO01", "RE01", "SH11", "SH12", "SBC11", "IV01", "profile"]
)
def test_what_is_read_once_a_day_may_be_tried_again_a_few_times(operation):
    allowed = ceiling(Side.MARKETPLACE, operation)
    assert (allowed.calls, allowed.per, allowed.provisional) == (6, DAY, False)


def test_returns_are_read_every_five_minutes_at_most():
    assert ceiling(Side.MARKETPLACE, "RT11").per == 5 * MINUTE


def test_a_ceiling_that_nobody_published_says_so():
    assert (Side.WAREHOUSE, "product") in CEILINGS
    assert ceiling(Side.WAREHOUSE, "product").provisional
    assert ceiling(Side.MARKETPLACE, "a call that nobody knows").provisional
