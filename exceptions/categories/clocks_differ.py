"""A partner's clock and ours differ by more than a minute."""

from __future__ import annotations

from datetime import timedelta

from exceptions.category import Category, Mover, Resubmit
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item
from sync.states import Milestone


class ClocksDiffer(Category):
    """A warning: nothing stops, but ages and deadlines on screen are off by as much."""

    slug = "clocks_differ"
    title = "Clocks differ"
    detect_text = "The time that a partner names in its answers is more than a minute away from ours."
    mover = Mover.OURS
    next_move = "find out whose clock is wrong"
    ask = "Your answers carry a time that is off, as below. Please check the clock of your servers."
    codes = frozenset({Code.CLOCKS_DIFFER})
    side = Blame.NETWORK
    owner_role = OwnerRole.SYSTEM
    rank = 90
    base_severity = Severity.LOW
    target = timedelta(hours=24)
    resubmit = Resubmit.NONE
    proofs = frozenset({Milestone.CLOCKS_AGREE})
    scenario = ""
    alike = "The same partner's clock"
    runbook = """
John Lewis or SEKO names another time than we do. Orders go on: what is new is decided by the partner's own times, and
what is due by the database's clock. But how old something looks, and when a deadline ends, is off by as much.

## First check
Is it one partner or both? Both at once means that our own clock is wrong.

## Steps
1. Compare our server's clock with any public time. If ours is wrong, have it set by a time service (NTP).
2. If one partner's clock is wrong, tell that partner. Until then count with the difference where a deadline is near.

## Who to call
Whoever looks after our servers; otherwise SEKO client services or John Lewis partner support.

## How you know it is fixed
The next answers carry the right time. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One side is one cause."""
        return f"clock {failure.facts.get('side', '')}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Whose clock, and by how much."""
        return failure.text
