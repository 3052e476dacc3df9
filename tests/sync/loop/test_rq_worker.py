"""The worker that is started with `rqworker`: back soon after Redis is, and ended in a way that nobody else feels."""

import signal
import time
from dataclasses import replace
from unittest import mock

import django_rq
import pytest
from redis.exceptions import ConnectionError as Away
from rq.timeouts import JobTimeoutException
from rq.worker import base

from sync import lanes
from sync.database_clock import database_now
from sync.loop import feeds, work
from sync.models import FlowState, Item
from sync.states import Kind, Lane, Status
from tests.sync.doubles import an_order


def test_a_worker_looks_every_few_seconds_for_a_redis_that_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = django_rq.get_worker("orders")
    pauses: list[float] = []

    class Back(Exception):
        """Redis answers again."""

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if sum(pauses) > 120:
            raise Back

    def away(*_: object, **__: object) -> None:
        raise Away("away")

    monkeypatch.setattr(worker, "heartbeat", away)
    monkeypatch.setattr(worker, "set_state", lambda *_, **__: None)
    monkeypatch.setattr(base.time, "sleep", sleep)
    with pytest.raises(Back):
        worker.dequeue_job_and_maintain_ttl(timeout=5)
    assert max(pauses) <= 5


def the_end_comes(*_: object, **__: object) -> None:
    """What the alarm of a job that has outlasted its time does to whatever runs."""
    penalty = django_rq.get_worker("orders").death_penalty_class(1, JobTimeoutException, job_id="late")
    penalty.handle_death_penalty(signal.SIGALRM, None)


def test_the_end_of_a_jobs_time_is_no_fault_of_the_item_that_was_worked_on(engine, monkeypatch):
    engine.marketplace.put(an_order())
    engine.poll()
    monkeypatch.setitem(work.STEPS, Kind.ORDER, the_end_comes)
    with pytest.raises(BaseException, match="1 s"):
        work.drain(Lane.ORDERS, seconds=5, threads=1)
    item = Item.objects.get()
    assert (item.status, item.attempts) == (Status.LEASED, 0)
    Item.objects.update(lease_until=database_now())
    lanes.sweep()
    assert Item.objects.get().status == Status.READY


def test_the_end_of_a_jobs_time_is_no_fault_of_the_flow_that_ran(engine, monkeypatch):
    feeds.ensure_states()
    state = FlowState.objects.order_by("flow").first()
    monkeypatch.setitem(feeds.FEEDS, state.flow, replace(feeds.FEEDS[state.flow], run=the_end_comes))
    with pytest.raises(BaseException, match="1 s"):
        feeds.run(state)
    state.refresh_from_db()
    assert state.last_error == ""
    assert state.leased_until is not None


def test_a_worker_outlives_a_job_that_takes_longer_than_its_look_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """RQ sets the same alarm where a worker waits for the process of its job, to tell Redis now and then that both
    live: that time is up for nobody.
    """
    worker = django_rq.get_worker("orders", job_monitoring_interval=1)
    looks: list[object] = []

    def wait() -> tuple[int, int, None]:
        if not looks:
            time.sleep(5)
        return 1, 0, None

    monkeypatch.setattr(worker, "wait_for_horse", wait)
    monkeypatch.setattr(worker, "maintain_heartbeats", lambda *told: looks.append(told))
    worker.monitor_work_horse(mock.Mock(timeout=75), mock.Mock(), mock.Mock())
    assert len(looks) == 1
