"""The filters of the exceptions list, and the facets beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.expressions import Case, Value, When
from django.db.models.fields import CharField
from django.http import HttpRequest

from exceptions import reading
from exceptions.category import registry
from exceptions.looks import QUEUES, SIDES, STATES
from exceptions.models import ExceptionRecord
from exceptions.quick_views import end_of_day
from exceptions.states import Blame, OwnerRole, State
from jlseko.clock import business_now
from jlseko.ui.filters import DeskFilterSet, Facet, facet

DUE = (
    ("late", "Late"),
    ("4h", "Within 4 hours"),
    ("today", "Later today"),
    ("later", "After today"),
    ("none", "No deadline"),
)
FACETS = ("due", "category", "role", "side", "state")


def due_bucket(now: datetime) -> Case:
    """The deadline of a record as one of :data:`DUE`, seen from the business time ``now``."""
    today = max(end_of_day(now), now + timedelta(hours=4))
    return Case(
        When(deadline__isnull=True, then=Value("none")),
        When(deadline__lt=now, then=Value("late")),
        When(deadline__lt=now + timedelta(hours=4), then=Value("4h")),
        When(deadline__lt=today, then=Value("today")),
        default=Value("later"),
        output_field=CharField(),
    )


class RecordFilters(DeskFilterSet):
    """All filters in the bar; the wide page shows queue and side as facets beside the list instead."""

    search_placeholder = "Order number, SKU or tracking"
    facet_only = ("view", "state")

    q = django_filters.CharFilter(method="search", label="Search")
    category = django_filters.ChoiceFilter(label="Category", choices=registry.choices)
    due = django_filters.ChoiceFilter(method="by_deadline", label="Deadline", choices=DUE)
    owner = django_filters.ModelChoiceFilter(
        label="Person", queryset=User.objects.filter(is_active=True).order_by("first_name", "username")
    )
    role = django_filters.ChoiceFilter(field_name="owner_role", label="Queue", choices=OwnerRole.choices)
    side = django_filters.ChoiceFilter(label="Side", choices=Blame.choices)
    state = django_filters.ChoiceFilter(label="State", choices=State.choices)

    class Meta:
        model = ExceptionRecord
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet[ExceptionRecord], name: str, text: str) -> QuerySet[ExceptionRecord]:
        """Order number, SKU, tracking number or courier."""
        return reading.search(rows, text.strip())

    def by_deadline(self, rows: QuerySet[ExceptionRecord], name: str, bucket: str) -> QuerySet[ExceptionRecord]:
        """One bucket of :data:`DUE`."""
        return rows.alias(due_in=due_bucket(business_now())).filter(due_in=bucket)


@dataclass(frozen=True, slots=True)
class Cube:
    """All rows of a list counted by everything that can be narrowed down, read in one query."""

    cells: list[dict[str, Any]]

    @classmethod
    def of(cls, rows: QuerySet[ExceptionRecord]) -> Cube:
        """Count rows that are filtered by everything but the facets."""
        keys = {"category", "side", "owner_role", "state", "due_in"}
        counted = rows.annotate(due_in=due_bucket(business_now())).order_by().values(*keys)
        return cls(list(counted.annotate(number=Count("pk"), held=Sum("value"))))

    def chosen(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """The cells that the facets of an address admit; a value that no facet has is left out, as by the filters."""
        asked = {COLUMNS[name]: query.get(name, "") for name in FACETS}
        known = {COLUMNS[name]: {str(value) for value, _ in _options(name)[0]} for name in FACETS}
        return self.matching({column: value for column, value in asked.items() if value in known[column]})

    def matching(self, chosen: dict[str, str]) -> list[dict[str, Any]]:
        """The cells that every chosen facet admits."""
        return [cell for cell in self.cells if all(cell[name] == value for name, value in chosen.items())]

    def counted(self, name: str, chosen: dict[str, str]) -> dict[str, int]:
        """How many rows each value of a facet has, given the choices in all other facets."""
        found: dict[str, int] = {}
        for cell in self.matching({key: value for key, value in chosen.items() if key != name}):
            found[cell[name]] = found.get(cell[name], 0) + cell["number"]
        return found


COLUMNS = {"due": "due_in", "category": "category", "role": "owner_role", "side": "side", "state": "state"}
TITLES = {"due": "Deadline", "category": "Category", "role": "Queue", "side": "Where the fault lies", "state": "State"}


def _options(name: str) -> tuple[Iterable[tuple[str, str]], dict[str, str]]:
    """Value and label of each option of a facet in order, and their icons."""
    known: dict[str, tuple[Callable[[], Iterable[tuple[str, str]]], dict[str, str]]] = {
        "due": (lambda: DUE, {"late": "alarm-clock-off", "4h": "alarm-clock"}),
        "category": (registry.choices, {}),
        "role": (lambda: OwnerRole.choices, {str(key): icon for key, icon in QUEUES.items()}),
        "side": (lambda: Blame.choices, {str(key): icon for key, icon in SIDES.items()}),
        "state": (lambda: State.choices, {str(key): look.icon for key, look in STATES.items()}),
    }
    labels, icons = known[name]
    return labels(), icons


def facets(request: HttpRequest, cube: Cube) -> list[Facet]:
    """The facets with counts; values without rows are left out unless they are chosen."""
    asked = {name: request.GET.get(name, "") for name in FACETS}
    chosen = {COLUMNS[name]: value for name, value in asked.items() if value}
    found = []
    for name in FACETS:
        numbers = cube.counted(COLUMNS[name], chosen)
        labels, icons = _options(name)
        options = [
            (str(value), str(label), numbers.get(value, 0))
            for value, label in labels
            if numbers.get(value) or value == asked[name]
        ]
        if name == "category":
            options.sort(key=lambda option: -option[2])
        if len(options) > 1 or asked[name]:
            found.append(facet(request, name, title=TITLES[name], options=options, icons=icons))
    return found


def without_facets(filters: RecordFilters, rows: QuerySet[ExceptionRecord]) -> QuerySet[ExceptionRecord]:
    """The rows filtered by everything that is no facet: the search and the person."""
    filters.is_valid()
    cleaned = filters.form.cleaned_data
    if cleaned.get("q"):
        rows = filters.search(rows, "q", cleaned["q"])
    return rows.filter(Q(owner=cleaned["owner"])) if cleaned.get("owner") else rows
