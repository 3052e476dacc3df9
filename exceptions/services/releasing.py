"""Sending back through the engine's one door, for one order or for all that a fix ends: a few at once, many as a run.

A record leaves the queue only when the other side has accepted it (:mod:`exceptions.services.proving`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from exceptions.category import Resubmit, registry
from exceptions.models import Cause, ExceptionRecord, ResubmitRun
from exceptions.models.fault import Reach
from exceptions.nouns import counted, noun_of
from exceptions.services import changing
from exceptions.services.errors import Refused
from exceptions.services.fixing import Part, mark_fixed, save_parts, whole
from exceptions.services.planning import (
    AT_ONCE,
    NOTHING,
    Kept,
    formless_cause,
    kept_words,
    plan_cause,
    plan_fix,
    plan_reach,
)
from exceptions.services.running import start_run

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Released:
    """What was done; where many go, ``run`` sends them back and tells the result of each."""

    released: list[ExceptionRecord] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    run: ResubmitRun | None = None

    @property
    def sentence(self) -> str:
        """The result in words."""
        count = len(self.released)
        verb, whose = ("is", "its") if count == 1 else ("are", "their")
        how = "being sent back" if self.run else f"on {whose} way again"
        return f"{counted(count, noun_of(self.released))} {verb} {how}. {kept_words(self.kept)}".strip()


@transaction.atomic
def resubmit(record: ExceptionRecord, *, by: User, expected_version: int | None = None) -> Released:
    """Send an order back as it is; all that its cause holds where a setting was fixed and nothing is entered."""
    found = _checked(record, by, expected_version)
    reach = NOTHING
    if formless_cause(found) and found.cause is not None:
        reach = whole(found.cause)
        mark_fixed(reach, "Put right at its source", by=by)
    return _release(found, reach, by=by)


@transaction.atomic
def fix_and_resubmit(
    record: ExceptionRecord, given: list[Part], *, by: User, expected_version: int | None = None
) -> Released:
    """Save valid parts and send back what they fix: this order, or every order of their causes."""
    found = _checked(record, by, expected_version)
    changing.check_may(by, "fix_exception", found)
    return _release(found, save_parts(found, given, by=by), by=by)


@transaction.atomic
def fix_cause(cause: Cause, given: list[Part], *, by: User, versions: Mapping[int, int] | None = None) -> Released:
    """Save valid parts, each on the record that it was made for, and send back all that they end. ``versions`` are
    those of these records that the person has seen, by primary key.
    """
    seen, saved = versions or {}, dict[int, ExceptionRecord]()
    for part in given:
        pk = part.faults[0].record_id
        found = saved.get(pk) or _checked(part.faults[0].record, by, seen.get(pk))
        changing.check_may(by, "fix_exception", found)
        save_parts(found, [part], by=by)
        saved[pk] = found
    plan = plan_fix(given, by=by)
    return _let_go([saved.get(record.pk, record) for record in plan.releases], plan.kept, cause=cause, by=by)


@transaction.atomic
def resubmit_cause(cause: Cause, *, by: User) -> Released:
    """Send back every open order of a cause, except those that are also held by something else."""
    if not by.has_perm("exceptions.resubmit_exception"):
        raise Refused("Your role does not include this.")
    plan = plan_cause(cause, by=by)
    if not plan.releases and not plan.kept:
        raise Refused("Nothing is held by this cause any more.")
    mark_fixed(whole(cause), "Sent back together", by=by)
    return _let_go(plan.releases, plan.kept, cause=cause, by=by)


def _checked(record: ExceptionRecord, by: User, expected_version: int | None) -> ExceptionRecord:
    found = changing.lock(record, with_items=True)
    changing.check_may(by, "resubmit_exception", found)
    changing.check_version(found, expected_version)
    changing.check_open(found)
    if registry.get(found.category).resubmit == Resubmit.NONE:
        raise Refused("Nothing has to be sent again: it goes on by itself when the partner answers.")
    return found


def _release(record: ExceptionRecord, reach: Reach, *, by: User) -> Released:
    if not changing.stalled_items(record).exists():
        raise Refused("This order is on its way again already. Look at its timeline.")
    others = plan_reach(reach, by=by, beside=record)
    cause = Cause.objects.filter(pk__in={pk for pk, _ in reach}).order_by("pk").first()
    return _let_go([record, *others.releases], others.kept, cause=cause, by=by)


def _let_go(records: list[ExceptionRecord], kept: list[Kept], *, cause: Cause | None, by: User) -> Released:
    if len(records) > AT_ONCE and cause is not None:
        cause.refresh_from_db()
        words = f"Held by “{cause.headline}”"
        run = start_run(records, by=by, words=words, cause=cause, fix_note=cause.fix_note)
        return Released(records, kept, run)
    done = Released([], kept)
    for record in records:
        if changing.send_back(changing.lock(record, with_items=True), by=by):
            record.refresh_from_db()
            done.released.append(record)
    return done
