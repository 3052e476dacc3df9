"""What is due: rings the workers, frees expired leases, and does the work itself when Redis is away."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, close_old_connections
from django.db import connection as database

from sync import doorbell, lanes
from sync.flows.context import Context
from sync.loop import errands, feeds, heartbeat, pausing, tidying, work
from sync.models import Connection, FlowState

log = logging.getLogger(__name__)

LEADER_KEY = 7_255_0001
SECONDS_ALONE = 5.0
SECONDS_OF_ERRANDS = 1.0


def register(slug: str, *, every: timedelta, run: Callable[[Connection], dict[str, int]], title: str = "") -> None:
    """Add a chore of another app: ``run(connection)`` about every ``every`` (business time); it returns its counts."""

    def _run(context: Context, state: FlowState) -> dict[str, int]:
        return run(context.connection)

    feeds.register(slug, title or slug, every=lambda policy: every, run=_run)


def is_leader() -> bool:
    """Whether this process is the one ticker; the lock falls with its database connection."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_KEY])
        row = cursor.fetchone()
    return bool(row and row[0])


def tick() -> int:
    """One round: housekeeping, a ring for all that is due, a moment for errands; returns the steps taken here."""
    heartbeat.beat("ticker")
    feeds.ensure_states()
    lanes.sweep()
    pausing.end_expired()
    tidying.tidy()
    steps = 0
    for lane in lanes.due_lanes():
        if not doorbell.ring(lane):
            steps += work.drain(lane, seconds=SECONDS_ALONE)
    if feeds.due() and not doorbell.ring(doorbell.FEEDS):
        steps += feeds.run_due()
    return steps + errands.run(seconds=SECONDS_OF_ERRANDS)


def run_forever(*, pause: float, stopping: Callable[[], bool]) -> None:
    """Tick until ``stopping()``; ``pause`` in real seconds between rounds. Outlives the loss of the database."""
    while not stopping():
        try:
            close_old_connections()
            steps = tick() if is_leader() else 0
        except DatabaseError as error:
            log.warning("the database is away", extra={"reason": type(error).__name__})
            database.close()
            steps = 0
        if not steps:
            time.sleep(pause)
