"""The polls miss nothing, however the list moves while it is read, and the nightly reading proves it."""

from datetime import UTC, datetime, timedelta

import pytest

from exceptions.models import ExceptionRecord
from sync import limits
from sync.failures import Unclear
from sync.flows import polling
from sync.models import Budget, Event, FlowState, Order
from sync.shapes import OrderPage
from tests.sync.doubles import an_order

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SIZE = 5


class List:
    """The marketplace's list in pages of five; ``between`` happens after a page was handed out."""

    def __init__(self, engine, *orders) -> None:
        self.orders = list(orders)
        self.asked: list[int] = []
        self.since: list[datetime | None] = []
        self.between = lambda offset: None
        self.date: datetime | None = datetime.now(UTC)
        self.fault: dict[int, Exception] = {}
        engine.marketplace.orders_page = self.page

    def page(self, *, updated_since, states, offset) -> OrderPage:
        self.asked.append(offset)
        self.since.append(updated_since)
        if offset in self.fault:
            raise self.fault[offset]
        shown = [o for o in self.orders if not states or o.state in states]
        shown = [o for o in shown if updated_since is None or o.updated_at >= updated_since]
        found = tuple(shown[offset : offset + SIZE])
        more = offset + len(found)
        self.between(offset)
        return OrderPage(found, len(shown), more if more < len(shown) else None, self.date)


@pytest.fixture
def state(engine) -> FlowState:
    return FlowState.objects.create(connection=engine.connection, flow="poll-orders", due_at=NOW)


def named(number: int, *, at: timedelta = timedelta(0), state: str = "SHIPPING"):
    order = an_order(f"JL{number:02}-A", state=state)
    return type(order)(**{**{f: getattr(order, f) for f in order.__slots__}, "updated_at": NOW + at, "created_at": NOW})


def poll(engine, state: FlowState) -> dict[str, int]:
    Budget.objects.all().delete()
    return polling.poll_orders(engine.context(), state)


def known() -> list[str]:
    return sorted(Order.objects.values_list("order_id", flat=True))


def test_the_watermark_is_the_latest_time_that_john_lewis_named(engine, state):
    List(engine, named(1, at=timedelta(hours=-3)), named(2, at=timedelta(hours=-1)), named(3, at=timedelta(hours=-2)))
    poll(engine, state)
    assert state.watermark == NOW - timedelta(hours=1)  # neither our clock nor its Date header


def test_a_page_that_fails_leaves_the_watermark_where_it_was(engine, state):
    shop = List(engine, *(named(n) for n in range(12)))
    state.watermark = NOW - timedelta(days=2)
    shop.fault[SIZE * 2 - 2] = Unclear("HTTP 502")
    with pytest.raises(Unclear):
        poll(engine, state)
    assert state.watermark == NOW - timedelta(days=2)
    del shop.fault[SIZE * 2 - 2]
    poll(engine, state)
    assert (state.watermark, len(known())) == (NOW, 12)


def test_each_poll_reaches_back_behind_the_watermark(engine, state):
    shop = List(engine, named(1))
    poll(engine, state)
    poll(engine, state)
    assert shop.since == [None, NOW - timedelta(minutes=15)]


def test_the_watermark_never_goes_back(engine, state):
    List(engine, named(1, at=timedelta(hours=-5)))
    state.watermark = NOW
    poll(engine, state)
    assert state.watermark == NOW


@pytest.mark.parametrize("leaving", [1, 3, 4])
def test_orders_that_move_up_while_pages_are_read_are_not_passed_over(engine, state, leaving):
    shop = List(engine, *(named(n) for n in range(14)))

    def ship_the_first(offset: int) -> None:
        if offset == 0:  # these leave the list of what is to be shipped, and all others move up
            shop.orders = [named(n, state="SHIPPED") if n < leaving else o for n, o in enumerate(shop.orders)]

    shop.between = ship_the_first
    poll(engine, state)
    assert known() == [f"JL{n:02}-A" for n in range(14)]


def test_the_last_order_of_a_page_that_leaves_has_the_page_read_once_more(engine, state):
    shop = List(engine, *(named(n) for n in range(14)))

    def leave(offset: int) -> None:
        if offset == 0:
            shop.orders = [o for n, o in enumerate(shop.orders) if n not in (2, 3, 4)]

    shop.between = leave
    poll(engine, state)
    assert known() == [f"JL{n:02}-A" for n in range(14)]
    assert shop.asked.count(0) == 1  # a poll costs one call of the allowance


def test_a_list_without_an_end_moves_nothing(engine, state, monkeypatch):
    monkeypatch.setattr(polling, "MOST_PAGES", 3)
    state.watermark = NOW - timedelta(days=1)
    List(engine, *(named(n) for n in range(40)))
    with pytest.raises(Unclear):
        poll(engine, state)
    assert state.watermark == NOW - timedelta(days=1)


def reread(engine) -> dict[str, int]:
    Budget.objects.all().delete()
    return polling.read_again(engine.context(), FlowState(connection=engine.connection, flow="reread-orders"))


def test_the_nightly_reading_counts_what_the_polls_missed(engine, state):
    shop = List(engine, *(named(n) for n in range(7)))
    poll(engine, state)
    state.save()
    assert reread(engine) == {"read": 8, "missed": 0, "differed": 0, "unreadable": 0}
    shop.orders.append(named(50, at=timedelta(days=-13)))  # shown too late for every window
    shop.orders[2] = type(shop.orders[2])(
        **{**{f: getattr(shop.orders[2], f) for f in shop.orders[2].__slots__}, "can_cancel": False}
    )
    shop.orders.append(named(51, at=timedelta(minutes=5)))  # newer than the last poll: nobody missed it
    counts = reread(engine)
    assert (counts["missed"], counts["differed"]) == (1, 1)
    assert {"JL50-A", "JL51-A"} <= set(known())
    (event,) = Event.objects.filter(kind="missed_orders")
    assert event.title == "The nightly reading found 1 order that no poll had shown"
    assert shop.since[-1] == NOW - timedelta(days=14)


def test_before_the_first_poll_there_is_nothing_to_prove(engine):
    with pytest.raises(limits.Postponed):
        reread(engine)


@pytest.mark.parametrize("minutes", [-10, 10, -60])
def test_a_clock_that_is_off_is_one_exception_until_it_is_right(engine, state, minutes):
    shop = List(engine, named(1))
    shop.date = datetime.now(UTC) + timedelta(minutes=minutes, seconds=3)
    poll(engine, state)
    poll(engine, state)
    record = ExceptionRecord.objects.get()
    assert record.category == "clocks_differ"
    far = f"{abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'}"
    assert record.headline == f"John Lewis's clock is {far} ours."
    shop.date = datetime.now(UTC)
    poll(engine, state)
    record.refresh_from_db()
    assert record.state == "verified"


@pytest.mark.parametrize("seconds", [-55, 0, 55])
def test_a_minute_is_no_difference(engine, state, seconds):
    List(engine, named(1)).date = datetime.now(UTC) + timedelta(seconds=seconds)
    poll(engine, state)
    assert not ExceptionRecord.objects.exists()
