"""Merging causes that are one trouble, taking that back, and putting orders under a cause of their own. Logged on every
cause that is concerned; what is outstanding moves in the same transaction, what is closed stays where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from exceptions.category import Resubmit, registry
from exceptions.models import Cause, EntryKind, ExceptionRecord, Fault, Placement
from exceptions.nouns import counted, noun_of
from exceptions.services import changing, placing
from exceptions.services.errors import NotAllowed, Refused
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RIGHT = "exceptions.sort_causes"
TRIES = 3
SPLIT = "split from"  # how the fingerprint of a cause begins that a person has made

Given = ParamSpec("Given")
Result = TypeVar("Result")


def _patiently(act: Callable[Given, Result]) -> Callable[Given, Result]:
    """Whole transactions, tried again where one got into the way of people who work on the same orders."""

    @wraps(act)
    def tried(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for _ in range(TRIES):
            try:
                with transaction.atomic():
                    return act(*args, **kwargs)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        raise Refused("These orders are being worked on at this moment. Nothing was changed. Try again.")

    return tried


def may_sort(user: User) -> str:
    """Why a person may not merge and split; empty where they may."""
    return "" if user.has_perm(RIGHT) else "Merging and splitting causes needs the role Manager."


def why_not_mergeable(cause: Cause) -> str:
    """Why a cause stands alone for good; empty where it can be merged and split."""
    if registry.get(cause.category).resubmit == Resubmit.NONE:
        return "This is about a connection, not about orders: there is nothing to sort."
    return ""


@_patiently
def merge(main: Cause, other: Cause, *, by: User, why: str, counted_as: int | None = None) -> int:
    """Make ``other`` part of ``main``: what it holds moves, and its later faults go there; returns how many moved.

    ``counted_as`` is how many the person has seen it hold. Both must be of one category and connection.
    """
    _check(by, why)
    placing.hold_alone(main.connection)
    main, other = _fresh(main), _fresh(other)
    for cause in (main, other):
        if cause.merged_into is not None:
            raise Refused(f"“{cause.headline}” was merged into “{cause.merged_into.headline}” already.")
    if main.pk == other.pk:
        raise Refused("Choose another cause to merge with.")
    if (main.connection_id, main.category) != (other.connection_id, other.category):
        raise Refused("Only causes of the same category and the same shop can be merged.")
    if problem := why_not_mergeable(main):
        raise Refused(problem)
    _check_count(other, counted_as)
    other.merged_into = main
    other.save(update_fields=["merged_into"])
    moved = placing.settle(main)
    data = {"main": main.pk, "other": other.pk, "moved": moved}
    changing.write(
        EntryKind.MERGED, f"“{other.headline}” was merged into this one: {why}", cause=main, by=by, data=data
    )
    changing.write(EntryKind.MERGED, f"Merged into “{main.headline}”: {why}", cause=other, by=by, data=data)
    return moved


@_patiently
def split_off(cause: Cause, *, by: User, why: str) -> int:
    """Take a merge back: ``cause`` stands for itself again, with what it would hold; returns how many moved."""
    _check(by, why)
    placing.hold_alone(cause.connection)
    found = _fresh(cause)
    main = found.merged_into
    if main is None:
        raise Refused("It was split off already.")
    found.merged_into = None
    found.save(update_fields=["merged_into"])
    moved = placing.settle(found)
    data = {"main": main.pk, "other": found.pk, "moved": moved}
    changing.write(EntryKind.SPLIT, f"“{found.headline}” was split off again: {why}", cause=main, by=by, data=data)
    changing.write(EntryKind.SPLIT, f"Split off from “{main.headline}” again: {why}", cause=found, by=by, data=data)
    return moved


@_patiently
def split(cause: Cause, records: Iterable[ExceptionRecord], *, name: str, by: User, why: str) -> Cause:
    """Put some of what a cause holds under a cause of its own; later faults of the same orders go there too."""
    _check(by, why)
    if not name.strip():
        raise Refused("Give the new cause a name, so that others know it by sight.")
    placing.hold_alone(cause.connection)
    found = _fresh(cause)
    if problem := why_not_mergeable(found):
        raise Refused(problem)
    faults = list(Fault.objects.outstanding().filter(cause=found).select_related("item", "record"))
    chosen = {record.pk for record in records}
    wanted = [fault for fault in faults if fault.record_id in chosen]
    if not wanted:
        raise Refused("None of these is held by this cause any more. Nothing was changed.")
    if len(wanted) == len(faults):
        raise Refused("That would be all that it holds. Leave at least one, or leave the cause as it is.")
    now = business_now()
    start = f"{SPLIT} {found.pk}."
    made = Cause.objects.create(
        connection=found.connection, category=found.category, headline=name.strip()[:300], first_seen=now,
        last_seen=now, fingerprint=f"{start}{Cause.objects.filter(fingerprint__startswith=start).count() + 1}",
    )  # fmt: skip
    for fault in wanted:
        for origin in {found.pk, fault.origin_id}:
            Placement.objects.update_or_create(
                origin_id=origin, subject=placing.subject_of(fault.item), defaults={"cause": made, "by": by, "at": now}
            )
    placing.settle(found)
    _tell_split(found, made, [fault.record for fault in wanted], by=by, why=why)
    return made


def _tell_split(cause: Cause, made: Cause, records: list[ExceptionRecord], *, by: User, why: str) -> None:
    moved = list({record.pk: record for record in records}.values())
    data = {"main": cause.pk, "other": made.pk, "moved": len(moved)}
    number = counted(len(moved), noun_of(moved))
    kind = EntryKind.SPLIT
    changing.write(kind, f"{number} put under “{made.headline}”: {why}", cause=cause, by=by, data=data)
    changing.write(kind, f"Split from “{cause.headline}” with {number}: {why}", cause=made, by=by, data=data)
    for record in moved:
        changing.write(kind, f"Put under “{made.headline}”, out of “{cause.headline}”: {why}", record=record, by=by)


def _check(by: User, why: str) -> None:
    if problem := may_sort(by):
        raise NotAllowed(problem)
    if not why.strip():
        raise Refused("Say why, so that the next person understands it.")


def _fresh(cause: Cause) -> Cause:
    return Cause.objects.select_related("connection", "merged_into").get(pk=cause.pk)


def _check_count(cause: Cause, seen: int | None) -> None:
    if seen is None:
        return
    holds = Fault.objects.outstanding().filter(cause=cause).values("record").distinct().count()
    if holds != seen:
        raise Refused(f"Meanwhile “{cause.headline}” holds {holds}, not {seen}. Look at it again before you merge.")
