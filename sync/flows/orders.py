"""The way of an order: accept, check, inject into SEKO, prove that it is there, wait for its dispatch, see it
delivered.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from jlseko.clock import business_now
from sync import corrections as overlay
from sync import dispatching, effects, lanes, pipeline, timeline
from sync.budgets import ACCEPT, CANCEL_LINES, LOAD_ORDER
from sync.failures import Code, Failure
from sync.flows import cancellations, parts, readback, shortages, waiting
from sync.flows.context import Context
from sync.intake import AFTER_SHIPPING, CALLED_OFF
from sync.models import EventLane, Item, Order, Side
from sync.rules import preflight
from sync.states import FINAL, STAGES, Kind, Milestone, Stage, Status

LOOK_AGAIN = timedelta(hours=1)
LOST_TIME = "The database came back from a backup, which does not know whether this was sent."
DEBIT = frozenset({"WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"})


def advance(item: Item, context: Context) -> None:
    """Take an order one step further. The caller handles the typed errors that a step lets through."""
    order = item.order
    corrections = overlay.live(item)
    attempt = context.open_attempt(item)
    if attempt:
        resolve = shortages.resolve if attempt.operation == CANCEL_LINES else readback.resolve_order
        resolve(item, order, attempt, context)
        return
    if order.marketplace_state in CALLED_OFF:
        cancellations.advance(item, order, context, corrections)
        return
    if _has_dispatch(item, order):
        return
    steps = {
        Stage.RECEIVED: _received,
        Stage.VALIDATED: _inject,
        Stage.INJECTED: _injected,
        Stage.DISPATCHED: _dispatched,
        Stage.CONFIRMED: _confirmed,
    }
    steps[Stage(item.stage)](item, order, context, corrections)


def _has_dispatch(item: Item, order: Order) -> bool:
    """News of a dispatch overtakes whatever we were waiting for."""
    stages = STAGES[Kind.ORDER]
    if stages.index(Stage(item.stage)) >= stages.index(Stage.DISPATCHED):
        return False
    dispatch = order.dispatches.order_by("dispatched_at", "pk").first()
    if dispatch is None:
        return False
    with transaction.atomic():
        pipeline.hold([item.pk])
        now = business_now()
        Order.objects.filter(pk=order.pk).update(
            dispatched_at=dispatch.dispatched_at,
            verified_at=order.verified_at or now,
            injected_at=order.injected_at or now,
            warehouse_number=order.warehouse_number or dispatch.order_number,
            warehouse_state="Dispatched",
        )
        pipeline.wait(item, stage=Stage.DISPATCHED, look_again=timedelta(0))
        pipeline.announce(item, Milestone.DISPATCH_SEEN)
    return True


def _received(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    state = order.marketplace_state
    if state == "WAITING_ACCEPTANCE":
        _accept(item, order, context)
    elif state == "STAGING" or state in DEBIT:
        _note_acceptance(item, order)
        pipeline.wait(item, look_again=LOOK_AGAIN)
    elif state == "SHIPPING":
        _note_acceptance(item, order)
        _validate(item, order, context, corrections)
    elif state in AFTER_SHIPPING:
        _shipped_elsewhere(item, order)
    else:
        text = f"John Lewis uses an order state that is new to us: {state}."
        pipeline.stall(item, [Failure(Code.UNKNOWN_VALUE, text, field="order_state", value=state, rule="state")])


def _accept(item: Item, order: Order, context: Context) -> None:
    """All lines at once, and only after the SKU and stock rules passed; a machine never refuses (contract 2.3)."""
    failures, _ = preflight.check_lines(order, with_stock=True)
    if failures:
        pipeline.stall(item, failures)
        return
    if not effects.was_applied(item, ACCEPT, order.order_id):
        line_ids = [line.line_id for line in order.lines.all()]
        prepared = context.marketplace.prepare_accept(order.order_id, line_ids)
        effects.perform(item, side=Side.MARKETPLACE, port=context.marketplace, prepared=prepared)
        timeline.record(item, "accepted", "Accepted all lines", lane=EventLane.MARKETPLACE, tone="good")
    pipeline.wait(item, look_again=max(LOOK_AGAIN, context.policy.minutes("poll_minutes") * 2))


def _note_acceptance(item: Item, order: Order) -> None:
    if effects.was_applied(item, ACCEPT, order.order_id):
        with transaction.atomic():
            pipeline.announce(item, Milestone.ACCEPTED)


def _shipped_elsewhere(item: Item, order: Order) -> None:
    """Somebody confirmed it on John Lewis without us: nothing to send, only the delivery is still to come."""
    with transaction.atomic():
        title = "Confirmed on John Lewis by somebody else; nothing is sent to SEKO"
        timeline.record(item, "shipped_elsewhere", title, lane=EventLane.MARKETPLACE, tone="warn")
        pipeline.wait(item, stage=Stage.CONFIRMED, look_again=LOOK_AGAIN)
        pipeline.announce(item, Milestone.CONFIRMED)


def _validate(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    draft = preflight.draft(order, corrections)
    if draft.failures:
        pipeline.stall(item, draft.failures)
        return
    pipeline.must_move(item, to=Status.READY, stage=Stage.VALIDATED, due_in=timedelta(0))


def _inject(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    """Send the order to SEKO, if it still is to be shipped a moment before."""
    current = context.shown(order.order_id)
    if current.state in AFTER_SHIPPING:
        _shipped_elsewhere(item, order)
        return
    if current.state != "SHIPPING":
        pipeline.wait(item, look_again=LOOK_AGAIN)
        return
    if corrections.get("warehouse.adopt") == "yes":
        _adopt(item, order, context, corrections)
        return
    send_to_warehouse(item, order, context)


def send_to_warehouse(item: Item, order: Order, context: Context) -> None:
    """Check once more, announce, load the order at SEKO, and move on; an earlier load of the same number is not
    repeated.
    """
    draft = preflight.draft(order, overlay.live_now(item))
    if draft.order is None:
        pipeline.stall(item, draft.failures)
        return
    number, guid = draft.order.number, draft.order.guid
    with lanes.fenced(item):
        _name(order, number, guid)
    if not effects.was_applied(item, LOAD_ORDER, number):
        prepared = context.warehouse.prepare_order(draft.order)
        if _may_be_there(item, order, context):
            effects.suspect(item, side=Side.WAREHOUSE, prepared=prepared, why=LOST_TIME)
            pipeline.postpone(item, due_in=timedelta(0), outcome_open=True)
            return
        parts.note_load(item, order)
        effects.perform(item, side=Side.WAREHOUSE, port=context.warehouse, prepared=prepared)
    readback.injected(item, order, context)


def _name(order: Order, number: str, guid: str) -> None:
    """Note under which number SEKO is to have the order. What was seen of it under another number says nothing of this
    load: it is neither there yet, nor old, nor cancelled.
    """
    values: dict[str, Any] = {"warehouse_number": number, "warehouse_guid": guid, "verified_at": None}
    if number != order.warehouse_number:
        values |= {"warehouse_state": "", "warehouse_seen_at": None, "injected_at": None}
    Order.objects.filter(pk=order.pk).update(**values)


def _may_be_there(item: Item, order: Order, context: Context) -> bool:
    """Whether SEKO may have the order from a time that a restored backup does not know, and was not asked since."""
    restored_at = context.connection.restored_at
    if restored_at is None or order.placed_at > restored_at:
        return False
    return not item.attempt_log.filter(operation=LOAD_ORDER, announced_at__gte=restored_at).exists()


def _adopt(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    """A person says that the order which SEKO already holds under the number that it refused is this one."""
    number = corrections.get("warehouse.number") or order.order_id
    with lanes.fenced(item):
        _name(order, number, preflight.guid_of(order, number))
        title = "SEKO's existing order was taken as this one"
        timeline.record(item, "adopted", title, lane=EventLane.WAREHOUSE)
        readback.injected(item, order, context)
        dispatching.match_again(order, number, why=title)


def _injected(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    """Wait for the dispatch; where a person chose another number, the order is loaded under that one first."""
    wanted = corrections.get("warehouse.number")
    if wanted and (wanted != order.warehouse_number or order.injected_at is None):
        _inject(item, order, context, corrections)
        return
    waiting.advance(item, order, context, corrections)


def _dispatched(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    """The dispatch items carry the work; the order watches what is short, and moves on once all is confirmed."""
    if order.marketplace_state not in AFTER_SHIPPING:
        shortages.advance(item, order, context, corrections)
    elif order.dispatches.filter(confirmed_at=None).exclude(item__status__in=FINAL).exists():
        pipeline.wait(item)
    else:
        mark_confirmed(item, order)


def mark_confirmed(item: Item, order: Order) -> None:
    """Every dispatch is confirmed and read back: only the delivery is still to come."""
    with transaction.atomic():
        pipeline.hold([item.pk])
        Order.objects.filter(pk=order.pk).update(confirmed_at=business_now())
        pipeline.wait(item, stage=Stage.CONFIRMED)
        pipeline.announce(item, Milestone.CONFIRMED)
    if order.marketplace_state in ("RECEIVED", "CLOSED"):
        pipeline.wake([item.pk])


def _confirmed(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    if order.marketplace_state not in ("RECEIVED", "CLOSED"):
        pipeline.wait(item)
        return
    with transaction.atomic():
        timeline.record(item, "delivered", "Delivered", lane=EventLane.MARKETPLACE, tone="good")
        pipeline.must_move(item, to=Status.DONE, stage=Stage.DELIVERED)
        pipeline.announce(item, Milestone.DELIVERED)
