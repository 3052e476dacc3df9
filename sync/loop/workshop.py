"""The whole loop in one process: one thread a lane, one for the flows, one for the ticker's housekeeping."""

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connections

from sync import lanes
from sync.loop import errands, feeds, heartbeat, pausing, tidying, work
from sync.states import Lane

log = logging.getLogger(__name__)

SECONDS_A_TURN = 5.0
SECONDS_OF_ERRANDS = 1.0


def run(stop: threading.Event, *, pause: float) -> None:
    """Work until ``stop`` is set; ``pause`` in real seconds when nothing is due."""
    turns: dict[str, Callable[[], int]] = {lane: _drainer(lane) for lane in Lane}
    turns["feeds"] = feeds.run_due
    turns["ticker"] = _housekeeping
    threads = [
        threading.Thread(target=_loop, args=(name, turn, stop, pause), name=name, daemon=True)
        for name, turn in turns.items()
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(timeout=60)


def _drainer(lane: Lane) -> Callable[[], int]:
    return lambda: work.drain(lane, seconds=SECONDS_A_TURN)


def _housekeeping() -> int:
    heartbeat.beat("ticker")
    feeds.ensure_states()
    tidying.tidy()
    return lanes.sweep() + pausing.end_expired() + errands.run(seconds=SECONDS_OF_ERRANDS)


def _loop(name: str, turn: Callable[[], int], stop: threading.Event, pause: float) -> None:
    while not stop.is_set():
        try:
            close_old_connections()
            steps = turn()
            if name != "ticker":
                heartbeat.beat(f"worker-{name}")
        except DatabaseError as error:
            log.warning("the database is away", extra={"reason": type(error).__name__, "loop": name})
            connections.close_all()
            steps = 0
        if not steps:
            stop.wait(pause)
    connections.close_all()
