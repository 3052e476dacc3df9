"""SEKO cancelled an order that John Lewis still expects."""

from __future__ import annotations

from django import forms

from exceptions.categories.duplicate_order import NUMBER_LIMIT, next_number
from exceptions.category import Category
from exceptions.fixes.fix_form import FixForm
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item


class AgainForm(FixForm):
    """The number under which the order is loaded again."""

    def build(self) -> None:
        """Suggested with the next suffix, because SEKO takes a number only once."""
        order = self.item.order
        self.fields["number"] = forms.CharField(
            label="Load again under the number",
            max_length=NUMBER_LIMIT,
            initial=next_number(order.order_id, order.warehouse_number or order.order_id),
            help_text="SEKO takes each number only once. The link to John Lewis stays.",
        )

    def clean_number(self) -> str:
        """A number that SEKO has had is refused there, so it is refused here."""
        number = str(self.cleaned_data["number"]).strip()
        if number in (self.item.order.order_id, self.item.order.warehouse_number):
            raise forms.ValidationError("SEKO has had this number already. Add a suffix such as -2.")
        return number


class CancelledByWarehouse(Category):
    """Load it again, or cancel it on John Lewis too."""

    slug = "cancelled_by_warehouse"
    title = "Cancelled by SEKO"
    detect_text = "SEKO's status is Cancelled while John Lewis waits for the dispatch."
    next_move = "load it again under a new number, or cancel it on John Lewis"
    ask = "Please tell us why the order was cancelled, and whether it can still be sent."
    codes = frozenset({Code.CANCELLED_BY_WAREHOUSE})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.OPERATIONS
    rank = 18
    base_severity = Severity.HIGH
    scenario = "warehouse_cancelled"
    form_class = AgainForm
    runbook = """
SEKO has cancelled the order on its side. The customer still expects it.

## First check
Ask SEKO why: damaged goods, a mistake, or a request from somebody here?

## Steps
1. It was a mistake: load it again under a new number, and send back.
2. It cannot be sent: cancel it on John Lewis with the true reason. This closes by itself at the next reading.

## Who to call
SEKO client services. Customer care when the customer has to be told.

## How you know it is fixed
SEKO shows the order under its new number, or John Lewis shows it as cancelled.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """The contradiction."""
        return "SEKO has cancelled the order; John Lewis still expects it"

    def corrections(self, form: FixForm) -> dict[str, str]:
        """The new number; that SEKO's order was taken as this one was said of the one that it has cancelled."""
        given = {"warehouse.number": str(form.cleaned_data["number"])}
        return given | ({"warehouse.adopt": "no"} if form.corrected("warehouse.adopt") else {})
