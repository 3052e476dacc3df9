"""A pause holds back what has not begun, lets what has begun finish, ends by itself, and loses nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jlseko.clock import business_now
from sync import conservation, lanes, limits
from sync.connections.forms import PauseForm
from sync.loop import feeds, pausing, work
from sync.loop.ticker import tick
from sync.models import Budget, Event, FlowState, Item, PartnerState, Pause, Side
from sync.states import Lane
from tests.factories.engine import ConnectionFactory
from tests.sync.doubles import an_order
from tests.sync.loop.test_concurrency import _in_threads, _items
from tests.sync.pages import person

HOUR = timedelta(hours=1)


def a_pause(engine, flow: str = Lane.ORDERS, **changes) -> Pause:
    return pausing.pause(engine.connection, flow, reason="Stock count", **changes)


def test_a_paused_lane_gives_nothing_to_two_workers_and_then_everything_once(engine):
    _items(engine, 60)
    a_pause(engine)

    def claim_all(_: int) -> list[int]:
        taken = []
        while batch := lanes.claim(Lane.ORDERS, limit=7):
            taken += [item.pk for item in batch]
        return taken

    assert _in_threads(2, claim_all) == [[], []]
    assert lanes.due_lanes() == []
    assert pausing.resume(engine.connection, Lane.ORDERS)
    assert lanes.due_lanes() == [Lane.ORDERS]
    taken = [pk for part in _in_threads(2, claim_all) for pk in part]
    assert len(taken) == len(set(taken)) == 60


def test_what_was_leased_before_the_pause_finishes(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    (item,) = lanes.claim(Lane.ORDERS, limit=5)
    a_pause(engine)
    work._work_on(engine.connection, [item], threads=1)
    assert engine.order().item.stage == "validated"
    Item.objects.update(due_at=timezone.now())
    assert work.drain(Lane.ORDERS, seconds=1) == 0


def test_a_pause_holds_one_lane_of_one_connection_only(engine):
    other = ConnectionFactory(name="other")
    _items(engine, 2)
    Item.objects.filter(external_key="K1").update(connection=other)
    pausing.pause(other, Lane.ORDERS, reason="x")
    a_pause(engine, Lane.DISPATCHES)
    assert [item.external_key for item in lanes.claim(Lane.ORDERS, limit=5)] == ["K0"]


def test_orders_behind_a_pause_are_moving(engine):
    engine.marketplace.put(an_order("JL1-A"), an_order("JL2-A"))
    engine.poll()
    a_pause(engine)
    engine.run()
    totals = conservation.totals()
    assert (totals.orders, totals.moving, totals.stalled) == (2, 2, 0)
    assert not engine.order("JL1-A").injected_at
    pausing.resume(engine.connection, Lane.ORDERS)
    engine.run()
    assert engine.order("JL1-A").injected_at


def test_a_paused_flow_does_not_run_even_when_it_was_found_due_before(engine):
    feeds.ensure_states()
    found = [state for state in feeds.due() if state.flow == "read-stock"]
    a_pause(engine, "read-stock")
    assert "read-stock" not in [state.flow for state in feeds.due()]
    assert [feeds.run(state) for state in found] == [False]
    assert not FlowState.objects.get(flow="read-stock").last_started_at
    pausing.resume(engine.connection, "read-stock")
    assert feeds.run(found[0])


def test_a_pause_ends_by_itself_and_is_noted_once(engine):
    _items(engine, 1)
    made = a_pause(engine, until=business_now() + HOUR, by=person("Admin"))
    assert lanes.claim(Lane.ORDERS, limit=1) == []
    assert pausing.end_expired() == 0
    Pause.objects.filter(pk=made.pk).update(until=business_now() - timedelta(seconds=1))
    assert lanes.due_lanes() == [Lane.ORDERS]
    assert len(lanes.claim(Lane.ORDERS, limit=1)) == 1
    assert pausing.in_force(engine.connection) == []
    tick()
    assert pausing.end_expired() == 0
    made.refresh_from_db()
    assert (made.ended_at, made.ended_by) == (made.until, None)
    kinds = [(event.kind, event.title) for event in Event.objects.filter(kind__in=["paused", "resumed"]).order_by("id")]
    assert kinds == [("paused", "Paused: Orders into SEKO"), ("resumed", "Resumed by itself: Orders into SEKO")]


def test_two_tickers_note_the_end_once(engine):
    made = a_pause(engine, until=business_now() + HOUR)
    Pause.objects.filter(pk=made.pk).update(until=business_now() - HOUR)
    assert sorted(_in_threads(2, lambda _: pausing.end_expired())) == [0, 1]
    assert Event.objects.filter(kind="resumed").count() == 1


def test_two_people_who_pause_at_once_make_one_pause(engine):
    def pause(place: int) -> str:
        try:
            a_pause(engine)
        except ValueError as error:
            return str(error)
        return ""

    said = sorted(_in_threads(2, pause))
    assert said[0] == ""
    assert "is paused by the command line" in said[1]
    assert Pause.objects.count() == 1


def test_a_new_pause_may_follow_one_whose_time_is_over(engine):
    made = a_pause(engine, until=business_now() + HOUR)
    Pause.objects.filter(pk=made.pk).update(until=business_now() - HOUR)
    again = a_pause(engine)
    assert [pause.pk for pause in pausing.in_force(engine.connection)] == [again.pk]


@pytest.mark.parametrize(
    ("flow", "reason", "until", "words"),
    [
        (Lane.ORDERS, "  ", None, "Say why"),
        (Lane.ORDERS, "x" * 301, None, "300 characters"),
        (Lane.ORDERS, "x", datetime(2020, 1, 1, tzinfo=UTC), "passed already"),
        ("no-such-flow", "x", None, "There is no flow"),
        ("probe-partners", "x", None, "cannot be paused"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused_in_a_sentence(engine, flow, reason, until, words):
    with pytest.raises(ValueError, match=words):
        pausing.pause(engine.connection, flow, reason=reason, until=until)
    assert not Pause.objects.exists()
    assert not Event.objects.exists()


def test_resuming_twice_is_no_error(engine):
    a_pause(engine)
    assert pausing.resume(engine.connection, Lane.ORDERS, by=person("Admin"))
    assert not pausing.resume(engine.connection, Lane.ORDERS, by=person("Admin"))
    assert Event.objects.filter(kind="resumed").count() == 1


def test_run_now_makes_a_flow_due_and_never_goes_round_the_ceiling(engine):
    feeds.ensure_states()
    FlowState.objects.update(due_at=timezone.now() + HOUR)
    assert pausing.run_now(engine.connection, "poll-orders", by=person("Admin")) == "Orders from John Lewis runs now."
    (state,) = feeds.due()
    assert feeds.run(state)
    words = pausing.run_now(engine.connection, "poll-orders")
    assert words.startswith("The partner allows the next call in ")
    assert feeds.due() == []
    due_in = FlowState.objects.get(flow="poll-orders").due_at - timezone.now()
    assert timedelta(seconds=50) < due_in <= timedelta(seconds=60)
    assert Budget.objects.get(operation="OR11").spent == 1
    assert Event.objects.filter(kind="run_now").count() == 2


def test_run_now_never_puts_off_what_is_due_sooner(engine):
    feeds.ensure_states()
    soon = timezone.now() + timedelta(seconds=5)
    FlowState.objects.update(due_at=soon)
    limits.spend(engine.connection, Side.MARKETPLACE, "OR11")
    pausing.run_now(engine.connection, "poll-orders")
    assert FlowState.objects.get(flow="poll-orders").due_at == soon


def test_run_now_respects_what_the_partner_asked_for(engine):
    limits.spend(engine.connection, Side.WAREHOUSE, "stock")
    assert limits.free_in(engine.connection, Side.WAREHOUSE, "stock") <= timedelta(minutes=30)
    Budget.objects.update(sleep_until=timezone.now() + timedelta(minutes=43, seconds=30))
    assert "in 43 m" in pausing.run_now(engine.connection, "read-stock")


def test_run_now_has_a_lane_try_again_what_waits_for_its_next_try(engine):
    _items(engine, 3)
    Item.objects.update(due_at=timezone.now() + HOUR)
    Item.objects.filter(external_key="K2").update(status="waiting")
    assert pausing.run_now(engine.connection, Lane.ORDERS) == "2 waiting for their next try are due now."
    assert len(lanes.claim(Lane.ORDERS, limit=9)) == 2


def test_run_now_says_why_it_cannot(engine):
    PartnerState.objects.create(connection=engine.connection, side=Side.WAREHOUSE, is_open=True)
    with pytest.raises(ValueError, match="SEKO does not answer"):
        pausing.run_now(engine.connection, "read-stock")
    a_pause(engine, "poll-orders")
    with pytest.raises(ValueError, match="Resume it first"):
        pausing.run_now(engine.connection, "poll-orders")
    with pytest.raises(ValueError, match="There is no flow"):
        pausing.run_now(engine.connection, "dance")
    engine.connection.active = False
    with pytest.raises(ValueError, match="switched off"):
        pausing.run_now(engine.connection, "read-profile")
    assert not Event.objects.filter(kind="run_now").exists()


def test_the_ends_that_a_person_may_choose(monkeypatch):
    now = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # the night before London's clocks go forward
    monkeypatch.setattr("sync.connections.forms.business_now", lambda: now)
    wanted = {
        "1h": now + HOUR, "4h": now + 4 * HOUR, "tomorrow": datetime(2026, 3, 29, 7, 0, tzinfo=UTC), "open": None,
    }  # fmt: skip
    for ending, until in wanted.items():
        form = PauseForm({"reason": "x", "ending": ending})
        assert form.is_valid()
        assert form.cleaned_data["until"] == until
    form = PauseForm({"reason": "x", "ending": "at", "at": "2026-03-29T09:00"})
    assert form.is_valid()
    assert form.cleaned_data["until"] == datetime(2026, 3, 29, 8, 0, tzinfo=UTC)
