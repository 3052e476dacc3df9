"""SEKO already holds an order with this number, and we did not load it."""

from __future__ import annotations

from typing import cast

from django import forms

from exceptions.category import Category
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item

NUMBER_LIMIT = 50  # SEKO contract 4.2


def next_number(order_id: str, last: str) -> str:
    """The order number with the next free suffix: ``-2`` after the plain number, ``-3`` after ``-2``."""
    suffix = last.removeprefix(f"{order_id}-")
    number = int(suffix) + 1 if last != order_id and suffix.isdigit() else 2
    return f"{order_id}-{number}"


class DuplicateForm(DecisionForm):
    """Is SEKO's order this one?"""

    ways = (
        ("adopt", "SEKO's order is this one: take it as loaded"),
        ("renumber", "It is another order: load this one under a new number"),
    )
    needs = {"renumber": ("number",)}

    def details(self) -> None:
        """The new number, suggested with the next suffix."""
        order = self.item.order
        self.fields["number"] = forms.CharField(
            label="New number at SEKO",
            required=False,
            max_length=NUMBER_LIMIT,
            initial=next_number(order.order_id, order.warehouse_number),
            help_text="Only for a new number. Customers see it on the dispatch note.",
        )


class DuplicateOrder(Category):
    """A person compares; a machine never sends under a second number by itself."""

    slug = "duplicate_order"
    title = "Duplicate order"
    detect_text = "SEKO says that the order number already exists, and no load of ours explains it."
    next_move = "compare SEKO’s order with ours and say whether it is the same"
    ask = "Please tell us what the order with this number holds, who loaded it and when."
    codes = frozenset({Code.DUPLICATE_ORDER})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.OPERATIONS
    rank = 20
    base_severity = Severity.HIGH
    scenario = "duplicate_number"
    form_class = DuplicateForm
    runbook = """
SEKO already has an order with this number. Sending again under another number without looking would send the goods
twice.

## First check
Ask SEKO for name, postcode and products of the order that they hold. Do they match this one?

## Steps
1. They match: choose *SEKO's order is this one*. Nothing is sent again.
2. They do not match: choose the new number. It gets the suffix -2, and keeps the link to John Lewis.
3. SEKO cannot tell: set *waiting on SEKO*. Do not send.

## Who to call
SEKO client services. Quote the number and ask when and how the order came in.

## How you know it is fixed
SEKO shows the order, under the number that you chose, when it is read back.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the order."""
        return f"SEKO already has an order {item.order_key}" if item else failure.text

    def corrections(self, form: FixForm) -> dict[str, str]:
        """Adopt, or a new number."""
        decision = cast("DecisionForm", form)
        if decision.way == "adopt":
            return {"warehouse.adopt": "yes"}
        return {"warehouse.adopt": "no", "warehouse.number": str(decision.cleaned_data["number"])}

    def describe(self, form: FixForm) -> str:
        """The choice."""
        return cast("DecisionForm", form).way_label
