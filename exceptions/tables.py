"""The lists of exceptions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from exceptions.category import FLOOR, Resubmit, registry
from exceptions.causes.regression import CAME_BACK, has_come_back
from exceptions.looks import state_of
from exceptions.models import ExceptionRecord, Fault
from exceptions.roles import ROLE_GROUPS, is_about_an_order, may_act
from exceptions.states import Blame, OwnerRole, State
from jlseko.clock import business_now
from jlseko.ui.badges import copyable, money, person, state_badge, tag
from jlseko.ui.columns import DeskColumn, DueColumn, MoneyColumn, NumberColumn, PrimaryColumn
from jlseko.ui.icons import icon
from jlseko.ui.tables import DeskTable
from jlseko.ui.times import ago, london, relative
from sync.models import Side
from sync.states import Kind

SOON = timedelta(hours=4)
RELATED = ("owner", "cause", "item", "connection")


def for_list(rows: QuerySet[ExceptionRecord]) -> QuerySet[ExceptionRecord]:
    """Rows with all that a list shows: nothing more is asked for each of them."""
    unfixed = Fault.objects.filter(record=OuterRef("pk"), cleared_at__isnull=True, fixed_at__isnull=True)
    children = ExceptionRecord.objects.live().filter(parent=OuterRef("pk")).order_by().values("parent")
    return rows.select_related(*RELATED).annotate(
        to_fix=Exists(unfixed), children_now=Subquery(children.annotate(number=Count("pk")).values("number"))
    )


class Rights:
    """What one person may do with each row, asked once for each kind of row."""

    def __init__(self, user: AbstractBaseUser | AnonymousUser) -> None:
        self.user = user
        self._known: dict[tuple[str, bool], bool] = {}

    def act(self, record: ExceptionRecord) -> bool:
        """Whether the person works the queue of the record."""
        key = (record.owner_role, is_about_an_order(record))
        if key not in self._known:
            self._known[key] = may_act(self.user, record)[0]
        return self._known[key]

    def has(self, permission: str) -> bool:
        """Whether the person holds a right of the desk."""
        return bool(getattr(self.user, "has_perm")(f"exceptions.{permission}"))  # noqa: B009


class RecordTable(DeskTable):
    """Exceptions, one a row; ``request`` says who looks at them."""

    caption = "Exceptions"
    noun = ("exception", "exceptions")

    act_by = DueColumn(accessor="deadline", verbose_name="Deadline", order_by=("act_by",), orderable=True)
    headline = PrimaryColumn(verbose_name="What is wrong")
    order_number = DeskColumn(verbose_name="Order or SKU", empty_values=())
    value = MoneyColumn(orderable=True, verbose_name="Value")
    owner = DeskColumn(accessor="owner_role", verbose_name="Owner")
    state = DeskColumn(wide_only=True)
    opened_at = DeskColumn(orderable=True, verbose_name="Age", wide_only=True)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.rights = Rights(request.user)
        self.now = business_now()

    @classmethod
    def ordering(cls, sort: str) -> list[str]:
        """As the columns say, and by the further moments that quick views sort by."""
        bare = sort.removeprefix("-")
        return [sort] if bare in ("closed_at", "snoozed_until") else super().ordering(sort)

    def row_url(self, record: ExceptionRecord) -> str:
        return reverse("exceptions:detail", args=[record.pk])

    def row_tone(self, record: ExceptionRecord) -> str:
        if record.is_open and record.deadline and record.deadline < self.now:
            return "danger"
        soon = record.deadline and record.deadline - self.now <= SOON
        return "warning" if record.is_open and soon else ""

    def render_act_by(self, value: Any, record: ExceptionRecord, column: DueColumn) -> SafeString:
        if record.closed_at:
            return format_html('<span class="due due-none">{}closed {}</span>', icon("check"), ago(record.closed_at))
        shown = column.render(value)
        if record.state == State.SNOOZED and record.snoozed_until:
            return format_html("{}{}", shown, _sub("wakes", record.snoozed_until))
        if record.state == State.WAITING_ON and record.chase_at:
            return format_html("{}{}", shown, _sub("chase", record.chase_at))
        return shown

    def render_headline(self, value: str, record: ExceptionRecord) -> SafeString:
        category = registry.get(record.category)
        again = format_html(" · {} times", record.occurrences) if record.occurrences > 1 else ""
        waiting = format_html(" · waits for {}", record.waiting_whom) if record.state == State.WAITING_ON else ""
        return format_html(
            '<a href="{}">{}</a><span class="cell-sub">{} · {}{}{}{}</span>',
            self.row_url(record), value, category.title, Blame(record.side).label, again, waiting, marks(record),
        )  # fmt: skip

    def render_order_number(self, value: str, record: ExceptionRecord) -> SafeString:
        if record.order_number or record.item is None:
            return copyable(record.order_number, "order number")
        return copyable(record.subject, "SKU") if record.item.kind == Kind.LISTING else tag(record.subject or "–")

    def render_value(self, value: Any, record: ExceptionRecord) -> SafeString | str:
        return money(value) if value or record.order_number else "–"

    def render_owner(self, record: ExceptionRecord) -> SafeString:
        if record.owner:
            return person(record.owner)
        return person(None, str(OwnerRole(record.owner_role).label))

    def render_state(self, record: ExceptionRecord) -> SafeString:
        return state_of(record)

    def render_opened_at(self, value: datetime) -> SafeString:
        return format_html('<span class="nowrap" title="{}">{}</span>', london(value), coarse(self.now - value))


def goes_back(record: ExceptionRecord) -> bool:
    """Whether nothing has to be entered any more, and only this order would be released. Rows of :func:`for_list`."""
    category = registry.get(record.category)
    if category.slug == FLOOR or category.resubmit != Resubmit.ITEM:
        return False
    return category.form_class is None or not getattr(record, "to_fix", True)


def marks(record: ExceptionRecord) -> SafeString:
    """What the page of its cause tells more about: that it was fixed before, and what waits for this outage. Rows of
    :func:`for_list`.
    """
    said = [CAME_BACK] if has_come_back(record.cause) else []
    number = getattr(record, "children_now", None)
    if number and record.partner in Side.values:
        waits = "exception waits" if number == 1 else "exceptions wait"
        said.append(f"{number} {waits} for {Side(record.partner).label}")
    pairs = ((_cause_url(record), words) for words in said)
    return format_html_join("", ' <a class="sub-mark" href="{}">{}</a>', pairs)


def _cause_url(record: ExceptionRecord) -> str:
    return reverse("exceptions:cause", args=[record.cause_id])


def coarse(age: timedelta) -> str:
    """An age in its largest unit: minutes, hours, days."""
    minutes = max(int(age.total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def _sub(word: str, moment: Any) -> SafeString:
    return format_html('<span class="cell-sub" title="{}">{} {}</span>', london(moment), word, relative(moment))


class OwnerTable(DeskTable):
    """Who gets which category."""

    caption = "Owners of the categories"
    noun = ("category", "categories")

    category = PrimaryColumn(accessor="category")
    side = DeskColumn(accessor="category", mid_only=True)
    role = DeskColumn(accessor="role", verbose_name="Queue")
    group = DeskColumn(accessor="role", verbose_name="Worked by", wide_only=True)
    user = DeskColumn(accessor="user", verbose_name="Person", empty_values=())
    is_default = DeskColumn(accessor="is_default", verbose_name="Set by", mid_only=True, empty_values=())
    open_count = NumberColumn(verbose_name="Open now")

    def row_url(self, record: Any) -> str:
        return reverse("exceptions:owner", args=[record.category.slug])

    def render_category(self, record: Any) -> SafeString:
        return format_html('<a href="{}">{}</a>', self.row_url(record), record.category.title)

    def render_side(self, record: Any) -> SafeString:
        return tag(str(Blame(record.category.side).label))

    def render_role(self, record: Any) -> str:
        return str(OwnerRole(record.role).label)

    def render_group(self, record: Any) -> str:
        return ROLE_GROUPS[OwnerRole(record.role)]

    def render_user(self, record: Any) -> SafeString:
        return person(record.user, "Whoever takes it")

    def render_is_default(self, record: Any) -> SafeString:
        return tag("As delivered") if record.is_default else state_badge("An admin", "info", "pencil")
