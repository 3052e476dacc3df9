"""What is over is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.loop import heartbeat, tidying
from sync.models import Connection, Heartbeat, InboundMessage, Item, PushGap
from sync.signals import fault_reported
from sync.states import Kind, Status
from tests.factories.engine import ConnectionFactory, EventFactory, ItemFactory

OLD, RECENT = timedelta(days=61), timedelta(days=59)  # stock_history_days is 60


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    monkeypatch.setitem(tidying._next, "at", 0.0)


@pytest.fixture
def shop(db) -> Connection:
    return ConnectionFactory()


def message(shop: Connection, number: int | None, *, service: str = "StockAdjustment", age: timedelta = OLD) -> Item:
    """A message that was read, so long ago."""
    received = business_now() - age
    item = ItemFactory(connection=shop, kind=Kind.MESSAGE, status=Status.DONE, external_key=f"{service} {number} {age}")
    InboundMessage.objects.create(
        item=item, connection=shop, body="{}", body_hash="", size=2, service=service, received_at=received,
        first_sequence=number, last_sequence=number, sequence_runs=[] if number is None else [[number, number]],
    )  # fmt: skip
    return item


def left() -> set[int]:
    return set(Item.objects.values_list("pk", flat=True))


def test_stock_messages_are_forgotten_with_the_history_that_they_made(shop):
    message(shop, 1)
    message(shop, None, service="GRN")
    kept = [message(shop, 2, age=RECENT), message(shop, 3, age=RECENT)]
    assert tidying.tidy() == 2
    assert left() == {item.pk for item in kept}
    assert InboundMessage.objects.count() == 2


def test_the_last_number_of_a_service_is_never_forgotten(shop):
    message(shop, 7)
    last = message(shop, 8)
    assert tidying.tidy() == 1
    assert left() == {last.pk}


def test_messages_around_numbers_that_are_still_missing_stay(shop):
    message(shop, 1, service="GRN")
    message(shop, 2, service="GRN")
    kept = [message(shop, 1), message(shop, 4)]
    PushGap.objects.create(connection=shop, service="StockAdjustment", first=2, last=3, noticed_at=business_now() - OLD)
    assert tidying.tidy() == 1
    assert {item.pk for item in kept} < left()


def test_messages_about_orders_unread_ones_and_those_with_a_history_stay(shop):
    for number in (1, 2):
        message(shop, number, service="Dispatch")
    Item.objects.filter(pk=message(shop, 1).pk).update(status=Status.STALLED)
    EventFactory(connection=shop, item=message(shop, 2))
    message(shop, 3)
    assert tidying.tidy() == 0


def test_a_message_that_was_somebodys_case_stays_with_it(shop):
    case = message(shop, 1)
    failure = Failure(Code.MESSAGE_UNREADABLE, "A message from SEKO cannot be read.", rule="push")
    fault_reported.send(sender=Connection, connection=shop, item=case, failures=[failure])
    message(shop, 2)
    assert tidying.tidy() == 0
    assert ExceptionRecord.objects.get().item == case


def test_each_shop_forgets_by_its_own_days(shop):
    shop.settings = {"stock_history_days": 90}
    shop.save()
    message(shop, 1)
    message(shop, 2)
    assert tidying.tidy() == 0


def test_no_more_messages_than_a_table_can_bear_go_at_once(shop, monkeypatch):
    monkeypatch.setattr(tidying, "AT_ONCE", 2)
    for number in range(5):
        message(shop, number)
    assert tidying.tidy() == 2


@pytest.mark.django_db
def test_sign_ins_that_are_over_and_processes_long_gone_are_forgotten():
    now = timezone.now()
    for name, ends in (("over", now - timedelta(seconds=1)), ("open", now + timedelta(hours=1))):
        Session.objects.create(session_key=name, session_data="", expire_date=ends)
    heartbeat.beat("ticker")
    Heartbeat.objects.create(process="gone", role="ticker", at=now - timedelta(days=8))
    assert tidying.tidy() == 2
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
    assert Heartbeat.objects.get().process != "gone"
    Session.objects.update(expire_date=now - timedelta(days=1))
    assert tidying.tidy() == 0  # not again at once
