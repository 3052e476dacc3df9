"""A product sells faster than its level is confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from django import forms

from exceptions.category import Category
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.states import Blame, OwnerRole, Severity
from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.models import Item, RuleKind, RuleScope
from sync.states import Milestone
from sync.stock import files, rules

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_HOURS = 24 * 14


class RiskForm(DecisionForm):
    """Tell it again, keep some back, or show none for a while."""

    ways: ClassVar = (
        ("push", "Tell John Lewis the level again with the next file"),
        ("buffer", "Keep some back"),
        ("zero", "Show none"),
    )
    needs: ClassVar = {"buffer": ("quantity", "hours"), "zero": ("hours",)}

    def details(self) -> None:
        """How many, and for how long."""
        self.fields["quantity"] = forms.IntegerField(
            label="Pieces to keep back",
            min_value=1,
            max_value=100_000,
            required=False,
            help_text="To keep some back.",
        )
        self.fields["hours"] = forms.IntegerField(
            label="Hours until the rule ends", min_value=1, max_value=LONGEST_HOURS, initial=24, required=False
        )


class OversellRisk(Category):
    """Found before it happens: units an hour times the age of the level is more than what is left."""

    slug = "oversell_risk"
    title = "Oversell risk"
    detect_text = "Units sold an hour, times the age of the last confirmed level, is more than what is left."
    next_move = "tell the level again, keep some back or show none"
    ask = "Please count this product and tell us what is free to sell."
    codes = frozenset({Code.OVERSELL_RISK})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.OPERATIONS
    rank = 25
    base_severity = Severity.HIGH
    target = timedelta(hours=1)
    proofs = frozenset({Milestone.LISTING_RIGHT})
    scenario = ""
    alike = "The same SKU"
    form_class = RiskForm
    runbook = """
John Lewis may be selling pieces that are gone already: the product sells fast, and its level has not been confirmed for
longer than usual. Every such order ends as a cancellation.

## First check
How many are left, how old is SEKO's figure, and why is the level late: a refused update, a stale reading, an outage?

## Steps
1. The level is right and only late: tell it again with the next file.
2. The figure itself is old, or SEKO's count is in doubt: keep some back until the next reading.
3. It is as good as sold out: show none, and let the rule end when goods are in.

## Who to call
SEKO client services for a count of the product; nobody at John Lewis needs to know.

## How you know it is fixed
John Lewis shows the new level when the offer is read back. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One product is one cause."""
        return f"risk {failure.facts.get('product') or failure.facts.get('sku', '')}"

    def apply(self, form: FixForm, *, by: User) -> None:
        """The next file, or a rule of limited time. Raises ``ValueError`` with a sentence."""
        risk = cast("RiskForm", form)
        listing = getattr(risk.item, "listing", None)
        if listing is None:
            raise ValueError("The listing is not there any more.")
        if risk.way == "push":
            files.push_now([listing], by)
            return
        kind = RuleKind.BUFFER if risk.way == "buffer" else RuleKind.ZERO
        ends_at = business_now() + timedelta(hours=int(risk.cleaned_data["hours"]))
        quantity = int(risk.cleaned_data["quantity"] or 0)
        rules.make(
            listing.connection, kind, RuleScope.SKU, listing.sku, quantity=quantity, reason="Oversell risk",
            ends_at=ends_at, by=by,
        )  # fmt: skip

    def describe(self, form: FixForm) -> str:
        """The choice."""
        return cast("DecisionForm", form).way_label
