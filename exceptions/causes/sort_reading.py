"""What the pages that merge and split causes ask the database."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from exceptions.causes.cause_reading import family_of, sorted_causes
from exceptions.models import Cause, ExceptionRecord, Fault
from exceptions.states import LIVE

CANDIDATES: Final = 40
DIGITS: Final = 18


def _with_held(rows: QuerySet[Cause]) -> QuerySet[Any]:
    """Causes with ``held``, the number of live records; ``worth`` in pounds; and ``first_due``."""
    live = ExceptionRecord.objects.filter(
        state__in=sorted(LIVE),
        pk__in=Fault.objects.outstanding().filter(cause=OuterRef(OuterRef("pk"))).values("record"),
    ).order_by()
    one = live.annotate(one=Value(1)).values("one")
    return rows.annotate(
        held=Coalesce(Subquery(one.annotate(n=Count("pk")).values("n")), 0),
        worth=Subquery(one.annotate(n=Sum("value")).values("n")),
        first_due=Subquery(one.annotate(n=Min("deadline")).values("n")),
    )


def candidates(cause: Cause, wanted: str) -> list[Cause]:
    """Causes that this one could be merged with: of its category and shop, those that hold most first."""
    rows = Cause.objects.filter(connection=cause.connection_id, category=cause.category, merged_into=None)
    text = wanted.strip()
    if text:
        rows = rows.filter(Q(headline__icontains=text) | Q(fingerprint__icontains=text))
    return list(_with_held(rows.exclude(pk=cause.pk)).order_by("-held", "-last_seen")[:CANDIDATES])


def pair(cause: Cause, other: str) -> list[Cause]:
    """This cause and the one chosen to merge it with, each with its numbers; empty where none is chosen."""
    if not (other.isascii() and other.isdigit() and len(other) < DIGITS):
        return []
    rows = Cause.objects.filter(connection=cause.connection_id, category=cause.category, pk__in=[cause.pk, int(other)])
    found = {each.pk: each for each in _with_held(rows.select_related("connection"))}
    both = [found[key] for key in (cause.pk, int(other)) if key in found]
    return both if len(both) > 1 else []


def would_move(cause: Cause) -> int:
    """How many records taking a merge back would move at most: those that were recognised by what was merged."""
    keys = {member.pk for member in family_of(cause, sorted_causes(cause))}
    return Fault.objects.outstanding().filter(origin__in=keys).values("record").distinct().count()
