"""Filters of the stock lists."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from jlseko.ui.filters import DeskFilterSet
from sync.models import LineOutcome, Listing, Product, StockFileLine
from sync.skus import key_of
from sync.stock_pages.states import IMPLIES, LOOKS

SHORTEST_SEARCH = 2
OUTCOME_CHOICES = [(LineOutcome.REFUSED, "Refused"), (LineOutcome.NOT_APPLIED, "Not applied"), ("good", "Accepted"),
                   (LineOutcome.SENT, "No answer yet")]  # fmt: skip


class StockFilterSet(DeskFilterSet):
    """Which listings are shown. The list brings ``life``."""

    search_placeholder = "SKU or title"

    q = django_filters.CharFilter(label="Search", method="search")
    life = django_filters.ChoiceFilter(
        label="State", choices=[(life, look.word) for life, look in LOOKS.items()], method="by_life"
    )
    category = django_filters.ChoiceFilter(label="Category", choices=[])

    class Meta:
        model = Listing
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Listing.objects.filter(active=True).exclude(category="").order_by("category")
        names = list(known.values_list("category", flat=True).distinct())
        self.filters["category"].extra["choices"] = [(name, name) for name in names]

    def search(self, rows: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        """By the beginning of the SKU or a word of the title; too short a text matches nothing."""
        wanted = value.strip()
        if len(wanted) < SHORTEST_SEARCH:
            return rows.none()
        return rows.filter(Q(sku_key__startswith=key_of(wanted)) | Q(title__icontains=wanted))

    def by_life(self, rows: QuerySet[Listing], name: str, value: str) -> QuerySet[Listing]:
        """By state, over the index that knows it."""
        return rows.filter(IMPLIES.get(value, Q()), Q(("life", value)))


class UnlistedFilterSet(DeskFilterSet):
    """Which unlisted products are shown."""

    search_placeholder = "Product code or name"

    q = django_filters.CharFilter(label="Search", method="search")

    class Meta:
        model = Product
        fields: list[str] = []

    def search(self, rows: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """By the beginning of the code or a word of the name."""
        wanted = value.strip()
        return rows.filter(Q(code_key__startswith=key_of(wanted)) | Q(title__icontains=wanted))


class LineFilterSet(DeskFilterSet):
    """Which levels of a file are shown."""

    search_placeholder = "SKU"
    facet_only = ("outcome",)

    q = django_filters.CharFilter(label="Search", method="search")
    outcome = django_filters.ChoiceFilter(label="Outcome", choices=OUTCOME_CHOICES, method="by_outcome")

    class Meta:
        model = StockFileLine
        fields: list[str] = []

    def search(self, rows: QuerySet[StockFileLine], name: str, value: str) -> QuerySet[StockFileLine]:
        """By the beginning of the SKU."""
        return rows.filter(listing__sku_key__startswith=key_of(value))

    def by_outcome(self, rows: QuerySet[StockFileLine], name: str, value: str) -> QuerySet[StockFileLine]:
        """Accepted counts read back ones too."""
        wanted = [LineOutcome.ACCEPTED, LineOutcome.VERIFIED] if value == "good" else [value]
        return rows.filter(outcome__in=wanted)
