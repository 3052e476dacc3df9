"""SEKO's figures are so old that nothing is told any more."""

from __future__ import annotations

from datetime import timedelta

from exceptions.category import Category, Mover, Resubmit
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item, Side
from sync.states import Lane, Milestone


class StockStale(Category):
    """One for the connection."""

    slug = "stock_stale"
    title = "Stock too old"
    detect_text = "No whole stock reading of SEKO for longer than the setting allows; levels are no longer told."
    mover = Mover.SEKO
    next_move = "give a whole stock reading again"
    ask = "Please tell us why no whole stock reading has come since the time below."
    codes = frozenset({Code.STOCK_STALE})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.SYSTEM
    held_by = (Lane.INBOUND, "read-stock")
    rank = 20
    behind = Side.WAREHOUSE
    base_severity = Severity.HIGH
    target = timedelta(hours=1)
    resubmit = Resubmit.NONE
    proofs = frozenset({Milestone.STOCK_FRESH})
    scenario = "partner_outage"
    alike = "SEKO's stock as a whole"
    runbook = """
John Lewis goes on showing the last levels, less what it sells. The longer this lasts, the more of them are wrong.

## First check
Look at the flow *Stock from SEKO* on the health page: does it fail, is it paused, or does its answer hold rows that
cannot be read? Is SEKO away altogether? Then its own exception tells more.

## Steps
1. The flow is paused: resume it.
2. SEKO does not answer, or refuses the key: see that exception first.
3. Rows cannot be read: ask SEKO for the product, and have its quantity put right. One bad row makes the whole answer
   count as incomplete, so that nothing is taken for zero by mistake.
4. It will last for hours: freeze all levels, or show none of what sells fast, with a stock rule.

## Who to call
SEKO client services. Quote the time of the last whole reading.

## How you know it is fixed
A whole reading has come in. The exception closes by itself, and the levels are told again.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One connection is one cause."""
        return "stock stale"
