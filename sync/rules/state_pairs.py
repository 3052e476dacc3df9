"""Which states John Lewis and SEKO may show of one order at the same time, and what is wrong where they contradict.

John Lewis contract 2.2 and SEKO contract 5. Both partners' states are open strings: one that is new to us is never
called illegal.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sync.models import Order
from sync.policy import Policy


class Legality(StrEnum):
    """Whether two states go together."""

    LEGAL = "legal"
    UNUSUAL = "unusual"
    ILLEGAL = "illegal"


class Side(StrEnum):
    """How far one side is. The first four are John Lewis's, the rest SEKO's."""

    BEFORE = "before"  # not released for shipping yet
    WANTED = "wanted"  # to be shipped
    SENT = "sent"  # shipped or further
    OFF = "off"  # refused or cancelled
    ABSENT = "absent"  # SEKO never had it
    UNREAD = "unread"  # accepted, no state read yet
    QUEUED = "queued"  # nobody has begun
    AT_WORK = "at_work"  # being picked or packed
    STOPPING = "stopping"  # a cancellation was asked for
    STOPPED = "stopped"  # cancelled
    LEFT = "left"  # dispatched
    NEW = "new"  # a state that we do not know


@dataclass(frozen=True, slots=True)
class Pair:
    """Two states at once: whether they go together, and why in words."""

    legality: Legality
    reason: str


MARKETPLACE: Final[dict[str, Side]] = {
    "STAGING": Side.BEFORE, "WAITING_ACCEPTANCE": Side.BEFORE, "WAITING_DEBIT": Side.BEFORE,
    "WAITING_DEBIT_PAYMENT": Side.BEFORE, "SHIPPING": Side.WANTED, "SHIPPED": Side.SENT, "TO_COLLECT": Side.SENT,
    "RECEIVED": Side.SENT, "CLOSED": Side.SENT, "REFUSED": Side.OFF, "CANCELED": Side.OFF,
}  # fmt: skip
WAREHOUSE: Final[dict[str, Side]] = {
    "create": Side.QUEUED, "commit": Side.QUEUED, "confirmed": Side.QUEUED, "to be picked": Side.QUEUED,
    "being picked": Side.AT_WORK, "pick complete": Side.AT_WORK, "to be packed": Side.AT_WORK,
    "to dispatch": Side.AT_WORK, "to cancel": Side.STOPPING, "cancelled": Side.STOPPED, "dispatched": Side.LEFT,
}  # fmt: skip

_EARLY = "SEKO has the order although John Lewis has not released it for shipping."
_LIVE = "John Lewis has ended the order, and SEKO still has it and will send it."
_HASTY = "John Lewis shows the order as shipped, and SEKO has not dispatched it."
_UNDER_WAY = "SEKO has the order and is to send it."
L, U, I = Legality.LEGAL, Legality.UNUSUAL, Legality.ILLEGAL  # noqa: E741

MATRIX: Final[dict[tuple[Side, Side], tuple[Legality, str]]] = {
    (Side.BEFORE, Side.ABSENT): (L, "Nothing is sent to SEKO before John Lewis releases the order for shipping."),
    (Side.BEFORE, Side.UNREAD): (I, _EARLY),
    (Side.BEFORE, Side.QUEUED): (I, _EARLY),
    (Side.BEFORE, Side.AT_WORK): (I, _EARLY),
    (Side.BEFORE, Side.STOPPING): (U, "SEKO is cancelling an order that John Lewis has not released for shipping."),
    (Side.BEFORE, Side.STOPPED): (U, "SEKO has cancelled an order that John Lewis has not released for shipping."),
    (Side.BEFORE, Side.LEFT): (I, "The parcel has left although John Lewis has not released the order for shipping."),
    (Side.WANTED, Side.ABSENT): (L, "Ready to ship, and on its way to SEKO."),
    (Side.WANTED, Side.UNREAD): (L, "SEKO has accepted the order; its state has not been read yet."),
    (Side.WANTED, Side.QUEUED): (L, _UNDER_WAY),
    (Side.WANTED, Side.AT_WORK): (L, "SEKO is picking or packing the order."),
    (Side.WANTED, Side.STOPPING): (I, "SEKO is cancelling an order that John Lewis still expects."),
    (Side.WANTED, Side.STOPPED): (I, "SEKO has cancelled an order that John Lewis still expects."),
    (Side.WANTED, Side.LEFT): (L, "The parcel has left, and John Lewis is being told."),
    (Side.SENT, Side.ABSENT): (U, "Somebody else shipped the order: SEKO never had it."),
    (Side.SENT, Side.UNREAD): (I, _HASTY),
    (Side.SENT, Side.QUEUED): (I, _HASTY),
    (Side.SENT, Side.AT_WORK): (I, _HASTY),
    (Side.SENT, Side.STOPPING): (I, "John Lewis shows the order as shipped, and SEKO is cancelling it."),
    (Side.SENT, Side.STOPPED): (I, "John Lewis shows the order as shipped, and SEKO has cancelled it."),
    (Side.SENT, Side.LEFT): (L, "The parcel has left, and John Lewis knows it."),
    (Side.OFF, Side.ABSENT): (L, "The order ended before SEKO had it."),
    (Side.OFF, Side.UNREAD): (I, _LIVE),
    (Side.OFF, Side.QUEUED): (I, _LIVE),
    (Side.OFF, Side.AT_WORK): (I, _LIVE),
    (Side.OFF, Side.STOPPING): (U, "John Lewis has ended the order, and SEKO has been asked to cancel it."),
    (Side.OFF, Side.STOPPED): (L, "The order has ended on both sides."),
    (Side.OFF, Side.LEFT): (I, "John Lewis has ended the order, and its parcel has left: nobody pays for it."),
}


def judge(order: Order, *, now: datetime, policy: Policy) -> Pair:
    """Whether the states of an order go together at the business time ``now``."""
    ours, theirs = marketplace_side(order), warehouse_side(order)
    for side, name, state in ((ours, "John Lewis", order.marketplace_state), (theirs, "SEKO", order.warehouse_state)):
        if side == Side.NEW:
            return Pair(Legality.UNUSUAL, f"{name} uses a state that is new to us: {state}.")
    legality, reason = MATRIX[ours, theirs]
    if (ours, theirs) == (Side.WANTED, Side.LEFT) and _is_untold(order, now, policy):
        told = "The parcel has left, and John Lewis has not been told within"
        return Pair(Legality.UNUSUAL, f"{told} {policy.confirm_hours:g} hours.")
    return Pair(legality, reason)


def marketplace_side(order: Order) -> Side:
    """How far John Lewis says the order is."""
    return MARKETPLACE.get(order.marketplace_state, Side.NEW)


def warehouse_side(order: Order) -> Side:
    """How far SEKO says the order is; compared without case (SEKO contract 5)."""
    state = order.warehouse_state.strip().casefold()
    if state:
        return WAREHOUSE.get(state, Side.NEW)
    return Side.UNREAD if order.injected_at else Side.ABSENT


def _is_untold(order: Order, now: datetime, policy: Policy) -> bool:
    left = order.dispatched_at
    return left is not None and now - left > policy.minutes("confirm_hours")
