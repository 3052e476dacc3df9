"""A partner does not answer, or refuses our key: one exception for the connection, not one per order."""

from __future__ import annotations

from datetime import timedelta

from exceptions.category import Category, Mover, Resubmit
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item, Side
from sync.states import Milestone


class PartnerUnavailable(Category):
    """The orders behind it keep moving; each waits until its own deadline."""

    slug = "partner_unavailable"
    title = "Partner unavailable"
    detect_text = "Several calls in a row failed, or the key was refused."
    mover = Mover.PARTNER
    next_move = "answer again"
    ask = "Our calls to you fail since the time below. Please tell us what is wrong and when it will be over."
    codes = frozenset({Code.PARTNER_UNAVAILABLE, Code.CREDENTIALS_REFUSED})
    side = Blame.NETWORK
    owner_role = OwnerRole.SYSTEM
    rank = 5
    base_severity = Severity.CRITICAL
    target = timedelta(minutes=30)
    resubmit = Resubmit.NONE
    proofs = frozenset({Milestone.RECOVERED})
    scenario = "partner_outage"
    alike = "The same partner, and the same trouble with it"
    runbook = """
John Lewis or SEKO does not answer. Orders are not lost: they wait, and go on by themselves when the partner is back.

## First check
Is it an outage, or is our key refused? The headline says which.

## Steps
1. Outage: look at the partner's status page, and set *waiting on* the partner with a chase time. Nothing has to be sent
   again.
2. Key refused: an admin asks the partner for a new key and enters it on the connection.
3. Longer than an hour: tell the manager, because deadlines are near. The list shows which orders wait.

## Who to call
SEKO client services or John Lewis partner support. Quote the time of the first failed call and the address.

## How you know it is fixed
The partner answers again. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One side is one cause."""
        return f"{failure.facts.get('side', 'partner')} {failure.code}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Which side, and whether it is the key."""
        side = failure.facts.get("side", "")
        who = Side(side).label if side in Side.values else "A partner"
        return f"{who} {'refuses our key' if failure.code == Code.CREDENTIALS_REFUSED else 'cannot be reached'}"
