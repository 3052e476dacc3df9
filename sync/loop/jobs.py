"""What RQ runs: pumps. A job carries the name of a lane and nothing else."""

from django.db import close_old_connections

from sync.doorbell import FEEDS, PUMP_SECONDS
from sync.loop import feeds, work
from sync.loop.heartbeat import beat
from sync.states import Lane


def pump(lane: str) -> int:
    """Drain one lane, or run the due feeds, for at most :data:`sync.doorbell.PUMP_SECONDS`; returns the steps taken."""
    close_old_connections()  # none may be shared with the process that forked this one
    try:
        beat(f"worker-{lane}")
        if lane == FEEDS:
            return feeds.run_due()
        return work.drain(Lane(lane), seconds=PUMP_SECONDS)
    finally:
        close_old_connections()
