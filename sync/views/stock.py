"""The stock list, and products that nobody sells."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from jlseko.clock import business_now
from jlseko.ui.links import replaced
from jlseko.ui.tables import DeskTable
from jlseko.ui.views import DeskListView
from sync.models import Connection, Listing, Product, StockReading, StockRule
from sync.stock_pages import reading, states
from sync.stock_pages.filters import StockFilterSet, UnlistedFilterSet
from sync.stock_pages.forms import SHORT_LASTS, USUAL
from sync.stock_pages.rights import READ, rights_of
from sync.stock_pages.tables import StockTable, UnlistedTable
from sync.views.stock_acts import StockActs

VIEWS = (
    ("all", "Everything", "boxes"),
    ("drifting", "Level differs", "scale"),
    ("refused", "Refused or retried", "circle-x"),
    ("risk", "At risk", "flame"),
    ("held", "Held by a rule", "pause"),
    ("unknown", "No warehouse record", "circle-help"),
)
EMPTY = {
    "all": ("No listings yet", "They appear when John Lewis’s offers have been read, once a day.", "boxes"),
    "drifting": ("No level differs", "Every level that was read back is what it should be.", "circle-check"),
    "refused": ("Nothing is refused", "John Lewis has taken every level that it was told.", "circle-check"),
    "risk": ("Nothing is at risk", "Nothing sells faster than its level is looked after.", "circle-check"),
    "held": ("No rule holds a level", "Rules that people make appear here until they end.", "circle-check"),
    "unknown": ("Every listing has a product", "SEKO knows what each SKU at John Lewis means.", "circle-check"),
    "unlisted": ("Everything in stock is listed", "SEKO has nothing that no listing offers.", "circle-check"),
}


class StockPage(DeskListView):
    """What the tabs over both lists need."""

    permission_required = READ
    template_name = "sync/stock.html"
    list_template_name = "sync/_stock_list.html"
    title = "Stock"
    view = ""

    @cached_property
    def shops(self) -> list[Connection]:
        """The connections that work."""
        return reading.connections()

    @cached_property
    def full(self) -> dict[int, StockReading]:
        """The newest whole reading of each."""
        return states.full_readings(self.shops)

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """Says what was checked."""
        if filtered:
            return super().get_empty(filtered)
        title, text, icon = EMPTY[self.view]
        return {"title": title, "text": text, "icon": icon, "tone": "success" if icon == "circle-check" else ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list under its tabs and the age of the figures."""
        here = reverse("sync:stock-list")
        numbers = reading.counts()
        tabs = [
            {"label": label, "icon": icon, "count": numbers[slug], "active": slug == self.view,
             "url": here + (f"?view={slug}" if slug != "all" else "")}
            for slug, label, icon in VIEWS
        ]  # fmt: skip
        tabs.append(
            {"label": "In stock, not listed", "icon": "package-plus", "count": numbers[reading.UNLISTED],
             "active": self.view == "unlisted", "url": reverse("sync:stock-unlisted")}
        )  # fmt: skip
        lines = reading.shop_lines(self.shops, self.full, business_now())
        return super().get_context_data(
            tabs=tabs, tabs_label="Quick views", shop_lines=lines, several=len(lines) > 1, **kwargs
        )


class StockListView(StockActs, StockPage):
    """Every listing with its level, the greatest difference first."""

    table_class = StockTable
    filterset_class = StockFilterSet
    default_sort = "-off"

    @cached_property
    def view(self) -> str:  # type: ignore[override]
        """The chosen quick view; everything for one that does not exist."""
        asked = self.request.GET.get("view", "")
        return asked if asked in reading.VIEWS else "all"

    @cached_property
    def rights(self) -> frozenset[str]:
        """What this person may do."""
        return rights_of(self.person)

    @cached_property
    def rules(self) -> list[StockRule]:
        """Rules that work now."""
        return reading.live_rules(self.shops)

    def get_queryset(self) -> QuerySet[Listing]:
        """The listings of the quick view, each with its state."""
        rows = reading.listings().filter(reading.VIEWS[self.view])
        old = states.stale(self.shops, self.full, business_now())
        return states.with_life(rows, old=old).select_related("connection", "item")

    def get_table(self, rows: list[Any], sort: str) -> DeskTable:
        """With this person's buttons."""
        table = StockTable(data=rows, rules=self.rules, rights=self.rights)
        table.sort = sort
        return table

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tabs keep what is searched for."""
        bar = "sync/_stock_selection.html" if self.rights else ""
        context = super().get_context_data(
            rights=self.rights, selection_template=bar, lasts=SHORT_LASTS, usual=USUAL, **kwargs
        )
        for tab, (slug, _, _) in zip(context["tabs"], VIEWS, strict=False):
            tab["url"] = replaced(self.request, view=slug if slug != "all" else None)
        return context


class UnlistedView(StockPage):
    """Products that SEKO has free and that no listing sells: the most first."""

    table_class = UnlistedTable
    filterset_class = UnlistedFilterSet
    default_sort = "-available"
    view = "unlisted"

    def get_queryset(self) -> QuerySet[Product]:
        """They."""
        return reading.unlisted()
