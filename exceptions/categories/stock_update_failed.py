"""John Lewis refuses the stock level of one SKU, time and again."""

from __future__ import annotations

from exceptions.category import Category, Mover
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item
from sync.states import Milestone


class StockUpdateFailed(Category):
    """The SKU is out of the files, so that the rest goes through."""

    slug = "stock_update_failed"
    title = "Stock level refused"
    detect_text = "John Lewis has refused the level of a SKU as often as we try; all others go on without it."
    mover = Mover.JOHN_LEWIS
    next_move = "say why the level is refused"
    ask = "Please tell us why the stock level of this SKU is refused."
    codes = frozenset({Code.STOCK_UPDATE_FAILED})
    side = Blame.MARKETPLACE_FEED
    owner_role = OwnerRole.OPERATIONS
    rank = 55
    base_severity = Severity.HIGH
    proofs = frozenset({Milestone.LISTING_RIGHT})
    scenario = ""
    alike = "The same reason given by John Lewis"
    runbook = """
John Lewis keeps showing the last level that it took. If that is more than SEKO has, we sell what cannot be sent.

## First check
Read John Lewis's own words in the fault, then open the offer in the John Lewis back office. Is it there, and spelt
exactly so? Compare the level that it shows with the one that it should show.

## Steps
1. The offer does not exist, or under another SKU: put the listing right there, or take it down.
2. The offer is locked or being changed: wait until that is over, then send it back. The level goes with the next file.
3. It shows more than it should: set the quantity by hand in the back office first.

## Who to call
John Lewis seller support. Quote the SKU and the reason that came with the refusal.

## How you know it is fixed
John Lewis takes the level, and shows it when the offer is read back. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One reason is one cause: a refusal for the same words is the same trouble."""
        return f"refused {failure.facts.get('reason', '')}"[:200]

    def headline(self, failure: Failure, item: Item | None) -> str:
        """The reason, for all SKUs that it holds."""
        return f"John Lewis refuses stock levels: {failure.facts.get('reason') or 'no reason given'}"
