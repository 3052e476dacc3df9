"""What the pages of the desk ask beyond :mod:`exceptions.reading`."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from exceptions.models import Cause, ExceptionRecord
from exceptions.quick_views import conditions
from exceptions.states import OPEN
from jlseko.clock import business_now
from sync.models import Attempt, Event, Listing, Order, StockFile
from sync.order_pages import reading as engine
from sync.states import Kind

Person = AbstractBaseUser | AnonymousUser

# How much of what happened around a connection-wide exception its timeline shows
BEFORE = timedelta(hours=6)
AFTER = timedelta(hours=1)


def order_of(record: ExceptionRecord) -> Order | None:
    """The order that a record is about; None for a message or a connection."""
    if not record.order_key:
        return None
    rows = Order.objects.filter(connection=record.connection_id, order_id=record.order_key)
    return rows.select_related("item", "connection").first()


def listing_of(record: ExceptionRecord) -> Listing | None:
    """The listing that a record is about; None for anything else."""
    if record.item is None or record.item.kind != Kind.LISTING:
        return None
    return Listing.objects.filter(item=record.item).select_related("connection", "product").first()


def stock_file_of(record: ExceptionRecord) -> StockFile | None:
    """The stock file that a record is about; None for anything else."""
    if record.item is None or record.item.kind != Kind.STOCK_FILE:
        return None
    return StockFile.objects.filter(item=record.item).first()


def events_of(record: ExceptionRecord) -> list[Event]:
    """What happened to it, oldest first: to the order, else to the item, else to the connection around that time."""
    if record.order_key:
        return engine.timeline(record.connection, record.order_key)
    if record.item is None:  # not what stock files and single levels went through
        around = Event.objects.filter(
            connection=record.connection, order_key="", item=None, at__gte=record.opened_at - BEFORE,
            at__lte=(record.closed_at or business_now()) + AFTER,
        )  # fmt: skip
        return list(around.select_related("actor", "attempt").order_by("at", "id"))
    return list(Event.objects.filter(item=record.item).select_related("actor", "attempt").order_by("at", "id"))


def attempts_of(record: ExceptionRecord) -> list[Attempt]:
    """Every write that was announced for the order, else for the item, newest first."""
    if record.order_key:
        return engine.attempts(record.connection, record.order_key)
    return list(Attempt.objects.filter(item=record.item).order_by("-id")) if record.item else []


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
