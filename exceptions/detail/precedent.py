"""What became of earlier exceptions of this kind after they were fixed and sent back: counted, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, JSONObject

from exceptions.category import Category
from exceptions.models import Entry, EntryKind, ExceptionRecord
from exceptions.states import State

COUNTED: Final = 200  # the last so many of the category are looked at
SHOWN: Final = 3
LAST: Final = 3
AS_IT_WAS: Final = "Sent back as it was"


@dataclass(slots=True)
class Past:
    """One earlier exception that was fixed in a certain way. ``closed_at`` is business time."""

    pk: int
    label: str
    closed_at: datetime
    held: bool  # the first sending back closed it


@dataclass(slots=True)
class Precedent:
    """One kind of fix: how often it was tried, and how often the first sending back closed the exception."""

    fix: str
    same_cause: bool
    tried: int = 0
    closed: int = 0
    last: list[Past] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The count in words."""
        if self.tried == 1:
            return "closed the one time it was tried" if self.closed else "did not close the one time it was tried"
        return f"closed {self.closed} of {self.tried}"

    @property
    def tone(self) -> str:
        """How good that is."""
        return "success" if self.closed == self.tried else "warning" if self.closed * 2 >= self.tried else "danger"


def past_of_the_record() -> ArraySubquery:
    """For an annotation: the last closed records of the outer record's category that had been sent back, as JSON."""
    fix = Entry.objects.filter(
        record=OuterRef("pk"), kind=EntryKind.FIX_SAVED, cause__category=OuterRef("category")
    ).order_by("-id")
    rows = ExceptionRecord.objects.filter(
        category=OuterRef("category"), connection=OuterRef("connection"), resubmitted_at__isnull=False,
        closed_at__isnull=False, state__in=[State.VERIFIED, State.DISMISSED],
    ).exclude(pk=OuterRef("pk"))  # fmt: skip
    told = JSONObject(
        pk="pk", number="order_number", headline="headline", cause="cause_id", state="state", times="occurrences",
        closed_at="closed_at", fix=Coalesce(Subquery(fix.values("text")[:1]), F("cause__fix_note")),
    )  # fmt: skip
    return ArraySubquery(rows.order_by("-closed_at").values(json=told)[:COUNTED])


def counted(past: Iterable[Mapping[str, Any]], *, cause: int | None, category: Category) -> list[Precedent]:
    """The kinds of fix by how often they were tried: those for the same cause first, else those of the category.

    Args:
        past: as :func:`past_of_the_record` reads it, the newest first.
        cause: the primary key of the record's cause.
        category: the record's.
    """
    rows = list(past)
    same = [row for row in rows if cause is not None and row["cause"] == cause]
    found: dict[str, Precedent] = {}
    for row in same or rows:
        fix = str(row["fix"] or "").removeprefix(f"{category.title}: ") or AS_IT_WAS
        kind = found.setdefault(fix, Precedent(fix, same_cause=bool(same)))
        held = row["state"] == State.VERIFIED and row["times"] == 1
        kind.tried += 1
        kind.closed += held
        if len(kind.last) < LAST:
            label = row["number"] or row["headline"]
            kind.last.append(Past(row["pk"], label, datetime.fromisoformat(row["closed_at"]), held))
    return sorted(found.values(), key=lambda kind: -kind.tried)[:SHOWN]
