"""What the page of one exception asks the database: one query for each kind of thing, however many there are of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Window
from django.db.models.functions import JSONObject

from exceptions.category import registry
from exceptions.detail import precedent
from exceptions.models import ExceptionRecord, Fault
from exceptions.notes import notes_page
from jlseko.clock import business_now
from sync.models import Attempt, Correction, Event, Item, Listing, Order, StockFile
from sync.states import Kind

SIMILAR_SHOWN = 8
EVENTS_SHOWN = 80
ATTEMPTS_SHOWN = 6

# How much of what happened around a connection-wide exception its timeline shows
BEFORE = timedelta(hours=6)
AFTER = timedelta(hours=1)

CONTENT = (
    "owner", "cause__fixed_by", "connection", "parent", "item__order", "item__dispatch__order__item",
    "item__listing__product", "item__stock_file",
)  # fmt: skip


def with_surroundings(rows: QuerySet[ExceptionRecord]) -> QuerySet[ExceptionRecord]:
    """Records with what they are about, and three lists as JSON: ``similar`` ones, those ``past``, steps ticked."""
    return rows.select_related(*CONTENT).annotate(
        similar=_similar(), past=precedent.past_of_the_record(), ticks=notes_page.ticks_of_the_record()
    )


def _similar() -> ArraySubquery:
    """The open records that any cause of the outer record holds too, most urgent first; ``in_all`` counts them."""
    causes = Fault.objects.outstanding().filter(record=OuterRef(OuterRef(OuterRef("pk")))).values("cause")
    held = Fault.objects.outstanding().filter(cause__in=causes).values("record")
    others = ExceptionRecord.objects.open().filter(pk__in=held).exclude(pk=OuterRef("pk"))
    told = JSONObject(
        pk="pk", headline="headline", number="order_number", key="item__external_key", kind="item__kind",
        state="state", deadline="deadline", value="value", in_all=Window(Count("*")),
    )  # fmt: skip
    return ArraySubquery(others.by_urgency().values(json=told)[:SIMILAR_SHOWN])


def order_of(record: ExceptionRecord) -> Order | None:
    """The order that a record is about, with its item; None for a message or a connection.

    It comes along with the record, but where an order became known only after the item had stopped.
    """
    found = _joined(record)
    if found is None and record.order_key:
        rows = Order.objects.filter(connection=record.connection_id, order_id=record.order_key)
        found = rows.select_related("item").first()
    if found is not None:
        found.connection = found.item.connection = record.connection
    return found


def _joined(record: ExceptionRecord) -> Order | None:
    if record.item is None:
        return None
    if record.item.kind == Kind.ORDER:
        return getattr(record.item, "order", None)
    dispatch = getattr(record.item, "dispatch", None) if record.item.kind == Kind.DISPATCH else None
    return dispatch.order if dispatch is not None else None


def listing_of(record: ExceptionRecord) -> Listing | None:
    """The listing that a record is about; None for anything else."""
    found = getattr(record.item, "listing", None) if record.item and record.item.kind == Kind.LISTING else None
    if found is not None:
        found.connection = record.connection
    return found


def stock_file_of(record: ExceptionRecord) -> StockFile | None:
    """The stock file that a record is about; None for anything else."""
    of_a_file = record.item is not None and record.item.kind == Kind.STOCK_FILE
    return getattr(record.item, "stock_file", None) if of_a_file else None


def checklist(record: ExceptionRecord, order: Order | None) -> list[Fault]:
    """All faults, those of the leading category first; cleared ones at the end.

    Faults of one item share it, with its content and its connection.
    """
    known: dict[int, Item] = {item.pk: item for item in (record.item, order.item if order else None) if item}
    faults = list(record.faults.select_related("item__dispatch", "cause__fixed_by"))
    for fault in faults:
        if fault.item is not None:
            fault.item = known.setdefault(fault.item.pk, fault.item)
            fault.item.connection = record.connection
            dispatch = getattr(fault.item, "dispatch", None) if fault.item.kind == Kind.DISPATCH else None
            if dispatch is not None and order is not None and dispatch.order_id == order.pk:
                dispatch.order = order
    return sorted(faults, key=lambda f: (f.cleared_at is not None, registry.get(f.category).rank, f.pk))


def corrections_of(items: Iterable[Item]) -> list[Correction]:
    """What was laid over these items, the newest first, taken back ones too; the items keep theirs."""
    wanted = {item.pk: item for item in items}
    rows = Correction.objects.filter(item__in=wanted.values()).select_related("author", "reverted_by")
    found = list(rows.order_by("id"))
    for item in wanted.values():
        cache = item.__dict__.setdefault("_prefetched_objects_cache", {})
        cache["corrections"] = [each for each in found if each.item_id == item.pk]
    for each in found:
        each.item = wanted[each.item_id]
    return found[::-1]


def events_of(record: ExceptionRecord, *, most: int | None = None) -> list[Event]:
    """What happened to it, oldest first: to the order, else to the item, else to the connection around that time.

    ``most`` = only so many of the newest.
    """
    rows = Event.objects.filter(connection=record.connection_id)
    if record.order_key:
        rows = rows.filter(order_key=record.order_key)
    elif record.item is not None:
        rows = rows.filter(item=record.item)
    else:  # not what stock files and single levels went through
        until = (record.closed_at or business_now()) + AFTER
        rows = rows.filter(order_key="", item=None, at__gte=record.opened_at - BEFORE, at__lte=until)
    newest = rows.select_related("actor").order_by("-at", "-id")[:most]
    return list(newest)[::-1]


def attempts_of(record: ExceptionRecord, *, most: int | None = None) -> list[Any]:
    """The writes that were announced for the order, else for the item, newest first; each knows ``in_all``.

    ``most`` = only so many of the newest.
    """
    if record.order_key:
        about = Q(item__connection=record.connection_id, item__order_key=record.order_key)
    elif record.item is not None:
        about = Q(item=record.item)
    else:
        return []
    rows = Attempt.objects.filter(about).annotate(in_all=Window(Count("*")))
    return list(rows.order_by("-id")[:most])
