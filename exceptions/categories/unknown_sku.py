"""SEKO does not know a product of the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from exceptions.category import Category, Resubmit
from exceptions.fixes.alias_form import AliasForm, sku_of
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from exceptions.fixes.fix_form import FixForm


class UnknownSku(Category):
    """Fixed once for all orders with the SKU, by an alias."""

    slug = "unknown_sku"
    title = "Unknown SKU"
    detect_text = "SEKO refuses the product, or our complete catalogue does not hold it."
    next_move = "name the SEKO product that the SKU means"
    ask = "Please tell us whether this product is loaded in our catalogue, and under which code."
    codes = frozenset({Code.UNKNOWN_SKU})
    side = Blame.PRODUCT_DATA
    owner_role = OwnerRole.CATALOGUE
    rank = 30
    base_severity = Severity.HIGH
    resubmit = Resubmit.CAUSE
    permission = "edit_alias"
    scenario = "unknown_sku"
    alike = "The same SKU"
    form_class = AliasForm
    runbook = """
The order cannot start: SEKO has no product with this code. The dispatch clock is already running.

## First check
Look at the title of the line. Is it a product that we stock under another code?

## Steps
1. We stock it under another code: choose that product and save. Every order with this SKU goes on.
2. It is new and SEKO has not loaded it: ask SEKO for the product, set *waiting on SEKO* with a chase time, and send the
   order back once it is loaded.
3. We do not sell it: cancel the line on John Lewis and take the listing down. The next reading notices it.

## Who to call
Product data first; SEKO client services for a missing product. Quote the SKU and the title.

## How you know it is fixed
SEKO shows the order when it is read back. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One SKU is one cause."""
        return f"sku {sku_of(failure).strip()}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the SKU."""
        return f"SEKO does not know SKU {sku_of(failure).strip()}"

    def apply(self, form: FixForm, *, by: User) -> None:
        """Keep the aliases."""
        cast("AliasForm", form).save_aliases(by=by)

    def describe(self, form: FixForm) -> str:
        """Which SKU means what."""
        return cast("AliasForm", form).sentence()
