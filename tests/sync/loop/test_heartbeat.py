"""Whether the loop lives is read from PostgreSQL, by what is due and who was heard of, never from Redis."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.connections import reading
from sync.loop import heartbeat, jobs
from sync.models import Heartbeat, Item
from sync.states import Lane
from tests.sync.doubles import an_order


@pytest.fixture
def no_runner(monkeypatch):
    """Asking the job runner anything is an error."""

    def never(*_: object) -> None:
        pytest.fail("health asked the job runner")

    monkeypatch.setattr("sync.doorbell.django_rq.get_queue", never)
    monkeypatch.setattr("rq.Worker.all", never)


def test_health_is_read_without_the_runner(engine, no_runner):
    heartbeat.beat("ticker")
    (line,) = reading.process_lines()
    assert (line.role, line.alive, reading.is_beating([line])) == ("ticker", True, True)
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=5))
    assert not reading.is_beating(reading.process_lines())


def test_two_processes_of_one_role_are_two_lines(engine, monkeypatch):
    heartbeat.beat("worker-orders")
    monkeypatch.setattr("sync.loop.heartbeat.socket.gethostname", lambda: "another-machine")
    heartbeat.beat("worker-orders")
    assert Heartbeat.objects.filter(role="worker-orders").count() == 2


def test_a_pump_beats_and_drains_its_lane(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    assert jobs.pump("orders") > 0
    assert Heartbeat.objects.get().role == "worker-orders"


def test_the_oldest_due_work_of_each_lane_is_known(engine):
    engine.marketplace.put(an_order("JL1-A"), an_order("JL2-A"))
    engine.poll()
    Item.objects.filter(order_key="JL1-A").update(due_at=timezone.now() - timedelta(minutes=7))
    lines = {line.slug: line for line in reading.lane_lines()}
    assert lines["orders"].due == 2
    assert timedelta(minutes=7) <= (lines["orders"].oldest or timedelta(0)) < timedelta(minutes=8)
    assert [line.oldest for slug, line in lines.items() if slug != "orders"] == [None] * (len(Lane) - 1)
    Item.objects.update(due_at=timezone.now() + timedelta(hours=1))
    assert all(line.oldest is None for line in reading.lane_lines())
