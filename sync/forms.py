"""The settings of a connection as a form."""

from dataclasses import fields
from typing import Any

from django import forms

from sync.policy import Policy


class PolicyForm(forms.Form):
    """One field for each setting; what the contracts leave unknown says so."""

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in fields(Policy):
            self.fields[setting.name] = _field(setting, getattr(policy, setting.name))

    def clean(self) -> dict[str, Any]:
        """Read every setting as the engine will."""
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            try:
                cleaned[name] = Policy.parse(name, str(value))
            except ValueError as error:
                self.add_error(name, str(error))
        return cleaned


def _field(setting: Any, value: Any) -> forms.Field:
    unit = setting.metadata["unit"]
    provisional = " Provisional: the partner has not confirmed it." if setting.metadata["provisional"] else ""
    common: dict[str, Any] = {
        "label": setting.name.replace("_", " ").capitalize().replace("Dc ", "DC "),
        "help_text": f"{setting.metadata['says']}{f' In {unit}.' if unit else ''}{provisional}",
        "initial": value,
        "required": False,
    }
    if isinstance(value, bool):
        return forms.BooleanField(**common)
    if isinstance(value, str):
        return forms.CharField(max_length=100, **common)
    return forms.FloatField(min_value=0.01, max_value=99_999, **{**common, "required": True})
