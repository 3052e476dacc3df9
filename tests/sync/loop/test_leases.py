"""Who holds the lease writes and sends; who has lost it does neither, however late it comes back."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import InternalError, OperationalError, connection
from django.utils import timezone
from psycopg.errors import ReadOnlySqlTransaction

from sync import effects, lanes, pipeline
from sync.failures import Code, Failure, Throttled, Unclear
from sync.loop import work
from sync.models import Attempt, Item, Order, Outcome, Side
from sync.shapes import Prepared
from sync.states import Kind, Lane, Stage, Status
from tests.sync.doubles import an_order


@pytest.fixture
def leased(engine):
    """An order that has been checked, and is leased for its injection."""
    engine.marketplace.put(an_order())
    engine.poll()
    Item.objects.update(stage=Stage.VALIDATED)
    (item,) = lanes.claim(Lane.ORDERS, limit=1)
    return item


def take_over(item: Item) -> Item:
    """The lease ends, and another worker takes the item."""
    Item.objects.filter(pk=item.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    lanes.sweep()
    (other,) = lanes.claim(Lane(item.lane), limit=1)
    return other


def step(engine, item: Item) -> None:
    fresh = {order.order_id: order for order in engine.marketplace.orders.values()}
    work.take_step(item, replace(engine.context(), fresh=fresh))


def test_who_comes_back_after_the_lease_writes_and_sends_nothing(engine, leased):
    other = take_over(leased)
    before = Order.objects.values().get(), Item.objects.values().get()
    step(engine, leased)
    assert (engine.warehouse.sent, Attempt.objects.count()) == ([], 0)
    assert (Order.objects.values().get(), Item.objects.values().get()) == before
    step(engine, other)
    assert engine.warehouse.count("websubmit") == 1


def test_who_loses_the_lease_in_the_middle_of_a_step_announces_and_writes_nothing(engine, leased, monkeypatch):
    usual = engine.warehouse.prepare_order

    def slow(order):
        take_over(leased)  # this worker stood still meanwhile
        return usual(order)

    monkeypatch.setattr(engine.warehouse, "prepare_order", slow)
    step(engine, leased)
    assert (engine.warehouse.sent, Attempt.objects.count()) == ([], 0)


def test_who_loses_the_lease_during_the_call_notes_what_it_did_and_moves_nothing(engine, leased):
    """The answer is a fact of this very attempt: it is kept, and the new holder need not read back."""
    engine.warehouse.hook = lambda prepared: take_over(leased)
    step(engine, leased)
    item, attempt = Item.objects.get(), Attempt.objects.get()
    assert (attempt.outcome, attempt.settled_by) == (Outcome.APPLIED, "answer")
    assert (item.status, item.stage) == (Status.LEASED, Stage.VALIDATED)
    engine.warehouse.hook = None
    step(engine, Item.objects.select_related("connection", "order").get())
    assert engine.warehouse.count("websubmit") == 1
    assert Item.objects.get().stage == Stage.INJECTED


@pytest.mark.parametrize("announced", [True, False])
def test_a_lease_that_ends_is_read_back_only_where_a_write_was_announced(engine, leased, announced):
    if announced:
        prepared = Prepared("websubmit", "POST", "salesorders/v4/websubmit", "JL1-A", b"{}")
        effects._announce(leased, side=Side.WAREHOUSE, prepared=prepared)
    Item.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert lanes.sweep() == 1
    assert Item.objects.get().status == (Status.UNKNOWN if announced else Status.READY)
    assert [attempt.outcome for attempt in Attempt.objects.all()] == ([Outcome.UNKNOWN] if announced else [])


def test_a_lease_that_runs_is_left_alone(leased):
    assert lanes.sweep() == 0


def test_a_step_begins_with_a_whole_lease_however_long_it_waited_for_its_turn(engine, leased, settings):
    Item.objects.update(lease_until=timezone.now() + timedelta(seconds=3))
    seen = []
    engine.warehouse.hook = lambda prepared: seen.append(Item.objects.get().lease_until - timezone.now())
    step(engine, leased)
    assert seen[0] > timedelta(seconds=settings.LEASE_SECONDS - 5)


def test_a_fenced_write_is_a_transaction_that_locks_the_item(engine, leased):
    with lanes.fenced(leased) as token:
        assert token == leased.lease_token
        assert connection.in_atomic_block
    take_over(leased)
    with pytest.raises(lanes.FencedOut), lanes.fenced(leased):
        pytest.fail("nothing may be written here")


def test_news_that_comes_while_a_step_finds_a_fault_is_looked_at_before_a_person_is_asked(engine, leased):
    pipeline.wake([leased.pk])
    assert not pipeline.stall(leased, [Failure(Code.ADDRESS_INVALID, "No town.")])
    assert Item.objects.get().status == Status.READY
    assert Item.objects.get().due_at <= timezone.now()
    (again,) = lanes.claim(Lane.ORDERS, limit=1)
    assert pipeline.stall(again, [Failure(Code.ADDRESS_INVALID, "No town.")])
    assert Item.objects.get().status == Status.STALLED


class Cut:
    """A database whose line breaks at one commit: before it was kept, or after."""

    def __init__(self, monkeypatch, *, kept: bool) -> None:
        self.broken = False
        usual = connection.connection.__class__.commit

        def commit(line) -> None:
            if self.armed and not self.broken:
                self.broken = True
                if kept:
                    usual(line)
                line.close()
                raise OperationalError("server closed the connection unexpectedly")
            usual(line)

        self.armed = False
        monkeypatch.setattr(connection.connection.__class__, "commit", commit)


@pytest.mark.parametrize("kept", [True, False])
def test_a_commit_of_unknown_outcome_after_the_call_sends_nothing_twice(engine, leased, monkeypatch, kept):
    cut = Cut(monkeypatch, kept=kept)
    engine.warehouse.hook = lambda prepared: setattr(cut, "armed", True)
    step(engine, leased)
    assert cut.broken
    assert Item.objects.get().status == (Status.READY if kept else Status.UNKNOWN)
    engine.warehouse.hook = None
    engine.run(4)
    assert engine.warehouse.count("websubmit") == 1
    assert Item.objects.get().stage == Stage.INJECTED


def read_only() -> InternalError:
    """What Django raises where a server takes no writes, as after a failover: no OperationalError."""
    fault = InternalError("cannot execute UPDATE in a read-only transaction")
    fault.__cause__ = ReadOnlySqlTransaction()
    return fault


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("could not extend file: No space left on device"),
        read_only(),
        psycopg.OperationalError("server closed the connection unexpectedly"),  # as it comes while rows are streamed
    ],
)
def test_a_database_that_fails_again_and_again_is_never_blamed_on_the_item(engine, leased, monkeypatch, fault):
    def fail(item, context) -> None:
        raise fault

    monkeypatch.setitem(work.STEPS, Kind.ORDER, fail)
    engine.run(work.POISON_TRIES + 3)
    Item.objects.update(due_at=timezone.now(), status=Status.READY, lease_token=None, lease_until=None)
    engine.run(work.POISON_TRIES + 3)
    assert Item.objects.get().status == Status.READY


def test_what_waits_for_its_budget_or_for_retry_after_costs_no_try(engine, leased):
    engine.warehouse.before["websubmit"] = [Throttled("HTTP 429", retry_after=30)]
    step(engine, leased)
    item = Item.objects.get()
    assert (item.status, item.attempts) == (Status.READY, 0)
    assert timedelta(seconds=25) < item.due_at - timezone.now() <= timedelta(seconds=30)


def test_a_lost_answer_waits_with_a_back_off_and_is_read_back(engine, leased):
    engine.warehouse.after["websubmit"] = [Unclear("HTTP 502")]
    step(engine, leased)
    item = Item.objects.get()
    assert (item.status, item.attempts) == (Status.UNKNOWN, 1)
    assert pipeline.backoff(10) <= timedelta(minutes=30)
