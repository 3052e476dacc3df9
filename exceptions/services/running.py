"""Runs: many records sent back one by one, each in a transaction of its own.

Postgres alone decides who works: the row of the run is locked for one record's turn, so two workers never work on the
same run, a pause or a cancel takes effect before the next record, and a worker that dies leaves nothing half done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Final

from django.db import OperationalError, transaction
from django.db.models import Count, Q

from exceptions.models import Cause, ExceptionRecord, ResubmitRun, RunItem, RunItemState, RunState
from exceptions.models.record import RecordQuerySet
from exceptions.models.run import UNDER_WAY
from exceptions.services import changing
from exceptions.services.errors import DeskError, NotAllowed, Refused
from exceptions.services.planning import stalled_faults, why_it_stays
from jlseko.clock import business_now, factor

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

RIGHT: Final = "exceptions.run_resubmission"
LONGEST_WHY: Final = 300
PORTIONS: Final = 12  # a capped run sends a twelfth of its minute in any five seconds, not all of it at once


@transaction.atomic
def start_run(
    records: Iterable[ExceptionRecord],
    *,
    by: User,
    words: str,
    cause: Cause | None = None,
    fix_note: str = "",
    per_minute: int | None = None,
    retry_of: ResubmitRun | None = None,
    versions: Mapping[int, int] | None = None,
) -> ResubmitRun:
    """Plan to send ``records`` back in this order; the loop works it off.

    Args:
        records: what goes, as it was when the person confirmed it. One that changes before its turn stays.
        words: what was selected, as the person read it.
        cause: the cause that was fixed for all of them, with ``fix_note``.
        per_minute: the most that go in one minute of real time; None = as fast as the budgets allow.
        retry_of: the run whose failures these are.
        versions: the versions that the person has seen, by primary key, where they are not those of ``records``.

    Raises:
        NotAllowed: this person may not start a run.
        Refused: there is nothing to send, or the cap is no number above 0.
    """
    _check_may(by)
    chosen = list(records)
    if not chosen:
        raise Refused("Nothing of this can be sent back now.")
    if per_minute is not None and per_minute < 1:
        raise Refused("Choose a speed of at least one a minute.")
    seen = versions or {}
    run = ResubmitRun.objects.create(
        words=words, cause=cause, fix_note=fix_note[:LONGEST_WHY], by=by, per_minute=per_minute, retry_of=retry_of,
        created_at=business_now(),
    )  # fmt: skip
    RunItem.objects.bulk_create(
        [
            RunItem(run=run, record=record, position=place, version=seen.get(record.pk, record.version))
            for place, record in enumerate(chosen, start=1)
        ],
        batch_size=1000,
    )
    return run


def work_off(seconds: float, *, run: ResubmitRun | None = None) -> int:
    """Give the records of every run under way (or of one) their turn, a record of each run after the other, until
    nothing may go now or ``seconds`` (real time) are over; returns how many had it.
    """
    ends = time.monotonic() + seconds
    rows = ResubmitRun.objects.filter(state__in=UNDER_WAY).order_by("id")
    busy = list((rows.filter(pk=run.pk) if run else rows).values_list("pk", flat=True))
    turns = 0
    while busy and time.monotonic() < ends:
        busy = [pk for pk in busy if _turn(pk)]
        turns += len(busy)
    return turns


def _turn(pk: int) -> bool:
    """One record's turn; False when this run has nothing to do for us now."""
    try:
        with transaction.atomic():
            rows = ResubmitRun.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            run = rows.select_related("by").filter(pk=pk, state__in=UNDER_WAY).first()
            if run is None or not _may_go_now(run):
                return False
            item = run.items.filter(state=RunItemState.WAITING).select_related("record").first()
            if item is None:
                run.state, run.finished_at = RunState.DONE, business_now()
                run.save(update_fields=["state", "finished_at"])
                return False
            if run.state == RunState.WAITING:
                run.state, run.started_at = RunState.RUNNING, run.started_at or business_now()
                run.save(update_fields=["state", "started_at"])
            _work_on(run, item)
            return True
    except OperationalError as error:  # somebody works on the same order at this moment: its turn comes again
        log.warning("a record of a run waits", extra={"run": pk, "reason": type(error).__name__})
        return False


def _may_go_now(run: ResubmitRun) -> bool:
    """Whether the cap lets another record go, by what has gone already; it holds for all workers and after a stop."""
    if run.per_minute is None:
        return True
    now, minute = business_now(), timedelta(minutes=1) * factor()
    lately = run.items.filter(state=RunItemState.SENT, at__gt=now - minute)
    sent = lately.aggregate(minute=Count("pk"), moment=Count("pk", filter=Q(at__gt=now - minute / PORTIONS)))
    return bool(sent["minute"] < run.per_minute and sent["moment"] < ceil(run.per_minute / PORTIONS))


def _work_on(run: ResubmitRun, item: RunItem) -> None:
    item.state, item.why = RunItemState.SENT, ""
    try:
        with transaction.atomic():
            _send(run, item)
    except DeskError as no:
        item.state, item.why = RunItemState.REFUSED, str(no)[:LONGEST_WHY]
    except OperationalError:
        raise
    except Exception as broken:  # one record that cannot be sent must not hold up the others
        log.exception("a record of a run failed", extra={"run": run.pk, "record": item.record_id})
        why = f"jlseko could not send it back ({type(broken).__name__}). The log has the details."
        item.state, item.why = RunItemState.REFUSED, why
    item.at = business_now()
    item.save(update_fields=["state", "why", "at"])


def _send(run: ResubmitRun, item: RunItem) -> None:
    record = changing.lock(item.record, with_items=True)
    changing.check_version(record, item.version)
    why = why_it_stays(record, stalled_faults([record])[record.pk], by=run.by)
    if why:
        raise Refused(f"{why[0].upper()}{why[1:]}")
    changing.send_back(record, by=run.by, origin={"run": run.pk})


@transaction.atomic
def pause_run(run: ResubmitRun, *, by: User) -> ResubmitRun:
    """Send nothing more before somebody says so; the record that is having its turn is finished."""
    found = _locked(run, by)
    if found.state not in UNDER_WAY:
        raise Refused(f"This run cannot be paused: it is {_word(found)}.")
    return _halt(found, RunState.PAUSED, by)


@transaction.atomic
def go_on_with_run(run: ResubmitRun, *, by: User) -> ResubmitRun:
    """Go on with a run that was paused."""
    found = _locked(run, by)
    if found.state != RunState.PAUSED:
        raise Refused(f"This run is not paused: it is {_word(found)}.")
    found.state = RunState.RUNNING if found.started_at else RunState.WAITING
    found.save(update_fields=["state"])
    return found


@transaction.atomic
def cancel_run(run: ResubmitRun, *, by: User) -> ResubmitRun:
    """Send nothing more at all. What has not had its turn stays in the queue as it is; nothing is taken back."""
    found = _locked(run, by)
    if found.state not in UNDER_WAY | {RunState.PAUSED}:
        raise Refused(f"This run cannot be cancelled: it is {_word(found)}.")
    found.items.filter(state=RunItemState.WAITING).update(state=RunItemState.LEFT, at=business_now())
    found.finished_at = business_now()
    return _halt(found, RunState.CANCELLED, by)


def _halt(run: ResubmitRun, state: RunState, by: User) -> ResubmitRun:
    run.state, run.halted_by, run.halted_at = state, by, business_now()
    run.save(update_fields=["state", "halted_by", "halted_at", "finished_at"])
    return run


def _locked(run: ResubmitRun, by: User) -> ResubmitRun:
    _check_may(by)
    return ResubmitRun.objects.select_for_update(no_key=True).get(pk=run.pk)


def _check_may(user: User) -> None:
    if not user.has_perm(RIGHT):
        raise NotAllowed("Sending many back in one run needs the role Operations or Manager.")


def _word(run: ResubmitRun) -> str:
    return str(RunState(run.state).label).lower()


def failures_of(run: ResubmitRun) -> RecordQuerySet:
    """The records of a run that were not sent or came back, and that are open now."""
    tried = run.items.filter(state__in=[RunItemState.SENT, RunItemState.REFUSED])
    return ExceptionRecord.objects.open().filter(pk__in=tried.values("record"))


def left_over_of(run: ResubmitRun) -> RecordQuerySet:
    """The records that a cancelled run has left in the queue."""
    left = run.items.filter(state=RunItemState.LEFT)
    return ExceptionRecord.objects.filter(pk__in=left.values("record"))
