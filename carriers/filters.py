"""Filters of the carrier lists."""

from dataclasses import dataclass

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from carriers.coverage import Row, Status
from carriers.models import MappingVersion, VersionAction
from carriers.names import key
from jlseko.ui.filters import DeskFilterSet


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of the status filter, with the number of its rows."""

    value: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows of the mapping list are shown. They are worked out, not stored, so this is no query."""

    status: Status | None
    text: str

    @classmethod
    def of(cls, request: HttpRequest) -> "RowFilter":
        """From the address; a status that does not exist shows everything."""
        asked = request.GET.get("status", "")
        status = Status(asked) if asked in Status._value2member_map_ else None
        return cls(status=status, text=request.GET.get("q", "").strip())

    def matches_text(self, row: Row) -> bool:
        """Whether courier, service, code or label hold the text."""
        wanted = key(self.text)
        return any(wanted in key(value) for value in (row.courier, row.service, row.code, row.label, *row.spellings))

    def apply(self, rows: list[Row]) -> list[Row]:
        """The rows to show."""
        return [row for row in rows if (self.status is None or row.status is self.status) and self.matches_text(row)]

    def options(self, rows: list[Row]) -> list[Option]:
        """All rows, then each status that occurs, with counts within the text filter."""
        found = [row for row in rows if self.matches_text(row)]
        options = [Option("", "Any status", len(found), self.status is None)]
        for status in Status:
            count = sum(row.status is status for row in found)
            if count or status is self.status:
                options.append(Option(status, status.label, count, status is self.status))
        return options

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.status or self.text)


class VersionFilterSet(DeskFilterSet):
    """Versions by name or code, and by what was done."""

    search_placeholder = "Courier, service or code"
    q = django_filters.CharFilter(method="search", label="Search")
    action = django_filters.ChoiceFilter(choices=VersionAction.choices, label="Step", empty_label="Any step")

    class Meta:
        model = MappingVersion
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet[MappingVersion], name: str, text: str) -> QuerySet[MappingVersion]:
        """Rows whose courier, service, code or author hold the text."""
        wanted = key(text)
        return rows.filter(
            Q(mapping__courier_key__contains=wanted)
            | Q(mapping__service_key__contains=wanted)
            | Q(after__carrier_code__icontains=text.strip())
            | Q(before__carrier_code__icontains=text.strip())
            | Q(author__username__icontains=text.strip())
        )
