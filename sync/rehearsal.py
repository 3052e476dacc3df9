"""Trying a fix without effect: the same rules, the same request, nothing sent and nothing stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from sync import corrections as overlay
from sync.failures import Code, Failure
from sync.models import Dispatch, Item, Order
from sync.partners_of import partners_of
from sync.rules import confirmation, parcels, preflight
from sync.rules.preflight import Change
from sync.states import Kind, Stage


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would happen: every remaining fault, the body of the next request (empty where none would leave), the
    changes.
    """

    failures: list[Failure]
    would_send: str
    changes: list[Change]


def rehearse(item: Item, corrections: Mapping[str, str] | None = None) -> Rehearsal:
    """Run the rules on an item as if ``corrections`` were laid over it beside those in force."""
    together = overlay.live(item) | dict(corrections or {})
    try:
        if item.kind == Kind.ORDER:
            return _order(item, together)
        if item.kind == Kind.DISPATCH:
            return _dispatch(item, together)
    except ValueError as error:  # the connection's address is not allowed: nothing could leave
        return Rehearsal([Failure(Code.PARTNER_UNAVAILABLE, str(error), rule="connection")], "", [])
    return Rehearsal([], "", [])


def _order(item: Item, corrections: Mapping[str, str]) -> Rehearsal:
    order = item.order
    if item.stage not in (Stage.RECEIVED, Stage.VALIDATED) and "warehouse.number" not in corrections:
        return Rehearsal([], "", [])
    if order.marketplace_state == "WAITING_ACCEPTANCE":
        failures, _ = preflight.check_lines(order, with_stock=True)
        line_ids = [line.line_id for line in order.lines.all()]
        prepared = partners_of(item.connection).marketplace.prepare_accept(order.order_id, line_ids)
        return Rehearsal(failures, "" if failures else _text(prepared.body), [])
    draft = preflight.draft(order, corrections)
    if draft.order is None:
        return Rehearsal(draft.failures, "", draft.changes)
    prepared = partners_of(item.connection).warehouse.prepare_order(draft.order)
    return Rehearsal([], _text(prepared.body), draft.changes)


def _dispatch(item: Item, corrections: Mapping[str, str]) -> Rehearsal:
    dispatch = item.dispatch
    if dispatch.order is None:
        failure = Failure(Code.DISPATCH_UNMATCHED, "No order of ours belongs to this dispatch yet.", field="order_id")
        return Rehearsal([] if corrections.get("order_id") else [failure], "", [])
    if corrections.get(parcels.SURPLUS) == parcels.TELL_NOTHING:
        return Rehearsal([], "", [])
    draft = confirmation.draft(dispatch, corrections)
    before = dispatch.tracking_number
    changes = [Change("tracking_number", before, draft.tracking_number)] if before != draft.tracking_number else []
    if item.connection.has_shipments and not dispatch.shipment_id:
        return _shipment(dispatch, dispatch.order, corrections, draft, changes)
    failures = draft.failures or _too_much(dispatch.order, corrections)
    if failures:
        return Rehearsal(failures, "", [])
    marketplace = partners_of(item.connection).marketplace
    told = {"carrier_code": draft.carrier_code, "tracking_number": draft.tracking_number}
    if item.connection.has_shipments:
        prepared = marketplace.prepare_shipment_tracking(dispatch.shipment_id, **told)
    else:
        prepared = marketplace.prepare_tracking(dispatch.order.order_id, **told)
    return Rehearsal([], _text(prepared.body), changes)


def _too_much(order: Order, corrections: Mapping[str, str]) -> list[Failure]:
    """What stops the one confirmation of an order of which everything has left."""
    if order.connection.has_shipments or order.marketplace_state != "SHIPPING" or parcels.shortfalls(order):
        return []
    return confirmation.whole_of(order, corrections)


def _shipment(
    dispatch: Dispatch,
    order: Order,
    corrections: Mapping[str, str],
    draft: confirmation.Confirmation,
    changes: list[Change],
) -> Rehearsal:
    """A parcel that is told as a shipment of its own; where nothing of it is to be told, nothing would leave."""
    told = parcels.told_in_sisters(dispatch, order)
    lines, surplus = confirmation.lines_of(dispatch, order, corrections, elsewhere=told)
    if draft.failures or surplus or not lines:
        return Rehearsal(draft.failures + surplus, "", [])
    shipment = confirmation.shipment(dispatch, order, draft, lines)
    prepared = partners_of(dispatch.connection).marketplace.prepare_shipment(shipment)
    return Rehearsal([], _text(prepared.body), changes)


def _text(body: bytes | None) -> str:
    return (body or b"").decode("utf-8")
