"""Every exception record as plain values, open and closed, with whose it is, what comes next and what was done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from exceptions.detail.stuck import next_move
from exceptions.models import Entry, EntryKind, ExceptionRecord, Fault
from exceptions.states import State
from sync.models import Connection

TOGETHER = 500
NOBODY = "nobody"


def export(connection: Connection | None = None) -> Iterator[dict[str, Any]]:
    """All records of a connection, or of all, oldest first. What customers wrote stays inside."""
    rows = ExceptionRecord.objects.order_by("id").select_related("connection", "item", "cause", "owner", "parent")
    if connection is not None:
        rows = rows.filter(connection=connection)
    found = rows.iterator(chunk_size=TOGETHER)
    while some := list(islice(found, TOGETHER)):
        faults, sent = _faults(some), _sent_back(some)
        yield from (_told(record, faults[record.pk], sent[record.pk]) for record in some)


def _told(record: ExceptionRecord, faults: list[dict[str, Any]], sent: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": record.pk,
        "connection": record.connection.name,
        "subject": _subject(record),
        "order": record.order_key or record.order_number,
        "item": str(record.item) if record.item else "",
        "stage": record.item.stage if record.item else "",
        "status": record.item.status if record.item else "",
        "category": record.category,
        "cause": record.cause_id,
        "fingerprint": record.cause.fingerprint if record.cause else "",
        "state": record.state,
        "open": record.is_open,
        "owner": record.owner_label,
        "queue": record.owner_role,
        "person": record.owner.get_username() if record.owner else None,
        "next_action": _next(record),
        "follows": record.follows_id,
        "parent": record.parent_id,
        "occurrences": record.occurrences,
        "version": record.version,
        **{name: _instant(getattr(record, name)) for name in _MOMENTS},
        "deadline_is_ours": record.deadline_is_ours,
        "resubmits": sent,
        "faults": faults,
    }


_MOMENTS = (
    "opened_at", "acknowledged_at", "resubmitted_at", "accepted_at", "closed_at", "deadline", "act_by",
    "snoozed_until", "chase_at",
)  # fmt: skip


def _subject(record: ExceptionRecord) -> str:
    """What at most one live record may be about."""
    if record.order_key:
        return f"order {record.order_key}"
    return str(record.item) if record.item else f"{record.category} {record.partner}".strip()


def _next(record: ExceptionRecord) -> str:
    if record.is_open:
        return next_move(record)
    return "Wait until the other side shows it" if record.state == State.RESUBMITTED else ""


def _faults(records: Iterable[ExceptionRecord]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Fault.objects.filter(record__in=list(records)).select_related("item", "cause").defer("value")
    for fault in rows.order_by("id"):
        found[fault.record_id].append(
            {
                "id": fault.pk,
                "item": str(fault.item) if fault.item else "",
                "stage": fault.item.stage if fault.item else "",
                "category": fault.category,
                "code": fault.code,
                "field": fault.field,
                "rule": fault.rule,
                "cause": fault.cause_id,
                "fingerprint": fault.cause.fingerprint if fault.cause else "",
                "occurrences": fault.occurrences,
                "found_at": _instant(fault.found_at),
                "fixed_at": _instant(fault.fixed_at),
                "cleared_at": _instant(fault.cleared_at),
            }
        )
    return found


def _sent_back(records: Iterable[ExceptionRecord]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Entry.objects.filter(record__in=list(records), kind=EntryKind.RESUBMITTED).select_related("actor")
    for entry in rows.order_by("id"):
        if entry.record_id is not None:
            who = entry.actor.get_username() if entry.actor else NOBODY
            found[entry.record_id].append({"at": _instant(entry.at), "who": who})
    return found


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
