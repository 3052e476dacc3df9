"""Where the news of an event came from, what came of it, and the write that it tells of."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from sync.looks import OPERATIONS, OUTCOMES
from sync.models import Attempt, Event, EventLane, Outcome

READ: Final[dict[str, str]] = {
    "received": "Read from John Lewis",
    "state": "Read from John Lewis",
    "delivered": "Read from John Lewis",
    "shipped_elsewhere": "Read from John Lewis",
    "warehouse_state": "State read from SEKO",
    "dispatch_awaited": "Read from SEKO",
    "dispatch_untold": "Read from SEKO",
    "dispatched": "Message from SEKO",
    "tracking": "Message from SEKO",
    "dispatch_corrected": "Message from SEKO",
    "dispatch_corrected_late": "Message from SEKO",
    "goods_back": "Message from SEKO",
    "stalled": "Our checks",
    "held": "jlseko",
}
# Which writes an event tells of
WRITTEN: Final[dict[str, frozenset[str]]] = {
    "accepted": frozenset({"OR21"}),
    "injected": frozenset({"websubmit"}),
    "cancel_asked": frozenset({"cancel"}),
    "tracked": frozenset({"OR23", "ST01", "ST23"}),
    "shipped": frozenset({"OR24", "ST24"}),
    "rest_cancelled": frozenset({"OR30"}),
    "referenced": frozenset({"OR04"}),
}
RESULTS: Final = {"good": "done", "warn": "needs a look", "bad": "needs a person"}
LANES: Final[dict[str, str]] = {
    EventLane.MARKETPLACE: "John Lewis",
    EventLane.OURS: "jlseko",
    EventLane.WAREHOUSE: "SEKO",
}


def writes_of(events: Iterable[Event], attempts: Iterable[Attempt]) -> dict[int, Attempt]:
    """The write that each event tells of, by the event: the one that it names, else the last of its kind before it.

    An order that stalled tells of the write that was refused just before, if it was; each refusal is told once.
    """
    by_item: dict[int, list[Attempt]] = defaultdict(list)
    known = {attempt.pk: attempt for attempt in attempts}
    for attempt in sorted(known.values(), key=lambda each: each.pk):
        by_item[attempt.item_id].append(attempt)
    found: dict[int, Attempt] = {}
    refused: set[int] = set()
    for event in events:
        earlier = [each for each in by_item.get(event.item_id or 0, ()) if each.announced_at <= event.at]
        write = known.get(event.attempt_id or 0)
        if write is None and event.kind in WRITTEN:
            write = next((each for each in reversed(earlier) if each.operation in WRITTEN[event.kind]), None)
        elif write is None and event.kind == "stalled" and earlier:
            last = earlier[-1]
            if last.outcome == Outcome.REJECTED and last.pk not in refused:
                refused.add(last.pk)
                write = last
        if write is not None:
            found[event.pk] = write
    return found


def source(event: Event, write: Attempt | None) -> str:
    """Who told, and how."""
    if event.actor is not None:
        return "A person at the desk"
    if write is not None and event.kind != "stalled":
        verb = "Read back" if event.kind == "read_back" else "Written"
        where = "from" if event.kind == "read_back" else "to"
        return f"{verb} {where} {write.get_side_display()} ({OPERATIONS.get(write.operation, write.operation).lower()})"
    return READ.get(event.kind, LANES.get(event.lane, "jlseko"))


def result(event: Event, write: Attempt | None) -> str:
    """What came of it; empty where it is news and nothing else."""
    if write is None:
        return RESULTS.get(event.tone, "")
    outcome = OUTCOMES[write.outcome][0].lower()
    return f"{OPERATIONS.get(write.operation, write.operation)}: {outcome}" if event.kind == "stalled" else outcome
