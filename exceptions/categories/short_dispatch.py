"""SEKO sent less than was ordered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

from django import forms

from exceptions.category import Category
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.states import Blame, OwnerRole, Severity
from jlseko.clock import business_now
from sync.failures import Code
from sync.flows.shortages import CANCEL_REST, WAIT_UNTIL, Decision, amount_of
from sync.models import OrderLine
from sync.states import Milestone


@dataclass(frozen=True, slots=True)
class Short:
    """An order line of which something is missing."""

    line: OrderLine
    missing: int


class RestForm(DecisionForm):
    """What becomes of the pieces that did not leave."""

    ways: ClassVar = (
        ("follows", "The rest follows: wait for it until the time below"),
        ("cancel", "The rest is not sent: cancel it on John Lewis"),
    )
    needs: ClassVar = {"follows": ("until",), "cancel": ("reason",)}

    def details(self) -> None:
        """The time to wait for, or the reason in John Lewis's terms with what it comes to."""
        self.fields["until"] = forms.DateTimeField(
            label="Wait until",
            required=False,
            initial=business_now() + timedelta(hours=24),
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            help_text="Only for waiting. London time.",
        )
        reasons = [("", "Choose a reason"), *self._reasons()]
        says = f"Only to cancel: {self.comes_to}. The charge for delivery is not repaid by it."
        if len(reasons) > 1:
            self.fields["reason"] = forms.ChoiceField(
                label="Reason for John Lewis",
                choices=reasons,
                required=False,
                help_text=says,
            )
        else:
            self.fields["reason"] = forms.CharField(
                label="Reason code of John Lewis", max_length=100, required=False,
                help_text=f"{says} John Lewis has named no reasons yet.",
            )  # fmt: skip

    def _reasons(self) -> list[tuple[str, str]]:
        """The reasons for a cancellation that the shop itself may give, as discovered."""
        known = self.item.connection.profile.get("reasons") or []
        return [(each["code"], each["label"]) for each in known if each["kind"] == "CANCELATION" and each["ours"]]

    def short(self) -> Iterator[Short]:
        """What the faults name, line by line."""
        facts = {name: value for fault in self.faults for name, value in fault.facts.items()}
        for line in self.item.order.lines.all():
            ordered, sent = (facts.get(f"lines.{line.line_id}.{name}") for name in ("ordered", "sent"))
            if ordered is not None and sent is not None:
                yield Short(line, int(ordered) - int(sent))

    @property
    def comes_to(self) -> str:
        """What a cancellation takes away, in pieces and money."""
        currency = self.item.order.currency
        return ", ".join(
            f"{each.missing} × {each.line.sku} ({amount_of(each.line, each.missing)} {currency})"
            for each in self.short()
        )

    def clean(self) -> dict[str, Any]:
        """A time to come."""
        cleaned = super().clean()
        until = cleaned.get("until")
        if cleaned.get("way") == "follows" and isinstance(until, datetime) and until <= business_now():
            self.add_error("until", "Choose a time to come.")
        return cleaned


class ShortDispatch(Category):
    """What left is told as it left: never rounded up."""

    slug = "short_dispatch"
    title = "Short dispatch"
    detect_text = "What all dispatches of the order carried does not cover every line."
    next_move = "say whether the rest follows or is cancelled"
    ask = "Please tell us whether the missing pieces follow, and when."
    codes = frozenset({Code.SHORT_DISPATCH})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    rank = 36
    base_severity = Severity.HIGH
    scenario = "short_dispatch"
    form_class = RestForm
    proofs = frozenset({Milestone.CONFIRMED, Milestone.CANCELLED, Milestone.DELIVERED})
    runbook = """
SEKO packed less than was ordered. Where John Lewis takes one confirmation for an order, nothing is told until it is
whole; where it knows several shipments, the parcels that left are told, and the order stays open for the rest.

## First check
Which line is short? SEKO closes an order at dispatch, so the rest does not follow by itself.

## Steps
1. SEKO finds the rest and dispatches it: choose *the rest follows*. The second dispatch completes the order.
2. The rest cannot be sent: cancel it here with the true reason. John Lewis is told, and once it shows the cancellation,
   the order goes on by itself. The amount comes from the unit prices; the charge for delivery is not repaid by it.
3. The parcel was whole and the message wrong: ask SEKO for a corrected dispatch message, and set *waiting on SEKO*.

## Who to call
SEKO client services for the missing pieces; customer care to tell the customer.

## How you know it is fixed
John Lewis shows the order as shipped, or as cancelled, when it is read back.
"""

    def corrections(self, form: FixForm) -> dict[str, str]:
        """A time to wait until, or a decision to cancel; the other one is taken back."""
        rest = cast("RestForm", form)
        if rest.way == "follows":
            given, other = {WAIT_UNTIL: rest.cleaned_data["until"].isoformat()}, CANCEL_REST
        else:
            quantities = {each.line.line_id: each.missing for each in rest.short()}
            decision = Decision(str(rest.cleaned_data["reason"]).strip(), quantities, business_now())
            given, other = {CANCEL_REST: decision.to_text()}, WAIT_UNTIL
        return given | ({other: ""} if rest.corrected(other) else {})

    def describe(self, form: FixForm) -> str:
        """The choice, and what it comes to."""
        rest = cast("RestForm", form)
        return f"{rest.way_label} ({rest.comes_to})" if rest.way == "cancel" else rest.way_label
