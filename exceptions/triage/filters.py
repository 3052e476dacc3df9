"""The filters of the exceptions list. Each is a condition, so that lists, counts and bulk actions cannot disagree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any, Final

import django_filters
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.expressions import Case, Value, When
from django.db.models.fields import CharField
from django.http import HttpRequest

from exceptions import reading
from exceptions.category import registry
from exceptions.models import Cause, ExceptionRecord
from exceptions.states import Blame, OwnerRole, State
from exceptions.triage.looking import looked_at
from exceptions.triage.quick_views import end_of_day
from jlseko.clock import business_now
from jlseko.ui.filters import DeskFilterSet

DUE: Final = (
    ("late", "Late"),
    ("4h", "Within 4 hours"),
    ("today", "Later today"),
    ("later", "After today"),
    ("none", "No deadline"),
)
NOTHING: Final = "none"
SOON: Final = timedelta(hours=4)
MOST_DIGITS: Final = 18


def due_in(bucket: str, now: datetime) -> Q:
    """The condition of one bucket of :data:`DUE`, seen from the business time ``now``."""
    soon, today = now + SOON, max(end_of_day(now), now + SOON)
    return {
        "late": Q(deadline__lt=now),
        "4h": Q(deadline__gte=now, deadline__lt=soon),
        "today": Q(deadline__gte=soon, deadline__lt=today),
        "later": Q(deadline__gte=today),
        "none": Q(deadline__isnull=True),
    }[bucket]


def due_bucket(now: datetime) -> Case:
    """The deadline of a record as one of :data:`DUE`, seen from the business time ``now``."""
    return Case(
        *(When(due_in(bucket, now), then=Value(bucket)) for bucket, _label in DUE),
        default=Value("none"),
        output_field=CharField(),
    )


def has_sku(sku: str) -> Q:
    """Records that hold this SKU among theirs, which stand in one column with a blank between them."""
    return Q(skus=sku) | Q(skus__startswith=f"{sku} ") | Q(skus__endswith=f" {sku}") | Q(skus__contains=f" {sku} ")


class RecordFilters(DeskFilterSet):
    """All filters in the bar; the others are set by facets beside the list and by the pivots over it."""

    search_placeholder = "Order number, SKU or tracking"
    facet_only = ("view", "state", "cause", "sku", "carrier", "new", "by")

    q = django_filters.CharFilter(label="Search")
    category = django_filters.ChoiceFilter(label="Category", choices=registry.choices)
    due = django_filters.ChoiceFilter(label="Deadline", choices=DUE)
    owner = django_filters.ChoiceFilter(label="Person", choices=list)
    role = django_filters.ChoiceFilter(label="Queue", choices=OwnerRole.choices)
    side = django_filters.ChoiceFilter(label="Side", choices=Blame.choices)
    state = django_filters.ChoiceFilter(label="State", choices=State.choices)
    cause = django_filters.CharFilter(label="Cause")
    sku = django_filters.CharFilter(label="SKU")
    carrier = django_filters.CharFilter(label="Carrier")
    new = django_filters.ChoiceFilter(label="New", choices=[("1", "Since I last looked")])

    class Meta:
        model = ExceptionRecord
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["owner"].extra["choices"] = lambda: people(self.request)

    def filter_queryset(self, queryset: QuerySet[ExceptionRecord]) -> QuerySet[ExceptionRecord]:
        """The rows that every filter admits."""
        return queryset.filter(self.condition())

    def condition(self, *, leaving_out: Iterable[str] = ()) -> Q:
        """All that is asked for, as one condition; a value that makes no sense asks for nothing."""
        self.is_valid()
        left_out = {*leaving_out}
        asked = {name: value for name, value in self.form.cleaned_data.items() if value and name not in left_out}
        return reduce(and_, (self._condition(name, value) for name, value in asked.items()), Q())

    def _condition(self, name: str, value: Any) -> Q:
        if name == "q":
            return reading.matching(value)
        if name == "due":
            return due_in(value, business_now())
        if name == "sku":
            return has_sku("" if value == NOTHING else value)
        if name == "cause":
            return Q(cause_id=int(value)) if _is_key(value) else Q(pk__in=[])
        if name == "carrier":
            return Q(courier="" if value == NOTHING else value)
        if name == "new":
            since = looked_at(self.request.user) if self.request is not None else None
            return Q(opened_at__gt=since) if since else Q()
        return Q(**{{"role": "owner_role", "owner": "owner_id"}.get(name, name): value})

    def said(self) -> list[str]:
        """What is asked for in words, such as "Category is Unmapped carrier"."""
        self.is_valid()
        found = []
        for name, value in self.form.cleaned_data.items():
            if value:
                label = str(self.form[name].label)
                found.append("new since I last looked" if name == "new" else f"{label} is {self._words(name, value)}")
        return found

    def _words(self, name: str, value: Any) -> str:
        """A value as people know it."""
        if name in ("carrier", "sku") and value == NOTHING:
            return "none"
        if name == "cause":
            found = Cause.objects.filter(pk=int(value)).first() if _is_key(value) else None
            return found.headline if found else "unknown"
        return super()._words(name, value)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


def people(request: HttpRequest | None) -> list[tuple[str, str]]:
    """Everybody who may own an exception, by name, read once for a request."""
    known: list[tuple[str, str]] | None = getattr(request, "_desk_people", None)
    if known is None:
        rows = User.objects.filter(is_active=True).order_by("first_name", "username")
        known = [(str(user.pk), user.get_full_name() or user.get_username()) for user in rows]
        if request is not None:
            request._desk_people = known  # type: ignore[attr-defined]
    return known
