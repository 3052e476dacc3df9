"""What became of a write whose answer was lost: ask, never guess, never send twice."""

from datetime import timedelta

from django.db import transaction

from jlseko.clock import business_now, real_delay
from sync import effects, limits, pipeline, timeline
from sync.budgets import ACCEPT, CANCEL, LOAD_ORDER, STATUS
from sync.corrections import OUTCOME
from sync.failures import Code, Failure, NotSent, Unclear
from sync.flows.context import Context
from sync.models import Attempt, Dispatch, EventLane, Item, Order, Outcome, Side
from sync.shapes import WarehouseStatus
from sync.states import Milestone, Stage


def read_status(context: Context, guid: str) -> WarehouseStatus:
    """One status reading inside budget and breaker (SEKO contract 5)."""
    with limits.calling(context.connection, Side.WAREHOUSE, STATUS):
        return context.warehouse.status(guid)


class StatusUnread(Exception):
    """SEKO is there, and has failed too often in a row to say where this very order is. In words for a person."""


def status_of(item: Item, order: Order, context: Context, *, overdue: bool) -> WarehouseStatus:
    """Where SEKO has an order whose news is awaited.

    A failed reading is tried again; once the news is ``overdue``, too many in a row raise :class:`StatusUnread`. While
    SEKO itself is away, the exception about that speaks for all its orders (:class:`sync.limits.Postponed`).
    """
    try:
        return read_status(context, order.warehouse_guid)
    except (Unclear, NotSent) as error:
        if not overdue or _may_fail_again(item, context):
            raise
        limits.guard(context.connection, Side.WAREHOUSE)
        raise StatusUnread(f"SEKO's status cannot be read ({error.reason.rstrip('.')})") from error


def _may_fail_again(item: Item, context: Context) -> bool:
    return item.attempts + 1 < context.policy.unknown_reads


def injected(item: Item, order: Order, context: Context) -> None:
    """SEKO accepted the order: move on, and prove it by a reading once SEKO can show it."""
    with transaction.atomic():
        pipeline.hold([item.pk])
        note_given(order)
        timeline.record(item, "injected", "SEKO accepted the order", lane=EventLane.WAREHOUSE, tone="good")
        pipeline.wait(item, stage=Stage.INJECTED, look_again=context.policy.minutes("visibility_minutes"))
        pipeline.announce(item, Milestone.INJECTED)


def note_given(order: Order) -> None:
    """SEKO has the order since now at the latest; a time that was noted before stays."""
    Order.objects.filter(pk=order.pk, injected_at=None).update(injected_at=business_now())


def verified(item: Item, order: Order, status: WarehouseStatus) -> None:
    """The reading shows the order: the proof that closes an exception."""
    now = business_now()
    changes = {"warehouse_state": status.status[:60], "warehouse_seen_at": now}
    if status.status != order.warehouse_state:
        title = f"SEKO: {status.status or 'known, no status'}"
        timeline.record(item, "warehouse_state", title, lane=EventLane.WAREHOUSE)
    Order.objects.filter(pk=order.pk).update(**changes, verified_at=order.verified_at or now)
    if order.verified_at is None:
        pipeline.announce(item, Milestone.INJECTION_VERIFIED)
    order.warehouse_state, order.warehouse_seen_at = status.status, now


def resolve_order(item: Item, order: Order, attempt: Attempt, context: Context) -> None:
    """Settle the open attempt of an order item, by a person's evidence or by asking the side that it went to."""
    evidence = _evidence(item, attempt)
    if evidence:
        _settle_by_person(item, attempt, evidence)
    elif attempt.operation == ACCEPT:
        _resolve_accept(item, order, attempt, context)
    elif attempt.operation == LOAD_ORDER:
        _resolve_load(item, order, attempt, context)
    elif attempt.operation == CANCEL:
        _resolve_cancel(item, order, attempt, context)


def _evidence(item: Item, attempt: Attempt) -> Outcome | None:
    """What a person has said of this very attempt: a word about an earlier one says nothing of it."""
    said = item.corrections.filter(path=OUTCOME, reverted_at__isnull=True, created_at__gte=attempt.announced_at).first()
    if said is None or said.value not in (Outcome.APPLIED, Outcome.NOT_APPLIED):
        return None
    return Outcome(said.value)


def _settle_by_person(item: Item, attempt: Attempt, outcome: Outcome) -> None:
    effects.settle_by_reading(attempt, outcome, by="person", reason="Settled with the partner's word")
    pipeline.postpone(item, due_in=timedelta(0))


def _resolve_accept(item: Item, order: Order, attempt: Attempt, context: Context) -> None:
    current = context.shown(order.order_id)
    applied = current.state != "WAITING_ACCEPTANCE"
    _settle(item, attempt, applied=applied, reading=f"John Lewis shows {current.state}")


def _resolve_load(item: Item, order: Order, attempt: Attempt, context: Context) -> None:
    if Dispatch.objects.filter(order=order).exists():
        _settle(item, attempt, applied=True, reading="SEKO has dispatched the order")
        return
    if not context.warehouse.can_read_status:
        _without_reading(item, attempt, context)
        return
    status = _read_or_count(item, order, attempt, context)
    if status is None:
        return
    if status.found:
        _settle(item, attempt, applied=True, reading=f"SEKO shows the order: {status.status}")
    elif business_now() - attempt.announced_at > context.policy.minutes("visibility_minutes"):
        _settle(item, attempt, applied=False, reading="SEKO does not know the order")
    else:
        _look_again(item, context)


def _resolve_cancel(item: Item, order: Order, attempt: Attempt, context: Context) -> None:
    if not context.warehouse.can_read_status:
        _without_reading(item, attempt, context)
        return
    status = _read_or_count(item, order, attempt, context)
    if status is None:
        return
    if status.status.casefold() in ("cancelled", "to cancel"):
        _settle(item, attempt, applied=True, reading=f"SEKO shows {status.status}")
    elif business_now() - attempt.announced_at > context.policy.minutes("visibility_minutes"):
        _settle(item, attempt, applied=False, reading=f"SEKO shows {status.status}")
    else:
        _look_again(item, context)


def _look_again(item: Item, context: Context) -> None:
    pipeline.postpone(item, due_in=visible_in(context), outcome_open=True)


def visible_in(context: Context) -> timedelta:
    """The partner's visibility lag as a real delay."""
    return real_delay(context.policy.minutes("visibility_minutes") / 2, floor_seconds=1.0)


def _read_or_count(item: Item, order: Order, attempt: Attempt, context: Context) -> WarehouseStatus | None:
    """A reading, or None after a failed one was counted; too many make the outcome a person's question."""
    try:
        return read_status(context, order.warehouse_guid)
    except (Unclear, NotSent) as error:
        if _may_fail_again(item, context):
            pipeline.retry_later(item, outcome_open=True)
        else:
            _ask_a_person(item, attempt, f"SEKO's status could not be read: {error.reason}")
        return None


def _without_reading(item: Item, attempt: Attempt, context: Context) -> None:
    """No reading is configured: wait for a push as long as news may take, then ask a person."""
    if business_now() - attempt.announced_at > context.policy.minutes("no_dispatch_hours"):
        _ask_a_person(item, attempt, "No answer was received, and SEKO's status cannot be read on this connection.")
    else:
        pipeline.postpone(item, due_in=real_delay(timedelta(minutes=30), floor_seconds=1.0), outcome_open=True)


def _ask_a_person(item: Item, attempt: Attempt, why: str) -> None:
    text = f"Nobody knows whether {Side(attempt.side).label} took {attempt.operation} of {attempt.natural_key}. {why}"
    facts = {"operation": attempt.operation, "side": attempt.side, "natural_key": attempt.natural_key}
    pipeline.stall(item, [Failure(Code.OUTCOME_UNKNOWN, text, rule="outcome", facts=facts)])


def _settle(item: Item, attempt: Attempt, *, applied: bool, reading: str) -> None:
    outcome = Outcome.APPLIED if applied else Outcome.NOT_APPLIED
    lane = EventLane.MARKETPLACE if attempt.side == Side.MARKETPLACE else EventLane.WAREHOUSE
    with transaction.atomic():
        effects.settle_by_reading(attempt, outcome, by="read-back", reason=reading)
        title = f"Read back {attempt.operation}: {'it was applied' if applied else 'it was not applied'}"
        timeline.record(item, "read_back", title, lane=lane, detail=reading, attempt=attempt)
        pipeline.postpone(item, due_in=timedelta(0))
