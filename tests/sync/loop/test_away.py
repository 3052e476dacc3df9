"""Redis, a ring or a partner is away: work goes on, and what could not be done is made up for in the order of haste."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from exceptions.models import ExceptionRecord
from sync import doorbell, intake, limits
from sync.failures import Unclear
from sync.loop import feeds, ticker, work
from sync.models import Budget, FlowState, Item, PartnerState, Side
from sync.states import Lane, Stage
from tests.sync.doubles import an_order


@pytest.fixture
def no_redis(monkeypatch):
    """Redis refuses every connection."""

    def away(name: str):
        raise RedisAway("connection refused")

    monkeypatch.setattr("sync.doorbell.ring", RING)
    monkeypatch.setattr("sync.doorbell.django_rq.get_queue", away)
    doorbell._silent["until"] = 0.0
    yield
    doorbell._silent["until"] = 0.0


RING = doorbell.ring


@pytest.fixture(autouse=True)
def _flows_rest(engine):
    """No recurring flow is due, so that a round of the ticker drains lanes only."""
    feeds.ensure_states()
    FlowState.objects.update(due_at=timezone.now() + timedelta(days=1))


def test_without_redis_the_ticker_does_the_work_itself(engine, no_redis):
    engine.marketplace.put(an_order())
    engine.poll()
    began = time.monotonic()
    while engine.item().stage != Stage.INJECTED and time.monotonic() - began < 30:
        ticker.tick()
    assert engine.item().stage == Stage.INJECTED
    assert time.monotonic() - began < 30


def test_without_redis_the_recurring_flows_run_as_well(engine, no_redis):
    engine.marketplace.put(an_order())
    FlowState.objects.filter(flow="poll-orders").update(due_at=timezone.now())
    ticker.tick()
    assert engine.order().order_id == "JL1-A"


def test_a_ring_that_is_lost_costs_a_round_of_the_ticker(engine, monkeypatch):
    """The job vanished with its worker: the work is still due, so the next round rings for it again."""
    rung = []
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: bool(rung.append(lane)) or True)
    engine.marketplace.put(an_order())
    engine.poll()
    rung.clear()
    ticker.tick()
    ticker.tick()
    assert rung == ["orders", "orders"]


def test_a_partner_that_is_away_is_one_exception_and_not_one_for_each_order(engine):
    for number in range(12):
        engine.marketplace.put(an_order(f"JL{number}-A"))
    engine.poll()
    engine.warehouse.before["websubmit"] = [Unclear("HTTP 503")] * 100
    engine.warehouse.status_fault = Unclear("HTTP 503")
    engine.run(3)
    assert PartnerState.objects.get(side=Side.WAREHOUSE).is_open
    (record,) = ExceptionRecord.objects.all()
    assert (record.category, record.item) == ("partner_unavailable", None)
    assert not Item.objects.filter(status="stalled").exists()


def test_while_a_partner_is_away_it_is_asked_by_a_single_read_only(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    for _ in range(limits.FAILURES_TO_OPEN):
        limits.note_bad(engine.connection, Side.WAREHOUSE, Unclear("HTTP 503"))
    engine.run(4)
    assert engine.warehouse.sent == []
    asked = []
    engine.warehouse.ping = lambda: asked.append("read")
    PartnerState.objects.update(retry_at=timezone.now())
    feeds.probe(engine.context(), FlowState(connection=engine.connection))
    assert asked == ["read"]
    engine.run(4)
    assert engine.item().stage == Stage.INJECTED


def test_what_waited_for_a_partner_is_made_up_for_most_urgent_first(engine):
    for number in range(6):
        engine.marketplace.put(an_order(f"JL{number}-A"))
    engine.poll()
    Item.objects.filter(order_key="JL4-A").update(priority=1)
    limits.note_bad(engine.connection, Side.WAREHOUSE, Unclear("HTTP 503"))
    PartnerState.objects.update(is_open=True, retry_at=timezone.now() + timedelta(minutes=5))
    engine.run(3)
    assert engine.warehouse.sent == []
    limits.note_recovered(engine.connection, Side.WAREHOUSE)
    engine.run(3)
    sent = [prepared.natural_key for prepared in engine.warehouse.sent]
    assert (sent[0], len(sent), len(set(sent))) == ("JL4-A", 6, 6)


def test_readings_before_injections_leave_the_last_calls_to_confirmations(engine):
    engine.marketplace.put(an_order("JL1-A"), an_order("JL2-A"))
    intake.store(engine.connection, [engine.marketplace.orders["JL1-A"]])
    engine.run(4)
    engine.dispatch("JL1-A")
    intake.store(engine.connection, [engine.marketplace.orders["JL2-A"]])
    Item.objects.filter(order_key="JL2-A").update(stage=Stage.VALIDATED)
    limits.spend(engine.connection, Side.MARKETPLACE, "OR11 by id")
    Budget.objects.filter(operation="OR11 by id").update(tokens=9.0, refreshed_at=timezone.now())
    with pytest.raises(limits.Postponed):
        limits.spend(engine.connection, Side.MARKETPLACE, "OR11 by id", keep=10)
    reads = engine.marketplace.reads
    Item.objects.update(due_at=timezone.now())
    work.drain(Lane.ORDERS, seconds=0.01, threads=1)
    assert (engine.marketplace.reads, engine.item("JL2-A").stage) == (reads, Stage.VALIDATED)
    work.drain(Lane.DISPATCHES, seconds=2, threads=1)
    assert engine.marketplace.reads > reads
