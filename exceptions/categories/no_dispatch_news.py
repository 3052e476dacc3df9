"""SEKO accepted the order and nothing came after."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms

from carriers.tracking import check
from exceptions.category import Category, Mover
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.partner_away import PAUSE_WORDS
from exceptions.states import Blame, OwnerRole, Severity
from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.models import Item, Side
from sync.states import Lane, Milestone


class NewsForm(DecisionForm):
    """What SEKO said on the phone."""

    ways = (
        ("wait", "SEKO will send it: keep waiting until the time below"),
        ("sent", "SEKO says that the whole order has left: enter the dispatch"),
    )
    needs = {"wait": ("until",), "sent": ("courier", "tracking_number")}

    def details(self) -> None:
        """The time to wait for, or the dispatch."""
        facts = self.faults[0].facts
        self.fields["until"] = forms.DateTimeField(
            label="Wait until",
            required=False,
            initial=business_now() + timedelta(hours=4),
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            help_text="Only for waiting. London time.",
        )
        for name, label, first in (
            ("courier", "Courier, as SEKO names it", facts.get("courier", "")),
            ("service", "Service, as SEKO names it", ""),
            ("tracking_number", "Tracking number", facts.get("tracking_number", "")),
        ):
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=200, initial=first, help_text="Only for a dispatch."
            )

    def clean(self) -> dict[str, Any]:
        """A time to come, and a tracking number that can be one."""
        cleaned = super().clean()
        way, until = cleaned.get("way"), cleaned.get("until")
        if way == "wait" and isinstance(until, datetime) and until <= business_now():
            self.add_error("until", "Choose a time to come.")
        number = str(cleaned.get("tracking_number", ""))
        problem = check(str(cleaned.get("courier", "")), "", number) if way == "sent" and number else ""
        if problem:
            self.add_error("tracking_number", problem)
        return cleaned


class NoDispatchNews(Category):
    """Lost push, hold or label failure: the machine has read the status, now a person asks."""

    slug = "no_dispatch_news"
    title = "No dispatch news"
    detect_text = "SEKO accepted the order, and neither a push nor a status reading shows a dispatch for hours."
    mover = Mover.SEKO
    next_move = "say whether the order has left, and with which tracking number"
    ask = (
        "Please tell us where the order stands. If it has left: courier, service and tracking number. If not: "
        "when it leaves, and what holds it."
    )
    codes = frozenset({Code.NO_DISPATCH_NEWS})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    held_by = (Lane.INBOUND,)
    rank = 50
    behind = Side.WAREHOUSE
    base_severity = Severity.HIGH
    scenario = "on_hold"
    form_class = NewsForm
    proofs = frozenset({Milestone.DISPATCH_SEEN, Milestone.CONFIRMED, Milestone.CANCELLED, Milestone.DELIVERED})
    runbook = """
SEKO has the order, and no dispatch was heard of. The order may be on hold, its label may have failed, or the message
about the dispatch was lost.

## First check
The status that SEKO gave. *Dispatched* means that the parcel left and only the news was lost. *Confirmed* or *To Be
Picked* for hours points to a hold or a label failure. Without a status only SEKO's people can say.

## Steps
1. Status Dispatched: enter courier and tracking number, and send back. John Lewis is told at once.
2. On hold or label failure: ask SEKO to release or repair it, and enter the time until which to wait.
3. SEKO lost the order: ask them to cancel it, and wait for the status *Cancelled*.

## Who to call
SEKO client services. Quote the SEKO number and ask for the label exceptions (TMS) and the Activity Monitor.

## How you know it is fixed
A dispatch is seen for the order. The exception closes by itself.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """With the status that SEKO gave."""
        status, pauses = failure.facts.get("status", ""), failure.facts.get(PAUSE_WORDS, "")
        said = f"No dispatch news; SEKO says {status}" if status else "No dispatch news from SEKO"
        return f"{said}. {pauses}" if pauses else said

    def corrections(self, form: FixForm) -> dict[str, str]:
        """A time to wait until, or the dispatch as SEKO told it."""
        given = form.cleaned_data
        if cast("DecisionForm", form).way == "wait":
            return {"dispatch.wait_until": given["until"].isoformat()}
        told = {name: str(given[name]).strip() for name in ("courier", "service", "tracking_number")}
        return {"dispatch.manual": json.dumps(told)}

    def describe(self, form: FixForm) -> str:
        """The choice."""
        return cast("DecisionForm", form).way_label
