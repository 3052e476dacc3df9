"""What the screens ask of the desk. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from exceptions.category import Category, registry
from exceptions.causes.regression import has_come_back
from exceptions.models import CategoryOwner, Cause, ExceptionRecord, Fault
from exceptions.models.record import RecordQuerySet, not_swallowed
from exceptions.notes.mentions import mentioning
from exceptions.roles import Person
from exceptions.states import OPEN, OwnerRole, Severity, State
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SOON = timedelta(hours=4)


def matching(text: str) -> Q:
    """Records by order number, SKU, tracking number or courier."""
    wanted = text.strip()
    if not wanted:
        return Q()
    return (
        Q(order_number__icontains=wanted)
        | Q(skus__icontains=wanted)
        | Q(tracking_number__icontains=wanted)
        | Q(courier__icontains=wanted)
    )


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One cause with what it holds now. ``value`` in pounds, ``earliest_deadline`` in business time."""

    cause: Cause
    category: Category
    count: int
    value: Decimal
    earliest_deadline: datetime | None
    severity: Severity

    @property
    def came_back(self) -> bool:
        """Whether it was fixed before, and the fix did not hold."""
        return has_come_back(self.cause)


def causes(user: Person, *, limit: int | None = None) -> list[CauseRow]:
    """The causes that hold open records, most urgent first, read in one query beside the causes themselves."""
    rows = (
        ExceptionRecord.objects.visible_to(user)
        .filter(not_swallowed(business_now()), state__in=[State.OPEN, State.CLAIMED], cause__isnull=False)
        .order_by()
        .values("cause")
        .annotate(
            number=Count("pk"), held=Sum("value"), first=Min("deadline"), worst=Max("severity"), act=Min("act_by")
        )
        .order_by("act", "-held")
    )
    found = list(rows[:limit] if limit else rows)
    known = Cause.objects.select_related("connection", "fixed_by").in_bulk([row["cause"] for row in found])
    return [
        CauseRow(
            known[row["cause"]],
            registry.get(known[row["cause"]].category),
            row["number"],
            row["held"] or Decimal(0),
            row["first"],
            Severity(row["worst"]),
        )
        for row in found
    ]


def cause_members(cause: Cause, user: Person) -> RecordQuerySet:
    """The open records with an outstanding fault of a cause, most urgent first."""
    faults = Fault.objects.outstanding().filter(cause=cause)
    rows = ExceptionRecord.objects.visible_to(user).open().filter(pk__in=faults.values("record"))
    return rows.select_related("item", "owner", "cause", "connection").by_urgency()


def category_counts(user: Person) -> dict[str, int]:
    """Open records by category slug."""
    rows = ExceptionRecord.objects.visible_to(user).open().order_by().values_list("category")
    return dict(rows.annotate(number=Count("pk")))


@dataclass(frozen=True, slots=True)
class Today:
    """The desk in numbers at one moment; ``causes`` are the three to start with."""

    open: int
    overdue: int
    due_soon: int
    mine: int
    mentions: int
    unowned: int
    waiting: int
    snoozed: int
    proving: int
    verified_today: int
    value: Decimal
    causes: list[CauseRow]


def today(user: User) -> Today:
    """Everything for the first page."""
    now = business_now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = ExceptionRecord.objects.visible_to(user)
    is_open, active = Q(state__in=sorted(OPEN)), Q(state__in=[State.OPEN, State.CLAIMED]) & not_swallowed(now)
    numbers = rows.aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(deadline__lt=now)),
        due_soon=Count("pk", filter=is_open & Q(deadline__gte=now, deadline__lt=now + SOON)),
        mine=Count("pk", filter=is_open & Q(owner=user)),
        mentions=Count("pk", filter=mentioning(user)),
        unowned=Count("pk", filter=active & Q(owner__isnull=True)),
        waiting=Count("pk", filter=Q(state=State.WAITING_ON)),
        snoozed=Count("pk", filter=Q(state=State.SNOOZED)),
        proving=Count("pk", filter=Q(state=State.RESUBMITTED, accepted_at__isnull=False)),
        verified_today=Count("pk", filter=Q(state=State.VERIFIED, closed_at__gte=midnight)),
        value=Sum("value", filter=is_open, default=Decimal(0)),
    )
    return Today(**numbers, causes=causes(user, limit=3))


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """Who owns one category now."""

    category: Category
    role: OwnerRole
    user: User | None
    is_default: bool
    open_count: int


def owners_table() -> list[OwnerRow]:
    """Every category with its queue and person, by title."""
    chosen = {row.category: row for row in CategoryOwner.objects.select_related("user")}
    counts = ExceptionRecord.objects.open().order_by().values_list("category")
    numbers = dict(counts.annotate(number=Count("pk")))
    rows = []
    for category in registry.all():
        found = chosen.get(category.slug)
        rows.append(
            OwnerRow(
                category=category,
                role=OwnerRole(found.role) if found else category.owner_role,
                user=found.user if found else None,
                is_default=found is None,
                open_count=numbers.get(category.slug, 0),
            )
        )
    return rows
