"""Writing a record: lock, check, move, and the line of history that belongs to it. Callers hold a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exceptions import roles
from exceptions.models import Cause, Entry, EntryKind, ExceptionRecord
from exceptions.services.errors import ChangedMeanwhile, NotAllowed, Refused
from exceptions.states import ALLOWED, CLOSED, State
from jlseko.clock import business_now
from sync import pipeline
from sync.models import Item
from sync.states import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

MACHINE = "jlseko"
AFTER = "after"  # the place in a line's data for how the record stood then
# Lines that raise no version: nobody has to look at them before acting
_ASIDE = (EntryKind.NOTE, EntryKind.REVEALED, EntryKind.STEP_DONE, EntryKind.STEP_UNDONE, EntryKind.PROOF_MADE)


class IllegalMove(Exception):
    """A move that ``states.py`` does not allow: a programming error."""


def stalled_items(record: ExceptionRecord) -> QuerySet[Item]:
    """The items of a record that wait for a person now."""
    return Item.objects.filter(pk__in=record.faults.outstanding().values("item"), status=Status.STALLED).select_related(
        "connection"
    )


def lock(record: ExceptionRecord, *, with_items: bool = False) -> ExceptionRecord:
    """The record as it is now, locked; its items first where they will be moved, as the engine locks them."""
    if with_items:
        items = Item.objects.filter(pk__in=record.faults.outstanding().values("item"))
        list(items.order_by("pk").select_for_update(of=("self",), no_key=True))
    return (
        ExceptionRecord.objects.select_for_update(of=("self",), no_key=True)
        .select_related("item", "connection", "owner")
        .get(pk=record.pk)
    )


def send_back(record: ExceptionRecord, *, by: User, origin: dict[str, Any] | None = None) -> bool:
    """Move whatever is stalled of a locked record back into the loop; False when nothing was. ``origin`` says what it
    was part of. The record follows with the engine's word.
    """
    items = list(stalled_items(record).order_by("pk"))
    moved = [pipeline.resubmit(item, by=by, origin=origin) for item in items]
    return any(moved)


def check_version(record: ExceptionRecord, expected: int | None) -> None:
    """Raise :class:`ChangedMeanwhile` when the person looked at an older version; None = they do not mind."""
    if expected is None or record.version == expected:
        return
    last = record.entries.exclude(kind__in=_ASIDE).select_related("actor").last()
    by = (last.actor.get_full_name() or last.actor.get_username()) if last and last.actor else MACHINE
    raise ChangedMeanwhile(by, last.at if last else record.opened_at)


def check_may(user: User, permission: str, record: ExceptionRecord) -> None:
    """Raise :class:`NotAllowed` with the reason."""
    allowed, why = roles.may(user, permission, record)
    if not allowed:
        raise NotAllowed(why)


def check_open(record: ExceptionRecord) -> None:
    """Raise :class:`Refused` when nobody has to act on it any more."""
    if not record.is_open:
        raise Refused(f"This exception is not open any more: {State(record.state).label.lower()}.")


def update(record: ExceptionRecord, **values: Any) -> None:
    """Write columns and raise the version."""
    record.version += 1
    values["version"] = record.version
    for name, value in values.items():
        setattr(record, name, value)
    record.save(update_fields=list(values))


def move(record: ExceptionRecord, to: State, **values: Any) -> None:
    """Change the state. Raises :class:`IllegalMove`."""
    if to not in ALLOWED[State(record.state)]:
        raise IllegalMove(f"{record.pk}: {record.state} to {to}")
    if to != State.SNOOZED:
        values.setdefault("snoozed_until", None)
    if to != State.WAITING_ON:
        values = {"waiting_whom": "", "chase_at": None} | values
    update(record, state=to, **values)
    if record.partner and to in CLOSED:
        record.children.update(parent=None)  # the outage explains them no longer


def acknowledge(record: ExceptionRecord) -> dict[str, Any]:
    """The column that says since when a person has known, to write along with a first action."""
    return {} if record.acknowledged_at else {"acknowledged_at": business_now()}


def write(
    kind: EntryKind,
    text: str,
    *,
    record: ExceptionRecord | None = None,
    cause: Cause | None = None,
    by: User | None = None,
    data: dict[str, Any] | None = None,
) -> Entry:
    """Append one line of history, after the change that it tells of: it keeps how the record stands now, so that the
    lines of a record tell its whole life. Put no personal data into it.
    """
    told = dict(data or {})
    if record is not None:
        told[AFTER] = standing(record)
    return Entry.objects.create(
        record=record, cause=cause, kind=kind, text=text, actor=by, at=business_now(), data=told
    )


def standing(record: ExceptionRecord) -> dict[str, Any]:
    """What a line of history keeps of a record: its state, its category, and whose it is (queue, and person's key)."""
    return {
        "state": str(record.state),
        "category": record.category,
        "queue": str(record.owner_role),
        "owner": record.owner_id,
    }
