"""From the engine's progress to the end of a record: sent back, then proved by what was read at the other side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from exceptions.category import registry
from exceptions.models import EntryKind, ExceptionRecord, Fault
from exceptions.partner_away import sides_away
from exceptions.services import changing, leading
from exceptions.states import LIVE, State
from jlseko.clock import business_now
from sync.budgets import ACCEPT
from sync.models import Attempt, Connection, Item, Outcome, Side
from sync.states import Kind, Milestone, Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PROOFS: dict[Milestone, str] = {
    Milestone.ACCEPTED: "John Lewis shows the order as accepted",
    Milestone.INJECTION_VERIFIED: "SEKO shows the order",
    Milestone.DISPATCH_SEEN: "SEKO has dispatched the order",
    Milestone.CONFIRMED: "John Lewis shows the order as shipped",
    Milestone.CANCELLED: "The order is cancelled",
    Milestone.DELIVERED: "John Lewis shows the order as delivered",
    Milestone.PROCESSED: "The message was read",
    Milestone.RECOVERED: "The partner answers again",
    Milestone.GAP_CLOSED: "What was missing has been read",
    Milestone.CLOCKS_AGREE: "The clocks agree again",
    Milestone.STOCK_FRESH: "SEKO's stock was read anew",
    Milestone.LISTING_RIGHT: "John Lewis shows the right level",
}
TOOK = frozenset({Milestone.TAKEN, Milestone.INJECTED})
WHOLE_ORDER = frozenset({Milestone.CONFIRMED, Milestone.CANCELLED, Milestone.DELIVERED})


@transaction.atomic(savepoint=False)
def progress(
    *,
    connection: Connection,
    item: Item | None,
    milestone: Milestone,
    by: User | None,
    origin: Mapping[str, Any] | None = None,
) -> None:
    """Let the records of an item follow it; ``item`` None = something about the whole connection is right again.

    ``origin`` says what the resubmission was part of, and is kept with its line of history.
    """
    if item is None:
        _right_again(connection, milestone)
    elif milestone == Milestone.RESUBMITTED:
        for record in _records(connection, item):
            _sent_back(record, item, by=by, origin=origin or {})
    elif milestone in TOOK:
        _taken(item)
    elif milestone in PROOFS:
        for record in _records(connection, item):
            _proved(record, item, milestone)


def _records(connection: Connection, item: Item) -> list[ExceptionRecord]:
    """The live records that this item has a fault in, or that belong to its order; locked."""
    mine = Q(pk__in=Fault.objects.outstanding().filter(item=item).values("record"))
    if item.order_key:
        mine |= Q(connection=connection, order_key=item.order_key)
    rows = ExceptionRecord.objects.filter(mine, state__in=sorted(LIVE)).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True).select_related("connection"))


def _sent_back(record: ExceptionRecord, item: Item, *, by: User | None, origin: Mapping[str, Any]) -> None:
    now = business_now()
    moved = record.faults.outstanding().filter(item=item, resubmitted_at__isnull=True).update(resubmitted_at=now)
    if not moved or record.state == State.RESUBMITTED:
        return
    if record.faults.outstanding().filter(resubmitted_at__isnull=True).exists():
        changing.update(record)
        text = f"The {item.kind} was sent back; the rest still waits"
        changing.write(EntryKind.PROGRESS, text, record=record, by=by, data=dict(origin))
        return
    _wait_for_proof(record, now=now)
    text = "Sent back" if by else "Sent back by itself, because news came"
    if "run" in origin:
        text = f"Sent back in run {origin['run']}"
    changing.write(EntryKind.RESUBMITTED, text, record=record, cause=record.cause, by=by, data=dict(origin))


def _wait_for_proof(record: ExceptionRecord, *, now: datetime) -> None:
    changing.move(record, State.RESUBMITTED, resubmitted_at=now, accepted_at=None)


def _taken(item: Item) -> None:
    """The other side took what this item had to tell: its record leaves the queue once that is so of all of it."""
    asked = item.faults.outstanding().filter(resubmitted_at__isnull=False, accepted_at__isnull=True)
    first = asked.order_by("resubmitted_at").first()
    if first is None:  # nearly always: nobody ever sent it back
        return
    record = ExceptionRecord.objects.select_for_update(of=("self",), no_key=True).get(pk=first.record_id)
    asked.filter(record=record).update(accepted_at=business_now())
    _accept_if_all(record, _who_took(item, first.resubmitted_at or first.found_at))


def _accept_if_all(record: ExceptionRecord, said: str) -> None:
    waits = record.state == State.RESUBMITTED and record.accepted_at is None
    if waits and not record.faults.outstanding().filter(accepted_at__isnull=True).exists():
        changing.update(record, accepted_at=business_now())
        changing.write(EntryKind.ACCEPTED, said, record=record, cause=record.cause)


def _who_took(item: Item, since: datetime) -> str:
    if item.kind == Kind.LISTING:  # its level travels in a file, whose item did the telling
        return "John Lewis accepted it"
    calls = Attempt.objects.filter(item=item, outcome=Outcome.APPLIED, settled_at__gte=since)
    side = calls.order_by("-id").values_list("side", flat=True).first()
    return f"{Side(side).label} accepted it" if side else "Nothing had to be sent; it waits for the other side"


def _proved(record: ExceptionRecord, item: Item, milestone: Milestone) -> None:
    """Clear what this reading proves; a fault of an item that is stalled at this moment is never cleared."""
    faults = record.faults.outstanding().exclude(item__status=Status.STALLED).select_related("item")
    if not (milestone in WHOLE_ORDER and item.kind == Kind.ORDER):
        faults = faults.filter(item=item)
    proved = [fault.pk for fault in faults if _proves(milestone, fault)]
    if not proved:
        return
    now = business_now()
    Fault.objects.filter(pk__in=proved).update(cleared_at=now)
    remaining = list(record.faults.outstanding().select_related("item", "cause"))
    if not remaining:
        close_verified(record, PROOFS[milestone], now=now)
        return
    leading.refresh(record, remaining, now=now)
    record.version += 1
    record.save()
    if record.is_open and all(fault.resubmitted_at for fault in remaining):
        _wait_for_proof(record, now=now)
    changing.write(EntryKind.PROGRESS, f"{PROOFS[milestone]}; the rest is not proved yet", record=record)
    _accept_if_all(record, "The other side accepted the rest")


def _proves(milestone: Milestone, fault: Fault) -> bool:
    """Whether the reading says anything about this fault. An acceptance proves only what was found before it."""
    if milestone not in registry.get(fault.category).proofs:
        return False
    if milestone != Milestone.ACCEPTED:
        return True
    return Attempt.objects.filter(
        item=fault.item, operation=ACCEPT, outcome=Outcome.APPLIED, settled_at__gte=fault.found_at
    ).exists()


def close_verified(record: ExceptionRecord, proof: str, *, now: datetime) -> None:
    """Close with what was read back, and when; what had no call of its own is accepted by the proof."""
    if record.state == State.RESUBMITTED:
        accepted = record.accepted_at or now
        reason = proved_words(proof, accepted, now)
        changing.move(record, State.VERIFIED, closed_at=now, closed_reason=reason, accepted_at=accepted)
    else:
        reason = f"{proof}, read back at {_clock(now, now)}"
        changing.move(record, State.VERIFIED, closed_at=now, closed_reason=reason)
    changing.write(EntryKind.VERIFIED, reason, record=record, cause=record.cause)


def proved_words(proof: str, accepted: datetime, now: datetime) -> str:
    """What was read back, with both times: "SEKO shows the order: accepted 10:02, verified 10:07"."""
    return f"{proof}: accepted {_clock(accepted, now)}, verified {_clock(now, now)}"


def _clock(moment: datetime, now: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local:%H:%M}" if local.date() == timezone.localtime(now).date() else f"{local:%d %b %H:%M}"


def _right_again(connection: Connection, milestone: Milestone) -> None:
    """Close the connection-wide records that this proves gone; a partner that is away still keeps its own."""
    now = business_now()
    rows = ExceptionRecord.objects.filter(connection=connection, item=None, order_key="", state__in=sorted(LIVE))
    # What this says nothing about stays unlocked: somebody who holds it may be waiting for what our caller holds
    rows = rows.exclude(category__in=[category.slug for category in registry if milestone not in category.proofs])
    if milestone == Milestone.RECOVERED:
        rows = rows.exclude(partner__in=sides_away(connection))
    for record in rows.order_by("pk").select_for_update(of=("self",), no_key=True):
        if milestone in registry.get(record.category).proofs:
            record.faults.outstanding().update(cleared_at=now)
            close_verified(record, PROOFS[milestone], now=now)
