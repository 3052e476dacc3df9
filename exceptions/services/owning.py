"""Which queue an exception stands in, and who decides that for a category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from exceptions import roles
from exceptions.category import registry
from exceptions.models import CategoryOwner, EntryKind, ExceptionRecord
from exceptions.services import changing
from exceptions.services.errors import NotAllowed, Refused
from exceptions.states import OwnerRole, State
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def reassign(record: ExceptionRecord, role: str, *, by: User, expected_version: int | None = None) -> ExceptionRecord:
    """Move one record to another queue."""
    found = changing.lock(record)
    changing.check_may(by, "assign_exception", found)
    changing.check_version(found, expected_version)
    changing.check_open(found)
    _move(found, _role(role), None, by=by)
    return found


def open_of_category(slug: str) -> int:
    """How many open records a change of the owner could move."""
    return ExceptionRecord.objects.open().filter(category=slug).count()


@transaction.atomic
def reassign_category(slug: str, role: str, user: User | None, *, by: User, move_open: bool = True) -> int:
    """Decide who owns a category from now on; returns how many open records were moved along.

    A record that somebody has taken stays with that person when the new queue is theirs too.
    """
    if not by.has_perm("exceptions.assign_owners"):
        raise NotAllowed("Only an admin decides who owns a category.")
    if slug not in registry:
        raise Refused("There is no such category.")
    queue = _role(role)
    _check_person(user, queue)
    now = business_now()
    CategoryOwner.objects.update_or_create(
        category=slug, defaults={"role": queue, "user": user, "changed_by": by, "changed_at": now}
    )
    person = f" ({user.get_full_name() or user.get_username()})" if user else ""
    text = f"“{registry.get(slug).title}” now belongs to {queue.label}{person}"
    changing.write(EntryKind.OWNER_RULE, text, by=by, data={"category": slug, "role": queue.value})
    if not move_open:
        return 0
    moved = 0
    for record in ExceptionRecord.objects.open().filter(category=slug).select_for_update(of=("self",), no_key=True):
        if record.owner_role != queue or (user and record.owner_id is None):
            _move(record, queue, user, by=by)
            moved += 1
    return moved


def _role(role: str) -> OwnerRole:
    if role not in OwnerRole.values:
        raise Refused("There is no such queue.")
    return OwnerRole(role)


def _check_person(user: User | None, queue: OwnerRole) -> None:
    if user is not None and not roles.people_for(queue).filter(pk=user.pk).exists():
        raise Refused(f"{user.get_full_name() or user.get_username()} does not work in the queue “{queue.label}”.")


def _move(record: ExceptionRecord, queue: OwnerRole, user: User | None, *, by: User) -> None:
    before = OwnerRole(record.owner_role).label
    record.owner_role = queue
    keeps = record.owner is not None and roles.may_act(record.owner, record)[0]
    owner = record.owner if keeps else user
    state = State.OPEN if record.state == State.CLAIMED and not keeps else State(record.state)
    record.state = state
    changing.update(record, owner_role=queue, owner=owner, state=state)
    changing.write(EntryKind.REASSIGNED, f"From {before} to {queue.label}", record=record, by=by)
