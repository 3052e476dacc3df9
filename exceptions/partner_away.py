"""A partner rests, or a person has paused the flow: what waits for it is moving, not stuck, until its deadline.

An exception that exists only because a partner is away is a child of the exception about the partner: it stays open and
has its owner, but it is not shown as work before its deadline is near, and it is let go when the partner answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from exceptions.category import ANY_SIDE, registry
from exceptions.models import ExceptionRecord, Fault
from sync.failures import Failure
from sync.loop import pausing
from sync.models import Connection, Item, PartnerState, Pause
from sync.states import Status

FACT = "partner_away"
PAUSED = "paused"  # the flows that were paused, by their slugs
PAUSE_WORDS = "paused_words"

PARTNER = "partner_unavailable"
BEFORE = timedelta(minutes=15)  # calls fail for a while before a partner counts as away


def sides_away(connection: Connection) -> frozenset[str]:
    """The sides whose breaker is open now."""
    rows = PartnerState.objects.filter(connection=connection, is_open=True)
    return frozenset(rows.values_list("side", flat=True))


def back_again(connection: Connection, category: str) -> Iterator[tuple[Item, str]]:
    """Items that were stalled because of an outage that is over."""
    away = sides_away(connection)
    faults = Fault.objects.outstanding().filter(
        record__connection=connection, category=category, item__status=Status.STALLED, facts__has_key=FACT
    )
    for fault in faults.select_related("item"):
        if fault.item is not None and fault.facts[FACT] not in away:
            yield fault.item, "The partner answers again"


def because_away(connection: Connection, failure: Failure) -> Failure:
    """A reported fault that says whether it exists only because a partner is away."""
    side = side_behind(failure)
    if not side or FACT in failure.facts or side not in sides_away(connection):
        return failure
    return replace(failure, facts={**failure.facts, FACT: side})


def side_behind(failure: Failure) -> str:
    """The side whose silence makes such a fault; empty where an outage explains nothing."""
    side = registry.of(failure).behind
    return failure.facts.get("side", "") if side == ANY_SIDE else side


def children_kinds() -> list[str]:
    """The categories that an outage may explain."""
    return [category.slug for category in registry if category.behind]


def parent_of(record: ExceptionRecord, faults: Sequence[Fault]) -> ExceptionRecord | None:
    """The outage that all ``faults`` of a record come from; None where one of them has another reason."""
    sides = {fault.facts.get(FACT, "") for fault in faults}
    if len(sides) != 1 or sides == {""}:
        return None
    rows = ExceptionRecord.objects.live().filter(connection=record.connection_id, category=PARTNER)
    return rows.filter(partner=sides.pop()).first()


def paused_words(pauses: list[Pause]) -> str:
    """The true cause, to stand behind the text of a fault: who has paused what."""
    return "".join(f" {pausing.sentence(pause)}" for pause in pauses)


def with_pauses(connection: Connection, failure: Failure) -> Failure:
    """A reported fault that names the pauses behind it: whoever is blamed for silence may have been kept from us."""
    flows = registry.of(failure).held_by
    words = paused_words(pausing.in_force(connection, *flows)) if flows else ""
    if not words:
        return failure
    return replace(failure, text=f"{failure.text}{words}", facts={**failure.facts, PAUSE_WORDS: words.strip()})


def paused_facts(pauses: list[Pause]) -> dict[str, str]:
    """What is noted on a fault, so that the end of the pauses lets it go."""
    return {PAUSED: ",".join(sorted(pause.flow for pause in pauses))} if pauses else {}


def resumed(connection: Connection, category: str) -> Iterator[tuple[Item, str]]:
    """Items that were stalled because their deadline passed during a pause that is over."""
    held = {pause.flow for pause in pausing.in_force(connection)}
    faults = Fault.objects.outstanding().filter(
        record__connection=connection, category=category, item__status=Status.STALLED, facts__has_key=PAUSED
    )
    for fault in faults.select_related("item"):
        if fault.item is not None and held.isdisjoint(fault.facts[PAUSED].split(",")):
            yield fault.item, "What was paused goes on"
