"""The settings of a connection as a form."""

from dataclasses import fields
from hashlib import sha256
from typing import Any

from django import forms

from sync.policy import Policy


class PolicyForm(forms.Form):
    """One field for each setting; what the contracts leave unknown says so.

    ``seen`` is what the settings were when the form was drawn: whoever was overtaken by somebody else is told, and
    overwrites nothing.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.fields["seen"].initial = fingerprint(policy)
        for setting in fields(Policy):
            self.fields[setting.name] = _field(setting, getattr(policy, setting.name))

    def clean(self) -> dict[str, Any]:
        """Read every setting as the engine will."""
        cleaned = super().clean() or {}
        if cleaned.pop("seen", "") != fingerprint(self.policy):
            raise forms.ValidationError("Somebody has changed the settings meanwhile. Open this page again.")
        for name, value in list(cleaned.items()):
            try:
                cleaned[name] = Policy.parse(name, str(value))
            except ValueError as error:
                self.add_error(name, str(error))
        return cleaned


def fingerprint(policy: Policy) -> str:
    """A short text that differs when any setting does."""
    return sha256(repr(policy).encode()).hexdigest()[:16]


def _field(setting: Any, value: Any) -> forms.Field:
    unit = setting.metadata["unit"]
    provisional = " Provisional: the partner has not confirmed it." if setting.metadata["provisional"] else ""
    common: dict[str, Any] = {
        "label": setting.name.replace("_", " ").capitalize().replace("Dc ", "DC "),
        "help_text": f"{setting.metadata['says']}{f' In {unit}.' if unit else ''}{provisional}",
        "initial": value,
        "required": False,
    }
    if isinstance(setting.default, bool):
        return forms.BooleanField(**common)
    if isinstance(setting.default, str):
        return forms.CharField(max_length=setting.metadata["longest"], **common)
    common["required"] = True
    if setting.type is int:
        return forms.IntegerField(min_value=1, max_value=999_999, **common)
    return forms.FloatField(min_value=0.01, max_value=999_999, **common)
