"""One filter of the exceptions list for one person: the list, its pivots, saved views and bulk actions share it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.http import HttpRequest, QueryDict

from exceptions.models import ExceptionRecord
from exceptions.models.record import RecordQuerySet
from exceptions.triage.filters import RecordFilters
from exceptions.triage.quick_views import QuickView, chosen, conditions
from jlseko.clock import business_now

if TYPE_CHECKING:
    from collections.abc import Iterable

# What an address says beside the filter: the place in the list, its order, its pivot, and the row that is peeked at
BESIDE: Final = ("after", "before", "sort", "by", "peek")


def filter_text(query: QueryDict, *, keeping: Iterable[str] = ()) -> str:
    """The query string of the filter alone, in a form that does not depend on the order of its parameters."""
    kept = query.copy()
    for name in BESIDE:
        if name not in keeping:
            kept.pop(name, None)
    for name in [name for name in kept if not any(kept.getlist(name))]:
        del kept[name]
    return "&".join(sorted(kept.urlencode().split("&"))) if kept else ""


@dataclass(frozen=True)
class Scope:
    """The filter that ``query`` asks for, seen by the person of ``request`` at the business time ``now``."""

    request: HttpRequest
    query: QueryDict
    now: datetime

    @classmethod
    def of(cls, request: HttpRequest, text: str | None = None) -> Scope:
        """The filter of a request's own address, or of the query string ``text``."""
        return cls(request, request.GET if text is None else QueryDict(text), business_now())

    @property
    def text(self) -> str:
        """The query string of the filter."""
        return filter_text(self.query)

    @cached_property
    def view(self) -> QuickView:
        """The chosen quick view."""
        searching = bool(self.query.get("q", "").strip()) or bool(self.query.get("state"))
        return chosen(self.query.get("view", ""), searching=searching)

    @cached_property
    def visible(self) -> RecordQuerySet:
        """Everything that this person may see."""
        return ExceptionRecord.objects.visible_to(self.request.user)

    @cached_property
    def in_view(self) -> RecordQuerySet:
        """What the quick view shows."""
        return self.visible.filter(self.shown_by_view)

    @cached_property
    def shown_by_view(self) -> Q:
        """The condition of the quick view."""
        return conditions(self.request.user, self.now)[self.view.slug]

    @cached_property
    def filters(self) -> RecordFilters:
        """The filters, bound to the query."""
        return RecordFilters(self.query, queryset=self.in_view, request=self.request)

    def condition(self, *, leaving_out: Iterable[str] = ()) -> Q:
        """View and filters as one condition."""
        return self.shown_by_view & self.filters.condition(leaving_out=leaving_out)

    @property
    def rows(self) -> RecordQuerySet:
        """Every record that matches, most urgent first."""
        return self.visible.filter(self.condition()).by_urgency()

    @property
    def words(self) -> str:
        """The filter in words: "Open, Category is Unmapped carrier, Deadline is Within 4 hours"."""
        return ", ".join([self.view.label, *self.filters.said()])
