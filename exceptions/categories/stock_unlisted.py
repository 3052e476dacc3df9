"""SEKO has stock that nobody offers."""

from __future__ import annotations

from datetime import timedelta

from exceptions.category import Category, Resubmit
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item
from sync.states import Milestone


class StockUnlisted(Category):
    """One for the connection, with the count; the list is on the stock pages."""

    slug = "stock_unlisted"
    title = "Stock without listing"
    detect_text = "Products with free stock at SEKO that no offer on John Lewis means."
    next_move = "offer the products, or name the offers that mean them"
    codes = frozenset({Code.STOCK_UNLISTED})
    side = Blame.PRODUCT_DATA
    owner_role = OwnerRole.CATALOGUE
    rank = 90
    base_severity = Severity.LOW
    target = timedelta(days=3)
    resubmit = Resubmit.NONE
    proofs = frozenset({Milestone.LISTING_RIGHT})
    scenario = ""
    alike = "All products without an offer"
    runbook = """
Stock lies at SEKO that John Lewis customers cannot buy. Nothing is wrong with any order.

## First check
Open the list of products without a listing on the stock pages. Are they new, for another channel, or spelt otherwise?

## Steps
1. Spelt otherwise on John Lewis: set the alias on the listing's page.
2. New: create the offers on John Lewis.
3. Not for John Lewis: dismiss this with that reason.

## Who to call
Product data.

## How you know it is fixed
Every product with stock has an offer at the next look. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One connection is one cause."""
        return "stock unlisted"
