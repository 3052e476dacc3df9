"""A partner uses a word that we have no meaning for."""

from __future__ import annotations

from django import forms

from exceptions.categories.duplicate_order import NUMBER_LIMIT
from exceptions.category import Category
from exceptions.fixes.fix_form import FixForm
from exceptions.states import Blame, OwnerRole, Severity
from sync import corrections
from sync.failures import Code, Failure
from sync.models import Item
from sync.rules import gift


class ShorterForm(FixForm):
    """A number for SEKO or a gift message, where the order's own is too long; nothing else can be entered."""

    def build(self) -> None:
        """Only for what is too long."""
        if any(fault.rule == "gift.length" for fault in self.faults):
            order = self.item.order
            message = gift.prepare(order, order.connection.policy, corrections.live(self.item))
            self.fields["message"] = forms.CharField(
                label="Gift message", max_length=gift.LIMIT, initial=message, required=False, widget=forms.Textarea,
                help_text=f"At most {gift.LIMIT} characters. Empty: the parcel carries none.",
            )  # fmt: skip
        if any(fault.rule == "number" for fault in self.faults):
            self.fields["number"] = forms.CharField(
                label="Number at SEKO", max_length=NUMBER_LIMIT, help_text=f"At most {NUMBER_LIMIT} characters, unique."
            )


class UnknownValue(Category):
    """Never a harmless default: a decision would rest on it."""

    slug = "unknown_value"
    title = "Unknown value"
    detect_text = "A state or a number that a decision depends on is not one that we know."
    next_move = "correct the value, or have its meaning added"
    ask = "Please tell us what this value means."
    codes = frozenset({Code.UNKNOWN_VALUE})
    side = Blame.OUR_MAPPING
    owner_role = OwnerRole.OPERATIONS
    rank = 46
    base_severity = Severity.HIGH
    scenario = ""
    alike = "The same field with the same value"
    form_class = ShorterForm
    runbook = """
A partner uses a state that is new to us. What it means decides whether the order may go on, so nothing is guessed.

## First check
What does the partner's own screen say about the order?

## Steps
1. The state has passed on the partner's side: send back, and the order is read again.
2. It is still there: ask the partner what it means, and set *waiting on* them. Tell an admin, who has the rule added.
3. The order number or the gift message is too long for SEKO: enter a shorter one.

## Who to call
John Lewis partner support or SEKO client services. Quote the value exactly.

## How you know it is fixed
The order goes on and SEKO, or John Lewis, shows it when it is read back.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One value in one place is one cause; numbers are each their own."""
        if failure.rule in ("number", "gift.length"):
            return super().fingerprint(failure, item)
        return f"{failure.field} {failure.value}".strip() or failure.text[:200]

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the value."""
        return failure.text

    def corrections(self, form: FixForm) -> dict[str, str]:
        """The number for SEKO, the message for the customer."""
        paths = {"number": "warehouse.number", "message": gift.CORRECTION}
        return {paths[name]: str(value).strip() for name, value in form.cleaned_data.items()}
