"""The list of exceptions: quick views above, facets beside, the most urgent first; summed up where a pivot asks so."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property

from exceptions.models import ExceptionRecord, SavedView
from exceptions.tables import RecordTable, for_list
from exceptions.triage import peek, saved_views
from exceptions.triage.facets import FACETS, Cube, Totals, facets
from exceptions.triage.filters import RecordFilters
from exceptions.triage.looking import looked_at
from exceptions.triage.pivot_table import PivotTable
from exceptions.triage.pivots import MOST, PIVOTS, Pivot, groups, pivot_of
from exceptions.triage.quick_views import VIEWS, counts
from exceptions.triage.scope import Scope
from exceptions.triage.table import TriageTable
from exceptions.views.page import VIEW
from jlseko.ui.badges import money_text
from jlseko.ui.filters import DeskFilterSet, Facet
from jlseko.ui.keyset import Page
from jlseko.ui.links import replaced
from jlseko.ui.tables import DeskTable
from jlseko.ui.views import DeskListView

FIRST: Final = 5
PART: Final = "Desk-Part"


class RecordListView(DeskListView):
    """Exceptions as work. The address holds the whole state: view, filters, pivot, order, place, what is peeked at."""

    permission_required = VIEW
    template_name = "exceptions/list.html"
    list_template_name = "exceptions/_list.html"
    table_class: type[RecordTable] = TriageTable
    filterset_class = RecordFilters
    title = "Exceptions"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list; its bare address starts with what the role of the person starts with."""
        if request.headers.get(PART) == "first":
            return self.first()
        start = None if request.GET or request.htmx else saved_views.start_of(self.person)  # type: ignore[attr-defined]
        if start is not None and start.query:
            return HttpResponseRedirect(f"{request.path}?{start.query}")
        return super().get(request, *args, **kwargs)

    def first(self) -> HttpResponse:
        """The first rows of a group, for a pivot that is opened up."""
        rows = list(for_list(self.scope.rows)[: FIRST + 1])
        context = {"rows": rows[:FIRST], "more": len(rows) > FIRST, "query": self.scope.text}
        return self.response_class(self.request, ["exceptions/_first.html"], context)

    @cached_property
    def scope(self) -> Scope:
        """What the address asks for."""
        return Scope.of(self.request)

    @cached_property
    def pivot(self) -> Pivot:
        """By what it is summed up."""
        return pivot_of(self.request.GET.get("by", ""))

    def get_queryset(self) -> QuerySet[ExceptionRecord]:
        """The rows of the quick view; none of them where a pivot sums them up."""
        rows = for_list(self.scope.in_view)
        return rows.none() if self.pivot.sums_up else rows

    def get_sort(self) -> tuple[str, list[str]]:
        """What was asked for, else what suits the quick view."""
        self.default_sort = self.scope.view.sort
        return super().get_sort()

    def get_table(self, rows: list[Any], sort: str) -> DeskTable:
        """With this person's buttons."""
        excluded = () if self.person.has_perm("exceptions.claim_exception") else ("check",)
        table = self.table_class(data=rows, request=self.request, exclude=excluded)
        table.sort = sort
        return table

    def get_facets(self, filterset: DeskFilterSet | None) -> list[Facet]:
        """Facets with counts from one query, which also gives the totals."""
        return facets(self.request, self.cube)

    @cached_property
    def cube(self) -> Cube:
        """The rows of this view, counted by every facet."""
        return Cube.of(self.scope.visible.filter(self.scope.condition(leaving_out=FACETS)))

    @cached_property
    def totals(self) -> Totals:
        """How many rows match, and what they hold; no further query."""
        return self.cube.chosen(self.request.GET)

    def get_total(self, rows: QuerySet[Any]) -> str:
        """The number of rows in all."""
        return f"{self.totals.number:,}"

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """Says what was checked."""
        if filtered and self.scope.filters.said():
            return super().get_empty(filtered)
        view = self.scope.view
        return {"title": view.empty_title, "text": view.empty_text, "icon": "circle-check" if view.good else view.icon,
                "tone": "success" if view.good else ""}  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list, the ways to see it, and what can be done with it."""
        context = super().get_context_data(tabs_label="Quick views", **kwargs)
        number = self.totals.number
        more = {
            "held": money_text(self.totals.held), "view": self.scope.view, "scope": self.scope, "number": number,
            "matching": self.scope.text, "pivots": self._pivots(), "pivot": self.pivot,
            "saved_query": saved_views.query_of(self.request.GET), "may_share": self.person.has_perm(saved_views.SHARE),
            "looked_at": looked_at(self.person), "clear_url": f"?view={self.scope.view.slug}",
        }  # fmt: skip
        context |= more | self._counted() | self._peeked(context["page"])
        return context | self._summed() if self.pivot.sums_up else context

    def _counted(self) -> dict[str, Any]:
        """Tabs, pins and what is new, from one query of views and one of counts."""
        views = list(saved_views.seen_by(self.person)[: saved_views.PINNED])
        scopes = {f"saved {view.pk}": Scope.of(self.request, view.query).condition() for view in views}
        since = looked_at(self.person)
        if since is not None:
            scopes["new"] = Scope.of(self.request, f"{self.scope.text}&new=1").condition()
        numbers = counts(self.scope.visible, self.person, self.scope.now, more=scopes)
        tabs = [
            {
                "label": view.label, "icon": view.icon, "active": view is self.scope.view,
                "url": replaced(self.request, view=view.slug, sort=None, state=None, peek=None),
                "count": numbers.get(view.slug),
            }
            for view in VIEWS
        ]  # fmt: skip
        return {"tabs": tabs, "pins": [self._pin(view, numbers) for view in views], "new_count": numbers.get("new", 0)}

    def _pin(self, view: SavedView, numbers: dict[str, int]) -> saved_views.Pin:
        active = saved_views.query_of(self.request.GET) == view.query
        return saved_views.Pin(view, f"?{view.query or 'view=open'}", numbers[f"saved {view.pk}"], active)

    def _pivots(self) -> list[dict[str, Any]]:
        by = {pivot: pivot.slug if pivot.sums_up else None for pivot in PIVOTS}
        urls = {pivot: replaced(self.request, by=slug, sort=None, peek=None) for pivot, slug in by.items()}
        return [{"pivot": pivot, "url": url, "active": pivot is self.pivot} for pivot, url in urls.items()]

    def _peeked(self, page: Page[ExceptionRecord]) -> dict[str, Any]:
        """What stands in the panel beside the list; a record that is gone leaves it closed."""
        asked = self.request.GET.get("peek", "")
        if not (asked.isascii() and asked.isdigit()) or self.request.htmx:  # type: ignore[attr-defined]
            return {}
        found = next((row for row in page.rows if row.pk == int(asked)), None)
        found = found or for_list(self.scope.visible).filter(pk=int(asked[:18])).first()
        return {"peek": peek.peek(found, self.person)} if found else {}

    def _summed(self) -> dict[str, Any]:
        """The rows of the pivot in place of the exceptions."""
        found = groups(self.scope, self.pivot)
        table = PivotTable(self.pivot, data=found[:MOST], request=self.request)
        empty = None if found else self.get_empty(bool(self.scope.filters.said()))
        return {"table": table, "empty": empty, "page": Page([], "", ""), "capped": len(found) > MOST, "most": MOST,
                "group_count": len(found[:MOST])}  # fmt: skip
