"""The moves of an item. Nothing else writes ``stage`` or ``status``, and :func:`resubmit` is the one door out of
stalled.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, F, When

from jlseko import failpoints
from jlseko.clock import business_now, real_delay
from sync import corrections as overlay
from sync import doorbell, timeline
from sync.backoff import backoff
from sync.database_clock import DatabaseNow
from sync.failures import Failure
from sync.lanes import FencedOut
from sync.models import Item
from sync.signals import fault_reported, progress_made
from sync.states import FINAL, Milestone, Stage, Status, is_legal

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class IllegalMove(Exception):
    """A move that ``states.py`` does not allow: a programming error, never a partner's fault."""


def move(item: Item, *, to: Status, stage: Stage | None = None, due_in: timedelta | None = None, **values: Any) -> bool:
    """Move an item if it still is where we saw it last; False when somebody else moved it meanwhile.

    ``due_in`` is real time from now, None = nothing is due. A change that came in while the item was leased
    (``recheck``) makes it due at once. ``values`` are further columns of the item to write along.
    """
    to_stage = stage or Stage(item.stage)
    if not is_legal(item.kind_enum, Stage(item.stage), to_stage, Status(item.status), to):
        raise IllegalMove(f"{item}: {item.stage}/{item.status} to {to_stage}/{to}")
    due = None if due_in is None else DatabaseNow() + due_in
    changes: dict[str, Any] = {
        "status": to,
        "stage": to_stage,
        "lease_token": None,
        "lease_until": None,
        "recheck": False,
        "due_at": due
        if to in FINAL or to == Status.STALLED
        else Case(When(recheck=True, then=DatabaseNow()), default=due),
        **values,
    }
    if to_stage != item.stage:
        changes["entered_stage_at"] = business_now()
    if to in FINAL:
        changes["finished_at"] = business_now()
    moved = Item.objects.filter(pk=item.pk, stage=item.stage, status=item.status, lease_token=item.lease_token).update(
        **changes
    )
    if moved:
        item.stage, item.status, item.lease_token = to_stage, to, None
    return moved == 1


def must_move(
    item: Item, *, to: Status, stage: Stage | None = None, due_in: timedelta | None = None, **values: Any
) -> None:
    """As :func:`move`, for the holder of a lease: raises :class:`FencedOut` when the lease is gone."""
    if not move(item, to=to, stage=stage, due_in=due_in, **values):
        raise FencedOut(str(item))


def wait(item: Item, *, stage: Stage | None = None, look_again: timedelta | None = None) -> None:
    """Hand the turn to a partner. ``look_again`` is business time; None = only news wakes the item."""
    due_in = None if look_again is None else real_delay(look_again, floor_seconds=0.5)
    must_move(item, to=Status.WAITING, stage=stage, due_in=due_in, attempts=0)


def retry_later(item: Item, *, outcome_open: bool = False) -> None:
    """Come back after a back-off: the fault was the line's, not the item's."""
    must_move(
        item,
        to=Status.UNKNOWN if outcome_open else Status.READY,
        due_in=backoff(item.attempts),
        attempts=F("attempts") + 1,
    )


def postpone(item: Item, *, due_in: timedelta, outcome_open: bool = False) -> None:
    """Come back in ``due_in`` (real time) at no cost: nothing was tried."""
    must_move(item, to=Status.UNKNOWN if outcome_open else Status.READY, due_in=due_in)


def go_on(item: Item) -> None:
    """Take the next step at once: what the last one found out is stored."""
    postpone(item, due_in=timedelta(0))


@transaction.atomic
def stall(item: Item, failures: Sequence[Failure]) -> bool:
    """Stop an item for a person, with everything that is wrong; False when it moved meanwhile, or when news came while
    this was found out: then it is looked at once more.

    The desk opens its record in the same transaction.
    """
    hold([item.pk])
    if Item.objects.filter(pk=item.pk, lease_token=item.lease_token, recheck=True).exists():
        go_on(item)
        return False
    if not move(item, to=Status.STALLED, failures=[asdict(f) for f in failures], stalled_at=business_now()):
        return False
    timeline.record(item, "stalled", f"Stalled: {failures[0].text}"[:300], tone="bad")
    fault_reported.send(sender=Item, connection=item.connection, item=item, failures=list(failures))
    return True


@transaction.atomic
def resubmit(
    item: Item,
    *,
    by: "User | None" = None,
    corrections: Mapping[str, str] | None = None,
    why: str = "",
    origin: Mapping[str, Any] | None = None,
) -> bool:
    """Send a stalled item back through the same door; False when it is not stalled any more.

    ``by`` None = the machine, because news made the fault pointless; ``why`` then says which. ``origin`` is
    handed on to the desk with the news. The natural key stays, so the flow first reads back whatever was announced
    before.
    """
    locked = Item.objects.select_for_update(of=("self",), no_key=True).select_related("connection").get(pk=item.pk)
    if locked.status != Status.STALLED:
        return False
    if corrections:
        overlay.save(locked, corrections, by=by)
    if not move(locked, to=Status.READY, due_in=timedelta(0), attempts=0, failures=[], stalled_at=None, priority=3):
        return False
    timeline.record(locked, "resubmitted", why or "Sent back", actor=by)
    progress_made.send(
        sender=Item, connection=locked.connection, item=locked, milestone=Milestone.RESUBMITTED, by=by, origin=origin
    )
    item.status, item.lease_token = locked.status, None
    transaction.on_commit(lambda: failpoints.reach("resubmit.saved"), robust=True)
    doorbell.ring_after_commit(locked.lane)
    return True


def announce(item: Item, milestone: Milestone) -> None:
    """Tell the desk that an item has come further, inside the caller's transaction."""
    progress_made.send(sender=Item, connection=item.connection, item=item, milestone=milestone, by=None)


def hold(items: Iterable[int]) -> None:
    """Lock items until the caller's transaction ends, in the order of their keys.

    Whoever moves one item and wakes others locks all of them so beforehand: an order's item always before those of its
    parcels. Whoever writes to an order's row, or to its exception, and moves its item does so, too: items come first.
    Otherwise a poll that wakes a page of orders and the end of a parcel wait for each other.
    """
    list(Item.objects.filter(pk__in=list(items)).order_by("pk").select_for_update(no_key=True).values_list("pk"))


@transaction.atomic(savepoint=False)
def wake(items: Sequence[int]) -> None:
    """Make items due now because there is news; a leased one is looked at again when its lease ends."""
    hold(items)
    rows = Item.objects.filter(pk__in=items)
    rows.filter(status__in=[Status.READY, Status.WAITING, Status.UNKNOWN]).update(due_at=DatabaseNow())
    rows.filter(status=Status.LEASED).update(recheck=True)
