"""From the engine's report to a record: one leading record per order, later faults join it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from exceptions.category import registry
from exceptions.models import EntryKind, ExceptionRecord, Fault
from exceptions.services import changing, leading, placing
from exceptions.states import LIVE, State
from jlseko import failpoints
from jlseko.clock import business_now
from sync.failures import Failure
from sync.models import Connection, Item


@transaction.atomic
def open_from_failures(*, connection: Connection, item: Item | None, failures: Sequence[Failure]) -> ExceptionRecord:
    """Open a record for an item that has stalled with ``failures`` (all of its current ones), or let them join the one
    that its order has; ``item`` None = the partner named in the facts of the first failure.

    A record that was sent back opens again when the same trouble returns; another trouble replaces it by a new one.
    """
    now = business_now()
    placing.hold(connection)
    record = _current(connection, item, failures)
    if record is None:
        try:
            with transaction.atomic():
                return _create(connection, item, failures, now=now)
        except IntegrityError:
            record = _current(connection, item, failures)
            if record is None:
                raise
    if record.state == State.RESUBMITTED and not _same_trouble(record, item, failures):
        return _replace(record, connection, item, failures, now=now)
    came_back = record.state == State.RESUBMITTED
    before = changing.standing(record)
    joined = _take_over(record, item, failures, now=now)
    if came_back:
        record.occurrences += 1
        record.accepted_at = None
        record.state = State.CLAIMED if record.owner_id and record.acknowledged_at else State.OPEN
    _show(record, now=now)
    _tell(record, joined, came_back=came_back)
    if not joined and not came_back:
        _tell_change(record, before)
    return record


def _current(connection: Connection, item: Item | None, failures: Sequence[Failure]) -> ExceptionRecord | None:
    """The live record that these faults belong to, locked. One opened before its order was known moves to it."""
    rows = ExceptionRecord.objects.select_for_update(of=("self",), no_key=True).filter(
        connection=connection, state__in=sorted(LIVE)
    )
    if item is None:
        category = registry.of(failures[0])
        side = failures[0].facts.get("side", "")
        return rows.filter(item=None, order_key="", category=category.slug, partner=side).first()
    own = rows.filter(item=item, order_key="").first()
    if not item.order_key:
        return own
    record = rows.filter(order_key=item.order_key).first()
    if own is None:
        return record
    if record is None:
        own.order_key = item.order_key
        own.save(update_fields=["order_key"])
        return own
    own.faults.outstanding().update(record=record)
    _supersede(own, "The order became known; its own exception goes on")
    return record


def _same_trouble(record: ExceptionRecord, item: Item | None, failures: Sequence[Failure]) -> bool:
    """Whether the leading new fault is of a category that the record has outstanding."""
    lead = min((registry.of(failure) for failure in failures), key=lambda category: category.rank)
    return record.faults.outstanding().filter(category=lead.slug).exists()


def _create(
    connection: Connection,
    item: Item | None,
    failures: Sequence[Failure],
    *,
    now: datetime,
    follows: ExceptionRecord | None = None,
) -> ExceptionRecord:
    category = min((registry.of(failure) for failure in failures), key=lambda known: known.rank)
    role, person = leading.owner_of(category)
    record = ExceptionRecord.objects.create(
        connection=connection,
        order_key=item.order_key if item else "",
        item=item,
        partner=failures[0].facts.get("side", "") if item is None else "",
        category=category.slug,
        side=category.side,
        owner_role=role,
        owner=person,
        opened_at=now,
        headline=category.title,
        follows=follows,
    )
    _take_over(record, item, failures, now=now)
    _show(record, now=now)
    changing.write(EntryKind.OPENED, record.headline, record=record, cause=record.cause)
    failpoints.reach("exception.opened")
    return record


def _replace(
    record: ExceptionRecord, connection: Connection, item: Item | None, failures: Sequence[Failure], *, now: datetime
) -> ExceptionRecord:
    """The old trouble is over, a new one came: a new record, and the faults of other items move along."""
    others = list(record.faults.outstanding().exclude(item=item).values_list("pk", flat=True))
    record.faults.outstanding().filter(item=item).update(cleared_at=now)
    _supersede(record, "The fix was taken, and the order stopped for another reason")
    found = _create(connection, item, failures, now=now, follows=record)
    if others:
        before = changing.standing(found)
        Fault.objects.filter(pk__in=others).update(record=found)
        _show(found, now=now)
        _tell_change(found, before)
    return found


def _supersede(record: ExceptionRecord, why: str) -> None:
    changing.move(record, State.SUPERSEDED, closed_at=business_now(), closed_reason=why)
    changing.write(EntryKind.SUPERSEDED, why, record=record)


def _take_over(
    record: ExceptionRecord, item: Item | None, failures: Sequence[Failure], *, now: datetime
) -> list[Fault]:
    """Make the outstanding faults of this item equal to ``failures``; returns those that are new."""
    known = {(f.code, f.field, f.rule): f for f in record.faults.outstanding().filter(item=item)}
    wanted = {(str(f.code), f.field[:200], f.rule[:100]): f for f in failures}
    gone = [fault.pk for key, fault in known.items() if key not in wanted]
    Fault.objects.filter(pk__in=gone).update(cleared_at=now)
    added = []
    for key, failure in wanted.items():
        cause, origin = placing.cause_of(failure, item, connection=record.connection, now=now)
        values = {
            "text": failure.text, "value": failure.value, "facts": dict(failure.facts), "cause": cause, "origin": origin
        }  # fmt: skip
        fault = known.get(key)
        if fault is None:
            code, field, rule = key
            slug = registry.of(failure).slug
            added.append(
                Fault.objects.create(
                    record=record, item=item, category=slug, code=code, field=field, rule=rule, found_at=now, **values
                )
            )
            continue
        if fault.resubmitted_at:
            fault.occurrences += 1
        fault.fixed_at = fault.resubmitted_at = fault.accepted_at = None
        for name, value in values.items():
            setattr(fault, name, value)
        fault.save()
    return added


def _show(record: ExceptionRecord, *, now: datetime) -> None:
    faults = list(record.faults.outstanding().select_related("item", "cause"))
    leading.refresh(record, faults, now=now)
    record.version += 1
    record.save()


def _tell(record: ExceptionRecord, joined: Sequence[Fault], *, came_back: bool) -> None:
    if came_back:
        changing.write(EntryKind.CAME_BACK, f"Came back: {record.headline}", record=record, cause=record.cause)
    for fault in joined:
        title = registry.get(fault.category).title
        changing.write(EntryKind.FAULT_JOINED, f"{title}: {fault.text}", record=record, cause=fault.cause)


def _tell_change(record: ExceptionRecord, before: Mapping[str, Any]) -> None:
    """Some of its faults are over or have come from another record, and so it may have become another's matter."""
    if changing.standing(record) != before:
        changing.write(EntryKind.PROGRESS, f"What leads now: {record.headline}", record=record, cause=record.cause)
