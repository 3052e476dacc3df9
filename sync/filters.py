"""Filters of the engine's lists."""

import django_filters
from django.db.models import Q, QuerySet

from jlseko.ui.filters import DeskFilterSet
from sync.looks import STAGES
from sync.models import Dispatch, Order
from sync.skus import key_of
from sync.states import FINAL, Kind
from sync.states import STAGES as STAGES_OF

WHERE = [("moving", "Moving"), ("stalled", "Stalled"), ("done", "Done")]
SHORTEST_SEARCH = 3


class OrderFilterSet(DeskFilterSet):
    """Which orders are shown."""

    search_placeholder = "Order number, SEKO number, SKU or tracking number"

    q = django_filters.CharFilter(label="Search", method="search")
    where = django_filters.ChoiceFilter(label="Where", choices=WHERE, method="by_place")
    stage = django_filters.ChoiceFilter(
        label="Stage", field_name="item__stage", choices=[(stage, STAGES[stage]) for stage in STAGES_OF[Kind.ORDER]]
    )
    marketplace = django_filters.CharFilter(
        label="John Lewis state", field_name="marketplace_state", lookup_expr="iexact"
    )
    warehouse = django_filters.CharFilter(label="SEKO state", field_name="warehouse_state", lookup_expr="iexact")
    facet_only = ("marketplace", "warehouse")

    class Meta:
        model = Order
        fields: list[str] = []

    def search(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """By the numbers that people have at hand; too short a text matches nothing rather than everything."""
        wanted = value.strip().replace("\x00", "")
        if len(wanted) < SHORTEST_SEARCH:
            return rows.none()
        tracked = Dispatch.objects.filter(Q(tracking_number__iexact=wanted) | Q(dispatch_number=wanted)).values("order")
        return rows.filter(
            Q(order_id__istartswith=wanted)
            | Q(commercial_id__istartswith=wanted)
            | Q(warehouse_number=wanted)
            | Q(pk__in=tracked)
            | Q(pk__in=Order.objects.filter(lines__sku_key=key_of(wanted)).values("pk"))
        )

    def by_place(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """The three places of the promise; the list brings ``any_stalled``."""
        stalled = Q(any_stalled=True)
        over = Q(item__status__in=FINAL)
        places: dict[str, Q] = {"stalled": stalled, "done": over & ~stalled, "moving": ~stalled & ~over}
        return rows.filter(places[value])
