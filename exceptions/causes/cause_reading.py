"""What the page of one cause asks the database: a fixed number of questions, however many orders it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from exceptions.models import Cause, Entry, EntryKind, ExceptionRecord, Fault, ResubmitRun
from exceptions.models.record import RecordQuerySet, swallowed
from exceptions.roles import Person
from exceptions.states import CLOSED, LIVE, OPEN
from sync.behind import behind
from sync.models import Connection, Item
from sync.states import Status

SOON: Final = timedelta(hours=4)
TOLD: Final = 200  # lines of history read
RUNS: Final = 20
BEHIND: Final = 25
NAME: Final = Coalesce(
    NullIf(Trim(Concat("owner__first_name", Value(" "), "owner__last_name")), Value("")), "owner__username"
)


def sorted_causes(cause: Cause) -> list[Cause]:
    """Every merged cause of its category and connection, with what each was merged into."""
    rows = Cause.objects.filter(connection=cause.connection_id, category=cause.category, merged_into__isnull=False)
    return list(rows.order_by("headline"))


def family_of(cause: Cause, merged: Iterable[Cause]) -> list[Cause]:
    """The cause and all that was merged into it, directly or not."""
    found, rest = [cause], list(merged)
    for member in found:
        found += [other for other in rest if other.merged_into_id == member.pk]
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """What a cause holds and has held. ``value`` in pounds, times in business time.

    ``number`` are live, ``waiting`` of them need a person, ``ready`` of those nothing else holds, ``soon`` of the ready
    ones are due within four hours. ``deadline`` is the nearest of a partner, ``target`` the nearest of our own.
    """

    number: int
    waiting: int
    ready: int
    soon: int
    unowned: int
    ever: int
    returned: int
    value: Decimal
    deadline: datetime | None
    target: datetime | None
    owners: list[str]

    @property
    def earliest(self) -> datetime | None:
        """The clock of the worst member, whoever set it."""
        return min((moment for moment in (self.deadline, self.target) if moment), default=None)

    @property
    def stays(self) -> int:
        """How many a fix does not let go, because something else holds them too."""
        return self.waiting - self.ready

    @property
    def past(self) -> int:
        """How many it has held and holds no more."""
        return self.ever - self.number


def figures(cause: Cause, family: Collection[int], user: Person, *, now: datetime) -> Figures:
    """All numbers of a cause in one query."""
    faults = Fault.objects.filter(record=OuterRef("pk"))
    outstanding = faults.filter(cleared_at=None)
    other = outstanding.filter(fixed_at=None, item__status=Status.STALLED).exclude(cause=cause)
    back = faults.filter(cause__in=family, found_at__gt=cause.fixed_at) if cause.fixed_at else faults.none()
    again = Entry.objects.filter(record=OuterRef("pk"), kind=EntryKind.CAME_BACK, at__gt=cause.fixed_at or now)
    rows = ExceptionRecord.objects.visible_to(user).filter(
        pk__in=Fault.objects.filter(cause__in=family).values("record")
    )
    held = Q(mine=True, state__in=sorted(LIVE))
    work = Q(mine=True, state__in=sorted(OPEN))
    ready = work & Q(other=False)
    told = rows.annotate(
        mine=Exists(outstanding.filter(cause=cause)), other=Exists(other), back=Exists(back) | Exists(again)
    ).aggregate(
        number=Count("pk", filter=held), waiting=Count("pk", filter=work), ready=Count("pk", filter=ready),
        soon=Count("pk", filter=ready & Q(deadline__lt=now + SOON)),
        unowned=Count("pk", filter=work & Q(owner=None)), ever=Count("pk"), returned=Count("pk", filter=Q(back=True)),
        value=Sum("value", filter=held, default=Decimal(0)),
        target=Min("deadline", filter=work & Q(deadline_is_ours=True)),
        owners=ArrayAgg(NAME, filter=work & Q(owner__isnull=False), distinct=True, default=[]),
        deadline=Min("deadline", filter=work & Q(deadline_is_ours=False)),  # last: its name hides the column
    )  # fmt: skip
    return Figures(**told)


def ready_items(cause: Cause) -> list[Item]:
    """What a fix lets go at once, with all that a forecast of the calls asks for: one query."""
    other = Fault.objects.unfixed().filter(record=OuterRef("record"), item__status=Status.STALLED).exclude(cause=cause)
    faults = Fault.objects.outstanding().filter(cause=cause, record__state__in=sorted(OPEN)).exclude(Exists(other))
    rows = Item.objects.filter(pk__in=faults.values("item"), status=Status.STALLED)
    return list(rows.select_related("connection", "order").defer("failures"))


def members(cause: Cause, user: Person) -> RecordQuerySet:
    """The live records that a cause holds, also those that it does not lead."""
    held = Fault.objects.outstanding().filter(cause=cause).values("record")
    return ExceptionRecord.objects.visible_to(user).live().filter(pk__in=held)


def past_members(family: Collection[int], user: Person) -> RecordQuerySet:
    """The closed records that a cause, or one that was merged into it, has held."""
    held = Fault.objects.filter(cause__in=family).values("record")
    return ExceptionRecord.objects.visible_to(user).filter(pk__in=held, state__in=sorted(CLOSED))


def runs(family: Collection[int]) -> list[ResubmitRun]:
    """The last runs that sent back what the cause held, newest first, with ``total`` and ``sent``."""
    rows = ResubmitRun.objects.filter(cause__in=family).select_related("by")
    return list(rows.annotate(total=Count("items"), sent=Count("items", filter=Q(items__state="sent")))[:RUNS])


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the history of a cause; equal ones that follow each other are one, ``times`` over."""

    text: str
    by: str
    at: datetime
    times: int
    sorting: bool


def history(family: Collection[int]) -> list[Told]:
    """What happened to a cause and to what it held, newest first."""
    rows = Entry.objects.filter(cause__in=family).select_related("actor").order_by("-id")[:TOLD]
    found = []
    for (kind, actor, text), group in groupby(rows, key=_alike):
        lines = list(group)
        times = len(lines)
        label = str(EntryKind(kind).label)
        said = text if times == 1 else f"{label}: {text}" if text and not text.startswith(label) else text or label
        sorting = kind in (EntryKind.MERGED, EntryKind.SPLIT)
        found.append(Told(said, actor, lines[0].at, times, sorting))
    return found


def _alike(entry: Entry) -> tuple[str, str, str]:
    by = (entry.actor.get_full_name() or entry.actor.get_username()) if entry.actor else ""
    return entry.kind, by, entry.text


@dataclass(frozen=True, slots=True)
class Behind:
    """What waits in the loop for a partner: how many, the nearest deadline, and the first of them."""

    number: int
    earliest: datetime | None
    items: Sequence[Item]


def waiting_in_the_loop(connection: Connection, side: str) -> Behind:
    """Orders and dispatches that go on by themselves when the partner answers, in one query."""
    rows = behind(connection, side).select_related("order", "dispatch", "connection")
    found = list(rows.annotate(number=Window(Count("pk")), earliest=Window(Min("deadline")))[:BEHIND])
    if not found:
        return Behind(0, None, [])
    return Behind(getattr(found[0], "number"), getattr(found[0], "earliest"), found)  # noqa: B009


def children(outage: ExceptionRecord, *, now: datetime) -> QuerySet[ExceptionRecord]:
    """The exceptions that exist only because of an outage; ``muted`` = out of the queue for now."""
    return outage.children.filter(state__in=sorted(LIVE)).annotate(
        muted=Exists(ExceptionRecord.objects.filter(swallowed(now), pk=OuterRef("pk")))
    )
