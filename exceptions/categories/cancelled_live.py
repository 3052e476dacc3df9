"""John Lewis has cancelled, SEKO still has the order."""

from __future__ import annotations

from typing import ClassVar, cast

from django import forms

from exceptions.category import Category, Mover
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.flows import parts
from sync.models import Item
from sync.states import Milestone

# SEKO contract 4.4
REASONS = (
    ("001", "Customer request"),
    ("002", "Order delayed"),
    ("003", "Duplicate"),
    ("004", "Item not available"),
    ("005", "Cannot ship to the address"),
    ("006", "Other"),
)


class CancelForm(DecisionForm):
    """Stop it at SEKO, or say that it was dealt with."""

    ways: ClassVar = (
        ("cancel", "Ask SEKO to cancel it"),
        ("handled", "It was dealt with: stopped by phone, or the parcel is being brought back"),
    )
    needs: ClassVar = {"cancel": ("reason",)}

    def details(self) -> None:
        """The reason in SEKO's terms; asking is pointless once a dispatch was seen, and would cancel all where a part
        was cancelled. That it was dealt with is for a person to say, and never chosen beforehand.
        """
        if self.is_part or self.item.order.dispatches.exists():
            choice = cast("forms.ChoiceField", self.fields["way"])
            choice.choices, choice.initial = [self.ways[1]], None
        if self.is_part:
            return
        self.fields["reason"] = forms.ChoiceField(
            label="Reason for SEKO",
            choices=REASONS,
            initial="001",
            required=False,
            help_text="Only for a cancellation.",
        )

    @property
    def is_part(self) -> bool:
        """Whether John Lewis still wants the rest of the order."""
        return all(fault.rule == parts.RULE for fault in self.faults)

    def settled(self) -> str:
        """The part that a person's word settles."""
        facts = {name: value for fault in self.faults for name, value in fault.facts.items()}
        return parts.settled_by(self.item.order, facts)


class CancelledLive(Category):
    """Goods are about to leave, or have left, that nobody pays for."""

    slug = "cancelled_live"
    title = "Cancelled on John Lewis, live at SEKO"
    detect_text = (
        "John Lewis cancelled the order, or a part of it, after it was loaded at SEKO; or SEKO refused to cancel it, "
        "or agreed and has not shown it as cancelled since."
    )
    mover = Mover.SEKO
    next_move = "stop what was cancelled before it leaves"
    ask = "Please stop what was cancelled of this order before it leaves, and confirm that the goods are back in stock."
    codes = frozenset({Code.CANCELLED_LIVE, Code.CANCEL_REFUSED})
    side = Blame.MARKETPLACE_FEED
    owner_role = OwnerRole.WAREHOUSE
    rank = 10
    base_severity = Severity.CRITICAL
    scenario = "cancelled_after_injection"
    form_class = CancelForm
    proofs = frozenset({Milestone.CANCELLED, Milestone.CONFIRMED, Milestone.DELIVERED})
    runbook = """
The customer has cancelled the order or a part of it, and SEKO is about to send it all, or has sent it. Nobody pays for
these goods.

## First check
SEKO's status. Up to *To Be Picked* a cancellation works. From *To Dispatch* on, or in a pick wave, SEKO refuses it.

## Steps
1. Not picked yet: ask SEKO to cancel, with the reason *customer request*.
2. SEKO refused, or agreed and has not done it: phone at once and have the parcel taken out. Then choose
   *it was dealt with*.
3. It has left: ask the courier to bring it back, tell customer care, then choose *it was dealt with*.
4. A part was cancelled: SEKO cancels whole orders only. Phone and have these pieces taken out, then choose *it was
dealt with*. Where SEKO has to cancel all of it, choose the same: once its status is Cancelled, you are asked to load
what is left under a new number.

## Who to call
SEKO client services, by phone: minutes count. Quote the SEKO number.

## How you know it is fixed
SEKO's status is Cancelled when it is read back, or a person has taken responsibility for the parcel.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Whether SEKO has refused already."""
        if failure.code == Code.CANCEL_REFUSED:
            return "SEKO does not cancel an order that John Lewis has cancelled"
        return failure.text

    def corrections(self, form: FixForm) -> dict[str, str]:
        """The reason code, or a person's word. One about a part says nothing of the rest."""
        if cast("CancelForm", form).is_part:
            return {parts.SETTLED: cast("CancelForm", form).settled()}
        handled = cast("DecisionForm", form).way == "handled"
        return {"warehouse.cancel": "handled" if handled else str(form.cleaned_data["reason"])}

    def describe(self, form: FixForm) -> str:
        """The choice."""
        return cast("DecisionForm", form).way_label
