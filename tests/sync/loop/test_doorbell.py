"""The bell carries the name of a lane, is rung after the commit, and nobody fails or waits because it is silent."""

import time

import pytest
from django.conf import settings as configured
from django.db import transaction
from django_rq import get_queue
from redis.exceptions import ConnectionError as RedisAway

from sync import doorbell
from sync.doorbell import QUEUE_OF
from sync.states import Lane


@pytest.fixture(autouse=True)
def _bell():
    doorbell._silent["until"] = 0.0
    for name in configured.RQ_QUEUES:
        get_queue(name).empty()
    yield
    doorbell._silent["until"] = 0.0
    for name in configured.RQ_QUEUES:
        get_queue(name).empty()


@pytest.fixture
def silent(monkeypatch):
    """A Redis that is away; counts who asks for it."""
    asked = []

    def away(name: str):
        asked.append(name)
        raise RedisAway("connection refused")

    monkeypatch.setattr("sync.doorbell.django_rq.get_queue", away)
    return asked


def test_a_job_carries_the_name_of_its_lane_and_nothing_else():
    assert doorbell.ring(Lane.DISPATCHES)
    (job,) = get_queue("dispatches").jobs
    assert (job.func_name, job.args, job.kwargs) == ("sync.loop.jobs.pump", ["dispatches"], {})
    assert (job.retries_left, job.result_ttl, job.timeout) == (None, 0, doorbell.JOB_TIMEOUT_SECONDS)
    assert not job.id.startswith("dispatches")  # never one fixed id: a unique job is refused for a year after a failure


def test_enough_waiting_pumps_make_another_one_pointless():
    for _ in range(50):
        assert doorbell.ring(Lane.ORDERS)
    assert get_queue("orders").count == doorbell.WAITING_PUMPS * len(QUEUE_OF)


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_and_not_after_a_rollback():
    queue = get_queue("orders")
    with transaction.atomic():
        doorbell.ring_after_commit(Lane.ORDERS)
        assert queue.count == 0
    assert queue.count == 1
    with transaction.atomic():
        doorbell.ring_after_commit(Lane.ORDERS)
        transaction.set_rollback(True)
    assert queue.count == 1


@pytest.mark.django_db(transaction=True)
def test_a_silent_bell_fails_nobody_and_what_follows_the_commit_still_happens(silent):
    later = []
    with transaction.atomic():
        doorbell.ring_after_commit(Lane.ORDERS)
        transaction.on_commit(lambda: later.append("done"))
    assert (silent, later) == (["orders"], ["done"])


def test_a_bell_that_was_silent_is_not_asked_again_at_once(silent, monkeypatch):
    assert not any(doorbell.ring(Lane.ORDERS) for _ in range(25))
    assert silent == ["orders"]
    later = time.monotonic() + doorbell.REST_SECONDS + 0.1
    monkeypatch.setattr("sync.doorbell.time.monotonic", lambda: later)
    assert not doorbell.ring(Lane.ORDERS)
    assert silent == ["orders", "orders"]
