"""Sending back: planned first, through the engine's one door, for one order or for all that a cause holds.

A record leaves the queue only when the engine says that its items have moved (:mod:`exceptions.services.proving`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from exceptions import clocks, roles
from exceptions.category import Resubmit, registry
from exceptions.models import Cause, ExceptionRecord, Fault
from exceptions.models.fault import FaultQuerySet, Reach
from exceptions.nouns import Noun, counted, noun_of
from exceptions.services import changing
from exceptions.services.errors import Refused
from exceptions.services.fixing import Part, mark_fixed, reach_of, save_parts, whole
from exceptions.states import OPEN
from jlseko.clock import business_now
from sync import pipeline
from sync.models import Item
from sync.states import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that is not sent back, and why."""

    record: ExceptionRecord
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What sending back would do, before it is done. ``value`` in pounds, ``earliest_deadline`` in business time."""

    releases: list[ExceptionRecord]
    kept: list[Kept]

    @property
    def count(self) -> int:
        """How many exceptions go on."""
        return len(self.releases)

    @property
    def value(self) -> Decimal:
        """The money that they hold."""
        return sum((record.value for record in self.releases), Decimal(0))

    @property
    def earliest_deadline(self) -> datetime | None:
        """The first deadline among them."""
        return min((r.deadline for r in self.releases if r.deadline), default=None)

    @property
    def noun(self) -> Noun:
        """One and several of what goes on."""
        return noun_of(self.releases)

    @property
    def subjects(self) -> list[str]:
        """The first twenty order numbers or SKUs."""
        return [record.subject for record in self.releases[:SHOWN] if record.subject]

    @property
    def sentence(self) -> str:
        """The plan in words."""
        verb = "goes" if self.count == 1 else "go"
        text = f"{counted(self.count, self.noun)} {verb} back into the loop"
        if self.value:
            text += f", worth £{self.value:,.2f}"
        first = self.earliest_deadline
        if first is not None:
            left = first - business_now()
            late = left.total_seconds() < 0
            text += f"; the first deadline {'passed' if late else 'is in'} {clocks.words(left)}{' ago' if late else ''}"
        return f"{text}. {_kept_words(self.kept)}".strip()


@dataclass(frozen=True, slots=True)
class Released:
    """What was done."""

    released: list[ExceptionRecord] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The result in words."""
        count = len(self.released)
        verb = "is" if count == 1 else "are"
        return f"{counted(count, noun_of(self.released))} {verb} back in the loop. {_kept_words(self.kept)}".strip()


def _kept_words(kept: Sequence[Kept]) -> str:
    if not kept:
        return ""
    return f"{len(kept)} {'stays' if len(kept) == 1 else 'stay'}: {kept[0].why}"


def plan(record: ExceptionRecord, given: Sequence[Part] = ()) -> Plan:
    """What :func:`fix_and_resubmit` would send back with these parts; unbound ones count as their category."""
    reach: Reach = frozenset().union(*(reach_of(part) for part in given if _for_all(part)))
    if not given and _formless_cause(record) and record.cause is not None:
        reach = whole(record.cause)
    releases, kept = [record], []
    for other in _within(reach):
        if other.pk == record.pk:
            continue
        blocked = _blocked(other, reach)
        if blocked:
            kept.append(Kept(other, blocked))
        else:
            releases.append(other)
    return Plan(releases, kept)


def plan_cause(cause: Cause) -> Plan:
    """What :func:`resubmit_cause` would send back."""
    releases, kept = [], []
    reach = whole(cause)
    for record in _within(reach):
        blocked = _blocked(record, reach)
        if blocked:
            kept.append(Kept(record, blocked))
        else:
            releases.append(record)
    return Plan(releases, kept)


@transaction.atomic
def resubmit(record: ExceptionRecord, *, by: User, expected_version: int | None = None) -> Released:
    """Send an order back as it is; all that its cause holds where a setting was fixed and nothing is entered."""
    found = _checked(record, by, expected_version)
    reach: Reach = frozenset()
    if _formless_cause(found) and found.cause is not None:
        reach = whole(found.cause)
        mark_fixed(reach, "Put right at its source", by=by)
    return _release(found, reach, by=by)


@transaction.atomic
def fix_and_resubmit(
    record: ExceptionRecord, given: Sequence[Part], *, by: User, expected_version: int | None = None
) -> Released:
    """Save valid parts and send back what they fix: this order, or every order of their causes."""
    found = _checked(record, by, expected_version)
    changing.check_may(by, "fix_exception", found)
    return _release(found, save_parts(found, given, by=by), by=by)


@transaction.atomic
def resubmit_cause(cause: Cause, *, by: User) -> Released:
    """Send back every open order of a cause, except those that are also held by something else."""
    if not by.has_perm("exceptions.resubmit_exception"):
        raise Refused("Your role does not include this.")
    reach = whole(cause)
    mark_fixed(reach, "Sent back together", by=by)
    done = Released()
    _release_others(reach, done, by=by, skip=None)
    if not done.released and not done.kept:
        raise Refused("Nothing is held by this cause any more.")
    return done


def _checked(record: ExceptionRecord, by: User, expected_version: int | None) -> ExceptionRecord:
    found = changing.lock(record, with_items=True)
    changing.check_may(by, "resubmit_exception", found)
    changing.check_version(found, expected_version)
    changing.check_open(found)
    if registry.get(found.category).resubmit == Resubmit.NONE:
        raise Refused("Nothing has to be sent again: it goes on by itself when the partner answers.")
    return found


def _release(record: ExceptionRecord, reach: Reach, *, by: User) -> Released:
    items = list(changing.stalled_items(record).order_by("pk"))
    moved = [pipeline.resubmit(item, by=by) for item in items]
    if not any(moved):
        raise Refused("This order is on its way again already. Look at its timeline.")
    done = Released(released=[record])
    _release_others(reach, done, by=by, skip=record)
    record.refresh_from_db()
    return done


def _release_others(reach: Reach, done: Released, *, by: User, skip: ExceptionRecord | None) -> None:
    for other in _within(reach):
        if skip is not None and other.pk == skip.pk:
            continue
        allowed, why = roles.may(by, "resubmit_exception", other)
        blocked = why if not allowed else _blocked(other, reach)
        if blocked:
            done.kept.append(Kept(other, blocked))
            continue
        items = Item.objects.filter(pk__in=_faults(other).values("item"), status=Status.STALLED)
        moved = [pipeline.resubmit(item, by=by) for item in items.order_by("pk")]
        if any(moved):
            other.refresh_from_db()
            done.released.append(other)


def _within(reach: Reach) -> list[ExceptionRecord]:
    """The open records with an outstanding fault that a fix ends, most urgent first."""
    faults = Fault.objects.outstanding().ended_by(reach).filter(item__status=Status.STALLED)
    rows = ExceptionRecord.objects.filter(pk__in=faults.values("record"), state__in=sorted(OPEN))
    return list(rows.select_related("item", "connection").by_urgency())


def _faults(record: ExceptionRecord) -> FaultQuerySet:
    return record.faults.outstanding().filter(item__status=Status.STALLED)


def _blocked(record: ExceptionRecord, reach: Reach) -> str:
    """Why a record would come straight back: another fault of it has no fix yet. Empty = it may go."""
    rest = [fault for fault in _faults(record) if fault.reach not in reach and fault.fixed_at is None]
    if not rest:
        return ""
    titles = dict.fromkeys(registry.get(fault.category).title for fault in rest)
    return f"also held by: {', '.join(titles)}"


def _for_all(part: Part) -> bool:
    if part.form.is_bound and part.form.is_valid():
        return part.category.releases(part.form) == Resubmit.CAUSE
    return part.category.resubmit == Resubmit.CAUSE


def _formless_cause(record: ExceptionRecord) -> bool:
    category = registry.get(record.category)
    return category.resubmit == Resubmit.CAUSE and category.form_class is None
