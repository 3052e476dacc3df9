"""What the pages of the desk ask beyond :mod:`exceptions.reading`."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from exceptions.models import Cause, ExceptionRecord
from exceptions.quick_views import conditions
from exceptions.states import OPEN
from jlseko.clock import business_now

Person = AbstractBaseUser | AnonymousUser


def next_in_queue(user: Person, *, after: ExceptionRecord | None = None) -> ExceptionRecord | None:
    """The most urgent record that this person could take on next, other than the one before them."""
    wanted = conditions(user, business_now())
    mine = wanted["my-queue"] & (Q(owner__isnull=True) | Q(owner_id=user.pk)) | wanted["open"] & Q(owner_id=user.pk)
    rows = ExceptionRecord.objects.visible_to(user).filter(mine)
    return (rows.exclude(pk=after.pk) if after else rows).by_urgency().first()


def members(cause: Cause, user: Person) -> QuerySet[ExceptionRecord]:
    """The live records that a cause holds, also those that it does not lead."""
    held = cause.faults.outstanding().values("record")
    return ExceptionRecord.objects.visible_to(user).live().filter(pk__in=held)


def held(rows: QuerySet[ExceptionRecord]) -> dict[str, object]:
    """Count, money, first deadline and oldest of some records, and how many a person has to act on."""
    return rows.order_by().aggregate(
        number=Count("pk"),
        waiting=Count("pk", filter=Q(state__in=sorted(OPEN))),
        value=Sum("value"),
        earliest=Min("deadline", filter=Q(state__in=sorted(OPEN))),
        newest=Max("opened_at"),
    )
