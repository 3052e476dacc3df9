"""What nobody reports is found, an outage is no orphan, and what heals by itself needs nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exceptions import services, watch
from exceptions.models import ExceptionRecord
from exceptions.states import Severity, State
from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Failure
from sync.loop import pausing
from sync.models import Dispatch, Item, Order, PartnerState, Pause, Side
from sync.states import Stage, Status

ADDRESS = Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city", rule="address.missing")


@pytest.fixture
def orphan(desk):
    item = desk.order()
    long_ago = business_now() - timedelta(hours=2)
    Item.objects.filter(pk=item.pk).update(stage=Stage.VALIDATED, entered_stage_at=long_ago, status=Status.WAITING)
    return item


def test_an_order_that_is_ready_for_too_long_is_found(desk, orphan):
    assert watch.run(desk.connection)["stalled"] == 1
    record = ExceptionRecord.objects.get()
    assert (record.category, record.headline) == (
        "order_not_injected", "Ready to ship for more than 60 minutes and not at SEKO."
    )  # fmt: skip
    assert watch.run(desk.connection)["stalled"] == 0


def test_an_order_that_has_just_become_ready_is_left_alone(desk):
    desk.order()
    assert watch.run(desk.connection)["stalled"] == 0


def test_behind_a_pause_orders_move_until_their_deadline_and_the_pause_is_named(desk, orphan, admin):
    pausing.pause(desk.connection, "orders", reason="Stock count", by=admin)
    assert watch.run(desk.connection)["stalled"] == 0
    Item.objects.filter(pk=orphan.pk).update(deadline=business_now() - timedelta(minutes=1))
    assert watch.run(desk.connection)["stalled"] == 1
    record = ExceptionRecord.objects.get()
    assert "“Orders into SEKO” is paused by Admin Person since" in record.headline
    assert "Stock count" in record.headline
    assert watch.run(desk.connection)["relieved"] == 0
    pausing.resume(desk.connection, "orders", by=admin)
    assert watch.run(desk.connection) | {"woken": 0, "severity": 0} == {
        "stalled": 0, "relieved": 1, "woken": 0, "severity": 0
    }  # fmt: skip


def test_after_a_pause_orders_get_their_time_again(desk, orphan):
    pausing.pause(desk.connection, "orders", reason="Stock count")
    pausing.resume(desk.connection, "orders")
    assert watch.run(desk.connection)["stalled"] == 0
    Pause.objects.update(ended_at=business_now() - timedelta(minutes=61))
    assert watch.run(desk.connection)["stalled"] == 1


def test_a_late_confirmation_behind_a_pause_names_the_pause(desk, manager):
    desk.order()
    item = desk.dispatch()
    hours = timedelta(hours=1)
    Item.objects.filter(pk=item.pk).update(deadline=business_now() - hours, created_at=business_now() - hours)
    pausing.pause(desk.connection, "dispatches", reason="New carrier table", by=manager)
    watch.run(desk.connection)
    headline = ExceptionRecord.objects.get(category="dispatch_not_confirmed").headline
    assert "“Dispatch confirmations” is paused by Manager Person" in headline
    pausing.resume(desk.connection, "dispatches")
    assert watch.run(desk.connection)["relieved"] == 1
    item.refresh_from_db()
    assert item.status == Status.READY


def test_one_that_was_just_sent_back_gets_its_chance(desk, orphan, operations):
    watch.run(desk.connection)
    services.resubmit(ExceptionRecord.objects.get(), by=operations)
    assert watch.run(desk.connection)["stalled"] == 0


def test_behind_a_partner_that_is_away_orders_move_until_their_own_deadline(desk, orphan):
    state = PartnerState.objects.create(connection=desk.connection, side=Side.WAREHOUSE, is_open=True)
    assert watch.run(desk.connection)["stalled"] == 0
    Item.objects.filter(pk=orphan.pk).update(deadline=business_now() - timedelta(minutes=1))
    assert watch.run(desk.connection)["stalled"] == 1
    record = ExceptionRecord.objects.get()
    assert record.headline.endswith("SEKO does not answer.")
    PartnerState.objects.filter(pk=state.pk).update(is_open=False)
    assert watch.run(desk.connection)["relieved"] == 1
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED


def test_a_payment_that_hangs_is_found_and_let_go_once_it_is_made(desk):
    item = desk.order(state="WAITING_DEBIT_PAYMENT")
    Order.objects.update(marketplace_seen_at=business_now() - timedelta(hours=80))
    assert watch.run(desk.connection)["stalled"] == 1
    Order.objects.update(marketplace_state="SHIPPING", marketplace_seen_at=business_now())
    assert watch.run(desk.connection)["relieved"] == 1
    item.refresh_from_db()
    assert item.status == Status.READY


def test_an_acceptance_that_is_nearly_too_late_is_found(desk):
    item = desk.order(state="WAITING_ACCEPTANCE")
    Item.objects.filter(pk=item.pk).update(deadline=business_now() + timedelta(hours=1))
    watch.run(desk.connection)
    assert ExceptionRecord.objects.get().faults.get().rule == "waiting.WAITING_ACCEPTANCE"


def test_a_dispatch_that_is_not_confirmed_within_its_window_is_found(desk):
    desk.order()
    item = desk.dispatch(courier="DPD", service="Next Day")
    assert watch.run(desk.connection)["stalled"] == 0
    Item.objects.filter(pk=item.pk).update(deadline=business_now() - timedelta(minutes=1))
    assert watch.run(desk.connection)["stalled"] == 0, "news that came late may still go through by itself"
    Item.objects.filter(pk=item.pk).update(created_at=business_now() - timedelta(hours=1))
    assert watch.run(desk.connection)["stalled"] == 1
    record = ExceptionRecord.objects.get()
    assert (record.category, record.severity) == ("dispatch_not_confirmed", Severity.CRITICAL)


def test_a_confirmed_dispatch_is_never_late(desk):
    desk.order()
    item = desk.dispatch()
    long_ago = business_now() - timedelta(hours=1)
    Item.objects.filter(pk=item.pk).update(deadline=long_ago, created_at=long_ago)
    Dispatch.objects.update(confirmed_at=business_now())
    assert watch.run(desk.connection)["stalled"] == 0


def test_time_alone_makes_a_record_more_severe(desk, operations):
    desk.stall(desk.order(), ADDRESS)
    record = ExceptionRecord.objects.get()
    assert record.severity == Severity.NORMAL
    ExceptionRecord.objects.update(deadline=business_now() - timedelta(minutes=5))
    assert watch.run(desk.connection)["severity"] == 1
    record.refresh_from_db()
    assert record.severity == Severity.CRITICAL


def test_a_late_dispatch_that_was_just_sent_back_for_another_reason_is_given_its_chance(desk) -> None:
    item = desk.dispatch()
    desk.stall(item, Failure(Code.UNMAPPED_CARRIER, "x", field="carrier", facts={"courier": "Fagans", "service": ""}))
    late = business_now() - timedelta(hours=8)
    Item.objects.filter(pk=item.pk).update(created_at=late, deadline=late + timedelta(hours=4))
    assert pipeline.resubmit(Item.objects.get(pk=item.pk))
    watch.run(desk.connection)
    item.refresh_from_db()
    assert item.status == Status.READY
