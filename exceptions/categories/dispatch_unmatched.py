"""A dispatch of an order that we do not know."""

from __future__ import annotations

from django import forms

from exceptions.category import Category
from exceptions.fixes.fix_form import FixForm
from exceptions.states import Blame, OwnerRole
from sync.failures import Code, Failure
from sync.flows.dispatches import STRANGER
from sync.models import Item, Order


class MatchForm(FixForm):
    """The John Lewis order that was sent."""

    def build(self) -> None:
        """One field, starting with the number that SEKO gave; empty where that is the number of an order of ours which
        SEKO never took from us, so that nobody says in passing that the parcel is ours.
        """
        number = self.item.dispatch.order_number
        is_strangers = any(fault.rule == STRANGER for fault in self.faults)
        told = f"{number} is the number of an order of ours, but SEKO did not take that one from us. Enter it only if "
        told += "you know that this parcel is it."
        self.fields["order_id"] = forms.CharField(
            label="John Lewis order number",
            max_length=200,
            initial=self.corrected("order_id", "" if is_strangers else number),
            help_text=told if is_strangers else "As John Lewis writes it.",
        )

    def clean_order_id(self) -> str:
        """Only an order of the same connection."""
        order_id = str(self.cleaned_data["order_id"]).strip()
        if not Order.objects.filter(connection=self.item.connection, order_id=order_id).exists():
            raise forms.ValidationError("We do not know an order with this number.")
        return order_id


class DispatchUnmatched(Category):
    """Perhaps not ours at all; then it is dismissed."""

    slug = "dispatch_unmatched"
    title = "Dispatch without an order"
    detect_text = (
        "SEKO reports a dispatch whose order number we do not know, or of an order that it did not take from us."
    )
    next_move = "name the John Lewis order that was sent"
    ask = "Please tell us which John Lewis order this dispatch belongs to."
    codes = frozenset({Code.DISPATCH_UNMATCHED})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    rank = 55
    scenario = ""
    form_class = MatchForm
    runbook = """
SEKO reports a dispatch for a number that is none of our orders, or for an order under a number of ours that somebody
else loaded.

## First check
Does the number belong to another sales channel of the same SEKO account, or was the order keyed in by hand at SEKO?

## Steps
1. It is one of our orders under another number: enter the John Lewis order number, and send back.
2. The order has an open *Duplicate order*: answer that one first. If SEKO's order is ours, this one closes by itself.
3. It is not a John Lewis order: dismiss it, and say whose it is.

## Who to call
SEKO client services. Quote the dispatch number and ask for the order reference.

## How you know it is fixed
John Lewis shows the order as shipped when it is read back.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the number."""
        number = failure.facts.get("order_number") or "a number that is empty"
        if failure.rule == STRANGER:
            return f"SEKO dispatched an order {number} that it did not take from us"
        return f"SEKO dispatched {number}, which we do not know"

    def corrections(self, form: FixForm) -> dict[str, str]:
        """The order to match with."""
        return {"order_id": str(form.cleaned_data["order_id"])}
