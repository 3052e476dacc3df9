"""The list of exceptions: quick views above, facets beside, the most urgent first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property

from exceptions.filters import FACETS, Cube, RecordFilters, facets, without_facets
from exceptions.models import ExceptionRecord
from exceptions.quick_views import VIEWS, QuickView, chosen, conditions, counts
from exceptions.tables import RecordTable, for_list
from exceptions.views.page import VIEW
from jlseko.clock import business_now
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
    def view(self) -> QuickView:
        """The chosen quick view."""
        query = self.request.GET
        searching = bool(query.get("q", "").strip()) or bool(query.get("state"))
        return chosen(query.get("view", ""), searching=searching)

    @cached_property
    def visible(self) -> QuerySet[ExceptionRecord]:
        """Everything that this person may see."""
        return ExceptionRecord.objects.visible_to(self.person)

    def get_queryset(self) -> QuerySet[ExceptionRecord]:
        """The rows of the quick view."""
        return for_list(self.visible.filter(conditions(self.person, business_now())[self.view.slug]))

    def get_sort(self) -> tuple[str, list[str]]:
        """What was asked for, else what suits the quick view."""
        self.default_sort = self.view.sort
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
        rows = self.visible.filter(conditions(self.person, business_now())[self.view.slug])
        filters = RecordFilters(self.request.GET, queryset=rows, request=self.request)
        return Cube.of(without_facets(filters, rows))

    def get_total(self, rows: QuerySet[Any]) -> str:
        """The sum of the cells that the chosen facets admit; no further query."""
        return f"{sum(cell['number'] for cell in self._matching()):,}"

    def _matching(self) -> list[dict[str, Any]]:
        return self.cube.chosen(self.request.GET)

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """Says what was checked."""
        if filtered and any(self.request.GET.get(name) for name in ("q", "owner", *FACETS)):
            return super().get_empty(filtered)
        view = self.view
        return {"title": view.empty_title, "text": view.empty_text, "icon": "circle-check" if view.good else view.icon,
                "tone": "success" if view.good else ""}  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list, the tabs and the money."""
        numbers = counts(self.visible, self.person, business_now())
        tabs = [
            {
                "label": view.label,
                "icon": view.icon,
                "url": replaced(self.request, view=view.slug, sort=None, state=None),
                "active": view is self.view,
                "count": numbers.get(view.slug),
            }
            for view in VIEWS
        ]
        context = super().get_context_data(tabs=tabs, tabs_label="Quick views", **kwargs)
        held = sum((cell["held"] or 0) for cell in self._matching())
        return context | {"held": money_text(held), "view": self.view}
