"""Running a recurring flow: under a lease, after which it is due again as it says, or sooner where somebody asked."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from sync import limits
from sync.connections import reading
from sync.failures import Unclear
from sync.loop import feeds
from sync.models import FlowState, Side

FLOW = "count-sheep"
HOUR = timedelta(hours=1)


@pytest.fixture
def flow(engine, monkeypatch) -> Callable[..., FlowState]:
    """Makes a flow due that does this in each run."""

    def made(*deeds: Callable[[], object], every: timedelta = HOUR) -> FlowState:
        def run(context, state) -> dict[str, int]:
            for deed in deeds:
                deed()
            return {}

        calls = ((Side.MARKETPLACE, "OR11"),)
        feed = feeds.Feed(FLOW, "Sheep", every=lambda policy: every, run=run, calls=calls)
        monkeypatch.setattr(feeds, "FEEDS", {FLOW: feed})
        return FlowState.objects.create(connection=engine.connection, flow=FLOW, due_at=timezone.now())

    return made


def due_in(state: FlowState) -> float:
    state.refresh_from_db()
    return (state.due_at - timezone.now()).total_seconds()


def unwell() -> None:
    raise Unclear("HTTP 500")


@pytest.mark.parametrize("every", [timedelta(minutes=1), HOUR])
def test_a_flow_is_due_again_after_its_interval_however_long_its_lease_was(flow, every):
    state = flow(every=every)
    assert feeds.run(state)
    assert due_in(state) == pytest.approx(every.total_seconds(), abs=5)
    assert feeds.due() == []


@pytest.mark.parametrize("end", [[], [unwell]])
def test_a_flow_that_is_wanted_while_it_runs_runs_once_more(engine, flow, end):
    wishes = [lambda: FlowState.bring_forward(engine.connection, FLOW)]
    state = flow(lambda: [wish() for wish in wishes], *end)
    assert feeds.run(state)
    assert feeds.due() == [state], "what it was wanted for may have come after it was read"
    wishes.clear()
    assert feeds.run(state)
    assert feeds.due() == []


def test_a_time_that_was_set_while_a_flow_runs_is_kept(engine, flow):
    state = flow(lambda: limits.spend(engine.connection, Side.MARKETPLACE, "OR11"), lambda: feeds.hurry(state))
    assert feeds.run(state)
    assert due_in(state) == pytest.approx(60, abs=5)


def test_a_wish_does_not_put_off_a_flow_that_is_due_even_sooner(engine, flow):
    state = flow(
        lambda: limits.spend(engine.connection, Side.MARKETPLACE, "OR11"),
        lambda: feeds.hurry(state),
        every=timedelta(seconds=20),
    )
    assert feeds.run(state)
    assert due_in(state) == pytest.approx(20, abs=5)


def test_a_wish_does_not_go_round_the_allowance_that_put_the_run_off(engine, flow):
    def put_off() -> None:
        raise limits.Postponed("spent", due_in=timedelta(minutes=10))

    state = flow(lambda: FlowState.bring_forward(engine.connection, FLOW), put_off)
    assert feeds.run(state)
    assert due_in(state) == pytest.approx(600, abs=5)


def test_a_flow_whose_process_died_is_due_when_its_lease_ends(flow, monkeypatch):
    def die() -> None:
        raise SystemExit

    state = flow(die)
    with pytest.raises(SystemExit):
        feeds.run(state)
    assert feeds.due() == []
    state.refresh_from_db()
    assert state.leased_until - timezone.now() <= timedelta(seconds=settings.LEASE_SECONDS)
    FlowState.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert feeds.due() == [state]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_outlasts_its_lease_keeps_it(engine, flow, settings):
    settings.LEASE_SECONDS = 0.6
    found = []

    def be_slow() -> None:
        time.sleep(1.5)
        found.extend(feeds.due())

    state = flow(be_slow)
    assert feeds.run(state)
    assert found == []
    assert due_in(state) == pytest.approx(3600, abs=5)


@pytest.mark.django_db(transaction=True)
def test_a_wish_for_a_long_run_outlives_the_renewal_of_its_lease(engine, flow, settings):
    settings.LEASE_SECONDS = 0.6
    state = flow(lambda: FlowState.bring_forward(engine.connection, FLOW), lambda: time.sleep(1))
    assert feeds.run(state)
    assert due_in(state) <= 0


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_lease_was_taken_over_takes_it_from_nobody(engine, flow, settings):
    settings.LEASE_SECONDS = 0.6
    another = uuid.uuid4()
    state = flow(lambda: FlowState.objects.update(lease_token=another), lambda: time.sleep(0.5))
    assert feeds.run(state)
    state.refresh_from_db()
    assert state.lease_token == another
    assert state.leased_until < timezone.now() + timedelta(seconds=0.2)


def test_a_flow_that_is_running_shows_no_time_to_wait(engine, flow):
    shown = []
    state = flow(lambda: shown.extend(reading.flow_lines(engine.connection)))
    assert feeds.run(state)
    shown.extend(reading.flow_lines(engine.connection))
    assert [line.next_in > timedelta(0) for line in shown] == [False, True]
