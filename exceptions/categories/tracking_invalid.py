"""A dispatch came without a tracking number, or with one that cannot be right."""

from __future__ import annotations

from django import forms

from carriers.tracking import check
from exceptions.category import Category
from exceptions.fixes.fix_form import FixForm
from exceptions.states import Blame, OwnerRole
from sync.failures import Code, Failure
from sync.models import Item


class TrackingForm(FixForm):
    """The number, checked against the courier's format."""

    def build(self) -> None:
        """One field, starting with what SEKO sent."""
        self.fields["tracking_number"] = forms.CharField(
            label="Tracking number",
            max_length=200,
            initial=self.corrected("tracking_number", self.item.dispatch.tracking_number),
            help_text=f"As {self.item.dispatch.courier or 'the courier'} prints it on the label.",
        )

    def clean_tracking_number(self) -> str:
        """The same check that the loop makes."""
        number = str(self.cleaned_data["tracking_number"]).strip()
        dispatch = self.item.dispatch
        problem = check(dispatch.courier, dispatch.carrier_code, number)
        if problem:
            raise forms.ValidationError(problem)
        return number


class TrackingInvalid(Category):
    """John Lewis measures valid tracking; a placeholder would count against us."""

    slug = "tracking_invalid"
    title = "Tracking missing or malformed"
    detect_text = "The tracking number is empty, a placeholder, or does not fit the courier's format."
    next_move = "enter the number that is on the label"
    ask = "Please tell us the tracking number that is on the label."
    codes = frozenset({Code.TRACKING_MISSING, Code.TRACKING_INVALID})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    rank = 42
    scenario = "tracking_missing"
    form_class = TrackingForm
    runbook = """
The parcel has left without a usable tracking number, so John Lewis cannot be told.

## First check
Is the number shown here really what is on the label? Blanks and letters that look like digits are usual slips.

## Steps
1. Ask SEKO for the number on the label, enter it, and send back.
2. SEKO sends it later by itself: set *waiting on SEKO*. The exception closes when the number arrives.

## Who to call
SEKO client services. Quote the dispatch number and the courier.

## How you know it is fixed
John Lewis shows the order as shipped with this number when it is read back.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Missing, or malformed."""
        courier = failure.facts.get("courier") or "SEKO"
        missing = failure.code == Code.TRACKING_MISSING
        return f"{courier}: {'no tracking number' if missing else 'the tracking number cannot be right'}"

    def corrections(self, form: FixForm) -> dict[str, str]:
        """The number of this dispatch."""
        return {"tracking_number": str(form.cleaned_data["tracking_number"])}
