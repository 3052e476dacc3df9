"""Waking the workers. Redis carries nothing but the name of a lane; losing it costs seconds, never an order."""

import logging
import time

import django_rq
from django.db import transaction
from redis.exceptions import RedisError

from jlseko import failpoints
from sync.states import Lane

log = logging.getLogger(__name__)

FEEDS = "feeds"
QUEUE_OF: dict[str, str] = {
    Lane.ORDERS: "orders",
    Lane.DISPATCHES: "dispatches",
    Lane.INBOUND: "dispatches",
    Lane.STOCK: "feeds",
    FEEDS: "feeds",
}
PUMP_SECONDS = 20
JOB_TIMEOUT_SECONDS = 600
WAITING_PUMPS = 2
REST_SECONDS = 5.0

_silent = {"until": 0.0}  # on the monotonic clock of this process


def ring(lane: str) -> bool:
    """Ask for a pump of ``lane``; False when Redis is away. Enough waiting pumps make another one pointless.

    A Redis that hangs holds a ring for seconds. So after one that failed, this process does not try again for a while:
    whoever sends many orders back must not wait once for each of them.
    """
    if time.monotonic() < _silent["until"]:
        return False
    try:
        queue = django_rq.get_queue(QUEUE_OF[lane])
        if queue.count < WAITING_PUMPS * len(QUEUE_OF):
            queue.enqueue("sync.loop.jobs.pump", lane, job_timeout=JOB_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=3600)
        return True
    except (RedisError, OSError) as error:
        _silent["until"] = time.monotonic() + REST_SECONDS
        log.warning("doorbell is silent", extra={"lane": lane, "reason": type(error).__name__})
        return False


def ring_after_commit(lane: str) -> None:
    """Ring once the current transaction is durable; a silent bell never fails the work that was saved."""

    def wake() -> None:
        failpoints.reach("ring.before")
        ring(lane)

    transaction.on_commit(wake, robust=True)
