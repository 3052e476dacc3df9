"""The base of every list page: filter, sort, one keyset page, and only the list itself for htmx."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.generic import TemplateView

from jlseko.ui.access import RoleRequired
from jlseko.ui.filters import DeskFilterSet, Facet
from jlseko.ui.keyset import keyset_page
from jlseko.ui.tables import DeskTable

__all__ = ["DeskListView", "RoleRequired"]


class DeskListView(RoleRequired, TemplateView):
    """A list of rows.

    Set `queryset` (or override `get_queryset`), `table_class`, `default_sort`, and usually `filterset_class`, `title`.
    """

    template_name = "ui/list.html"
    list_template_name = "ui/_list.html"  # what htmx gets
    selection_template_name = ""  # the buttons of the bar that appears with a selection; posts to the same address
    queryset: ClassVar[QuerySet[Any] | None] = None
    table_class: type[DeskTable]
    filterset_class: type[DeskFilterSet] | None = None
    title = ""
    subtitle = ""
    default_sort = ""
    page_size = 50
    count_cap = 1000

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that this person may see, unfiltered."""
        if self.queryset is None:
            raise NotImplementedError("a list needs a queryset")
        return self.queryset.all()

    def get_facets(self, filterset: DeskFilterSet | None) -> list[Facet]:
        """Facets for the rail beside the list; none by default."""
        return []

    def get_total(self, rows: QuerySet[Any]) -> str:
        """How many rows match, in words; counting stops at `count_cap`. Override where a counter knows it."""
        found = rows.order_by()[: self.count_cap + 1].count()
        return f"{self.count_cap:,}+" if found > self.count_cap else f"{found:,}"

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """What an empty list says: `title`, `text`, `icon`, `tone`."""
        if filtered:
            return {"title": "Nothing matches", "text": "Remove a filter to see more.", "icon": "search-x"}
        return {"title": "Nothing here", "text": "Rows appear here as they arrive.", "icon": "inbox"}

    def get_table(self, rows: list[Any], sort: str) -> DeskTable:
        """The table over one page of rows."""
        table = self.table_class(data=rows)
        table.sort = sort
        return table

    def get_sort(self) -> tuple[str, list[str]]:
        """The sort key in use and its ORM fields; an unknown key falls back to the default."""
        asked = self.request.GET.get("sort", "")
        fields = self.table_class.ordering(asked) if asked else []
        if fields:
            return asked, fields
        default = self.table_class.ordering(self.default_sort)
        return self.default_sort, default or [self.default_sort or "-pk"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything that `ui/list.html` shows."""
        query = self.request.GET
        rows = self.get_queryset()
        filterset = self.filterset_class(query, queryset=rows, request=self.request) if self.filterset_class else None
        rows = filterset.qs if filterset else rows
        sort, ordering = self.get_sort()
        page = keyset_page(
            rows, ordering=ordering, size=self.page_size, after=query.get("after", ""), before=query.get("before", "")
        )
        chips = filterset.chips(self.request) if filterset else []
        context = {
            "title": self.title, "subtitle": self.subtitle, "filterset": filterset, "chips": chips, "page": page,
            "table": self.get_table(page.rows, sort), "sort": sort, "facets": self.get_facets(filterset),
            "total": self.get_total(rows), "empty": None if page.rows else self.get_empty(bool(chips)),
            "selection_template": self.selection_template_name, "list_template": self.list_template_name,
        }  # fmt: skip
        return super().get_context_data(**context | kwargs)

    def get_template_names(self) -> list[str]:
        """The list alone for htmx, the page for everybody else."""
        htmx = getattr(self.request, "htmx", None)
        alone = htmx and not htmx.boosted and not htmx.history_restore_request
        return [self.list_template_name if alone else str(self.template_name)]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; caches are told that htmx gets another body."""
        response = super().get(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response
