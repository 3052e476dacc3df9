"""What travels, how far it has come, and which moves are legal.

One file, one writer: only :func:`sync.pipeline.move` changes ``stage`` and ``status``.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What an item carries."""

    ORDER = "order"
    DISPATCH = "dispatch"
    MESSAGE = "message"
    STOCK_FILE = "stock_file"
    LISTING = "listing"


class Stage(StrEnum):
    """How far the content has come; an item never goes back."""

    RECEIVED = "received"
    VALIDATED = "validated"
    INJECTED = "injected"
    DISPATCHED = "dispatched"
    TRACKED = "tracked"
    CONFIRMED = "confirmed"
    DELIVERED = "delivered"
    SUBMITTED = "submitted"
    PROCESSED = "processed"


class Status(StrEnum):
    """Who acts next."""

    READY = "ready"  # a worker, once due_at has come
    LEASED = "leased"  # a worker is at it now
    WAITING = "waiting"  # a partner; due_at, where set, is when we look again
    UNKNOWN = "unknown"  # a worker must read back what an announced effect did
    STALLED = "stalled"  # a person, through the open exception
    DONE = "done"
    CANCELLED = "cancelled"


class Lane(StrEnum):
    """The queues of due work; a worker drains one lane at a time."""

    ORDERS = "orders"
    DISPATCHES = "dispatches"
    INBOUND = "inbound"
    STOCK = "stock"


class Milestone(StrEnum):
    """What the engine tells the desk about an item that is not stalled (any more)."""

    RESUBMITTED = "resubmitted"
    TAKEN = "taken"  # the partner has taken all that we had to tell it; what it shows is not read back yet
    ACCEPTED = "accepted"
    INJECTED = "injected"
    INJECTION_VERIFIED = "injection_verified"
    DISPATCH_SEEN = "dispatch_seen"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    PROCESSED = "processed"
    RECOVERED = "recovered"
    GAP_CLOSED = "gap_closed"
    CLOCKS_AGREE = "clocks_agree"
    STOCK_FRESH = "stock_fresh"
    LISTING_RIGHT = "listing_right"


STAGES: dict[Kind, tuple[Stage, ...]] = {
    Kind.ORDER: (
        Stage.RECEIVED,
        Stage.VALIDATED,
        Stage.INJECTED,
        Stage.DISPATCHED,
        Stage.CONFIRMED,
        Stage.DELIVERED,
    ),
    Kind.DISPATCH: (Stage.RECEIVED, Stage.VALIDATED, Stage.TRACKED, Stage.CONFIRMED),
    Kind.MESSAGE: (Stage.RECEIVED, Stage.PROCESSED),
    Kind.STOCK_FILE: (Stage.RECEIVED, Stage.SUBMITTED, Stage.PROCESSED),
    Kind.LISTING: (Stage.RECEIVED,),  # a listing has no end: it waits, and stalls when something is wrong with it
}

FINAL = frozenset({Status.DONE, Status.CANCELLED})
CLAIMABLE = frozenset({Status.READY, Status.WAITING, Status.UNKNOWN})

# Stalled has one exit, READY, and pipeline.resubmit is the only function that takes it.
ALLOWED: dict[Status, frozenset[Status]] = {
    Status.READY: frozenset({Status.LEASED, Status.WAITING, Status.STALLED, Status.DONE, Status.CANCELLED}),
    Status.LEASED: frozenset(
        {Status.READY, Status.WAITING, Status.UNKNOWN, Status.STALLED, Status.DONE, Status.CANCELLED}
    ),
    Status.WAITING: frozenset({Status.READY, Status.LEASED, Status.STALLED, Status.DONE, Status.CANCELLED}),
    Status.UNKNOWN: frozenset({Status.LEASED, Status.STALLED, Status.READY, Status.WAITING}),
    Status.STALLED: frozenset({Status.READY}),
    Status.DONE: frozenset(),
    Status.CANCELLED: frozenset(),
}


def is_legal(kind: Kind, from_stage: Stage, to_stage: Stage, from_status: Status, to_status: Status) -> bool:
    """Whether an item of ``kind`` may make this move: the stage never goes back, the status follows ALLOWED."""
    order = STAGES[kind]
    forward = order.index(to_stage) >= order.index(from_stage)
    return forward and (to_status == from_status or to_status in ALLOWED[from_status])
