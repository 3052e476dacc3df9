"""Our own clock jumps, or stands apart from the database's: nothing is sent too early, twice or never."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User

from exceptions.accounting import balance
from sync import limits
from sync.database_clock import database_now
from sync.failures import Throttled, Unclear
from sync.loop import feeds
from sync.models import Budget, FlowState, Item, PartnerState, Side
from sync.states import Stage
from tests.sync.doubles import an_order

JUMPS = [timedelta(minutes=10), timedelta(minutes=-10), timedelta(hours=-1)]
NIGHTS = {
    "spring forward": datetime(2026, 3, 29, 0, 59, 40, tzinfo=UTC),
    "autumn back": datetime(2026, 10, 25, 0, 59, 40, tzinfo=UTC),
    "leap day": datetime(2028, 2, 28, 23, 59, 40, tzinfo=UTC),
    "end of the leap day": datetime(2028, 2, 29, 23, 59, 40, tzinfo=UTC),
    "year end": datetime(2026, 12, 31, 23, 59, 40, tzinfo=UTC),
}


def ours(jump: timedelta) -> time_machine.travel:
    """Our clock from here on; the database keeps its own."""
    return time_machine.travel(datetime.now(UTC) + jump, tick=True)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_what_a_partner_asked_us_to_wait_is_waited_by_the_databases_clock(engine, jump):
    with ours(jump):
        with pytest.raises(Throttled), limits.calling(engine.connection, Side.WAREHOUSE, "websubmit"):
            raise Throttled("HTTP 429", retry_after=30)
        slept = Budget.objects.get().sleep_until - database_now()
        assert timedelta(seconds=28) < slept <= timedelta(seconds=30)
        with pytest.raises(limits.Postponed) as postponed:
            limits.spend(engine.connection, Side.WAREHOUSE, "websubmit")
        assert timedelta(seconds=28) < postponed.value.due_in <= timedelta(seconds=30)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_new_allowance_is_whole_and_not_more(engine, jump):
    with ours(jump):
        for _ in range(5):
            limits.spend(engine.connection, Side.WAREHOUSE, "websubmit")
        assert limits.free_in(engine.connection, Side.WAREHOUSE, "websubmit") <= timedelta(seconds=0.2)
        limits.spend(engine.connection, Side.MARKETPLACE, "OR11")
        with pytest.raises(limits.Postponed):
            limits.spend(engine.connection, Side.MARKETPLACE, "OR11")


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_partner_that_is_away_rests_as_long_as_it_should(engine, jump):
    with ours(jump):
        for _ in range(limits.FAILURES_TO_OPEN):
            limits.note_bad(engine.connection, Side.WAREHOUSE, Unclear("HTTP 503"))
        rest = PartnerState.objects.get().retry_at - database_now()
        assert timedelta(0) < rest <= timedelta(seconds=30)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_flow_that_another_machine_runs_is_not_run_beside_it(engine, jump):
    feeds.ensure_states()
    state = FlowState.objects.get(flow="probe-partners")
    began = []

    def look(context, running) -> dict[str, int]:
        with ours(jump):  # the clock of another machine
            began.append(feeds.run(FlowState.objects.get(pk=state.pk)))
        return {}

    usual = feeds.FEEDS["probe-partners"]
    feeds.FEEDS["probe-partners"] = feeds.Feed("probe-partners", usual.title, usual.every, look)
    try:
        assert feeds.run(state)
    finally:
        feeds.FEEDS["probe-partners"] = usual
    assert began == [False]


@pytest.mark.parametrize("jump", [timedelta(0), *JUMPS], ids=str)
@pytest.mark.parametrize("night", NIGHTS)
def test_an_order_goes_its_way_through_every_night_and_jump(engine, night, jump, client):
    with time_machine.travel(NIGHTS[night], tick=True):
        engine.marketplace.put(an_order())
        engine.poll()
        engine.run(2)
    with time_machine.travel(NIGHTS[night] + timedelta(seconds=40) + jump, tick=True):
        engine.marketplace.change("JL1-A")
        engine.poll()
        engine.run(4)
        engine.dispatch()
        engine.run(4)
        assert (engine.warehouse.count("websubmit"), engine.marketplace.count("OR24")) == (1, 1)
        assert engine.item().stage == Stage.CONFIRMED
        engine.marketplace.change("JL1-A", state="RECEIVED")
        engine.poll()
        engine.run(3)
        assert not Item.objects.filter(status__in=["stalled", "unknown", "leased"]).exists()
        assert balance(engine.connection).totals == {"done": 1}
        client.force_login(User.objects.create_superuser("root"))
        assert client.get("/").status_code == 200
        assert client.get("/orders/").status_code == 200
