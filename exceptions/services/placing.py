"""Which cause a fault belongs to, after what people have merged and split. The rules are :attr:`Cause.merged_into` and
:class:`Placement`; where a fault lies is worked out from them, so that each act can be taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import connection as database

from exceptions.models import Cause, ExceptionRecord, Fault, Placement
from exceptions.services import leading
from sync.failures import Failure
from sync.models import Connection, Item

SORTING = 7_255_0004


def subject_of(item: Item | None) -> str:
    """What a placement knows an order or another subject by; empty where there is none."""
    return (item.order_key or item.external_key) if item is not None else ""


def hold(connection: Connection) -> None:
    """Keep causes from being merged or split until this transaction ends; any number may hold at once.

    Taken before the record is locked, so that nobody who sorts waits for a record while its holder waits here.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [SORTING, connection.pk])


def hold_alone(connection: Connection) -> None:
    """Merge or split until this transaction ends, while nobody else does and no fault finds its cause."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SORTING, connection.pk])


def follow(start: int, merged: Mapping[int, int], placed: Mapping[int, int]) -> int:
    """From a cause to where its faults belong: a placement goes before a merge.

    It ends: each placement is followed once, and merges never form a circle.
    """
    here, followed = start, set()
    while True:
        if here in placed and here not in followed:
            followed.add(here)
            here = placed[here]
        elif here in merged:
            here = merged[here]
        else:
            return here


def merges(connection: int, category: str) -> dict[int, int]:
    """Every merged cause of a category and what it was merged into, by their keys."""
    rows = Cause.objects.filter(connection=connection, category=category, merged_into__isnull=False)
    return {pk: main for pk, main in rows.values_list("pk", "merged_into") if main is not None}


def family(cause: Cause) -> set[int]:
    """The keys of a cause and of all that was merged into it, directly or not."""
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent in merges(cause.connection_id, cause.category).items():
        children[parent].append(child)
    found, ahead = {cause.pk}, [cause.pk]
    while ahead:
        following = children[ahead.pop()]
        found.update(following)
        ahead += following
    return found


def end_of(origin: Cause, item: Item | None) -> Cause:
    """Where a fault with this fingerprint, of this subject, belongs now."""
    subject = subject_of(item)
    rows = Placement.objects.filter(
        subject=subject, origin__connection=origin.connection_id, origin__category=origin.category
    )
    placed = dict(rows.values_list("origin", "cause")) if subject else {}
    if origin.merged_into_id is None and not placed:
        return origin
    end = follow(origin.pk, merges(origin.connection_id, origin.category), placed)
    return origin if end == origin.pk else Cause.objects.get(pk=end)


def cause_of(failure: Failure, item: Item | None, *, connection: Connection, now: datetime) -> tuple[Cause, Cause]:
    """The cause that a fault belongs to and the one that its fingerprint says, both seen once more."""
    origin = leading.origin_of(failure, item, connection=connection, now=now)
    end = end_of(origin, item)
    Cause.objects.filter(pk__in={origin.pk, end.pk}).exclude(last_seen=now).update(last_seen=now)
    return end, origin


def settle(cause: Cause) -> int:
    """Move every outstanding fault of the category of a cause to where it belongs, and the records that they lead;
    returns how many records were touched. The caller holds alone.
    """
    same = {"origin__connection": cause.connection_id, "origin__category": cause.category}
    placed: dict[str, dict[int, int]] = defaultdict(dict)
    for origin, subject, end in Placement.objects.filter(**same).values_list("origin", "subject", "cause"):
        placed[subject][origin] = end
    merged = merges(cause.connection_id, cause.category)
    moved: dict[int, list[int]] = defaultdict(list)
    touched: set[int] = set()
    faults = Fault.objects.outstanding().filter(**same)
    for key, origin, cause_now, record, order_key, other in faults.values_list(
        "pk", "origin", "cause", "record", "item__order_key", "item__external_key"
    ):
        end = follow(origin, merged, placed.get(order_key or other or "", {}))
        if end != cause_now:
            moved[end].append(key)
            touched.add(record)
    list(ExceptionRecord.objects.filter(pk__in=touched).order_by("pk").select_for_update(no_key=True))
    for end, keys in moved.items():
        Fault.objects.filter(pk__in=keys).update(cause=end)
    _lead_again(touched)
    return len(touched)


def _lead_again(records: set[int]) -> None:
    """Let records show the cause of their leading fault."""
    faults: dict[int, list[Fault]] = defaultdict(list)
    for fault in Fault.objects.outstanding().filter(record__in=records).defer("value", "facts"):
        faults[fault.record_id].append(fault)
    shown: dict[int | None, list[int]] = defaultdict(list)
    for record, its in faults.items():
        shown[leading.leading(its).cause_id].append(record)
    for end, keys in shown.items():
        ExceptionRecord.objects.filter(pk__in=keys).update(cause=end)
