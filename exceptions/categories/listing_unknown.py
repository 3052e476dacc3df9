"""John Lewis sells something that SEKO does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from exceptions.category import Category
from exceptions.fixes.alias_form import AliasForm, sku_of
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item
from sync.states import Milestone

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from exceptions.fixes.fix_form import FixForm


class ListingUnknown(Category):
    """Found before the first order for it: an alias, or the listing comes down."""

    slug = "listing_unknown"
    title = "Listing without product"
    detect_text = "An offer shows stock on John Lewis, and no SEKO product has its SKU, by alias or by spelling."
    next_move = "name the product, or take the listing down"
    ask = "Please tell us whether this product exists in our catalogue, and under which code."
    codes = frozenset({Code.LISTING_UNKNOWN})
    side = Blame.PRODUCT_DATA
    owner_role = OwnerRole.CATALOGUE
    rank = 57
    base_severity = Severity.HIGH
    permission = "edit_alias"
    proofs = frozenset({Milestone.LISTING_RIGHT})
    scenario = ""
    alike = "The same listing"
    form_class = AliasForm
    runbook = """
Nobody tells this offer how many there are, and an order for it would stop as *unknown SKU* with its clock running.

## First check
Look at the title of the offer. Is it a product that we stock under another code?

## Steps
1. We stock it under another code: choose that product and save. The level is told with the next file.
2. It is new and SEKO has not loaded it: ask SEKO for the product, and set the quantity to 0 on John Lewis meanwhile.
3. We do not sell it: take the listing down on John Lewis.

## Who to call
Product data first; SEKO client services for a missing product. Quote the SKU and the title.

## How you know it is fixed
John Lewis shows the level that we told it, or no longer has the offer. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One SKU is one cause."""
        return f"listing {sku_of(failure)}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the SKU."""
        return f"No SEKO product stands behind the listing {sku_of(failure)}"

    def apply(self, form: FixForm, *, by: User) -> None:
        """Keep the alias."""
        cast("AliasForm", form).save_aliases(by=by)

    def describe(self, form: FixForm) -> str:
        """What the SKU means."""
        return cast("AliasForm", form).sentence()
