"""Choosing the SEKO product that a John Lewis SKU means; shared by the SKU categories."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import OuterRef, Subquery

from exceptions.fixes.fix_form import FixForm, suggest
from sync.models import OrderLine, SkuAlias
from sync.skus import Candidate, candidates, key_of, set_alias
from sync.states import Kind

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
        lines = self._lines()
        wrong = dict.fromkeys(sku for fault in self.faults for sku in _skus_of(fault.as_failure(), lines))
        titles = {line.sku: line.title for line in lines} or self._title_of_the_listing()
        options = candidates(self.item.connection, {sku: titles.get(sku, "") for sku in wrong})
        for number, sku in enumerate(wrong, start=1):
            self.skus[f"product_{number}"] = sku
            self.fields[f"product_{number}"] = suggest(
                forms.CharField(
                    label=f"SEKO product for SKU {sku}",
                    max_length=100,
                    help_text="The code as SEKO spells it. It is kept for every later order with this SKU.",
                ),
                [(found.code, _explained(found)) for found in options[sku]],
            )

    def _lines(self) -> list[Any]:
        """The lines of the order, each with the product that its SKU was said to mean; none for a listing."""
        item = self.item
        if item.kind == Kind.LISTING:
            return []
        alias = SkuAlias.objects.filter(connection=item.connection, sku=OuterRef("sku")).values("product_code")[:1]
        rows = OrderLine.objects.filter(order__item=item).order_by("index")
        return list(rows.annotate(alias=Subquery(alias)))

    def _title_of_the_listing(self) -> dict[str, str]:
        listing = getattr(self.item, "listing", None)
        return {listing.sku: listing.title} if listing is not None else {}

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


def _skus_of(failure: Failure, lines: Iterable[Any]) -> list[str]:
    """The order's own SKUs that the fault is about, exactly as spelt: an alias is kept under that spelling."""
    if failure.facts.get("sku"):
        return [failure.facts["sku"]]
    refused = failure.facts.get("product") or failure.value
    return sorted({line.sku for line in lines if refused and key_of(line.alias or line.sku) == key_of(refused)})


def _explained(found: Candidate) -> str:
    stock = "" if found.available is None else f"{found.available} in stock"
    return " · ".join(part for part in (found.title, stock, found.why) if part)
