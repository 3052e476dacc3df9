"""What happens to an accepted order over time.

Its status is a pure function of what was drawn at acceptance and of the clock. Nothing ticks an order forward, so that
a warehouse that was stopped shows the right status at once when it is back.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

CREATE = "Create"
CONFIRMED = "Confirmed"
TO_BE_PICKED = "To Be Picked"
BEING_PICKED = "Being Picked"
PICK_COMPLETE = "Pick Complete"
TO_DISPATCH = "To Dispatch"
DISPATCHED = "Dispatched"
CANCELLED = "Cancelled"

STEPS = (TO_BE_PICKED, BEING_PICKED, PICK_COMPLETE, TO_DISPATCH, DISPATCHED)
ORDER = (CONFIRMED, *STEPS)
SHARES = (0.08, 0.45, 0.70, 0.85, 1.0)
"""When each step begins, as a share of the whole duration: most of a day in a warehouse is waiting for the picker."""

TOO_LATE_TO_CANCEL = (TO_DISPATCH, DISPATCHED, CANCELLED)
IN_A_WAVE = (BEING_PICKED, PICK_COMPLETE)


def stamp(moment: datetime) -> str:
    """UTC in the form of SEKO's pushes, ``2016-07-07T16:16:01Z`` (SEKO contract 1.2)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The reverse of ``stamp``."""
    return datetime.fromisoformat(text)


def draw_timeline(begin: datetime, *, hours: tuple[float, float], draw: random.Random) -> dict[str, str]:
    """When each status begins, for an order that the warehouse starts to work on at ``begin``."""
    whole = timedelta(hours=draw.uniform(*hours))
    return {step: stamp(begin + whole * part) for step, part in zip(STEPS, SHARES, strict=True)}


def resume_timeline(
    order: Mapping[str, Any], now: datetime, *, hours: tuple[float, float], draw: random.Random
) -> dict[str, str]:
    """The timeline of an order that was held and goes on now: steps already reached keep their time."""
    reached = [step for step in STEPS if ORDER.index(step) <= ORDER.index(_worked_on(order, now))]
    fresh = draw_timeline(now, hours=hours, draw=draw)
    return {step: order["timeline"][step] if step in reached else fresh[step] for step in STEPS}


def status_at(order: Mapping[str, Any], now: datetime) -> str:
    """The status as the gen-A read-back tells it (SEKO contract 5).

    An order that waits for stock is ``Create`` until something of it is committed, and again while the rest waits after
    the first dispatch has left (SEKO contract 8.2).
    """
    status = _worked_on(order, now)
    waits = order["queued"] and status != CANCELLED
    return CREATE if waits and (not order["dispatches"] or status == DISPATCHED) else status


def _worked_on(order: Mapping[str, Any], now: datetime) -> str:
    """How far the work on an order is.

    A requested cancel stops the warehouse; until it is processed the last working status stays on show. A hold or a
    label exception keeps the order from going beyond the status that it names (SEKO contract 8.3).
    """
    cancel = order.get("cancel")
    if cancel and now >= moment(cancel["processed_at"]):
        return CANCELLED
    if cancel:
        now = min(now, moment(cancel["requested_at"]))
    status = CONFIRMED
    for step in STEPS:
        if moment(order["timeline"][step]) <= now:
            status = step
    if status == DISPATCHED and now < last_departure(order):
        status = TO_DISPATCH
    held = order.get("held")
    if held and ORDER.index(status) > ORDER.index(held["at"]):
        return str(held["at"])
    return status


def departure(order: Mapping[str, Any], shipment: Mapping[str, Any]) -> datetime:
    """When one dispatch of an order leaves. A later parcel leaves so many minutes after the first."""
    if shipment["left_at"]:
        return moment(shipment["left_at"])
    return moment(order["timeline"][DISPATCHED]) + timedelta(minutes=shipment["after_minutes"])


def last_departure(order: Mapping[str, Any]) -> datetime:
    """When an order is closed: its last dispatch leaves, no further message follows (SEKO contract 4.3)."""
    usual = moment(order["timeline"][DISPATCHED])
    return max((departure(order, shipment) for shipment in order["dispatches"]), default=usual)


def has_left(order: Mapping[str, Any], shipment: Mapping[str, Any], now: datetime) -> bool:
    """Whether one dispatch of an order has left: the order is packed, is not held, and the time has come."""
    if shipment["left_at"] is None and _worked_on(order, now) not in (TO_DISPATCH, DISPATCHED):
        return False
    return departure(order, shipment) <= now


def frozen(order: Mapping[str, Any], shipment: Mapping[str, Any]) -> dict[str, Any]:
    """A dispatch that has left, with its times written down, so that the order's timeline may begin anew."""
    timeline = shipment["timeline"] or order["timeline"]
    return {**shipment, "left_at": stamp(departure(order, shipment)), "timeline": timeline}


def cancel_verdict(status: str, *, cancel_pending: bool, wave_picking: bool) -> str | None:
    """Why a cancel is refused, or nothing. Texts: E3, and a proposed one where SEKO's is unknown (SEKO contract 3)."""
    if cancel_pending or status in TOO_LATE_TO_CANCEL:
        return "Sales Order cannot be cancelled."
    if wave_picking and status in IN_A_WAVE:
        return "Dispatch assigned to a pick wave cannot be cancelled"
    return None
