"""The same filter seen four ways: order by order, or summed up by cause, by SKU, by carrier. One query each, capped.

A record with several SKUs counts under each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Func, Max, Min, Q, Sum, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.http import urlencode

from exceptions.category import registry
from exceptions.models.record import RecordQuerySet
from exceptions.states import OPEN
from exceptions.triage.filters import NOTHING
from exceptions.triage.scope import Scope

MOST: Final = 100


class Each(Func):
    """One row for each word of a text column."""

    function = "UNNEST"
    template = "%(function)s(STRING_TO_ARRAY(%(expressions)s, ' '))"
    output_field = TextField()
    set_returning = True


@dataclass(frozen=True, slots=True)
class Pivot:
    """One way to see the list. ``noun`` is one and several of its rows; ``key`` the filter that one row stands for."""

    slug: str
    label: str
    icon: str
    noun: tuple[str, str]
    note: str = ""

    @property
    def sums_up(self) -> bool:
        """Whether its rows stand for several exceptions each."""
        return self.slug != "order"


PIVOTS: Final = (
    Pivot("cause", "Cause", "layers", ("cause", "causes")),
    Pivot("order", "Order", "package", ("exception", "exceptions")),
    Pivot("sku", "SKU", "tags", ("SKU", "SKUs"), "orders with several count under each"),
    Pivot("carrier", "Carrier", "truck", ("carrier", "carriers"), "as SEKO names them"),
)
BY_SLUG: Final = {pivot.slug: pivot for pivot in PIVOTS}
ORDER: Final = BY_SLUG["order"]


def pivot_of(slug: str) -> Pivot:
    """The pivot that an address asks for; order by order where it asks for none."""
    return BY_SLUG.get(slug, ORDER)


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a pivot. ``held`` in pounds, ``earliest`` in business time; ``query`` is the filter of its records."""

    key: str
    title: str
    sub: str
    url: str
    query: str
    count: int
    held: Decimal
    earliest: datetime | None
    late: int
    headline: str
    oldest: datetime
    newest: datetime


def groups(scope: Scope, pivot: Pivot) -> list[Group]:
    """The most urgent groups of a filter, at most :data:`MOST` and one more where there are further ones."""
    reader = {"cause": _by_cause, "sku": _by_sku, "carrier": _by_carrier}[pivot.slug]
    return [_group(scope, pivot.slug, row) for row in reader(scope)[: MOST + 1]]


def _summed(rows: RecordQuerySet, keys: tuple[str, ...], now: datetime) -> Any:
    """Rows grouped by ``keys``, most urgent first."""
    waiting = Q(state__in=sorted(OPEN))
    found = rows.order_by().values(*keys).annotate(
        number=Count("pk"), money=Sum("value"), first=Min("deadline", filter=waiting), act=Min("act_by"),
        late=Count("pk", filter=waiting & Q(deadline__lt=now)), since=Min("opened_at"), until=Max("opened_at"),
        heads=ArrayAgg("headline", order_by=[F("act_by").asc(nulls_last=True), "pk"]),
    )  # fmt: skip
    return found.annotate(head=F("heads__0")).order_by(F("act").asc(nulls_last=True), "-money", *keys)


def _by_cause(scope: Scope) -> Any:
    keys = ("cause_id", "cause__headline", "cause__category", "cause__fingerprint")
    return _summed(scope.rows, keys, scope.now)


def _by_sku(scope: Scope) -> Any:
    rows = scope.rows.annotate(sku=Each(Coalesce(NullIf("skus", Value("")), Value(NOTHING))))
    return _summed(rows, ("sku",), scope.now)


def _by_carrier(scope: Scope) -> Any:
    return _summed(scope.rows, ("courier",), scope.now)


def _named(by: str, row: dict[str, Any]) -> tuple[str, str, str, str]:
    """Key, title, further words and page of one group."""
    if by == "sku":
        key = row["sku"]
        return key, "No SKU" if key == NOTHING else key, "", ""
    if by == "carrier":
        return row["courier"] or NOTHING, row["courier"] or "No carrier yet", "", ""
    if row["cause_id"] is None:
        return "", "No cause known", "", ""
    page = reverse("exceptions:cause", args=[row["cause_id"]])
    return str(row["cause_id"]), row["cause__headline"], registry.get(row["cause__category"]).title, page


def _group(scope: Scope, by: str, row: dict[str, Any]) -> Group:
    key, title, sub, page = _named(by, row)
    query = f"{scope.text}&{urlencode({by: key})}" if key else scope.text
    return Group(
        key=key, title=title, sub=sub, url=page or f"?{query}", query=query.strip("&"), count=row["number"],
        held=row["money"] or Decimal(0), earliest=row["first"], late=row["late"], headline=row["head"],
        oldest=row["since"], newest=row["until"],
    )  # fmt: skip
