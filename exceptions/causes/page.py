"""Everything that the page of one cause shows, as template context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from exceptions import reading, roles, runbooks, services
from exceptions.category import Category, Resubmit, registry
from exceptions.causes import cause_reading, regression
from exceptions.causes.cause_reading import Figures
from exceptions.causes.member_table import MemberTable, with_other_holds
from exceptions.causes.trend import trend
from exceptions.looks import Look
from exceptions.models import Cause, ExceptionRecord
from exceptions.nouns import Noun, noun_of
from exceptions.partner_away import PARTNER
from exceptions.runs.forms import EACH
from exceptions.services.sorting import SPLIT
from jlseko.clock import business_now
from jlseko.ui.badges import state_badge
from jlseko.ui.keyset import Page, keyset_page
from jlseko.ui.links import replaced
from sync.loop import forecast
from sync.models import Side

SIZE: Final = 50
TABS: Final = (
    ("orders", "Held by it", "package"),
    ("past", "Held before", "circle-check"),
    ("runs", "Runs", "send"),
    ("history", "History", "history"),
)
QUIET: Final = Look("success", "circle-check", "Nothing held")
WORK: Final = Look("danger", "circle-alert", "Open")
PROVING: Final = Look("info", "send", "Being proved")
MERGED: Final = Look("neutral", "git-merge", "Merged")


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls a fix needs in all, and about how long they take in real time; ``needed`` = the slowest first."""

    number: int
    takes: timedelta
    needed: list[forecast.Need]


@dataclass
class CausePage:
    """One cause for one reader. What was typed is handed in with ``parts``, so that nothing of it is lost on a no."""

    request: HttpRequest
    cause: Cause
    parts: Sequence[services.Part] | None = None
    plan: services.Plan | None = None
    error: str = ""

    def __post_init__(self) -> None:
        self.now = business_now()

    @property
    def user(self) -> Any:
        """The reader."""
        return self.request.user

    @cached_property
    def category(self) -> Category:
        """What kind of cause it is."""
        return registry.get(self.cause.category)

    @cached_property
    def family(self) -> list[Cause]:
        """The cause, and all that was merged into it."""
        if not getattr(self.cause, "has_merged", True):
            return [self.cause]
        return cause_reading.family_of(self.cause, cause_reading.sorted_causes(self.cause))

    @cached_property
    def keys(self) -> set[int]:
        """The keys of the family."""
        return {cause.pk for cause in self.family}

    @cached_property
    def figures(self) -> Figures:
        """Its numbers."""
        return cause_reading.figures(self.cause, self.keys, self.user, now=self.now)

    @cached_property
    def shown_parts(self) -> list[services.Part]:
        """The forms, one for each fingerprint that still holds something."""
        if self.parts is not None:
            return list(self.parts)
        return services.cause_parts(self.cause) if self.figures.waiting else []

    @cached_property
    def lead(self) -> ExceptionRecord | None:
        """A member that a person has to act on; the most urgent of those that are shown."""
        if self.shown_parts:
            return self.shown_parts[0].faults[0].record
        shown = self.page.rows if self.tab == "orders" else []
        found = next((record for record in shown if record.is_open), None)
        return found or reading.cause_members(self.cause, self.user).first()

    @property
    def goes_together(self) -> bool:
        """Whether one fix lets all of it go."""
        return self.category.resubmit == Resubmit.CAUSE

    @property
    def tab(self) -> str:
        """Which list is shown below."""
        asked = self.request.GET.get("show", "")
        return asked if asked in {slug for slug, _, _ in TABS} else "orders"

    def context(self) -> dict[str, Any]:
        """All of it."""
        cause, numbers = self.cause, self.figures
        return {
            "title": cause.headline, "cause": cause, "category": self.category, "now": self.now, "error": self.error,
            "figures": numbers, "state_badge_html": self._state(), "alike": self._alike(),
            "first_seen": min(member.first_seen for member in self.family),
            "last_seen": max(member.last_seen for member in self.family),
            "regression": regression.regression_of(cause), "merged": self.family[1:],
            "trend": trend(self.keys, first_seen=min(m.first_seen for m in self.family), now=self.now),
            "runbook": runbooks.html(self.category), "noun": self.noun, "may_sort": self._may_sort(),
            "unowned_words": f"{numbers.unowned} untaken" if numbers.unowned else "",
            **self._fix(), **self._list(), **self._outage(),
        }  # fmt: skip

    def _state(self) -> Any:
        if self.cause.merged_into_id:
            look = MERGED
        elif self.figures.waiting:
            look = WORK
        else:
            look = PROVING if self.figures.number else QUIET
        return state_badge(look.short, look.tone, look.icon)

    def _alike(self) -> str:
        """What its orders have in common, in words."""
        if self.cause.fingerprint.startswith(SPLIT):
            return "Put together by a person"
        return self.category.alike

    @cached_property
    def page(self) -> Page[ExceptionRecord]:
        """The rows of the tab that shows orders: what is held, or what was held before."""
        if self.tab == "past":
            rows = with_other_holds(cause_reading.past_members(self.keys, self.user), self.cause)
            ordering = ["-closed_at"]
        else:
            rows = with_other_holds(cause_reading.members(self.cause, self.user), self.cause)
            ordering = MemberTable.ordering(self.request.GET.get("sort", "")) or ["act_by"]
        query = self.request.GET
        return keyset_page(
            rows, ordering=ordering, size=SIZE, after=query.get("after", ""), before=query.get("before", "")
        )

    @cached_property
    def noun(self) -> Noun:
        """What it is about, by the rows that are shown."""
        shown = self.page.rows if self.tab in ("orders", "past") else []
        return noun_of(shown or [part.faults[0].record for part in self.shown_parts])

    def _may_sort(self) -> bool:
        return not services.may_sort(self.user) and not services.why_not_mergeable(self.cause)

    def _list(self) -> dict[str, Any]:
        """The tabs and what the chosen one shows."""
        numbers: dict[str, int | None] = {"orders": self.figures.number, "past": self.figures.past}
        tabs = [
            {"label": label, "icon": icon, "active": slug == self.tab, "count": numbers.get(slug),
             "url": f"{replaced(self.request, show=slug, sort=None, after=None, before=None)}#list"}
            for slug, label, icon in TABS
        ]  # fmt: skip
        found: dict[str, Any] = {"cause_tabs": tabs, "tab": self.tab}
        if self.tab == "runs":
            return found | {"runs": cause_reading.runs(self.keys)}
        if self.tab == "history":
            return found | {"history": cause_reading.history(self.keys)}
        pick = self.tab == "orders" and self._may_sort() and self.figures.number > 1
        caption = f"{self.noun[1].capitalize()} {'held by this cause' if self.tab == 'orders' else 'held before'}"
        table = MemberTable(self.noun, data=self.page.rows, pick=pick, caption=caption)
        table.sort = self.request.GET.get("sort", "") or ("act_by" if self.tab == "orders" else "")
        return found | {"table": table if self.page.rows else None, "page": self.page, "pick": pick}

    def _fix(self) -> dict[str, Any]:
        """The forms, who may use them, and what saving does."""
        parts = self.shown_parts
        why_not = self.why_not()
        return {
            "parts": [] if why_not else parts, "has_parts": bool(parts), "why_not": why_not, "plan": self.plan,
            "kept_shown": self.plan.kept[:5] if self.plan else [], "goes_together": self.goes_together,
            "can_send": self.category.resubmit != Resubmit.NONE, "many_fingerprints": len(parts) > 1,
            "calls": self.calls, "back_url": reverse("exceptions:cause", args=[self.cause.pk]),
        }  # fmt: skip

    @cached_property
    def calls(self) -> Calls | None:
        """What letting all of it go takes of the partners' allowances; None where nothing can go."""
        if not self.figures.ready or self.category.resubmit == Resubmit.NONE or self.cause.merged_into_id:
            return None
        needed = forecast.needs(cause_reading.ready_items(self.cause))
        takes = forecast.duration(needed, self.figures.ready, per_minute=None, each=EACH)
        return Calls(sum(need.calls for need in needed), max(takes, timedelta(seconds=1)), needed)

    def why_not(self) -> str:
        """Why this reader may not let it go; empty where they may."""
        if not self.figures.waiting:
            return ""
        if self.lead is None:
            return ""
        allowed, why = roles.may(self.user, "resubmit_exception", self.lead)
        blocked = [reason for part in self.shown_parts for ok, reason in [part.may_save(self.user)] if not ok]
        return why if not allowed else next(iter(blocked), "")

    def _outage(self) -> dict[str, Any]:
        """What waits for a partner that is away, where the cause is such an outage."""
        if self.category.slug != PARTNER or not self.figures.number or self.tab not in ("orders",):
            return {}
        outage = self.page.rows[0] if self.page.rows else None
        if outage is None:
            return {}
        rows = cause_reading.children(outage, now=self.now).select_related("owner", "item", "cause")
        return {
            "outage": outage, "partner_name": Side(outage.partner).label, "children": list(rows.by_urgency()[:SIZE]),  # type: ignore[attr-defined]
            "behind": cause_reading.waiting_in_the_loop(self.cause.connection, outage.partner),
        }  # fmt: skip
