"""Sync health: what runs, what is late, what nobody knows yet, told without a look into a log."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from jlseko.clock import business_now
from sync.connections import reading
from sync.loop import feeds
from sync.models import Budget, FlowState, Heartbeat, PartnerState, Run, SecurityEvent, Side
from tests.factories.engine import ConnectionFactory, ItemFactory, OrderFactory
from tests.sync.pages import MOST, browser

pytestmark = pytest.mark.django_db


def read(group: str = "Operations") -> str:
    """The page as somebody of this group sees it."""
    return browser(group).get(reverse("sync:health")).content.decode()


def spent(side: Side, operation: str, **values) -> Budget:
    """A budget from which calls were taken."""
    connection = ConnectionFactory()
    row = {"tokens": 1.0, "refreshed_at": timezone.now(), "spent": 1} | values
    return Budget.objects.create(connection=connection, side=side, operation=operation, **row)


def test_a_fresh_installation_says_that_nothing_is_known() -> None:
    page = read()
    assert "The ticker has not been heard of" in page
    assert "No connection has been made yet" in page
    assert "Nothing has been called yet" in page


def test_each_flow_has_its_word() -> None:
    ConnectionFactory()
    feeds.ensure_states()
    now, real = business_now(), timezone.now()
    rows = {row.flow: row for row in FlowState.objects.all()}
    FlowState.objects.filter(pk=rows["poll-orders"].pk).update(last_good_at=now, due_at=real + timedelta(minutes=5))
    FlowState.objects.filter(pk=rows["read-stock"].pk).update(last_good_at=now, due_at=real - timedelta(days=2))
    FlowState.objects.filter(pk=rows["read-carriers"].pk).update(last_good_at=now, last_error="John Lewis is asleep")
    Run.objects.create(
        connection=ConnectionFactory(), flow="poll-orders", started_at=now, ended_at=now, succeeded=True,
        counts={"read": 1200, "created": 0},
    )  # fmt: skip
    words = {line.title: line.word for line in reading.flow_lines()}
    assert words["Orders from John Lewis"] == "Healthy"
    assert words["Stock from SEKO"] == "Late"
    assert words["Approved carriers"] == "Failing"
    assert words["What the shop may do"] == "Never run"
    page = read()
    assert "John Lewis is asleep" in page
    assert "1,200 read" in page
    assert 'class="is-unknown"' in page


def test_a_partner_that_was_never_asked_is_unknown_not_well() -> None:
    spent(Side.WAREHOUSE, "stock")
    words = {line.name: line.word for line in reading.partner_lines(reading.budgets())}
    assert words == {"John Lewis": "Not asked yet", "SEKO": "Answering"}


def test_an_open_breaker_says_why_since_when_and_what_comes_next() -> None:
    connection = ConnectionFactory()
    PartnerState.objects.create(
        connection=connection, side=Side.WAREHOUSE, is_open=True, reason="SEKO answers with a web page",
        opened_at=business_now(), retry_at=timezone.now() + timedelta(minutes=3, seconds=30),
    )  # fmt: skip
    PartnerState.objects.create(
        connection=connection, side=Side.MARKETPLACE, is_open=True, credentials_refused=True, reason="401",
        opened_at=business_now(),
    )  # fmt: skip
    page = read()
    for words in ("Unavailable", "SEKO answers with a web page", "asked again in 3 m", "Key refused"):
        assert words in page


def test_an_allowance_shows_what_is_in_use_and_whether_the_figure_is_published() -> None:
    spent(Side.MARKETPLACE, "OR11 by id", tokens=20.0, spent=1234)
    spent(Side.MARKETPLACE, "OR11", tokens=0.0, refused=2, sleep_until=timezone.now() + timedelta(seconds=50))
    spent(Side.WAREHOUSE, "stock", tokens=0.0, refreshed_at=timezone.now() - timedelta(hours=2))
    lines = {line.name: line for line in reading.budget_lines(reading.budgets())}
    assert (lines["OR11 by id"].used, lines["OR11 by id"].calls, lines["OR11 by id"].provisional) == (10, 30, True)
    assert (lines["OR11"].used, lines["OR11"].provisional) == (1, False)
    assert lines["stock"].used == 0
    page = read()
    assert "1,234" in page
    assert "Rests" in page
    assert "List orders" in page


def test_lanes_count_what_is_due_in_work_and_read_back() -> None:
    now = timezone.now()
    ItemFactory(due_at=now - timedelta(minutes=7))
    ItemFactory(due_at=now + timedelta(hours=1))
    ItemFactory(status="unknown", due_at=now - timedelta(minutes=1))
    line = next(line for line in reading.lane_lines() if line.slug == "orders")
    assert (line.due, line.leased, line.unknown) == (2, 0, 1)
    assert line.oldest is not None
    assert timedelta(minutes=7) <= line.oldest < timedelta(minutes=8)


def test_the_promise_adds_up() -> None:
    OrderFactory(stalled=True)
    OrderFactory(done=True)
    OrderFactory.create_batch(2)
    answer = browser("Finance").get(reverse("sync:health"))
    totals = answer.context["totals"]
    assert (totals.orders, totals.moving, totals.done, totals.stalled) == (4, 2, 1, 1)


def test_a_silent_process_looks_quiet_and_a_dead_ticker_is_shouted() -> None:
    Heartbeat.objects.create(process="t", role="ticker", at=timezone.now())
    Heartbeat.objects.create(process="w", role="worker", at=timezone.now() - timedelta(minutes=9))
    page = read()
    assert "heard 9 m ago" in page
    assert "Quiet" in page
    assert "The ticker has not been heard of" not in page


def test_who_knocked_with_a_wrong_secret_is_shown_to_admins_only() -> None:
    SecurityEvent.objects.create(kind="push_refused", subject="shop", remote_address="203.0.113.7", at=business_now())
    assert "203.0.113.7" in read("Admin")
    for group in ("Operations", "Manager", "Finance"):
        assert "203.0.113.7" not in read(group)


def test_the_page_stays_within_its_queries(django_assert_max_num_queries) -> None:
    ConnectionFactory()
    ConnectionFactory(name="other")
    feeds.ensure_states()
    desk = browser("Admin")
    desk.get(reverse("sync:health"))
    with django_assert_max_num_queries(MOST):
        desk.get(reverse("sync:health"))
