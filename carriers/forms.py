"""What people type on the carrier screens."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User

from carriers.models import Carrier, CarrierMapping
from carriers.names import key
from carriers.services import EDIT_PERMISSION, REVIEW_EVERY
from jlseko.clock import business_now


def approved_choices(shop: str, *, current: str = "") -> list[tuple[str, str]]:
    """The approved list as choices; a ``current`` code that left the list is not among them."""
    carriers = Carrier.objects.filter(shop=shop, removed_at__isnull=True)
    empty = (
        f"Choose, instead of {current}" if current and not carriers.filter(code=current).exists() else "Choose a code"
    )
    return [("", empty), *((carrier.code, f"{carrier.label} · {carrier.code}") for carrier in carriers)]


class CodeForm(forms.Form):
    """The code of a courier and service that are known already."""

    carrier_code = forms.ChoiceField(
        label="John Lewis carrier",
        help_text="Only carriers of John Lewis' approved list can be chosen.",
        error_messages={
            "required": "Choose the carrier that John Lewis should be told.",
            "invalid_choice": "“%(value)s” is not on John Lewis' list of approved carriers. Choose one from the list.",
        },
    )
    note = forms.CharField(
        label="Note", required=False, max_length=300, help_text="Why, for whoever reads this later.",
        widget=forms.TextInput,
    )  # fmt: skip
    sample = forms.CharField(
        label="Tracking number to test", required=False, max_length=200, strip=True,
        help_text="One from a recent parcel. It is checked in the preview and not kept.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, shop: str, mapping: CarrierMapping | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shop = shop
        field = cast(forms.ChoiceField, self.fields["carrier_code"])
        field.choices = approved_choices(shop, current=mapping.carrier_code if mapping else "")
        if len(field.choices) == 1:
            field.help_text = "John Lewis' list of approved carriers has not been read yet, so nothing can be chosen."


class NewMappingForm(CodeForm):
    """A courier and service as well."""

    courier = forms.CharField(
        label="SEKO courier", max_length=200, strip=False,
        help_text="As SEKO writes it. Capital letters and extra spaces make no difference, anything else does.",
        error_messages={"required": "Name SEKO's courier."},
    )  # fmt: skip
    service = forms.CharField(
        label="SEKO service", max_length=200, strip=False, required=False,
        help_text="Leave empty to map every service of the courier that has no mapping of its own.",
    )  # fmt: skip
    field_order = ("courier", "service", "carrier_code", "note", "sample", "version")

    def clean_courier(self) -> str:
        """Blanks are no name."""
        courier: str = self.cleaned_data["courier"]
        if not key(courier):
            raise forms.ValidationError("Name SEKO's courier.")
        return courier

    def clean(self) -> dict[str, Any]:
        """A courier and service that are mapped already are changed on their own page."""
        cleaned = super().clean() or {}
        if "courier" in cleaned and "service" in cleaned:
            live = CarrierMapping.objects.filter(
                shop=self.shop, courier_key=key(cleaned["courier"]), service_key=key(cleaned["service"]),
                retired_at__isnull=True,
            ).first()  # fmt: skip
            if live is not None:
                self.add_error(
                    "courier", f"This is mapped already, to {live.carrier_code}. Change that mapping instead."
                )
        return cleaned


class RetireForm(forms.Form):
    """Why a mapping ends."""

    note = forms.CharField(label="Why", required=False, max_length=300, widget=forms.TextInput)


class ReviewForm(forms.Form):
    """That somebody has looked through the table, and who does so next."""

    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), label="Owner of the table", empty_label=None,
        help_text="Answers for the table, and is named on it.",
    )  # fmt: skip
    next_review = forms.DateField(
        label="Next review", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="From the day after it, the table says that it is overdue.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[User]", self.fields["owner"])
        field.queryset = User.objects.with_perm(
            EDIT_PERMISSION, backend="django.contrib.auth.backends.ModelBackend"
        ).order_by("username")
        field.label_from_instance = lambda user: user.get_full_name() or user.get_username()  # type: ignore[method-assign, assignment]
        self.fields["next_review"].initial = (business_now() + REVIEW_EVERY).date()


class TryForm(forms.Form):
    """A courier, service and tracking number to try the table with. Nothing is sent or stored."""

    courier = forms.CharField(label="SEKO courier", max_length=200, strip=False)
    service = forms.CharField(label="SEKO service", max_length=200, strip=False, required=False)
    tracking_number = forms.CharField(label="Tracking number", max_length=200, required=False)
