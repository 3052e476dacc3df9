"""The lists of runs, and of what became of each record of a run."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exceptions.models import ResubmitRun, RunItem
from exceptions.runs.reading import LOOKS, RUNS
from jlseko.ui.badges import state_badge
from jlseko.ui.columns import DeskColumn, NumberColumn, PersonColumn, PrimaryColumn, WhenColumn
from jlseko.ui.tables import DeskTable
from jlseko.ui.times import short_london


class RunTable(DeskTable):
    """Runs, the newest first."""

    caption = "Runs"
    noun = ("run", "runs")

    words = PrimaryColumn(verbose_name="What was sent back")
    state = DeskColumn()
    progress = DeskColumn(accessor="pk", verbose_name="Had their turn")
    taken = NumberColumn(verbose_name="Accepted")
    failed = NumberColumn(verbose_name="Failed")
    by = PersonColumn(verbose_name="Started by", mid_only=True)
    created_at = WhenColumn(verbose_name="Started", mid_only=True)

    def row_url(self, record: ResubmitRun) -> str:
        return reverse("exceptions:run", args=[record.pk])

    def render_words(self, record: ResubmitRun) -> SafeString:
        again = f", again what failed in run {record.retry_of_id}" if record.retry_of_id else ""
        sub = format_html('<span class="cell-sub">{}{}</span>', record.fix_note or f"Run {record.pk}", again)
        return format_html(
            '<a href="{}">{}</a>{}', self.row_url(record), f"{record.words[:1].upper()}{record.words[1:]}", sub
        )

    def render_state(self, record: ResubmitRun) -> SafeString:
        look = RUNS[record.state]
        return state_badge(look.short, look.tone, look.icon)

    def render_progress(self, record: Any) -> SafeString:
        return format_html('<span class="nowrap">{} of {}</span>', record.tried, record.number)


class RunItemTable(DeskTable):
    """What became of each record of a run."""

    caption = "What became of each"
    noun = ("exception", "exceptions")

    record = PrimaryColumn(verbose_name="Order or SKU")
    headline = DeskColumn(accessor="record__headline", verbose_name="What is wrong", mid_only=True)
    outcome = DeskColumn(verbose_name="Result")
    at = WhenColumn(verbose_name="Its turn")

    def row_url(self, record: RunItem) -> str:
        return reverse("exceptions:detail", args=[record.record_id])

    def render_record(self, record: RunItem) -> SafeString:
        name = record.record.subject or f"Exception {record.record_id}"
        return format_html('<a class="mono" id="item-{}" href="{}">{}</a>', record.pk, self.row_url(record), name)

    def render_outcome(self, value: str, record: RunItem) -> SafeString:
        look = LOOKS[value]
        badge = state_badge(look.short, look.tone, look.icon)
        why = record.why
        if value == "came_back":
            why = record.record.closed_reason or f"It stopped again: {record.record.headline}"
        elif value == "verified":
            why = record.record.closed_reason
        elif value == "accepted" and record.record.accepted_at:
            why = f"At {short_london(record.record.accepted_at)}, not read back yet"
        return format_html('{}<span class="cell-sub">{}</span>', badge, why) if why else badge
