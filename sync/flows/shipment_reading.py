"""Which of the shipments that John Lewis shows are ours, and what is told in the others (ST11, contract 2.6)."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sync.flows.parcel import Parcel
from sync.rules import parcels
from sync.shapes import Shipment

NOT_LEFT: Final = frozenset({"SHIPPING", "READY_FOR_PICK_UP", "SHIPMENT_PREPARED"})
HAS_LEFT: Final = frozenset({"SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED"})
CANCELLED: Final = "CANCELED"


def find(parcel: Parcel, shown: Sequence[Shipment]) -> Shipment | None:
    """This parcel's shipment: by its id or our name of the parcel, else one made by hand with our tracking number."""
    live = [each for each in shown if each.status != CANCELLED]
    named = next((each for each in live if _is_named(parcel, each)), None)
    if named:
        return named
    taken = set(parcel.order.dispatches.exclude(pk=parcel.dispatch.pk).values_list("shipment_id", flat=True))
    by_number = [
        each
        for each in live
        if each.tracking_number in parcel.numbers
        and each.shipment_id not in taken
        and not any(line.package for line in each.lines)
    ]
    return by_number[0] if len(by_number) == 1 else None


def find_cancelled(parcel: Parcel, shown: Sequence[Shipment]) -> Shipment | None:
    """This parcel's shipment where John Lewis shows it as cancelled."""
    return next((each for each in shown if each.status == CANCELLED and _is_named(parcel, each)), None)


def _is_named(parcel: Parcel, shipment: Shipment) -> bool:
    dispatch = parcel.dispatch
    by_id = bool(dispatch.shipment_id) and shipment.shipment_id == dispatch.shipment_id
    return by_id or any(line.package == dispatch.dispatch_id for line in shipment.lines)


def elsewhere(parcel: Parcel, shown: Sequence[Shipment]) -> Counter[str]:
    """What is told of the order lines outside this parcel: in its sisters, and in shipments that are not ours."""
    told = parcels.told_in_sisters(parcel.dispatch, parcel.order)
    sisters = list(parcel.order.dispatches.exclude(pk=parcel.dispatch.pk).values_list("dispatch_id", "shipment_id"))
    names = {dispatch_id for dispatch_id, _ in sisters} | {shipment_id for _, shipment_id in sisters if shipment_id}
    for shipment in shown:
        known = shipment.shipment_id in names or any(line.package in names for line in shipment.lines)
        if shipment.status != CANCELLED and not known:
            for line in shipment.lines:
                told[line.line_id] += line.quantity
    return told
