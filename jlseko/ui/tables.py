"""The base of every list: columns of django-tables2, drawn by jlseko/ui/rows.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_tables2
from django.http import HttpRequest
from django.utils.safestring import SafeString

from jlseko.ui.links import replaced
from jlseko.ui.rows import body_html, cell_attributes, written


@dataclass(frozen=True, slots=True)
class Head:
    """One header cell."""

    label: str
    attributes: SafeString
    sort_url: str = ""
    direction: str = ""  # "ascending", "descending" or "" where the list is not sorted by it
    icon: str = "chevrons-up-down"


class DeskTable(django_tables2.Table):
    """A list. Say `orderable=True` only for columns whose sort has an index.

    A subclass may set `caption` and `noun`, and override `row_url`, `row_tone` and `row_id`.
    """

    caption = ""
    noun = ("row", "rows")
    sort = ""  # the current sort key, set by the view: "deadline" or "-deadline"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Not in Meta: a subclass without a Meta of its own would lose them
        super().__init__(*args, **{"default": "–", "template_name": "ui/table.html"} | kwargs)

    def row_url(self, record: Any) -> str:
        """Where a click on the row leads; "" for nowhere."""
        return ""

    def row_tone(self, record: Any) -> str:
        """`danger` or `warning` marks the row at its edge; the reason must also stand in a cell."""
        return ""

    def row_id(self, record: Any) -> str:
        """The id of the row's element, for htmx swaps; "" for none."""
        return ""

    def row_class(self, record: Any) -> str:
        """The classes of the row's element."""
        tone = self.row_tone(record)
        return f"tone-{tone}" if tone else ""

    def body(self) -> SafeString:
        """All rows as HTML."""
        return body_html(self, self.data)

    def heads(self, request: HttpRequest) -> list[Head]:
        """The header cells with their sort links."""
        return [self._head(bound, request) for bound in self.columns]

    def _head(self, bound: Any, request: HttpRequest) -> Head:
        attributes = cell_attributes(bound.column, "th") | {"scope": "col"}
        if bound.column.orderable is not True:
            return Head(bound.header, written(attributes))
        direction = {bound.name: "ascending", f"-{bound.name}": "descending"}.get(self.sort, "")
        attributes["aria-sort"] = direction
        following = f"-{bound.name}" if direction == "ascending" else bound.name
        icon = {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction, "chevrons-up-down")
        return Head(bound.header, written(attributes), replaced(request, sort=following), direction, icon)

    @classmethod
    def ordering(cls, sort: str) -> list[str]:
        """The ORM fields of a sort key; empty for a column that does not exist or is not sortable."""
        column = cls.base_columns.get(sort.removeprefix("-"))
        if column is None or column.orderable is not True:
            return []
        names = list(column.order_by or (column.accessor or sort.removeprefix("-"),))
        names = [str(name).replace(".", "__") for name in names]
        if sort.startswith("-"):
            names = [name[1:] if name.startswith("-") else f"-{name}" for name in names]
        return names
