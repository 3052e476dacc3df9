"""Choosing the SEKO product that a John Lewis SKU means; shared by the SKU categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from exceptions.fix_form import FixForm, suggest
from sync.skus import candidates, key_of, resolve, set_alias

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from sync.failures import Failure


def sku_of(failure: Failure) -> str:
    """The SKU that a fault is about; SEKO's refusals name the product code instead."""
    return failure.facts.get("sku") or failure.facts.get("product") or failure.value or "without a name"


class AliasForm(FixForm):
    """One field for each SKU that is wrong, with the products that may have been meant."""

    def build(self) -> None:
        """One field per SKU, however many lines carry it."""
        self.skus: dict[str, str] = {}
        for fault in self.faults:
            for sku in self._skus_of(fault.as_failure()):
                if sku not in self.skus.values():
                    self._add(f"product_{len(self.skus) + 1}", sku)

    def _skus_of(self, failure: Failure) -> list[str]:
        """The order's own SKUs that the fault is about, exactly as spelt: an alias is kept under that spelling."""
        if failure.facts.get("sku"):
            return [failure.facts["sku"]]
        refused = failure.facts.get("product") or failure.value
        lines = {line.sku for line in self.item.order.lines.all()}
        found = resolve(self.item.connection, lines).values()
        return sorted(r.sku for r in found if refused and key_of(r.product_code or r.sku) == key_of(refused))

    def _add(self, name: str, sku: str) -> None:
        self.skus[name] = sku
        options = [
            (found.code, " · ".join(part for part in (found.title, _stock(found.available), found.why) if part))
            for found in candidates(self.item.connection, sku)
        ]
        field = forms.CharField(
            label=f"SEKO product for SKU {sku}",
            max_length=100,
            help_text="The code as SEKO spells it. It is kept for every later order with this SKU.",
        )
        self.fields[name] = suggest(field, options)

    def clean(self) -> dict[str, Any]:
        """Blanks around a code are a slip of the pen."""
        cleaned = super().clean() or {}
        return {name: value.strip() if isinstance(value, str) else value for name, value in cleaned.items()}

    def save_aliases(self, *, by: User) -> None:
        """Keep each choice. Raises ``ValueError`` with a sentence when SEKO has no such product."""
        for name, sku in self.skus.items():
            set_alias(self.item.connection, sku, self.cleaned_data[name], by=by, reason="Chosen on an exception")

    def sentence(self) -> str:
        """What was chosen, for the history."""
        return "; ".join(f"SKU {sku} means {self.cleaned_data[name]}" for name, sku in self.skus.items())


def _stock(available: int | None) -> str:
    return "" if available is None else f"{available} in stock"
