"""What people do with a record besides fixing it: take, hand over, note, wait, snooze, dismiss."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from exceptions import roles
from exceptions.models import Entry, EntryKind, ExceptionRecord
from exceptions.services import changing
from exceptions.services.errors import NotAllowed, Refused
from exceptions.states import State
from jlseko.clock import business_now
from sync.models import Connection

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _open_for(record: ExceptionRecord, user: User, permission: str, expected_version: int | None) -> ExceptionRecord:
    found = changing.lock(record)
    changing.check_may(user, permission, found)
    changing.check_version(found, expected_version)
    changing.check_open(found)
    return found


@transaction.atomic
def claim(record: ExceptionRecord, *, by: User, expected_version: int | None = None) -> ExceptionRecord:
    """Take a record, from the queue or from somebody else."""
    found = _open_for(record, by, "claim_exception", expected_version)
    before = found.owner
    changing.move(found, State.CLAIMED, owner=by, **changing.acknowledge(found))
    text = f"{_name(by)} took it" + (f" over from {_name(before)}" if before and before != by else "")
    changing.write(EntryKind.CLAIMED, text, record=found, by=by)
    return found


@transaction.atomic
def hand_back(record: ExceptionRecord, *, by: User, expected_version: int | None = None) -> ExceptionRecord:
    """Put a record back into its queue."""
    found = _open_for(record, by, "claim_exception", expected_version)
    changing.move(found, State.OPEN, owner=None)
    changing.write(EntryKind.HANDED_BACK, f"{_name(by)} put it back in the queue", record=found, by=by)
    return found


@transaction.atomic
def assign(record: ExceptionRecord, user: User, *, by: User, expected_version: int | None = None) -> ExceptionRecord:
    """Give a record to somebody who may act on it."""
    found = _open_for(record, by, "claim_exception" if user == by else "assign_exception", expected_version)
    allowed, why = roles.may_act(user, found)
    if not allowed:
        raise Refused(f"{_name(user)} cannot act on it. {why}")
    changing.move(found, State.CLAIMED, owner=user, **changing.acknowledge(found))
    changing.write(EntryKind.ASSIGNED, f"{_name(by)} gave it to {_name(user)}", record=found, by=by)
    return found


@transaction.atomic
def reveal(record: ExceptionRecord, *, by: User) -> Entry:
    """Record that somebody looked at the customer's data."""
    if not roles.may_see_personal_data(by):
        raise NotAllowed("Your role does not show customer data.")
    return changing.write(EntryKind.REVEALED, f"{_name(by)} looked at the customer's data", record=record, by=by)


@transaction.atomic
def wait_on(
    record: ExceptionRecord, whom: str, *, chase_at: datetime, by: User, expected_version: int | None = None
) -> ExceptionRecord:
    """Wait for somebody outside; at ``chase_at`` (business time) it comes back into the queue."""
    found = _open_for(record, by, "claim_exception", expected_version)
    if not whom.strip():
        raise Refused("Say whom we are waiting for.")
    if chase_at <= business_now():
        raise Refused("Choose a time to come for the next chase.")
    values = changing.acknowledge(found) | {"waiting_whom": whom.strip()[:200], "chase_at": chase_at}
    changing.move(found, State.WAITING_ON, owner=found.owner or by, **values)
    text = f"Waiting on {whom.strip()}, chase at {_clock(chase_at)}"
    changing.write(EntryKind.WAITING, text, record=found, by=by)
    return found


@transaction.atomic
def snooze(
    record: ExceptionRecord, *, until: datetime, by: User, reason: str = "", expected_version: int | None = None
) -> ExceptionRecord:
    """Put a record aside until a business time, which may not lie behind its deadline."""
    found = _open_for(record, by, "claim_exception", expected_version)
    now = business_now()
    if until <= now:
        raise Refused("Choose a time to come.")
    if found.deadline is not None and now < found.deadline < until:
        raise Refused(f"The deadline is {_clock(found.deadline)}; it cannot sleep past that.")
    changing.move(found, State.SNOOZED, owner=found.owner or by, snoozed_until=until, **changing.acknowledge(found))
    text = f"Snoozed until {_clock(until)}" + (f": {reason.strip()}" if reason.strip() else "")
    changing.write(EntryKind.SNOOZED, text, record=found, by=by)
    return found


@transaction.atomic
def wake(connection: Connection) -> int:
    """Bring back what has slept or waited long enough; returns how many."""
    now = business_now()
    due = Q(state=State.SNOOZED, snoozed_until__lte=now) | Q(state=State.WAITING_ON, chase_at__lte=now)
    rows = ExceptionRecord.objects.filter(due, connection=connection)
    woken = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True))
    for record in woken:
        text = "The snooze is over" if record.state == State.SNOOZED else f"Time to chase {record.waiting_whom}"
        changing.move(record, State.CLAIMED if record.owner_id else State.OPEN)
        changing.write(EntryKind.WOKEN, text, record=record)
    return len(woken)


@transaction.atomic
def dismiss(record: ExceptionRecord, *, reason: str, by: User, expected_version: int | None = None) -> ExceptionRecord:
    """Close without a fix. Refused while an order would be left standing with nobody looking at it."""
    found = _open_for(record, by, "dismiss_exception", expected_version)
    if not reason.strip():
        raise Refused("Say why it can be dismissed.")
    if found.order_key and changing.stalled_items(found).exists():
        raise Refused(
            "The order is still stopped, and dismissing would leave it standing with nobody looking at it. "
            "Fix it and send it back, or cancel it on John Lewis."
        )
    now = business_now()
    found.faults.outstanding().update(cleared_at=now)
    changing.move(found, State.DISMISSED, closed_at=now, closed_reason=reason.strip()[:300])
    changing.write(EntryKind.DISMISSED, f"Dismissed: {reason.strip()}", record=found, cause=found.cause, by=by)
    return found


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%d %b %H:%M}"
