"""The wrong fields of a delivery address, and only those."""

from __future__ import annotations

from django import forms

from exceptions.fixes.fix_form import FixForm
from sync.corrections import effective_address
from sync.rules.address import LABELS, LIMITS, MANDATORY
from sync.shapes import Address

HINTS = {
    "rule.characters": "Carriers print plain letters only: no emoji, no Arabic or Chinese script.",
    "postcode": "For example LS1 1AA.",
    "country_code": "Two letters, for example GB.",
    "county": "Leave it as the customer gave it, or name the county of the town.",
}


class AddressForm(FixForm):
    """One field per wrong field, starting with what would be sent now, as long as SEKO takes (contract 4.2)."""

    def build(self) -> None:
        """As an address is read; a fault that names no field asks for the first line and the town."""
        wrong = {fault.field.removeprefix("delivery."): fault.rule for fault in self.faults}
        names = [name for name in LIMITS if name in wrong] or ["line1", "city", "county", "postcode"]
        address = self.address()
        for name in names:
            self.fields[name] = forms.CharField(
                label=LABELS[name],
                initial=str(getattr(address, name)),
                max_length=LIMITS[name],
                required=name in MANDATORY or wrong.get(name) == "address.missing",
                help_text=self._hint(name, wrong.get(name, "")),
            )

    def address(self) -> Address:
        """The address as it would be sent now."""
        return effective_address(self.item.order) or Address()

    @staticmethod
    def _hint(name: str, rule: str) -> str:
        hint = HINTS["rule.characters"] if rule == "address.characters" else HINTS.get(name, "")
        return f"{hint} At most {LIMITS[name]} characters.".strip()

    def clean(self) -> dict[str, str]:
        """Refuse what a carrier cannot print, before SEKO would."""
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):  # a refused field leaves the dictionary
            if any(ord(letter) > 0x24F for letter in str(value) if letter not in "’‘“”–—…"):
                self.add_error(name, "Write it in Latin letters: carriers cannot print other scripts or emoji.")
        return cleaned

    def corrections(self) -> dict[str, str]:
        """Every field of the form, path to value."""
        return {f"delivery.{name}": str(self.cleaned_data[name]) for name in self.fields}
