"""The facets beside the exceptions list: every choice with its count, all read in one query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest

from exceptions.category import registry
from exceptions.looks import QUEUES, SIDES, STATES
from exceptions.models import ExceptionRecord
from exceptions.states import Blame, OwnerRole, State
from exceptions.triage.filters import DUE, due_bucket
from jlseko.clock import business_now
from jlseko.ui.filters import Facet, facet

FACETS = ("due", "category", "role", "side", "state")
COLUMNS = {"due": "due_in", "category": "category", "role": "owner_role", "side": "side", "state": "state"}
TITLES = {"due": "Deadline", "category": "Category", "role": "Queue", "side": "Where the fault lies", "state": "State"}


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

    def chosen(self, query: Mapping[str, str]) -> Totals:
        """What the facets of an address admit; a value that no facet has is left out, as by the filters."""
        asked = {COLUMNS[name]: query.get(name, "") for name in FACETS}
        known = {COLUMNS[name]: {str(value) for value, _ in _options(name)[0]} for name in FACETS}
        cells = self.matching({column: value for column, value in asked.items() if value in known[column]})
        held = sum((cell["held"] or Decimal(0) for cell in cells), Decimal(0))
        return Totals(sum(cell["number"] for cell in cells), held)

    def matching(self, chosen: dict[str, str]) -> list[dict[str, Any]]:
        """The cells that every chosen facet admits."""
        return [cell for cell in self.cells if all(cell[name] == value for name, value in chosen.items())]

    def counted(self, name: str, chosen: dict[str, str]) -> dict[str, int]:
        """How many rows each value of a facet has, given the choices in all other facets."""
        found: dict[str, int] = {}
        for cell in self.matching({key: value for key, value in chosen.items() if key != name}):
            found[cell[name]] = found.get(cell[name], 0) + cell["number"]
        return found


@dataclass(frozen=True, slots=True)
class Totals:
    """How many rows a list has in all, and the pounds that they hold."""

    number: int
    held: Decimal


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
