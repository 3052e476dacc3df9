"""An order of which less has left than is wanted: wait for the rest, or cancel it on John Lewis as a person decided."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.dateparse import parse_datetime

from jlseko.clock import business_now, real_delay
from sync import dispatching, effects, pipeline, timeline
from sync.budgets import CANCEL_LINES
from sync.failures import Code, Failure, Refused
from sync.flows import unshown
from sync.flows.context import Context
from sync.models import Attempt, EventLane, Item, Order, OrderLine, Outcome, Side
from sync.rules import parcels
from sync.rules.parcels import Shortfall
from sync.shapes import LineCancelation, MarketplaceOrder
from sync.states import Milestone

READ_BACK_AFTER = timedelta(seconds=30)
CANCEL_REST, WAIT_UNTIL = "short.cancel", "short.wait_until"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of the rest: the reason in John Lewis's terms, and at most how many of each line."""

    reason_code: str
    quantities: Mapping[str, int]
    decided_at: datetime

    def to_text(self) -> str:
        """As it is kept in a correction; no two decisions read alike."""
        told = {"reason": self.reason_code, "lines": dict(self.quantities), "at": self.decided_at.isoformat()}
        return json.dumps(told, sort_keys=True)


def decision_of(corrections: Mapping[str, str]) -> Decision | None:
    """The decision in force to cancel the rest."""
    text = corrections.get(CANCEL_REST)
    if not text:
        return None
    told = json.loads(text)
    return Decision(told["reason"], told["lines"], datetime.fromisoformat(told["at"]))


def amount_of(line: OrderLine, quantity: int) -> Decimal:
    """The money of a quantity, in the currency of the order, from its unit price."""
    return (line.unit_price * quantity).quantize(Decimal("0.01"))


def advance(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    """Look at an order that was dispatched and is not shipped on John Lewis yet (John Lewis contract 2.7)."""
    short = parcels.shortfalls(order)
    if not short:
        dispatching.wake_held(dispatching.held_parcels(order), why="Nothing of the order is missing any more")
        if _is_being_read_back(item, context):
            pipeline.wait(item, look_again=READ_BACK_AFTER)
        else:
            unshown.advance(item, order, context)
        return
    decision = decision_of(corrections)
    planned = _planned(item, order, short, decision) if decision else []
    if decision and planned:
        _cancel(item, order, context, short, planned)
    elif _is_being_read_back(item, context):
        pipeline.wait(item, look_again=READ_BACK_AFTER)
    else:
        _wait_or_ask(item, order, context, corrections, short)


def _planned(
    item: Item, order: Order, short: Sequence[Shortfall], decision: Decision
) -> list[tuple[Shortfall, LineCancelation]]:
    """What of the decision is still to be carried out: never more than is missing, each line once."""
    since = item.attempt_log.filter(
        operation=CANCEL_LINES, outcome=Outcome.APPLIED, announced_at__gte=decision.decided_at
    )
    carried_out = {line_of(order, key) for key in since.values_list("natural_key", flat=True)}
    planned = []
    for each in short:
        line = each.line
        quantity = min(decision.quantities.get(line.line_id, 0), each.missing)
        if quantity > 0 and line.line_id not in carried_out:
            # The charge for delivery is not repaid: the parcel that left was delivered
            told = LineCancelation(
                line.line_id, quantity, amount_of(line, quantity), Decimal(0), reason_code=decision.reason_code
            )
            planned.append((each, told))
    return planned


def _cancel(
    item: Item,
    order: Order,
    context: Context,
    short: Sequence[Shortfall],
    planned: Sequence[tuple[Shortfall, LineCancelation]],
) -> None:
    """OR30 line by line, each an attempt of its own; the result is believed once John Lewis shows it."""
    context.shown(order.order_id)  # what is cancelled was reckoned from what was stored of this reading
    port = context.marketplace
    for each, told in planned:
        key = key_of(order, each.line, told.quantity)
        prepared = replace(port.prepare_cancel_lines(order.order_id, [told]), natural_key=key)
        try:
            effects.perform(item, side=Side.MARKETPLACE, port=port, prepared=prepared)
        except Refused as refused:
            pipeline.stall(item, [_failure(short), refused.failure])
            return
        title = f"Cancelled on John Lewis: {told.quantity} {each.line.sku}"
        timeline.record(item, "rest_cancelled", title, lane=EventLane.MARKETPLACE, tone="warn")
    pipeline.wait(item, look_again=READ_BACK_AFTER)


def key_of(order: Order, line: OrderLine, quantity: int) -> str:
    """The natural key of a cancelation: order, line, what was cancelled of it before, and how many now."""
    return f"{order.order_id}/{line.line_id}/{line.cancelled_quantity}+{quantity}"


def line_of(order: Order, key: str) -> str:
    """The order line that a natural key names."""
    return key.removeprefix(f"{order.order_id}/").rpartition("/")[0]


def resolve(item: Item, order: Order, attempt: Attempt, context: Context) -> None:
    """Settle a cancelation whose answer was lost, by the cancelations that John Lewis shows."""
    current = context.shown(order.order_id)
    before, _, quantity = attempt.natural_key.rpartition("/")[2].partition("+")
    shown = _cancelled_of(current, line_of(order, attempt.natural_key))
    applied = current.state == "CANCELED" or shown >= int(before) + int(quantity)
    visible_after = context.policy.minutes("marketplace_visibility_minutes")
    if not applied and business_now() - attempt.announced_at <= visible_after:
        due_in = real_delay(visible_after / 2, floor_seconds=1.0)
        pipeline.postpone(item, due_in=due_in, outcome_open=True)
        return
    with transaction.atomic():
        outcome = Outcome.APPLIED if applied else Outcome.NOT_APPLIED
        reading = f"John Lewis shows {shown} of this line as cancelled"
        effects.settle_by_reading(attempt, outcome, by="read-back", reason=reading)
        title = f"Read back {attempt.operation}: {'it was applied' if applied else 'it was not applied'}"
        timeline.record(item, "read_back", title, lane=EventLane.MARKETPLACE, detail=reading, attempt=attempt)
        pipeline.go_on(item)


def _cancelled_of(current: MarketplaceOrder, line_id: str) -> int:
    return next((line.cancelled_quantity for line in current.lines if line.line_id == line_id), 0)


def _is_being_read_back(item: Item, context: Context) -> bool:
    """Whether a cancelation was taken so lately that John Lewis may not show it yet."""
    latest = effects.last_applied(item, CANCEL_LINES)
    visible_after = context.policy.minutes("marketplace_visibility_minutes")
    return latest is not None and business_now() - latest.announced_at <= visible_after


def _wait_or_ask(
    item: Item, order: Order, context: Context, corrections: Mapping[str, str], short: Sequence[Shortfall]
) -> None:
    until = _rest_expected_until(order, context, corrections, short)
    now = business_now()
    if until is None or until <= now:
        pipeline.stall(item, [_failure(short)])
        return
    with transaction.atomic():
        if not item.events.filter(kind="rest_awaited", at__gte=order.dispatched_at or now).exists():
            timeline.record(
                item, "rest_awaited", f"Waits for the rest: {_words(short)} so far", lane=EventLane.WAREHOUSE
            )
        pipeline.wait(item, look_again=until - now)
        pipeline.announce(item, Milestone.TAKEN)


def _rest_expected_until(
    order: Order, context: Context, corrections: Mapping[str, str], short: Sequence[Shortfall]
) -> datetime | None:
    """Until when the rest may come: as a person said; else as long as news may take where SEKO sends it by itself, and
    as long as parcels may leave after each other where no dispatch told anything short (SEKO contract 6.2).
    """
    said = parse_datetime(corrections.get(WAIT_UNTIL, ""))
    last = order.dispatches.order_by("dispatched_at", "pk").last()
    usual = None
    if last is not None and context.policy.back_orders:
        usual = last.dispatched_at + context.policy.minutes("no_dispatch_hours")
    elif last is not None and not any(each.is_told for each in short):
        usual = last.dispatched_at + context.policy.minutes("parcels_apart_hours")
    return max((moment for moment in (said, usual) if moment), default=None)


def _failure(short: Sequence[Shortfall]) -> Failure:
    facts: dict[str, str] = {}
    for each in short:
        facts |= {
            f"lines.{each.line.line_id}.ordered": str(each.line.open_quantity),
            f"lines.{each.line.line_id}.sent": str(each.sent),
        }
    return Failure(Code.SHORT_DISPATCH, f"SEKO sent {_words(short)}.", field="lines", rule="complete", facts=facts)


def _words(short: Sequence[Shortfall]) -> str:
    return ", ".join(f"{each.sent} of {parcels.pieces(each.line.open_quantity)} of {each.line.sku}" for each in short)
