"""The list of exceptions: quick views above, facets beside, the most urgent first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property

from exceptions.facets import FACETS, Cube, Totals, facets
from exceptions.filters import RecordFilters
from exceptions.models import ExceptionRecord
from exceptions.quick_views import VIEWS, counts
from exceptions.scope import Scope
from exceptions.tables import RecordTable, for_list
from exceptions.views.page import VIEW
from jlseko.ui.badges import money_text
from jlseko.ui.filters import DeskFilterSet, Facet
from jlseko.ui.links import replaced
from jlseko.ui.tables import DeskTable
from jlseko.ui.views import DeskListView


class RecordListView(DeskListView):
    """Exceptions as work. The address holds the whole state: view, filters, order, place."""

    permission_required = VIEW
    template_name = "exceptions/list.html"
    list_template_name = "exceptions/_list.html"
    table_class = RecordTable
    filterset_class = RecordFilters
    title = "Exceptions"

    @cached_property
    def scope(self) -> Scope:
        """What the address asks for."""
        return Scope.of(self.request)

    def get_queryset(self) -> QuerySet[ExceptionRecord]:
        """The rows of the quick view."""
        return for_list(self.scope.in_view)

    def get_sort(self) -> tuple[str, list[str]]:
        """What was asked for, else what suits the quick view."""
        self.default_sort = self.scope.view.sort
        return super().get_sort()

    def get_table(self, rows: list[Any], sort: str) -> DeskTable:
        """With this person's buttons."""
        table = self.table_class(data=rows, request=self.request)
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
        if filtered and any(self.request.GET.get(name) for name in ("q", "owner", *FACETS)):
            return super().get_empty(filtered)
        view = self.scope.view
        return {"title": view.empty_title, "text": view.empty_text, "icon": "circle-check" if view.good else view.icon,
                "tone": "success" if view.good else ""}  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list, the tabs and the money."""
        numbers = counts(self.scope.visible, self.person, self.scope.now)
        tabs = [
            {
                "label": view.label,
                "icon": view.icon,
                "url": replaced(self.request, view=view.slug, sort=None, state=None),
                "active": view is self.scope.view,
                "count": numbers.get(view.slug),
            }
            for view in VIEWS
        ]
        context = super().get_context_data(tabs=tabs, tabs_label="Quick views", **kwargs)
        return context | {"held": money_text(self.totals.held), "view": self.scope.view}
