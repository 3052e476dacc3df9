"""Confirming where John Lewis knows several shipments for an order: each parcel is told by itself, with its lines."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from jlseko import failpoints
from jlseko.clock import business_now, real_delay
from sync import effects, lanes, limits, pipeline, timeline
from sync.budgets import CREATE_SHIPMENT, SHIPMENT_TRACKING, SHIPMENTS
from sync.failures import Code, Failure, PartnerError, Refused, Unclear
from sync.flows import parcel as ends
from sync.flows import whole_order
from sync.flows.parcel import Parcel
from sync.flows.shipment_reading import HAS_LEFT, NOT_LEFT, elsewhere, find, find_cancelled
from sync.models import Attempt, Dispatch, EventLane, FlowState, Order, Outcome, Side
from sync.rules import confirmation, parcels
from sync.shapes import Shipment
from sync.states import Stage

READ_BACK_AFTER = timedelta(seconds=30)
LOOK_AGAIN = timedelta(minutes=30)
PROFILE_AGAIN = timedelta(minutes=5)


def advance(parcel: Parcel) -> None:
    """Take a parcel one step further: ST11, then ST01, ST23 or ST24 as is missing (John Lewis contract 2.6)."""
    try:
        _next(parcel, _read(parcel))
    except Refused as refused:
        if _is_not_there(refused):
            _ask_for_the_profile(parcel)
            pipeline.wait(parcel.item, look_again=PROFILE_AGAIN)
            return
        _refused(parcel, refused)


def resolve(parcel: Parcel, attempt: Attempt) -> None:
    """Settle an announced call whose answer was lost, by the shipments that John Lewis shows (ST11) and nothing else.

    "Not there" is believed only once John Lewis has had its time to show it.
    """
    try:
        shown = _read(parcel)
    except Refused as refused:
        if not _is_not_there(refused):
            raise
        if parcel.context.connection.has_shipments:
            _ask_for_the_profile(parcel)
            pipeline.postpone(parcel.item, due_in=real_delay(PROFILE_AGAIN, floor_seconds=1.0), outcome_open=True)
            return
        shown = []  # this shop has no shipments (any more), so none was made
    ours = find(parcel, shown)
    applied = _was_applied(parcel, attempt, ours, shown)
    visible_after = parcel.context.policy.minutes("marketplace_visibility_minutes")
    if not applied and business_now() - attempt.announced_at <= visible_after:
        due_in = real_delay(visible_after / 2, floor_seconds=1.0)
        pipeline.postpone(parcel.item, due_in=due_in, outcome_open=True)
        return
    with transaction.atomic():
        if attempt.operation == CREATE_SHIPMENT and not applied:
            _forget(parcel)
        reading = f"John Lewis shows our shipment as {ours.status}" if ours else "John Lewis shows no such shipment"
        ends.settle(parcel, attempt, applied=applied, reading=reading)


def _was_applied(parcel: Parcel, attempt: Attempt, ours: Shipment | None, shown: Sequence[Shipment]) -> bool:
    if attempt.operation == CREATE_SHIPMENT:
        return ours is not None or find_cancelled(parcel, shown) is not None
    if ours is None:
        return False
    if attempt.operation == SHIPMENT_TRACKING:
        return _says(ours, confirmation.draft(parcel.dispatch, parcel.corrections))
    return ours.status in HAS_LEFT


def _read(parcel: Parcel) -> list[Shipment]:
    with limits.calling(parcel.context.connection, Side.MARKETPLACE, SHIPMENTS):
        return parcel.context.marketplace.shipments([parcel.order.order_id])


def _is_not_there(refused: Refused) -> bool:
    return refused.failure.facts.get("http_status") == "404"


def _ask_for_the_profile(parcel: Parcel) -> None:
    """The profile promises calls that John Lewis does not have: nothing is told in another way before it was read."""
    connection = parcel.context.connection
    read_at = connection.profile_read_at
    if read_at is None or business_now() - read_at > PROFILE_AGAIN:
        FlowState.objects.filter(connection=connection, flow="read-profile").update(due_at=timezone.now())
    title = "John Lewis has no shipments here although the shop's profile says so; the profile is read again"
    if not parcel.item.events.filter(kind="held", title=title).exists():
        timeline.record(parcel.item, "held", title, lane=EventLane.MARKETPLACE, tone="warn")


def _next(parcel: Parcel, shown: Sequence[Shipment]) -> None:
    ours = find(parcel, shown)
    if ours is not None:
        _go_on(parcel, ours)
    elif parcel.is_accepted_as_shown:
        ends.confirmed(parcel, shown=parcel.current.state, note="Taken as it is by a person")
    elif _was_created(parcel):
        _gone(parcel, shown)
    elif parcel.is_shipped:
        _shipped_otherwise(parcel)
    elif parcel.current.state != "SHIPPING":
        pipeline.wait(parcel.item, look_again=LOOK_AGAIN)
    else:
        _create(parcel, shown)


def _was_created(parcel: Parcel) -> bool:
    """Whether John Lewis took our shipment; a person may have said since that it shall be made anew."""
    rows = parcel.item.attempt_log.filter(operation=CREATE_SHIPMENT, outcome=Outcome.APPLIED)
    since = parse_datetime(parcel.corrections.get("shipment.again", ""))
    return (rows.filter(announced_at__gte=since) if since else rows).exists()


def _gone(parcel: Parcel, shown: Sequence[Shipment]) -> None:
    """John Lewis took the shipment and does not show it: never a second one on a guess."""
    taken_back = find_cancelled(parcel, shown) is not None
    if not (taken_back or parcel.is_overdue):
        pipeline.wait(parcel.item, look_again=READ_BACK_AFTER)
        return
    how = "shows the shipment of this parcel as cancelled" if taken_back else "no longer shows this parcel's shipment"
    failure = Failure(Code.CONFIRMATION_REJECTED, f"John Lewis {how}.", rule="shipment_gone")
    pipeline.stall(parcel.item, [failure])


def _shipped_otherwise(parcel: Parcel) -> None:
    """The whole order is shipped without this shipment: by OR24, before the shop had shipments, or by somebody else."""
    if whole_order.was_told(parcel.order) or parcel.current.tracking_number in parcel.numbers:
        whole_order.already_confirmed(parcel, parcel.current)
    else:
        ends.shown_with_other_data(parcel)


def _create(parcel: Parcel, shown: Sequence[Shipment]) -> None:
    """ST01 with exactly the lines of this parcel, not shipped yet; then ST24 at once."""
    item, port = parcel.item, parcel.context.marketplace
    draft = confirmation.draft(parcel.dispatch, parcel.corrections)
    lines, surplus = _reserve(parcel, shown, keep=not draft.failures)
    if draft.failures or surplus:
        pipeline.stall(item, draft.failures + surplus)
        return
    if not lines:
        _without_lines(parcel)
        return
    prepared = port.prepare_shipment(confirmation.shipment(parcel.dispatch, parcel.order, draft, lines))
    try:
        answer = effects.perform(item, side=Side.MARKETPLACE, port=port, prepared=prepared)
    except Unclear:
        raise
    except (PartnerError, limits.Postponed):  # certainly not applied: the sisters may have these lines
        _forget(parcel)
        raise
    Dispatch.objects.filter(pk=parcel.dispatch.pk).update(shipment_id=answer.reference, carrier_code=draft.carrier_code)
    title = f"Shipment of {parcels.pieces(sum(lines.values()))} created at John Lewis, not yet confirmed"
    timeline.record(item, "tracked", title, lane=EventLane.MARKETPLACE, detail=draft.carrier_code, tone="good")
    failpoints.reach("dispatch.tracking_done")
    if answer.reference:
        _ship(parcel, answer.reference)
    else:
        pipeline.wait(item, stage=Stage.TRACKED, look_again=timedelta(0))


def _reserve(parcel: Parcel, shown: Sequence[Shipment], *, keep: bool) -> tuple[dict[str, int], list[Failure]]:
    """Share the parcel out over the order lines, one parcel of an order at a time; ``keep`` holds on to the lines."""
    with lanes.fenced(parcel.item):
        Order.objects.select_for_update(no_key=True).get(pk=parcel.order.pk)
        told = elsewhere(parcel, shown)
        lines, surplus = confirmation.lines_of(parcel.dispatch, parcel.order, parcel.corrections, elsewhere=told)
        kept = lines if keep and not surplus else {}
        Dispatch.objects.filter(pk=parcel.dispatch.pk).update(told_lines=kept)
    return lines, surplus


def _forget(parcel: Parcel) -> None:
    with lanes.fenced(parcel.item):
        Dispatch.objects.filter(pk=parcel.dispatch.pk).update(told_lines={}, shipment_id="")


def _without_lines(parcel: Parcel) -> None:
    """All was told already, as a person accepts; or SEKO named no lines, and nothing is told on a guess."""
    if parcel.dispatch.lines.exists():
        ends.nothing_to_tell(parcel)
    else:
        pipeline.wait(parcel.item, stage=Stage.VALIDATED)


def _go_on(parcel: Parcel, ours: Shipment) -> None:
    """Our shipment is there: put its tracking right if a person corrected it, then confirm it, then believe it."""
    has_left = ours.status in HAS_LEFT
    told = {line.line_id: line.quantity for line in ours.lines}
    code = ours.carrier_code or parcel.dispatch.carrier_code
    with lanes.fenced(parcel.item):
        Dispatch.objects.filter(pk=parcel.dispatch.pk).update(
            shipment_id=ours.shipment_id, carrier_code=code, told_lines=told
        )
    if not has_left and ours.status not in NOT_LEFT:
        text = f"John Lewis uses a shipment state that is new to us: {ours.status}."
        failure = Failure(Code.UNKNOWN_VALUE, text, field="shipment_state", value=ours.status, rule="state")
        pipeline.stall(parcel.item, [failure])
        return
    draft = confirmation.draft(parcel.dispatch, parcel.corrections)
    if draft.failures and not has_left:
        pipeline.stall(parcel.item, draft.failures)
    elif not draft.failures and not _says(ours, draft) and _correct(parcel, ours, draft):
        pipeline.wait(parcel.item, stage=Stage.TRACKED, look_again=timedelta(0))
    elif has_left:
        note = f"Shipment {ours.shipment_id}: {ours.carrier_code or ours.carrier_name} {ours.tracking_number}"
        ends.confirmed(parcel, shown=ours.status, note=note)
    else:
        _ship(parcel, ours.shipment_id)


def _says(ours: Shipment, draft: confirmation.Confirmation) -> bool:
    return (ours.carrier_code, ours.tracking_number) == (draft.carrier_code, draft.tracking_number)


def _correct(parcel: Parcel, ours: Shipment, draft: confirmation.Confirmation) -> bool:
    """ST23; False when this very thing was said last, and John Lewis shows it in its own way."""
    item, port = parcel.item, parcel.context.marketplace
    prepared = port.prepare_shipment_tracking(
        ours.shipment_id, carrier_code=draft.carrier_code, tracking_number=draft.tracking_number
    )
    if effects.is_last_word(item, prepared):
        return False
    effects.perform(item, side=Side.MARKETPLACE, port=port, prepared=prepared)
    title = f"Tracking of the shipment changed at John Lewis: {draft.carrier_code}"
    timeline.record(item, "tracked", title, lane=EventLane.MARKETPLACE, tone="good")
    return True


def _ship(parcel: Parcel, shipment_id: str) -> None:
    """ST24; a shipment that was created and not confirmed is picked up here."""
    item, port = parcel.item, parcel.context.marketplace
    prepared = port.prepare_shipment_ship(shipment_id)
    if not effects.was_applied(item, prepared.operation, prepared.natural_key):
        effects.perform(item, side=Side.MARKETPLACE, port=port, prepared=prepared)
        timeline.record(item, "shipped", "Shipment confirmed at John Lewis", lane=EventLane.MARKETPLACE, tone="good")
        failpoints.reach("dispatch.shipped")
    elif parcel.is_overdue:
        text = "John Lewis took the confirmation but still shows the shipment as waiting to leave."
        pipeline.stall(item, [Failure(Code.NOT_CONFIRMED, text, rule="unshown")])
        return
    pipeline.wait(item, stage=Stage.TRACKED, look_again=READ_BACK_AFTER)


def _refused(parcel: Parcel, refused: Refused) -> None:
    """A repeat is refused, too: where John Lewis shows our shipment as left, nothing is wrong."""
    ours = find(parcel, _read(parcel))
    if ours is None or ours.status not in HAS_LEFT:
        raise refused
    _go_on(parcel, ours)
