"""Ticking the steps of a runbook off, and taking a tick back. Neither counts as a change others must look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from exceptions.category import registry
from exceptions.models import EntryKind, ExceptionRecord, RunbookStep
from exceptions.runbooks import key_of, steps_of
from exceptions.services import changing
from exceptions.services.errors import Refused
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CHANGED = "The runbook has changed since you opened this page. Read the step again, then tick it."


@transaction.atomic
def tick_step(record: ExceptionRecord, key: str, *, by: User) -> RunbookStep:
    """Record that a step was done, as it reads now.

    Args:
        record: a live record.
        key: :attr:`exceptions.runbooks.Step.key` of a step of its category.
        by: who did it.

    Raises:
        Refused: there is no such step any more, or the record is closed.
    """
    found = _live(record, by)
    step = next((step for step in steps_of(registry.get(found.category)) if step.key == key), None)
    if step is None:
        raise Refused(CHANGED)
    row, created = RunbookStep.objects.get_or_create(
        record=found, text=step.text, defaults={"number": step.number, "by": by, "at": business_now()}
    )
    if created:
        _write(EntryKind.STEP_DONE, f"Step done: {step.text}", found, row, by)
    return row


@transaction.atomic
def untick_step(record: ExceptionRecord, key: str, *, by: User) -> None:
    """Take a tick back, also one of a step that reads differently now; the history keeps both. Raises Refused."""
    found = _live(record, by)
    row = next((row for row in found.steps_done.all() if key_of(row.text) == key), None)
    if row is not None:
        _write(EntryKind.STEP_UNDONE, f"Step not done after all: {row.text}", found, row, by)
        row.delete()


def _live(record: ExceptionRecord, by: User) -> ExceptionRecord:
    found = changing.lock(record)
    changing.check_may(by, "claim_exception", found)
    if not found.is_live:
        raise Refused("This exception is closed. Its steps stay as they were.")
    return found


def _write(kind: EntryKind, text: str, record: ExceptionRecord, row: RunbookStep, by: User) -> None:
    changing.write(kind, text, record=record, by=by, data={"number": row.number})
