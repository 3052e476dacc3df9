"""Pages of a list by position, not by number: no OFFSET, no COUNT, as fast on the last page as on the first.

A page is cut at the values of its first or last row. Nulls sort as PostgreSQL sorts them, as the greatest value.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldError, ValidationError
from django.db.models import BooleanField, F, Field, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page: its rows and the positions before and after it ("" where there is nothing)."""

    rows: list[Row]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Key:
    """One sort column: field or annotation, and direction."""

    name: str
    descending: bool
    field: Field[Any, Any]
    nullable: bool

    def value_of(self, row: Model) -> Any:
        value: Any = row
        for part in self.name.split("__"):
            value = getattr(value, part) if value is not None else None
        return value

    def beyond(self, value: Any, backwards: bool) -> Q | None:
        """The rows strictly after this value in reading direction; None where there cannot be any."""
        upwards = self.descending == backwards
        if value is None:
            return None if upwards else Q(**{f"{self.name}__isnull": False})
        found = Q(**{f"{self.name}__{'gt' if upwards else 'lt'}": value})
        return found | Q(**{f"{self.name}__isnull": True}) if upwards and self.nullable else found

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


def _field(queryset: QuerySet[Any], name: str) -> tuple[Field[Any, Any], bool]:
    """The field behind a sort column and whether it, or a relation on the way, may be null."""
    annotation = queryset.query.annotations.get(name)
    if annotation is not None:
        return annotation.output_field, not _never_null(annotation)
    model: Any = queryset.model
    nullable = False
    field: Any = None
    for part in name.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        nullable = nullable or field.null
        model = field.related_model
    return field, nullable


def _never_null(annotation: Any) -> bool:
    """Whether it falls back to a plain value."""
    last = annotation.get_source_expressions()[-1] if isinstance(annotation, Coalesce) else None
    return isinstance(last, Value) and last.value is not None


def _keys(queryset: QuerySet[Any], ordering: Sequence[str]) -> list[_Key]:
    names = [*ordering]
    if names[-1].lstrip("-") not in ("pk", "id"):
        names.append("-pk" if names[0].startswith("-") else "pk")
    return [_Key(name.lstrip("-"), name.startswith("-"), *_field(queryset, name.lstrip("-"))) for name in names]


def _plain(value: Any) -> str:
    # Microseconds are kept: a position that is cut to milliseconds would repeat or skip a row
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _encode(values: Sequence[Any]) -> str:
    text = json.dumps(list(values), default=_plain, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(token: str, keys: Sequence[_Key]) -> list[Any] | None:
    """The values of a position; None for a token that this list never made, which then starts at the first page."""
    try:
        values = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(values, list) or len(values) != len(keys) or any("\0" in str(value) for value in values):
            return None
        return [key.field.to_python(value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, ValidationError):
        return None


def _row(parts: Sequence[Any]) -> Func:
    return Func(*parts, function="", output_field=Field())


def _whole(keys: Sequence[_Key], values: Sequence[Any], sign: str) -> Q:
    """Whole rows compared at once, ``(a, b) < (1, 2)``: an index on the same columns begins right there."""
    told = [Value(value, output_field=key.field) for key, value in zip(keys, values, strict=True)]
    rows = _row([F(key.name) for key in keys]), _row(told)
    return Q(Func(*rows, template="%(expressions)s", arg_joiner=sign, output_field=BooleanField()))


def _cut(keys: Sequence[_Key], values: Sequence[Any], backwards: bool) -> Q:
    ways = {key.descending == backwards for key in keys}
    if len(ways) == 1 and None not in values:
        if ways == {False}:
            return _whole(keys, values, " < ")
        if not any(key.nullable for key in keys):
            return _whole(keys, values, " > ")
    condition, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        beyond = key.beyond(value, backwards)
        if beyond is not None:
            condition |= same & beyond
        same &= key.same(value)
    return condition


def keyset_page(
    queryset: QuerySet[Row], *, ordering: Sequence[str], size: int, after: str = "", before: str = ""
) -> Page[Row]:
    """One page of a queryset.

    Args:
        queryset: filtered, not sliced.
        ordering: fields or annotations, "-" for descending; the primary key is added where it is missing.
        size: rows on a page; one more is read to know whether there is a next one.
        after: the position that the page follows.
        before: the position that the page ends at; wins over `after`.

    Raises:
        FieldError: a sort column does not exist.
    """
    if not ordering:
        raise FieldError("a keyset page needs an ordering")
    keys = _keys(queryset, ordering)
    backwards = bool(before)
    position = _decode(before or after, keys) if before or after else None
    if position is not None:
        queryset = queryset.filter(_cut(keys, position, backwards))
    elif backwards:
        backwards = False
    order = [("" if key.descending == backwards else "-") + key.name for key in keys]
    rows = list(queryset.order_by(*order)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    at = [_encode([key.value_of(row) for key in keys]) for row in (rows[0], rows[-1])] if rows else ["", ""]
    has_before, has_after = (more, True) if backwards else (position is not None, more)
    return Page(rows, at[0] if has_before else "", at[1] if has_after else "")
