"""Columns that lists share. Put them in a `DeskTable`; classes say what happens on narrow screens.

`wide_only` hides a column below 1280 px, `mid_only` below 1024 px; on a phone every column is back, as a line of its
card.
"""

from __future__ import annotations

from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2 import A

from jlseko.ui.badges import money, person
from jlseko.ui.times import ago, due, when


def _classes(attrs: dict[str, Any] | None, *names: str) -> dict[str, Any]:
    """Attributes with some more classes on every cell."""
    attrs = dict(attrs or {})
    cell = dict(attrs.get("cell", {}))
    cell["class"] = " ".join(filter(None, (*names, cell.get("class", ""))))
    return attrs | {"cell": cell}


class DeskColumn(django_tables2.Column):
    """A column that may disappear on narrow screens."""

    cell_class = ""

    def __init__(self, *args: Any, wide_only: bool = False, mid_only: bool = False, **kwargs: Any) -> None:
        names = (self.cell_class, "wide-only" if wide_only else "", "mid-only" if mid_only else "")
        super().__init__(*args, attrs=_classes(kwargs.pop("attrs", None), *names), **kwargs)


class PrimaryColumn(DeskColumn):
    """The headline of a row; usually with `linkify`. On a phone it is the title of the card."""

    cell_class = "primary"


class NumberColumn(DeskColumn):
    """A whole number, grouped, aligned right."""

    cell_class = "num"

    def render(self, value: Any) -> str:
        return f"{value:,}" if isinstance(value, int) else str(value)


class MoneyColumn(DeskColumn):
    """An amount; `currency` is a code or the name of the record's attribute that holds one, written "@currency"."""

    cell_class = "num"

    def __init__(self, *args: Any, currency: str = "GBP", **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any) -> SafeString:
        code = getattr(record, self.currency[1:], "GBP") if self.currency.startswith("@") else self.currency
        return money(value, code)


class DueColumn(DeskColumn):
    """A deadline in words."""

    cell_class = "nowrap"

    def __init__(self, *args: Any, verb: str = "due", **kwargs: Any) -> None:
        self.verb = verb
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> SafeString:
        return due(value, self.verb)


class WhenColumn(DeskColumn):
    """A moment in London time; with `relative=True` as "5 m ago"."""

    cell_class = "nowrap num-left"

    def __init__(self, *args: Any, relative: bool = False, **kwargs: Any) -> None:
        self.relative = relative
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> SafeString:
        return ago(value) if self.relative else when(value)


class PersonColumn(DeskColumn):
    """Somebody with initials; nobody is drawn too, as "Unassigned"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": person(None)} | kwargs)

    def render(self, value: Any) -> SafeString:
        return person(value)


class CheckColumn(DeskColumn):
    """A check box on each row, for a form around the table; the header selects all rows of the page."""

    cell_class = "check"

    def __init__(self, *args: Any, name: str = "selected", label: str = "", **kwargs: Any) -> None:
        """As any column.

        Args:
            name: the name of the inputs.
            label: the accessor of what a screen reader says after "Select"; the record itself where empty.
        """
        self.input_name, self.label = name, label
        options: dict[str, Any] = {"orderable": False, "accessor": "pk", "verbose_name": "Select"}
        super().__init__(*args, **options | kwargs)

    @property
    def header(self) -> SafeString:
        return format_html(
            '<input type="checkbox" class="needs-js" data-all-rows aria-label="{}">', "Select all rows on this page"
        )

    def render(self, value: Any, record: Any) -> SafeString:
        spoken = A(self.label).resolve(record, quiet=True) if self.label else record
        return format_html(
            '<input type="checkbox" name="{}" value="{}" data-row aria-label="Select {}">',
            self.input_name,
            value,
            spoken,
        )
