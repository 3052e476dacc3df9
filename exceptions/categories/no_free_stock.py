"""SEKO has not enough of a product."""

from __future__ import annotations

from exceptions.category import Category, Mover
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item


class NoFreeStock(Category):
    """Waits for goods, or for a decision on John Lewis."""

    slug = "no_free_stock"
    title = "No free stock"
    detect_text = "SEKO refuses the whole order because one product has no free stock, or the last reading is too low."
    mover = Mover.SEKO
    next_move = "get the goods in, or say that none will come"
    ask = "Please tell us whether the goods are in the building, and when they can be allocated to this order."
    codes = frozenset({Code.NO_FREE_STOCK})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    rank = 45
    base_severity = Severity.HIGH
    scenario = "no_free_stock"
    alike = "The same SEKO product"
    runbook = """
SEKO refuses a whole order when one product has no free stock. John Lewis still expects it by its deadline.

## First check
Look at the stock reading and its age. Is a delivery booked in for this product?

## Steps
1. Goods are on the way and will be in before the deadline: snooze until then, and send the order back.
2. SEKO should have stock: ask for a count, and set *waiting on SEKO*.
3. There will be none in time: cancel the order, or the line, on John Lewis with the reason *out of stock*. This
   closes by itself at the next reading. Then correct the offer, so that it is not sold again.

Send it back at most once an hour: SEKO's Fair Usage Policy.

## Who to call
SEKO client services for stock in quarantine or not yet booked in. Quote the product code.

## How you know it is fixed
SEKO shows the order when it is read back.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One product is one cause."""
        product = failure.facts.get("product", "")
        return f"product {product}" if product else super().fingerprint(failure, item)

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the product."""
        product = failure.facts.get("product", "")
        return f"SEKO has no free stock of {product}" if product else "SEKO has no free stock for the order"
