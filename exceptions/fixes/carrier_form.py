"""Choosing the John Lewis carrier code of a SEKO courier; shared by the carrier categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from carriers.models import Carrier
from carriers.services import save_mapping
from exceptions.fixes.fix_form import FixForm
from sync.models import Item
from sync.states import Kind

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def courier_of(item: Item | None) -> str:
    """Courier and service of a dispatch in SEKO's words; what makes carrier faults one cause."""
    dispatch = item.dispatch if item is not None and item.kind == Kind.DISPATCH else None
    words = " ".join(part for part in (dispatch.courier, dispatch.service) if part) if dispatch else ""
    return words or "no courier named"


class CarrierForm(FixForm):
    """One choice from the approved list: for the mapping table, or for this dispatch alone."""

    def build(self) -> None:
        """A refused or unapproved code is not among the choices."""
        failure = self.faults[0].as_failure()
        self.courier = self.item.dispatch.courier
        self.service = self.item.dispatch.service
        shop = self.item.connection.name
        carriers = Carrier.objects.filter(shop=shop, removed_at__isnull=True).exclude(
            code=failure.facts.get("carrier_code") or failure.value
        )
        self.fields["carrier_code"] = forms.ChoiceField(
            label=f"John Lewis carrier for {courier_of(self.item)}",
            choices=[("", "Choose a carrier"), *((c.code, f"{c.label} · {c.code}") for c in carriers)],
            help_text="Only carriers of John Lewis' approved list can be chosen.",
        )
        self.fields["only_this"] = forms.BooleanField(
            label="For this dispatch only",
            required=False,
            help_text="Leaves the mapping table as it is; the next dispatch by this courier will stop again.",
        )

    @property
    def for_the_table(self) -> bool:
        """Whether the choice is to hold for every dispatch by this courier and service."""
        return bool(self.courier.strip()) and not self.cleaned_data["only_this"]

    def save_mapping(self, *, by: User) -> None:
        """Write the mapping row. Raises ``ValueError`` with a sentence when the code may not be used."""
        if self.for_the_table:
            shop = self.item.connection.name
            code = self.cleaned_data["carrier_code"]
            save_mapping(shop, self.courier, self.service, code, by=by, note="Saved on an exception")

    def corrections(self) -> dict[str, str]:
        """The carrier code of this dispatch, where the choice is for it alone."""
        return {} if self.for_the_table else {"carrier_code": self.cleaned_data["carrier_code"]}

    def sentence(self) -> str:
        """What was chosen, for the history."""
        name = " ".join(part for part in (self.courier, self.service) if part) or "This dispatch"
        where = "in the mapping table" if self.for_the_table else "for this dispatch only"
        return f"{name} means {self.cleaned_data['carrier_code']} {where}"
