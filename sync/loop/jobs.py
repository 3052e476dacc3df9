"""What RQ runs: pumps. A job carries the name of a lane and nothing else."""

from sync.doorbell import FEEDS, PUMP_SECONDS
from sync.loop import feeds, work
from sync.loop.heartbeat import beat
from sync.states import Lane


def pump(lane: str) -> int:
    """Drain one lane, or run the due feeds, for at most :data:`sync.doorbell.PUMP_SECONDS`; returns the steps taken."""
    beat(f"worker-{lane}")
    if lane == FEEDS:
        return feeds.run_due()
    return work.drain(Lane(lane), seconds=PUMP_SECONDS)
