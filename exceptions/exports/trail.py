"""The whole trail as one stream of lines: what happened, who did it, when, and what it changed. No personal data.

A line never changes once it was there, and none ever goes: of an attempt, that it was announced and what became of it
are two lines, and of a correction, that it was made and that it was taken back. What people wrote, and what they
corrected, is told by its length and a keyed hash.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from exceptions.models import Entry
from exceptions.services.changing import AFTER, MACHINE
from jlseko.encryption import blind_indexes
from sync.models import Attempt, Connection, Correction, Event, Item, Outcome

PURPOSE = "exceptions.exports.trail"
TOGETHER = 2000
DEFINITE = (Outcome.APPLIED, Outcome.NOT_APPLIED, Outcome.REJECTED)

Line = dict[str, Any]


def trail(connection: Connection | None = None) -> Iterator[Line]:
    """Every line, by time; lines of one kind in the order in which they were written. Call it inside one snapshot."""
    names = dict(User.objects.values_list("pk", "username"))
    corrections = _of(Correction.objects.select_related("item"), connection, "item__connection")
    attempts = _of(Attempt.objects.select_related("item").defer(*_BODIES), connection, "item__connection")
    streams = (
        _events(_of(Event.objects.select_related("item"), connection, "connection"), names),
        _entries(_of_entry(connection), names),
        _corrections(corrections, names),
        _taken_back(corrections, names),
        _announced(attempts),
        _settled(attempts),
    )
    return heapq.merge(*streams, key=lambda line: line["at"])


_BODIES = ("request_body", "response", "request_path")


def _of(rows: QuerySet[Any], connection: Connection | None, place: str) -> QuerySet[Any]:
    return rows if connection is None else rows.filter(**{place: connection})


def _of_entry(connection: Connection | None) -> QuerySet[Entry]:
    rows = Entry.objects.select_related("record", "record__item")
    if connection is None:
        return rows
    return rows.filter(Q(record__connection=connection) | Q(cause__connection=connection))


def _events(rows: QuerySet[Event], names: dict[int, str]) -> Iterator[Line]:
    for event in rows.order_by("id").iterator(chunk_size=TOGETHER):
        yield {
            **_line("event", event.pk, event.at, names.get(event.actor_id or 0, MACHINE), event.item),
            "order": event.order_key,
            "what": event.kind,
            "side": event.lane,
            "title": event.title,
            "detail": _shape(event.detail),
            "attempt": event.attempt_id,
        }


def _entries(rows: QuerySet[Entry], names: dict[int, str]) -> Iterator[Line]:
    before: dict[int, Any] = {}
    for entry in rows.order_by("id").iterator(chunk_size=TOGETHER):
        record = entry.record
        data = dict(entry.data)
        after = data.pop(AFTER, None)
        if after is not None and after["owner"] is not None:
            after = {**after, "owner": names.get(after["owner"], "")}
        line = _line(
            "entry", entry.pk, entry.at, names.get(entry.actor_id or 0, MACHINE), record.item if record else None
        )
        yield {
            **line,
            "subject": f"exception {record.pk}" if record else f"cause {entry.cause_id}" if entry.cause_id else "",
            "order": record.order_key if record else "",
            "what": entry.kind,
            "cause": entry.cause_id,
            "from": before.get(record.pk) if record else None,
            "to": after,
            "text": _shape(entry.text),
            "data": data,
        }
        if record is not None and after is not None:
            before[record.pk] = after


def _corrections(rows: QuerySet[Correction], names: dict[int, str]) -> Iterator[Line]:
    for row in rows.order_by("id").iterator(chunk_size=TOGETHER):
        yield {
            **_line("correction", row.pk, row.created_at, names.get(row.author_id or 0, MACHINE), row.item),
            "what": "corrected",
            "path": row.path,
            "from": _shape(row.previous),
            "to": _shape(row.value),
        }


def _taken_back(rows: QuerySet[Correction], names: dict[int, str]) -> Iterator[Line]:
    over = rows.filter(reverted_at__isnull=False).order_by("reverted_at", "id")
    for row in over.iterator(chunk_size=TOGETHER):
        moment = row.reverted_at or row.created_at
        yield {
            **_line("correction_over", row.pk, moment, names.get(row.reverted_by_id or 0, MACHINE), row.item),
            "what": "correction_over",
            "path": row.path,
            "from": _shape(row.value),
            "to": None,
        }


def _announced(rows: QuerySet[Attempt]) -> Iterator[Line]:
    for attempt in rows.order_by("id").iterator(chunk_size=TOGETHER):
        yield {**_attempt("attempt", attempt, attempt.announced_at), "from": None, "to": "announced"}


def _settled(rows: QuerySet[Attempt]) -> Iterator[Line]:
    """Those whose outcome is definite: of the others nothing is known, and what is said of them may still change."""
    over = rows.filter(outcome__in=DEFINITE, settled_at__isnull=False).order_by("settled_at", "id")
    for attempt in over.iterator(chunk_size=TOGETHER):
        yield {
            **_attempt("attempt_settled", attempt, attempt.settled_at or attempt.announced_at),
            "from": "announced",
            "to": attempt.outcome,
            "by": attempt.settled_by,
            "status": attempt.http_status,
        }


def _attempt(kind: str, attempt: Attempt, at: datetime) -> Line:
    return {
        **_line(kind, attempt.pk, at, MACHINE, attempt.item),
        "what": attempt.operation,
        "side": attempt.side,
        "natural_key": attempt.natural_key,
        "request_hash": attempt.request_hash,
    }


def _line(kind: str, key: int, at: datetime, actor: str, item: Item | None) -> Line:
    return {
        "kind": kind,
        "id": key,
        "at": at.isoformat(timespec="microseconds"),
        "actor": actor,
        "subject": str(item) if item else "",
        "order": item.order_key if item else "",
    }


def _shape(text: str) -> dict[str, Any] | None:
    """A text by its length and its keyed hash; None for an empty one."""
    return {"length": len(text), "hash": blind_indexes(text, purpose=PURPOSE)[0]} if text else None
