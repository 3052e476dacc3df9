"""Everything that the page of one exception shows, as template context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from exceptions import clocks, notes_page, page_reading, reading, roles, services
from exceptions.call_sheet import write
from exceptions.category import Category, Resubmit, registry
from exceptions.exchanges import as_john_lewis_sent, marks, newest
from exceptions.forms import AssignForm, DismissForm, QueueForm, SnoozeForm, WaitForm
from exceptions.looks import severity_of, state_of
from exceptions.masking import known_values
from exceptions.models import ExceptionRecord, Fault
from exceptions.note_form import NoteForm
from exceptions.revealing import is_shown
from exceptions.states import State
from jlseko.clock import business_now
from jlseko.ui.payload import readable
from sync.masking import Mask
from sync.models import Order
from sync.order_pages import story
from sync.states import Kind

FORMS = {
    "wait": WaitForm,
    "snooze": SnoozeForm,
    "dismiss": DismissForm,
    "queue": QueueForm,
}
SIMILAR_SHOWN = 8


@dataclass
class DetailPage:
    """One exception for one reader. What was typed is handed in, so that nothing of it is lost on a no."""

    request: HttpRequest
    record: ExceptionRecord
    parts: Sequence[services.Part] | None = None
    typed: dict[str, Any] = field(default_factory=dict)
    """Bound forms by their names, the keys of :data:`FORMS` or ``assign``."""
    rehearsed: Sequence[services.Rehearsed] | None = None
    plan: services.Plan | None = None
    error: str = ""

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
        return page_reading.order_of(self.record)

    @cached_property
    def faults(self) -> list[Fault]:
        """The checklist."""
        return list(reading.checklist(self.record))

    @cached_property
    def mask(self) -> Mask:
        """What hides customer data from this reader."""
        shown = is_shown(self.request, self.record)
        items = {fault.item.pk: fault.item for fault in self.faults if fault.item}
        known = () if shown else known_values(self.order, self.faults, items.values())
        return Mask(show=shown, known=known)

    @cached_property
    def events(self) -> list[Any]:
        """What happened, oldest first."""
        return page_reading.events_of(self.record)

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
        stuck = self.mask.text(reading.stuck_sentence(record))
        sheet = write(record, self.order, stuck=stuck, faults=self.faults, events=self.events)
        following = None if record.is_open else page_reading.next_in_queue(self.user, after=record)
        return {
            "title": record.headline, "record": record, "category": self.category, "order": self.order, "now": now,
            "listing": page_reading.listing_of(record), "stock_file": page_reading.stock_file_of(record),
            "stuck": stuck, "error": self.error, "state_badge_html": state_of(record), "call_sheet": sheet,
            "severity_badge": severity_of(record, clocks.severity_reason(record, now)),
            "severity_reason": clocks.severity_reason(record, now), "following": following,
            "checklist": [self._check(fault) for fault in self.faults],
            "steps": story.steps(self.order, stuck=self._stuck_step()), "steps_label": "How far the order has come",
            "events": story.lanes(self.events, deadline=record.deadline if record.is_live else None, now=now),
            "similar": list(reading.similar(record).select_related("owner")[:SIMILAR_SHOWN]) if record.cause_id else [],
            "note_form": NoteForm(), **self.notes,
            **self._fix(), **self._exchanges(), **self._personal(), **self._work(),
        }  # fmt: skip

    def _stuck_step(self) -> tuple[str, str] | None:
        """What the first step that is not done says."""
        if not self.record.is_live:
            return None
        return ("danger", "stuck here") if self.record.is_open else ("info", "under way")

    def _check(self, fault: Fault) -> dict[str, Any]:
        """One line of the checklist."""
        word, tone = ("to fix", "danger")
        if fault.cleared_at:
            word, tone = ("gone", "success")
        elif fault.resubmitted_at and not self.record.is_open:
            word, tone = ("sent back", "info")
        elif fault.fixed_at:
            word, tone = ("fix saved", "info")
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
        parts = list(self.parts if self.parts is not None else services.parts(record)) if record.is_open else []
        # Somebody who may not fix sees which fields are wrong, but no form with the customer's words in it
        blocked = next((why for part in parts for ok, why in [part.may_save(self.user)] if not ok), "")
        wide = any(part.category.resubmit == Resubmit.CAUSE for part in parts)
        return {
            "parts": [] if why_fix else parts, "has_parts": bool(parts), "why_not_fix": why_fix or blocked,
            "why_not_send": why_fix or blocked or why_send, "wide": wide,
            "goes_back": record.is_open and self.category.resubmit != Resubmit.NONE,
            "plan": self.plan, "kept_shown": self.plan.kept[:5] if self.plan else [],
            "rehearsals": [self._rehearsal(each) for each in self.rehearsed] if self.rehearsed is not None else None,
        }  # fmt: skip

    def _rehearsal(self, tried: services.Rehearsed) -> dict[str, Any]:
        found = tried.rehearsal
        sees = roles.may_see_personal_data(self.user)
        known = () if self.mask.show else known_values(self.order, self.faults, [tried.item])
        request = Mask(show=self.mask.show, known=known).payload(found.would_send)
        changed = [Fault(field=change.path, text="changed") for change in found.changes]
        hidden = Mask(show=sees)
        return {
            "what": "dispatch" if tried.item.kind == Kind.DISPATCH else "order",
            "failures": [(hidden if sees else self.mask).text(failure.text) for failure in found.failures],
            "request": request, "sends": bool(found.would_send), "marked": marks(readable(request), changed, self.mask),
            "changes": [
                {"path": change.path.rpartition(".")[2].replace("_", " "),
                 "before": hidden.value(change.before), "after": hidden.value(change.after)}
                for change in found.changes
            ],
        }  # fmt: skip

    def _exchanges(self) -> dict[str, Any]:
        """The last requests and answers, and the order as it came."""
        attempts = page_reading.attempts_of(self.record)
        return {
            "exchanges": newest(attempts, self.faults, self.mask),
            "attempts_in_all": len(attempts),
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
        forms["assign"] = self.typed.get("assign") or AssignForm(record=record)
        if "queue" not in self.typed:
            forms["queue"].initial = {"role": record.owner_role}
        return {
            "forms": forms, "opened_form": next(iter(self.typed), ""), "mine": mine, "why_not_claim": why_claim,
            "why_not_assign": self.may("assign_exception"), "why_not_dismiss": self.may("dismiss_exception"),
            "is_resting": record.state in (State.SNOOZED, State.WAITING_ON),
        }  # fmt: skip
