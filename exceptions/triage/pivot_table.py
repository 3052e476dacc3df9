"""The rows of a pivot: one for each cause, SKU or carrier, with a way into its exceptions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from exceptions.nouns import ANY, counted
from exceptions.tables import Rights
from exceptions.triage.pivots import Group, Pivot
from jlseko.clock import business_now
from jlseko.ui.badges import money, state_badge
from jlseko.ui.columns import DeskColumn, DueColumn, MoneyColumn, NumberColumn, PrimaryColumn
from jlseko.ui.icons import icon
from jlseko.ui.tables import DeskTable
from jlseko.ui.times import due


class PivotTable(DeskTable):
    """Sums of one pivot."""

    earliest = DueColumn(verbose_name="First deadline", empty_values=())
    title = PrimaryColumn(verbose_name="")
    count = NumberColumn(verbose_name="Exceptions")
    late = DeskColumn(verbose_name="Late", empty_values=())
    held = MoneyColumn(verbose_name="Money held")
    headline = DeskColumn(verbose_name="Most urgent of them", wide_only=True)
    actions = DeskColumn(accessor="key", verbose_name="Actions", empty_values=())

    class Meta:
        sequence = ("earliest", "title", "count", "late", "held", "headline", "actions")

    def __init__(self, pivot: Pivot, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        hidden = {"exclude": ("headline",)} if pivot.slug == "cause" else {}
        super().__init__(*args, **kwargs, **hidden)
        self.pivot, self.noun, self.request = pivot, pivot.noun, request
        self.caption = f"Exceptions by {pivot.label if pivot.slug == 'sku' else pivot.label.lower()}"
        self.columns["title"].column.verbose_name = pivot.label
        self.rights, self.now = Rights(request.user), business_now()
        self.plan = reverse("exceptions:run-plan")

    def row_id(self, record: Group) -> str:
        return f"group-{record.key or 'none'}"

    def row_url(self, record: Group) -> str:
        return record.url

    def row_tone(self, record: Group) -> str:
        return "danger" if record.late else ""

    def render_earliest(self, value: Any, record: Group) -> SafeString:
        return due(value, why=f"The first deadline of {counted(record.count, ANY)}.")

    def render_title(self, value: str, record: Group) -> SafeString:
        """The name, and the first exceptions on demand; without a script the link to all of them."""
        link = format_html('<a href="{}">{}</a>', record.url, value)
        shown = format_html('<span class="cell-sub">{}</span>', record.sub) if record.sub else ""
        if record.count == 1:
            return format_html("{}{}", link, shown)
        return format_html(
            '{0}{1}<details class="first-rows"><summary>First {2} of {3}</summary>'
            '<div hx-get="?{4}" hx-trigger="toggle from:closest details once" hx-headers=\'{{"Desk-Part": "first"}}\'>'
            '<a href="?{4}">Show all {3}</a></div></details>',
            link, shown, min(record.count, 5), f"{record.count:,}", record.query,
        )  # fmt: skip

    def render_count(self, value: int, record: Group) -> SafeString:
        return format_html('<a href="?{}">{}</a>', record.query, f"{value:,}")

    def render_late(self, value: int, record: Group) -> SafeString:
        """How many, and which share."""
        if not value:
            return format_html('<span class="muted">{}</span>', "none")
        return state_badge(f"{value:,} · {value / record.count:.0%}", "danger", "alarm-clock-off",
                           f"{value:,} of {record.count:,} are late")  # fmt: skip

    def render_held(self, value: Any) -> SafeString | str:
        return money(value) if value else "–"

    def render_headline(self, value: str) -> SafeString:
        return format_html('<span class="clip-2">{}</span>', value)

    def render_actions(self, record: Group) -> SafeString:
        """The same actions as for a selection: on all that this row counts, counted again before anything is done."""
        deeds = [
            (reverse("exceptions:bulk", args=[name]), words)
            for name, words, right in (
                ("take", "Take {}", "claim_exception"), ("assign", "Assign {}…", "assign_exception"),
                ("snooze", "Snooze {}…", "claim_exception"), ("dismiss", "Dismiss {}…", "dismiss_exception"),
            )
            if self.rights.has(right)
        ]  # fmt: skip
        if self.rights.has("run_resubmission"):
            deeds.insert(0, (self.plan, "Resubmit {}…"))
        if not deeds or not record.key:
            return format_html("")
        which = "it" if record.count == 1 else f"all {record.count:,}"
        buttons = format_html_join(
            "",
            '<button class="menu-item" formaction="{}" {}>{}</button>',
            ((to, "data-leaves" if to == self.plan else "", words.format(which)) for to, words in deeds),
        )
        return format_html(
            '<form method="post" class="row-acts" data-quick>'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<input type="hidden" name="next" value="{}"><input type="hidden" name="matching" value="{}">'
            '<input type="hidden" name="counted" value="{}"><details class="menu row-menu" data-menu>'
            '<summary class="btn btn-icon btn-sm" aria-label="Act on {}: {}" title="Act on {}">{}'
            '<span class="phone-word">Act on {}</span></summary>'
            '<div class="menu-panel">{}</div></details></form>',
            get_token(self.request), self.request.get_full_path(), record.query, record.count, which, record.title,
            which, icon("ellipsis", "s"), which, buttons,
        )  # fmt: skip
