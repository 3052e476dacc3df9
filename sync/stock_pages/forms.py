"""What people enter to lay a rule over levels. Times are London time on screen."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django import forms

from jlseko.clock import business_now
from sync.models import Connection, Listing, RuleKind, RuleScope
from sync.skus import key_of

OPEN_END: Final = "open"
LASTS: Final = (
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("24h", "24 hours"),
    ("72h", "3 days"),
    ("168h", "a week"),
    ("at", "until the time below"),
    (OPEN_END, "until somebody ends it"),
)
SHORT_LASTS: Final = LASTS[:5]
USUAL: Final = "24h"
KINDS: Final = (
    (RuleKind.ZERO, "Show none: John Lewis shows 0"),
    (RuleKind.FREEZE, "Freeze: the level may fall, never rise"),
    (RuleKind.BUFFER, "Keep back: some are never offered"),
)
SCOPES: Final = ((RuleScope.SKU, "One SKU"), (RuleScope.CATEGORY, "A category"), (RuleScope.ALL, "Everything"))


def lasting(choice: str) -> timedelta:
    """How long "24h" is; the usual time for a choice that does not exist."""
    known = dict(SHORT_LASTS)
    return timedelta(hours=int((choice if choice in known else USUAL)[:-1]))


ASKED_FOR = frozenset({"quantity", "at", "sku", "category"})  # by the choice above each


class RuleForm(forms.Form):
    """A rule over SKUs that are known already. ``rights`` decides which kinds are offered."""

    kind = forms.ChoiceField(label="What it does")
    quantity = forms.IntegerField(
        label="How many are kept back", required=False, min_value=1, max_value=999_999,
        help_text="Only for “Keep back”.",
        error_messages={"min_value": "Enter a number above 0; to offer everything, end the rule instead.",
                        "invalid": "Enter a whole number."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Why", max_length=300, help_text="Others read it when they wonder whether the rule may go.",
        error_messages={"required": "Say why, so that others know when the rule may go."},
    )  # fmt: skip
    lasts = forms.ChoiceField(label="How long", choices=LASTS, initial=USUAL)
    at = forms.DateTimeField(
        label="Exact end, London", required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rights: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rights = rights
        kinds = [(kind, label) for kind, label in KINDS if kind != RuleKind.BUFFER or "rule" in rights]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if "rule" not in rights:
            del self.fields["quantity"]
        for name in ASKED_FOR & self.fields.keys():
            self.fields[name].asked_for = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Work out ``cleaned_data["ends_at"]`` (business time), None for an open end."""
        cleaned = super().clean() or {}
        if cleaned.get("kind") == RuleKind.BUFFER and not cleaned.get("quantity") and "quantity" not in self.errors:
            self.add_error("quantity", "Say how many are kept back.")
        self._end(cleaned)
        return cleaned

    def _end(self, cleaned: dict[str, Any]) -> None:
        now, choice, exact = business_now(), cleaned.get("lasts"), cleaned.get("at")
        if exact and "at" in self.changed_data:
            choice = "at"
        if not choice or "at" in self.errors:
            return
        if choice == OPEN_END:
            cleaned["ends_at"] = None
            if cleaned.get("kind") in (RuleKind.ZERO, RuleKind.FREEZE):
                self.add_error("lasts", "A held level is easily forgotten: choose when it ends. It can be made again.")
        elif choice != "at":
            cleaned["ends_at"] = now + lasting(choice)
        elif not exact:
            self.add_error("at", "Enter a date and a time.")
        elif exact <= now:
            self.add_error("at", "This time has passed already. Choose one ahead.")
        else:
            cleaned["ends_at"] = exact


class NewRuleForm(RuleForm):
    """A rule about a SKU, a category or everything of a shop."""

    field_order = ("shop", "scope", "sku", "category", "kind", "quantity", "reason", "lasts", "at")

    shop = forms.ModelChoiceField(label="Shop", queryset=Connection.objects.filter(active=True), empty_label=None)
    scope = forms.ChoiceField(label="About", choices=SCOPES)
    sku = forms.CharField(label="SKU", required=False, max_length=200, strip=False, help_text="Exactly as listed.")
    category = forms.ChoiceField(label="Category", required=False)

    def __init__(self, *args: Any, shops: Sequence[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(shops) == 1:
            self.fields["shop"].widget = forms.HiddenInput()
            self.fields["shop"].initial = shops[0].pk
        if "rule" not in self.rights:
            self.fields["scope"].widget = forms.HiddenInput()
            self.fields["scope"].choices = SCOPES[:1]  # type: ignore[attr-defined]
            self.fields["scope"].initial = RuleScope.SKU
            del self.fields["category"]
            return
        rows = Listing.objects.filter(active=True).exclude(category="").order_by("category")
        names = rows.values_list("category", flat=True).distinct()
        self.fields["category"].choices = [("", "Choose one"), *((name, name) for name in names)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Work out ``cleaned_data["subject"]``, which exists."""
        cleaned = super().clean()
        scope, shop = cleaned.get("scope"), cleaned.get("shop")
        cleaned["subject"] = ""
        if scope == RuleScope.SKU and shop:
            cleaned["subject"] = self._sku(shop, cleaned.get("sku", ""))
        elif scope == RuleScope.CATEGORY:
            cleaned["subject"] = cleaned.get("category", "")
            if not cleaned["subject"] and "category" not in self.errors:
                self.add_error("category", "Choose a category.")
        return cleaned

    def _sku(self, shop: Connection, sku: str) -> str:
        if not sku.strip():
            self.add_error("sku", "Enter the SKU.")
            return ""
        known = list(Listing.objects.filter(connection=shop, sku_key=key_of(sku)).values_list("sku", flat=True)[:5])
        if sku in known:
            return sku
        if len(known) == 1 and known[0].strip() == sku.strip():
            return str(known[0])  # a blank at its end cannot be seen, so nobody can be asked to type it
        meant = f" Did you mean {' or '.join(known)}?" if known else " Copy it from the stock list."
        self.add_error("sku", f"John Lewis has no listing {sku.strip()}.{meant}")
        return ""
