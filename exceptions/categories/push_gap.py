"""SEKO's numbering shows that messages are missing, and they did not come late."""

from __future__ import annotations

from datetime import timedelta

from exceptions.category import Category, Mover, Resubmit
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item, Side
from sync.states import Lane, Milestone


class PushGap(Category):
    """One for the connection: the orders and products behind it are being read by other means."""

    slug = "push_gap"
    title = "Missing messages"
    detect_text = "SEKO numbers its messages for each service; numbers are missing and did not come within the hour."
    mover = Mover.SEKO
    next_move = "send the missing messages again"
    ask = "Please send the missing messages again from the iHub Activity report. The service and the numbers are below."
    codes = frozenset({Code.PUSH_GAP})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    held_by = (Lane.INBOUND, "backfill")
    rank = 60
    behind = Side.WAREHOUSE
    base_severity = Severity.NORMAL
    target = timedelta(hours=4)
    resubmit = Resubmit.NONE
    proofs = frozenset({Milestone.GAP_CLOSED})
    scenario = "lost_push"
    alike = "The same kind of SEKO message"
    runbook = """
SEKO has sent messages that never reached us. What they said is being read another way: the state of every order that
waits for its dispatch, and all stock.

## First check
The headline names the service and the numbers. Was our own site down at that time? SEKO tries three times, a quarter of
an hour apart, and then gives up.

## Steps
1. Ask SEKO to send the missing numbers again from the iHub Activity report. They are taken as if they had come in
   time.
2. Nothing else has to be done by hand: an order that SEKO has dispatched and that nobody told us of becomes an
   exception of its own.

## Who to call
SEKO client services. Quote the service and the first and last missing number.

## How you know it is fixed
The missing numbers have arrived, or everything behind them was read. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One service is one cause."""
        return f"gap {failure.facts.get('service', '')}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Which numbers of which service."""
        return failure.text
