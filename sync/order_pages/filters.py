"""Filters of the engine's lists."""

from datetime import timedelta

import django_filters
from django.db.models import Q, QuerySet

from jlseko.clock import business_now
from jlseko.ui.filters import DeskFilterSet
from sync.looks import MARKETPLACE_STATES, STAGES
from sync.models import Order
from sync.order_pages import finding
from sync.states import FINAL, Kind
from sync.states import STAGES as STAGES_OF

DUE = [
    ("late", "Late"),
    ("4h", "Within 4 hours"),
    ("day", "4 to 24 hours"),
    ("later", "Later"),
    ("none", "No deadline"),
]
WHERE = [("moving", "Moving"), ("stalled", "Stalled"), ("done", "Done")]


class OrderFilterSet(DeskFilterSet):
    """Which orders are shown."""

    search_placeholder = "Order number, SEKO number, SKU or tracking number"

    q = django_filters.CharFilter(label="Search", method="search")
    where = django_filters.ChoiceFilter(label="Place", choices=WHERE, method="by_place")
    due = django_filters.ChoiceFilter(label="Deadline", choices=DUE, method="by_deadline")
    stage = django_filters.ChoiceFilter(
        label="Stage", field_name="item__stage", choices=[(stage, STAGES[stage]) for stage in STAGES_OF[Kind.ORDER]]
    )
    marketplace = django_filters.ChoiceFilter(
        label="Marketplace state", field_name="marketplace_state", choices=list(MARKETPLACE_STATES.items())
    )
    warehouse = django_filters.CharFilter(label="SEKO state", field_name="warehouse_state", lookup_expr="iexact")
    facet_only = ("warehouse",)

    class Meta:
        model = Order
        fields: list[str] = []

    def search(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """By the numbers that people have at hand."""
        return rows.filter(finding.by_number(value))

    def by_deadline(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """Orders with something still to be done by a deadline; what is over or confirmed has none.

        The list brings ``due_by``.
        """
        now = business_now()
        soon, day = now + timedelta(hours=4), now + timedelta(days=1)
        open_rows = rows.filter(confirmed_at=None).exclude(item__status__in=FINAL)
        spans: dict[str, Q] = {
            "late": Q(due_by__lte=now),
            "4h": Q(due_by__gt=now, due_by__lte=soon),
            "day": Q(due_by__gt=soon, due_by__lte=day),
            "later": Q(due_by__gt=day),
            "none": Q(due_by=None),
        }
        return open_rows.filter(spans[value])

    def by_place(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """The three places of the promise; the list brings ``any_stalled``."""
        stalled = Q(any_stalled=True)
        over = Q(item__status__in=FINAL)
        places: dict[str, Q] = {"stalled": stalled, "done": over & ~stalled, "moving": ~stalled & ~over}
        return rows.filter(places[value])
