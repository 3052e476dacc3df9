"""Clocks that disagree: a partner's ``Date`` header beside our own clock."""

from datetime import datetime, timedelta

from django.db import transaction

from jlseko.clock import business_now, factor
from sync import timeline
from sync.failures import Code, Failure
from sync.models import Connection, EventLane, FlowState, Side
from sync.signals import fault_reported, progress_made
from sync.states import Milestone

TOLERANCE = timedelta(seconds=60)  # real time: a call takes up to 25 s, and the header counts whole seconds
SKEWED = "skewed"  # the mark in the flow's cursor
LANES: dict[Side, EventLane] = {Side.MARKETPLACE: EventLane.MARKETPLACE, Side.WAREHOUSE: EventLane.WAREHOUSE}


def note(state: FlowState, side: Side, remote_now: datetime | None) -> None:
    """Compare a partner's clock with ours, just after it answered; ``state`` is the flow that asked.

    Clocks that begin to differ by more than a minute become one exception, which closes when all of them agree again.
    Nothing is decided by either clock: leases and due times use the database's, the watermark the partner's own.
    """
    if remote_now is None:
        return
    ahead = remote_now - business_now()
    is_skewed = abs(ahead) > TOLERANCE * max(factor(), 1.0)
    if is_skewed != bool(state.cursor.get(SKEWED)):
        _tell(state, side, ahead, is_skewed=is_skewed)


@transaction.atomic
def _tell(state: FlowState, side: Side, ahead: timedelta, *, is_skewed: bool) -> None:
    connection, who = state.connection, side.label
    state.cursor = {**state.cursor, SKEWED: is_skewed}
    FlowState.objects.filter(pk=state.pk).update(cursor=state.cursor)
    if is_skewed:
        text = f"{who}'s clock is {_words(ahead)} ours."
        timeline.record(connection, "clocks_differ", text, lane=LANES[side], tone="warn")
        failure = Failure(Code.CLOCKS_DIFFER, text, rule="clock", facts={"side": str(side)})
        fault_reported.send(sender=Connection, connection=connection, item=None, failures=[failure])
        return
    timeline.record(connection, "clocks_agree", f"{who}'s clock and ours agree again", lane=LANES[side], tone="good")
    if not FlowState.objects.filter(connection=connection, cursor__skewed=True).exists():
        progress_made.send(
            sender=Connection, connection=connection, item=None, milestone=Milestone.CLOCKS_AGREE, by=None
        )  # fmt: skip


def _words(ahead: timedelta) -> str:
    minutes = round(abs(ahead).total_seconds() / 60)
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'} {'ahead of' if ahead > timedelta(0) else 'behind'}"
