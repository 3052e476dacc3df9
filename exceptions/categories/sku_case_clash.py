"""Two SKUs differ only by upper and lower case, and SEKO does not tell them apart."""

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


class SkuCaseClash(Category):
    """Never guessed: a person says once which product each spelling means."""

    slug = "sku_case_clash"
    title = "SKU differs by case only"
    detect_text = "A SKU of the order equals another one but for upper and lower case. SEKO treats both as one product."
    next_move = "say which product each spelling means"
    ask = "Please tell us which product code is meant."
    codes = frozenset({Code.SKU_CASE_CLASH})
    side = Blame.PRODUCT_DATA
    owner_role = OwnerRole.CATALOGUE
    rank = 31
    base_severity = Severity.HIGH
    resubmit = Resubmit.CAUSE
    permission = "edit_alias"
    scenario = "sku_case_clash"
    alike = "The same SKU"
    form_class = AliasForm
    runbook = """
John Lewis sells two SKUs that differ only by case, such as 84997B and 84997b. SEKO ignores case, so the wrong article
could be picked.

## First check
Compare the title of the order line with the title of the suggested SEKO product.

## Steps
1. Choose the SEKO product that this spelling means and save. The choice holds for every later order with this spelling.
2. The two are different articles and SEKO has only one code: ask SEKO for a second product code, set *waiting on SEKO*,
   and choose the new code when it is there.

## Who to call
Product data. They know which article the listing sells.

## How you know it is fixed
SEKO shows the order when it is read back, and the picked article is the one that was ordered.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One spelling is one cause."""
        return f"sku {sku_of(failure).strip()}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the spelling."""
        return f"SKU {sku_of(failure).strip()} differs from another one by case only"

    def apply(self, form: FixForm, *, by: User) -> None:
        """Keep the aliases."""
        cast("AliasForm", form).save_aliases(by=by)

    def describe(self, form: FixForm) -> str:
        """Which spelling means what."""
        return cast("AliasForm", form).sentence()
