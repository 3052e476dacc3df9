"""The orders of one cause, one a row."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exceptions.category import registry
from exceptions.looks import state_of
from exceptions.models import Cause, ExceptionRecord, Fault
from exceptions.nouns import Noun
from exceptions.states import OwnerRole
from jlseko.clock import business_now
from jlseko.ui.badges import money, person
from jlseko.ui.columns import CheckColumn, DeskColumn, DueColumn, MoneyColumn, PrimaryColumn
from jlseko.ui.tables import DeskTable
from jlseko.ui.times import ago

RELATED = ("owner", "item", "connection", "cause")


def with_other_holds(rows: QuerySet[ExceptionRecord], cause: Cause) -> QuerySet[ExceptionRecord]:
    """Rows with all that the table shows: what else holds each is told by ``also``, the slugs of the categories."""
    others = Fault.objects.outstanding().filter(record=OuterRef("pk")).exclude(cause=cause).order_by()
    return rows.select_related(*RELATED).annotate(also=ArraySubquery(others.values("category").distinct()))


class MemberTable(DeskTable):
    """What one cause holds or has held. ``noun`` is one and several of it; ``pick`` adds boxes to tick."""

    record = CheckColumn(name="record", label="subject")
    order_number = PrimaryColumn(verbose_name="Order or SKU", empty_values=())
    act_by = DueColumn(accessor="deadline", verbose_name="Deadline", order_by=("act_by",), orderable=True)
    value = MoneyColumn(orderable=True, verbose_name="Value")
    owner = DeskColumn(accessor="owner_role", verbose_name="Owner")
    state = DeskColumn(verbose_name="State")

    def __init__(self, noun: Noun, *args: Any, pick: bool = False, caption: str = "", **kwargs: Any) -> None:
        super().__init__(*args, exclude=() if pick else ("record",), **kwargs)
        self.noun = noun
        self.caption = caption
        self.now = business_now()

    def row_url(self, record: ExceptionRecord) -> str:
        return reverse("exceptions:detail", args=[record.pk])

    def row_tone(self, record: ExceptionRecord) -> str:
        return "danger" if record.is_open and record.deadline and record.deadline < self.now else ""

    def render_order_number(self, value: str, record: ExceptionRecord) -> SafeString:
        shown = format_html('<span class="mono">{}</span>', record.subject) if record.subject else record.headline
        return format_html('<a href="{}">{}</a>', self.row_url(record), shown)

    def render_act_by(self, value: Any, record: ExceptionRecord, column: DueColumn) -> SafeString:
        if record.closed_at:
            return format_html('<span class="muted">closed {}</span>', ago(record.closed_at))
        return column.render(value)

    def render_value(self, value: Any, record: ExceptionRecord) -> SafeString | str:
        return money(value) if value or record.order_number else "–"

    def render_owner(self, record: ExceptionRecord) -> SafeString:
        return person(record.owner) if record.owner else person(None, str(OwnerRole(record.owner_role).label))

    def render_state(self, record: ExceptionRecord) -> SafeString:
        """The state, what else holds it, and how a closed one ended."""
        also = [registry.get(slug).title for slug in getattr(record, "also", None) or ()]
        note = f"also held by: {', '.join(also)}" if also else ""
        if record.closed_at:
            note = record.closed_reason
        return format_html(
            "{}{}", state_of(record), format_html('<span class="cell-sub">{}</span>', note) if note else ""
        )
