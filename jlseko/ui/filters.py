"""The base of every filter bar: a compact form, chips for what is set, facets with counts as links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import django_filters
from django.db.models import Model, QuerySet
from django.forms import BoundField, CheckboxInput
from django.http import HttpRequest

from jlseko.ui.links import replaced, without

# django-filter splits a range into several parameters
SUFFIXES: Final = ("", "_min", "_max", "_after", "_before")


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is set, and the address without it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class FacetOption:
    """One value of a facet."""

    label: str
    count: int
    url: str
    current: bool
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter as a list of links with counts."""

    title: str
    options: list[FacetOption]


def facet(
    request: HttpRequest,
    name: str,
    *,
    title: str,
    options: Iterable[tuple[str, str, int]],
    icons: dict[str, str] | None = None,
) -> Facet:
    """A facet over one query parameter.

    Args:
        request: whose query string is kept.
        name: the filter's name.
        title: the heading.
        options: value, label, count.
        icons: Lucide names by value.
    """
    chosen = request.GET.getlist(name)
    found = []
    for value, label, count in options:
        current = value in chosen
        url = without(request, name, value) if current else replaced(request, **{name: value})
        found.append(FacetOption(label, count, url, current, (icons or {}).get(value, "")))
    return Facet(title, found)


class DeskFilterSet(django_filters.FilterSet):
    """Filters of a list. A filter named `search_name` becomes the search box; names in `facet_only` have no field."""

    search_name = "q"
    search_placeholder = "Filter"
    facet_only: tuple[str, ...] = ()

    def search_field(self) -> BoundField | None:
        """The search box."""
        return self.form[self.search_name] if self.search_name in self.filters else None

    def bar_fields(self) -> list[BoundField]:
        """The other visible fields, in order; empty choices read as the name of the filter."""
        fields = [self.form[name] for name in self.filters if name != self.search_name and name not in self.facet_only]
        for bound in fields:
            if hasattr(bound.field, "empty_label") and bound.field.empty_label:
                bound.field.empty_label = f"Any {str(bound.label).lower()}"
                bound.field.widget.choices = bound.field.choices  # the select was made with the label before
        return fields

    def chips(self, request: HttpRequest) -> list[Chip]:
        """What is set, each with the address that removes it."""
        if not self.is_bound:
            return []
        self.is_valid()
        found: list[Chip] = []
        for name, value in self.form.cleaned_data.items():
            if value in (None, "", [], ()) or (isinstance(value, QuerySet) and not value):
                continue
            label = str(self.form[name].label)
            if isinstance(value, list | tuple | QuerySet):
                raw = request.GET.getlist(name)
                found += [Chip(label, self._words(name, each), without(request, name, each)) for each in raw if each]
            else:
                cleared = {f"{name}{suffix}": None for suffix in SUFFIXES}
                found.append(Chip(label, self._words(name, value), replaced(request, **cleared)))
        return found

    def not_understood(self) -> list[str]:
        """Labels of filters whose value makes no sense; they are left out of the query."""
        return (
            [str(self.form[name].label) for name in self.form.errors if name in self.form.fields]
            if self.is_bound
            else []
        )

    def _words(self, name: str, value: Any) -> str:
        """A value as people know it."""
        if isinstance(value, Model):
            return str(value)
        if isinstance(value, slice):
            return " to ".join(
                "…" if end is None else f"{end:%-d %b %Y}" if hasattr(end, "strftime") else str(end)
                for end in (value.start, value.stop)
            )
        if isinstance(value, bool) or isinstance(self.form.fields[name].widget, CheckboxInput):
            return "yes" if value else "no"
        choices = getattr(self.form.fields[name], "choices", ())
        words = {str(getattr(key, "value", key)): str(label) for key, label in choices}
        return words.get(str(value), str(value))
