"""Columns of the engine's lists."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from jlseko.ui.columns import DeskColumn, DueColumn, MoneyColumn, PrimaryColumn, WhenColumn
from jlseko.ui.tables import DeskTable
from sync.links import exception_url, order_url
from sync.looks import marketplace_state, stage_of, status_of
from sync.models import Order


class OrderTable(DeskTable):
    """All orders."""

    caption = "Orders"
    noun = ("order", "orders")

    order_id = PrimaryColumn(verbose_name="Order", orderable=False)
    where = DeskColumn(verbose_name="Where", accessor="item", orderable=False)
    stage = DeskColumn(verbose_name="Stage", accessor="item", orderable=False)
    marketplace_state = DeskColumn(verbose_name="John Lewis", orderable=False, mid_only=True)
    warehouse_state = DeskColumn(verbose_name="SEKO", orderable=False, mid_only=True)
    deadline = DueColumn(verbose_name="Deadline", accessor="due_by", orderable=False)
    lines = DeskColumn(
        verbose_name="Lines", orderable=False, wide_only=True, empty_values=(), attrs={"cell": {"class": "num"}}
    )
    total_price = MoneyColumn(verbose_name="Value", currency="@currency", orderable=False)
    tracking = DeskColumn(verbose_name="Tracking", orderable=False, wide_only=True, empty_values=())
    placed_at = WhenColumn(verbose_name="Placed", orderable=True, order_by=("placed_at", "pk"))

    def row_url(self, record: Order) -> str:
        return order_url(record)

    def row_tone(self, record: Any) -> str:
        return "danger" if record.any_stalled else ""

    def render_order_id(self, record: Order) -> SafeString:
        url = order_url(record)
        if not url:
            return format_html('<span class="mono">{}</span>', record.order_id)
        return format_html('<a class="mono" href="{}">{}</a>', url, record.order_id)

    def render_where(self, record: Any) -> SafeString:
        badge = status_of(record.item, stalled=record.any_stalled)
        url = exception_url(record) if record.any_stalled else ""
        if not url:
            return badge
        return format_html('<a href="{}" title="Open the exception of {}">{}</a>', url, record.order_id, badge)

    def render_marketplace_state(self, record: Order) -> SafeString:
        return marketplace_state(record)

    def render_lines(self, record: Order) -> SafeString:
        quantities = [line.quantity for line in record.lines.all()]
        units = sum(quantities)
        words = f"{units:,} {'unit' if units == 1 else 'units'}"
        return format_html('{} <span class="cell-sub">{}</span>', len(quantities), words)

    def render_stage(self, record: Order) -> str:
        return stage_of(record.item)

    def render_deadline(self, record: Order, value: Any, bound_column: Any) -> Any:
        if record.item.is_final or record.confirmed_at:
            return "–"
        return bound_column.column.__class__.render(bound_column.column, value)

    def render_tracking(self, record: Any) -> SafeString | str:
        numbers = [dispatch.tracking_number for dispatch in record.dispatches.all() if dispatch.tracking_number]
        return format_html('<span class="mono">{}</span>', numbers[0]) if numbers else "–"
