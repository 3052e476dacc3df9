"""Everything that the page of one exception shows, as template context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from exceptions import clocks, roles, services
from exceptions.category import Category, Resubmit, registry
from exceptions.causes import regression
from exceptions.detail import clock_rows, comparing, edits, page_reading, precedent, reading, stuck
from exceptions.detail.acts import ACTS
from exceptions.detail.call_sheet import write
from exceptions.detail.exchanges import as_john_lewis_sent, newest
from exceptions.detail.masking import known_values
from exceptions.detail.revealing import is_shown
from exceptions.detail.similar import Similar
from exceptions.forms import DismissForm, QueueForm, SnoozeForm, WaitForm
from exceptions.looks import severity_of, state_of, word_of
from exceptions.models import Entry, Fault
from exceptions.notes import notes_page
from exceptions.notes.form import NoteForm
from exceptions.states import State
from jlseko.clock import business_now
from sync.masking import Mask
from sync.models import Correction, Event, Item, Order
from sync.order_pages import story

FORMS = {
    "wait": WaitForm,
    "snooze": SnoozeForm,
    "dismiss": DismissForm,
    "queue": QueueForm,
}


@dataclass
class DetailPage:
    """One exception for one reader. What was typed is handed in, so that nothing of it is lost on a no.

    ``record`` comes from :func:`exceptions.detail.reading.with_surroundings`.
    """

    request: HttpRequest
    record: Any
    parts: Sequence[services.Part] | None = None
    typed: dict[str, Any] = field(default_factory=dict)
    """Bound forms by their names, the keys of :data:`FORMS` or ``assign``."""
    rehearsed: Sequence[services.Rehearsed] | None = None
    plan: services.Plan | None = None
    error: str = ""
    changed: bool = False
    """Whether somebody else was faster."""

    @property
    def user(self) -> Any:
        """The reader."""
        return self.request.user

    @cached_property
    def category(self) -> Category:
        """The leading category."""
        return registry.get(self.record.category)

    @cached_property
    def order(self) -> Order | None:
        """The order, where the record is about one."""
        return reading.order_of(self.record)

    @cached_property
    def faults(self) -> list[Fault]:
        """The checklist."""
        return reading.checklist(self.record, self.order)

    @cached_property
    def corrections(self) -> list[Correction]:
        """What was laid over the order and its dispatches, the newest first."""
        items: list[Item] = [fault.item for fault in self.faults if fault.item is not None]
        items += [self.record.item] if self.record.item is not None else []
        items += [self.order.item] if self.order is not None else []
        return reading.corrections_of(items)

    @cached_property
    def mask(self) -> Mask:
        """What hides customer data from this reader."""
        shown = is_shown(self.request, self.record)
        known = () if shown else known_values(self.order, self.faults, self.corrections)
        return Mask(show=shown, known=known)

    @cached_property
    def events(self) -> list[Event]:
        """What happened, oldest first."""
        return reading.events_of(self.record, most=reading.EVENTS_SHOWN)

    @cached_property
    def attempts(self) -> list[Any]:
        """The last writes that were announced, the newest first."""
        return reading.attempts_of(self.record, most=reading.ATTEMPTS_SHOWN)

    @cached_property
    def history(self) -> list[Entry]:
        """Who did what, oldest first."""
        return [line.entry for line in self.notes["history"]]

    @cached_property
    def stuck(self) -> stuck.Stuck:
        """Where it is stuck, in words."""
        found = stuck.describe(
            self.record, order=self.order, faults=self.faults, now=business_now(), policy=self.record.connection.policy
        )
        return replace(found, where=self.mask.text(found.where))

    @cached_property
    def notes(self) -> dict[str, Any]:
        """The history with notes, the runbook with ticks, and the proof packs."""
        return notes_page.panel(self.record, self.user)

    def may(self, permission: str) -> str:
        """Why this reader may not do something; empty where they may."""
        allowed, why = roles.may(self.user, permission, self.record)
        return "" if allowed else why

    def context(self) -> dict[str, Any]:
        """All of it."""
        record, now = self.record, business_now()
        sheet = write(record, self.order, stuck=self.stuck.where, faults=self.faults, events=self.events)
        following = None if record.is_open else page_reading.next_in_queue(self.user, after=record)
        return {
            "title": record.headline, "record": record, "category": self.category, "order": self.order, "now": now,
            "listing": reading.listing_of(record), "stock_file": reading.stock_file_of(record), "error": self.error,
            "state_badge_html": state_of(record), "call_sheet": sheet, "following": following,
            "severity_badge": severity_of(record, clocks.severity_reason(record, now)),
            "severity_reason": clocks.severity_reason(record, now),
            "checklist": [self._check(fault) for fault in self.faults],
            "note_form": NoteForm(), "news": self._news(), "seen": self.history[-1].pk if self.history else 0,
            **self.notes, **self._story(), **self._fix(), **self._edits(), **self._exchanges(), **self._personal(),
            **self._work(),
        }  # fmt: skip

    def _story(self) -> dict[str, Any]:
        """Where it stands, what happened when, and what happened to others like it."""
        record, policy = self.record, self.record.connection.policy
        deadline = record.deadline if record.is_live else None
        return {
            "stuck": self.stuck, "clocks": clock_rows.rows(record, self.category),
            "steps": story.steps(self.order, stuck=self._stuck_step(), events=self.events),
            "steps_label": "How far the order has come",
            "events": story.lanes(self.events, deadline=deadline, now=business_now(), policy=policy),
            "similar": [Similar.of(row) for row in record.similar],
            "similar_in_all": record.similar[0]["in_all"] if record.similar else 0,
            "regression": regression.regression_of(record.cause),
            "precedents": precedent.counted(record.past, cause=record.cause_id, category=self.category),
        }  # fmt: skip

    def _edits(self) -> dict[str, Any]:
        """What was laid over the original, and why nothing of it can be taken back."""
        return {
            "edits": edits.rows(self.corrections, self.order, self.mask),
            "why_not_take_back": self._why_not_take_back(),
        }

    def _why_not_take_back(self) -> str:
        """Why no correction can be taken back now; empty where it can."""
        if not self.record.is_open:
            return "It was sent back. Take a correction back when the order is open again."
        return self.may("fix_exception")

    def _news(self) -> list[Entry]:
        """What others did since the form that was sent had been drawn."""
        if not self.changed:
            return []
        seen = self.request.POST.get("seen", "")
        since = int(seen) if seen.isascii() and seen.isdigit() else 0
        mine = self.user.pk
        news = [entry for entry in self.history if entry.pk > since and entry.actor_id != mine]
        return news if since else news[-1:]

    def _stuck_step(self) -> tuple[str, str] | None:
        """What the first step that is not done says."""
        if not self.record.is_live:
            return None
        return ("danger", "stuck here") if self.record.is_open else ("info", "under way")

    def _check(self, fault: Fault) -> dict[str, Any]:
        """One line of the checklist."""
        word, tone = word_of(fault, is_open=self.record.is_open)
        value = fault.value
        if value and fault.field.startswith("delivery."):
            value = self.mask.value(value)
        note = f"It says: {value}" if value else ""
        own = registry.get(fault.category)
        label = "" if own.slug == self.category.slug else own.title
        return {
            "label": self.mask.text(fault.text),
            "word": word,
            "tone": tone,
            "note": " · ".join(filter(None, (label, note))),
        }

    def _fix(self) -> dict[str, Any]:
        """The form, who may use it, and what trying it or planning it brought."""
        record = self.record
        why_fix, why_send = self.may("fix_exception"), self.may("resubmit_exception")
        parts = list(self._parts()) if record.is_open else []
        # Somebody who may not fix sees which fields are wrong, but no form with the customer's words in it
        blocked = next((why for part in parts for ok, why in [part.may_save(self.user)] if not ok), "")
        wide = any(part.category.resubmit == Resubmit.CAUSE for part in parts)
        return {
            "parts": [] if why_fix else parts, "has_parts": bool(parts), "why_not_fix": why_fix or blocked,
            "why_not_send": why_fix or blocked or why_send, "wide": wide,
            "goes_back": record.is_open and self.category.resubmit != Resubmit.NONE,
            "plan": self.plan, "kept_shown": self.plan.kept[:5] if self.plan else [],
            "rehearsals": self.compared(self.rehearsed, typed=True) if self.rehearsed is not None else None,
            "field_notes": edits.beneath(parts, self.corrections, self.order, reader=self.user),
        }  # fmt: skip

    def _parts(self) -> Sequence[services.Part]:
        if self.parts is not None:
            return self.parts
        _ = self.corrections  # the forms start with what would be sent now
        return services.parts(self.record, faults=self.faults)

    def compared(self, tried: Sequence[services.Rehearsed], *, typed: bool) -> list[comparing.Comparison]:
        """What was tried, beside what was sent last and what came in.

        Whoever has ``typed`` what is tried, and may see customer data, sees the values that change; anybody else sees
        them only after asking, which is written down.
        """
        own = Mask(show=True) if typed and roles.may_see_personal_data(self.user) else self.mask
        return comparing.compare(tried, self.attempts, faults=self.faults, mask=self.mask, own=own)

    def _exchanges(self) -> dict[str, Any]:
        """The last requests and answers, and the order as it came."""
        return {
            "exchanges": newest(self.attempts, self.faults, self.mask),
            "attempts_in_all": self.attempts[0].in_all if self.attempts else 0,
            "came_as": as_john_lewis_sent(self.order, self.faults, self.mask),
        }

    def _personal(self) -> dict[str, Any]:
        """Whether customer data are hidden, and whether a button may show them."""
        return {
            "revealed": self.mask.show,
            "may_reveal": roles.may_see_personal_data(self.user),
            "has_personal": bool(self.order and self.order.address),
        }

    def _work(self) -> dict[str, Any]:
        """Everything beside the fix that can be done, with the reason where it cannot."""
        record = self.record
        why_claim = self.may("claim_exception")
        mine = record.owner_id is not None and record.owner_id == self.user.pk
        forms: dict[str, Any] = {name: self.typed.get(name) or kind() for name, kind in FORMS.items()}
        forms["assign"] = self.typed.get("assign")
        if "queue" not in self.typed:
            forms["queue"].initial = {"role": record.owner_role}
        return {
            "acts": ACTS, "forms": forms,
            "opened_form": next(iter(self.typed), ""), "mine": mine, "why_not_claim": why_claim,
            "why_not_assign": self.may("assign_exception"), "why_not_dismiss": self.may("dismiss_exception"),
            "is_resting": record.state in (State.SNOOZED, State.WAITING_ON),
        }  # fmt: skip
