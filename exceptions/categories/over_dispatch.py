"""SEKO sent more than the order still wants."""

from __future__ import annotations

from typing import ClassVar, cast

from exceptions.category import Category
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code
from sync.rules.confirmation import TELL_ORDERED
from sync.rules.parcels import SURPLUS, TELL_NOTHING


class SurplusForm(DecisionForm):
    """What John Lewis is told of the parcel."""

    ways: ClassVar = (
        (TELL_ORDERED, "Tell John Lewis what was ordered; the surplus is settled with SEKO"),
        (TELL_NOTHING, "Tell John Lewis nothing of this parcel: its contents were told already"),
    )


class OverDispatch(Category):
    """No figure is made up: a person says what the customer really gets."""

    slug = "over_dispatch"
    title = "More dispatched than ordered"
    detect_text = "A parcel holds more of a product than its order still wants, or a product that was not ordered."
    next_move = "say what the customer really gets"
    ask = "Please tell us what was in this parcel: product by product, with quantities."
    codes = frozenset({Code.OVER_DISPATCH})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    rank = 37
    base_severity = Severity.HIGH
    scenario = ""
    form_class = SurplusForm
    runbook = """
SEKO says that more has left than the order still wants. John Lewis would refuse the figure, or believe a wrong one.

## First check
Compare the dispatches of the order. The same tracking number or the same contents twice: SEKO told one parcel twice.
Then look at John Lewis: was a part of the order confirmed there by hand, or cancelled?

## Steps
1. SEKO told one parcel twice, or its contents were confirmed by hand: tell John Lewis nothing of this parcel.
2. Too much is really in the parcel: tell John Lewis what was ordered, and ask SEKO to bring the surplus back.
3. A product that was not ordered: SEKO packed the wrong thing. Ask SEKO what the customer gets before anything is told.

## Who to call
SEKO client services. Quote the SEKO number and the dispatch number.

## How you know it is fixed
John Lewis shows the parcel as shipped when it is read back, or the parcel was ended without a word.
"""

    def corrections(self, form: FixForm) -> dict[str, str]:
        """The choice."""
        return {SURPLUS: cast("DecisionForm", form).way}

    def describe(self, form: FixForm) -> str:
        """The choice in words."""
        return cast("DecisionForm", form).way_label
