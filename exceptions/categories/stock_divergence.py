"""John Lewis and SEKO do not agree about a level, at two readings an hour apart."""

from __future__ import annotations

from exceptions.category import Category
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item
from sync.states import Milestone

LAYERS = {
    "identity": "the SKU means no product any more",
    "ledger": "SEKO counts other than it tells",
    "policy": "a rule holds the level",
    "publish": "John Lewis shows other than it took",
}


class StockDivergence(Category):
    """Names the layer where the two part: identity, ledger, policy or publish."""

    slug = "stock_divergence"
    title = "Stock level differs"
    detect_text = "A level differs by more than sales explain, at two readings; the headline says where."
    next_move = "find out which of the two levels is right"
    ask = "Please tell us the level of this product as you hold it, and since when."
    codes = frozenset({Code.STOCK_DIVERGENCE})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    rank = 56
    base_severity = Severity.NORMAL
    proofs = frozenset({Milestone.LISTING_RIGHT})
    scenario = ""
    alike = "The same SKU, differing in the same place"
    runbook = """
Two figures that should agree do not. The headline says between whom.

## First check
*Product match*: what did the SKU mean until now? *Warehouse figure*: the history of the product shows which reading
took away more than messages and orders explain. *Our rule*: is it still needed? *Telling John Lewis*: compare what
John Lewis was told with what it shows; did somebody change the offer there by hand?

## Steps
1. Product match: choose the product that the SKU means on the listing's page, or take the listing down.
2. Warehouse figure: ask SEKO for a count of the product. The level follows SEKO's figure in any case.
3. Our rule: end the rule, or give it an end.
4. Telling John Lewis: send it back; the level is told again with the next file. If it does not stay, find out who
   changes it.

## Who to call
SEKO client services for a count; John Lewis seller support where an offer does not keep its level.

## How you know it is fixed
John Lewis shows the level that it should when the offer is read again. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One product and layer is one cause."""
        about = failure.facts.get("product") or failure.facts.get("sku", "")
        return f"apart {failure.facts.get('layer', '')} {about}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """The SKU and the layer."""
        layer = failure.facts.get("layer", "")
        return f"{failure.facts.get('sku', 'A level')}: {LAYERS.get(layer, 'level differs')}"
