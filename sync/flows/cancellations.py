"""An order that John Lewis has cancelled: forgotten where SEKO never had it, a person's case where SEKO has it."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from jlseko.clock import business_now
from sync import dispatching, effects, pipeline, timeline
from sync.budgets import CANCEL, LOAD_ORDER
from sync.failures import Code, Failure
from sync.flows import readback
from sync.flows.context import Context
from sync.models import Dispatch, DispatchLine, EventLane, Item, Order, Side
from sync.states import Milestone, Status

LOOK_AGAIN = timedelta(minutes=15)
HANDLED = "handled"
BOTH_SIDES = "Cancelled on both sides"


def advance(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    """Bring a cancelled order to its end on both sides."""
    choice = corrections.get("warehouse.cancel", "")
    live = _is_live(item, order)
    if live:
        readback.note_given(order)  # a load that was read back once the order was cancelled has nobody else to note it
    if not live:
        _close(item, order, "Cancelled on John Lewis; SEKO has nothing of it to send")
    elif order.warehouse_state.casefold() == "cancelled":
        _close(item, order, BOTH_SIDES)
    elif _nothing_left(order):
        _close(item, order, "Cancelled on John Lewis; SEKO has ended it and sent nothing")
    elif choice == HANDLED:
        _close(item, order, "Cancelled on John Lewis; a person said that it was dealt with at SEKO")
    elif order.dispatches.exists():
        _stall(item, Code.CANCELLED_LIVE, "John Lewis cancelled the order, but SEKO has dispatched it.")
    elif not choice:
        _stall(item, Code.CANCELLED_LIVE, "John Lewis cancelled the order; SEKO still has it and will send it.")
    else:
        _cancel(item, order, context, choice)


def _is_live(item: Item, order: Order) -> bool:
    number = order.warehouse_number
    return bool(order.injected_at) or (bool(number) and effects.was_applied(item, LOAD_ORDER, number))


def _nothing_left(order: Order) -> bool:
    """Whether SEKO is through with the order and sent nothing of it: lines of zero only."""
    lines = DispatchLine.objects.filter(dispatch__order=order)
    return lines.exists() and not lines.filter(dispatched__gt=0).exists()


def _cancel(item: Item, order: Order, context: Context, reason: str) -> None:
    """Ask SEKO to cancel (contract 4.4); its yes is only believed once the status shows it."""
    number = order.warehouse_number
    if not effects.was_applied(item, CANCEL, number):
        prepared = context.warehouse.prepare_cancel(number, reason_code=reason)
        effects.perform(item, side=Side.WAREHOUSE, port=context.warehouse, prepared=prepared)
        timeline.record(item, "cancel_asked", "SEKO was asked to cancel", lane=EventLane.WAREHOUSE)
    if not context.warehouse.can_read_status:
        _close(item, order, "Cancelled on John Lewis; SEKO agreed to cancel it")
        return
    overdue = _is_overdue(item, number, context)
    try:
        status = readback.status_of(item, order, context, overdue=overdue)
    except readback.StatusUnread as unread:
        _not_seen_cancelled(item, str(unread))
        return
    with transaction.atomic():
        dispatching.hold(order)
        if status.found:
            readback.verified(item, order, status)
        if status.status.casefold() == "cancelled":
            _close(item, order, BOTH_SIDES)
        elif status.status.casefold() == "dispatched":
            _stall(item, Code.CANCEL_REFUSED, "SEKO dispatched the order although it had agreed to cancel it.")
        elif overdue:
            _not_seen_cancelled(item, f"SEKO shows {status.status or 'no status of it'}")
        else:
            pipeline.wait(item, look_again=LOOK_AGAIN)


def _is_overdue(item: Item, number: str, context: Context) -> bool:
    """Whether SEKO agreed so long ago that its status should show it: as long as news of an order may take."""
    agreed = effects.last_applied(item, CANCEL, number)
    return agreed is not None and business_now() - agreed.announced_at > context.policy.minutes("no_dispatch_hours")


def _not_seen_cancelled(item: Item, seen: str) -> None:
    text = f"SEKO agreed to cancel the order, and it is still not seen as cancelled: {seen}. Phone SEKO to stop it."
    _stall(item, Code.CANCEL_REFUSED, text)


def _stall(item: Item, code: Code, text: str) -> None:
    pipeline.stall(item, [Failure(code, text, rule="cancelled")])


@transaction.atomic
def _close(item: Item, order: Order, title: str) -> None:
    dispatching.hold(order)
    timeline.record(item, "cancelled", title, lane=EventLane.MARKETPLACE)
    pipeline.must_move(item, to=Status.CANCELLED)
    pipeline.announce(item, Milestone.CANCELLED)
    pipeline.wake(list(Dispatch.objects.filter(order=order).values_list("item_id", flat=True)))
