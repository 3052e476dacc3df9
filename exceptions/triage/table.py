"""The rows of the triage list, with everything that can be done to each without opening it.

All buttons of a row belong to the one form around the table: they say in ``only`` which record they mean, so that what
is ticked stays out of it. No script is needed.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from exceptions.category import registry
from exceptions.clocks import place_reason
from exceptions.forms import MOMENTS
from exceptions.looks import STATES
from exceptions.models import ExceptionRecord
from exceptions.states import Blame, OwnerRole, State
from exceptions.tables import RecordTable, goes_back, marks
from exceptions.triage.looking import looked_at
from jlseko.ui.badges import copyable, person, tag
from jlseko.ui.columns import CheckColumn, DeskColumn, DueColumn, MoneyColumn, PrimaryColumn
from jlseko.ui.icons import icon
from jlseko.ui.times import due
from sync.states import Kind

MENU = (
    '<details class="menu row-menu" data-menu>'
    '<summary class="btn btn-icon btn-sm" aria-label="More for {}" title="More">{}'
    '<span class="phone-word">{}</span></summary>'
    '<div class="menu-panel">{}</div></details>'
)


def _wide(name: str) -> dict[str, Any]:
    """The class by which a column has its width: the table's columns do not depend on what their cells hold."""
    return {"cell": {"class": f"col-{name}"}}


class TriageTable(RecordTable):
    """Exceptions to work through, one a row."""

    check = CheckColumn(name="record")
    act_by = DueColumn(
        accessor="deadline", verbose_name="Deadline", order_by=("act_by",), orderable=True, attrs=_wide("deadline")
    )
    headline = PrimaryColumn(verbose_name="What is wrong")
    value = MoneyColumn(orderable=True, verbose_name="Value", attrs=_wide("value"))
    owner = DeskColumn(accessor="owner_role", verbose_name="Owner", attrs=_wide("owner"))
    opened_at = DeskColumn(orderable=True, verbose_name="Age", wide_only=True, attrs=_wide("age"))
    actions = DeskColumn(accessor="pk", verbose_name="Actions", attrs=_wide("acts"))

    class Meta:
        exclude = ("order_number", "state")
        sequence = ("check", "act_by", "headline", "value", "owner", "opened_at", "actions")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.since = looked_at(request.user)
        self.peeked = request.GET.get("peek", "")
        query = request.GET.copy()
        query.pop("peek", None)
        self.query = f"{query.urlencode()}&" if query else ""
        names = ("take", "assign", "snooze", "dismiss", "send-back")
        self.to = {name: reverse("exceptions:bulk", args=[name]) for name in names}

    def row_id(self, record: ExceptionRecord) -> str:
        return f"row-{record.pk}"

    def row_class(self, record: ExceptionRecord) -> str:
        peeked = "is-current" if str(record.pk) == self.peeked else ""
        return " ".join(filter(None, (super().row_class(record), "is-new" if self._is_new(record) else "", peeked)))

    def _is_new(self, record: ExceptionRecord) -> bool:
        return self.since is not None and record.opened_at > self.since

    def render_check(self, record: ExceptionRecord) -> SafeString:
        name = record.subject or record.headline
        return format_html(
            '<input type="checkbox" name="record" value="{0}" data-row data-subject="{1}" aria-label="Select {1}">'
            '<input type="hidden" name="seen" value="{0}:{2}">',
            record.pk, name, record.version,
        )  # fmt: skip

    def render_act_by(self, value: Any, record: ExceptionRecord, column: Any) -> SafeString:
        if record.closed_at or record.state in (State.SNOOZED, State.WAITING_ON):
            return super().render_act_by(value, record, column)
        return due(value, column.verb, place_reason(record))

    def render_owner(self, record: ExceptionRecord) -> SafeString:
        """Who has it and in which state it is; while nobody has it, whose queue it stands in."""
        look = STATES[record.state]
        shown: SafeString | str = format_html("{} {}", icon(look.icon, "s"), look.short)
        if record.state == State.OPEN:
            shown = OwnerRole(record.owner_role).label
        words = format_html('<span class="cell-sub cell-state tone-{}">{}</span>', look.tone, shown)
        return format_html("{}{}", person(record.owner, "Nobody yet"), words)

    def render_headline(self, value: str, record: ExceptionRecord) -> SafeString:
        again = format_html(" · {} times", record.occurrences) if record.occurrences > 1 else ""
        waiting = format_html(" · waits for {}", record.waiting_whom) if record.state == State.WAITING_ON else ""
        new = format_html('<span class="new-mark">{}</span>', "New") if self._is_new(record) else ""
        return format_html(
            '<a href="{0}" title="{1}">{1}</a>'
            '<span class="cell-sub">{2}{3}{8} <span class="sub-words">{4} · {5}{6}{7}</span></span>',
            self.row_url(record), value, new, self._subject(record), registry.get(record.category).title,
            Blame(record.side).label, again, waiting, marks(record),
        )  # fmt: skip

    def _subject(self, record: ExceptionRecord) -> SafeString | str:
        if not record.subject:
            return ""
        if record.order_number or (record.item is not None and record.item.kind == Kind.LISTING):
            return copyable(record.subject, "order number" if record.order_number else "SKU")
        return tag(record.subject)

    def render_actions(self, record: ExceptionRecord) -> SafeString:
        """What can be done without opening the row."""
        name = record.subject or record.headline
        works = record.is_open and self.rights.act(record)
        buttons = []
        if works and record.owner_id != self.request.user.pk and self.rights.has("claim_exception"):
            buttons.append((self.to["take"], record.pk, "take", name, "Take", icon("hand", "s")))
        if works and goes_back(record) and self.rights.has("resubmit_exception"):
            buttons.append((self.to["send-back"], record.pk, "resubmit", name, "Resubmit", icon("send", "s")))
        drawn = format_html_join(
            "",
            '<button class="btn btn-sm" formaction="{0}" name="only" value="{1}" data-act="{2}" aria-label="{4} {3}"'
            ' title="{4}">{5}<span>{4}</span></button>',
            buttons,
        )
        peek = format_html(
            '<a class="btn btn-icon btn-sm row-peek" href="?{0}peek={1}" data-peek="{1}" aria-label="Look at {2} beside'
            ' the list" title="Look at it here">{3}</a>',
            self.query, record.pk, name, icon("panel-right", "s"),
        )  # fmt: skip
        word = "Assign, snooze" if works else "More"
        menu = format_html(MENU, name, icon("ellipsis", "s"), word, self._menu(record, name, works=works))
        return format_html('<div class="row-acts">{}{}{}</div>', drawn, menu, peek)

    def _menu(self, record: ExceptionRecord, name: str, *, works: bool) -> SafeString:
        """The rest: open, fix, assign, snooze, dismiss, copy."""
        url = self.row_url(record)
        links = [(url, "open", "Open")] + ([(f"{url}#fix", "fix", "Fix")] if works else [])
        items = [("", *link) for link in links]
        entries = [format_html_join("", '{}<a class="menu-item" href="{}" data-act="{}">{}</a>', items)]
        if works:
            entries.append(
                format_html_join(
                    "",
                    '<button class="menu-item" formaction="{}" name="only" value="{}" data-act="{}">{}</button>',
                    ((address, record.pk, act, words) for address, act, words in self._choices()),
                )
            )
        if record.subject:
            copied = '<button type="button" class="menu-item needs-js" data-copy="{0}">Copy {0}</button>'
            entries.append(format_html(copied, record.subject))
        return format_html_join("", "{}", ((entry,) for entry in entries))

    def _choices(self) -> list[tuple[str, str, str]]:
        """Address, name and words of each choice that this person has."""
        snooze = self.to["snooze"]
        found = [(self.to["assign"], "assign", "Assign…")] if self.rights.has("assign_exception") else []
        if self.rights.has("claim_exception"):
            ahead = [(f"{snooze}?in={value}", "", f"Snooze: {words.lower()}") for value, words in MOMENTS[:3]]
            found += [*ahead, (snooze, "snooze", "Snooze…")]
        if self.rights.has("dismiss_exception"):
            found.append((self.to["dismiss"], "dismiss", "Dismiss…"))
        return found
