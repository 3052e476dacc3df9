"""Pushes that never came: noticed by their numbers, read around, told to a person, closed by proof."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from jlseko.clock import business_now
from sync import gaps, inbound
from sync.failures import Code, Failure, Refused
from sync.flows import backfill
from sync.models import FlowState, InboundMessage, Item, PushGap, StockReading, StockSource
from sync.shapes import PushMessage, WarehouseStatus
from sync.signals import fault_reported, progress_made
from sync.states import Milestone
from tests.factories.engine import ItemFactory
from tests.sync.doubles import an_order


@pytest.fixture
def told():
    """What the desk would have heard: faults and milestones of the connection."""
    heard = []

    def on_fault(sender, *, failures, item, **_):
        if item is None:
            heard.append([failure.facts["service"] for failure in failures])

    def on_progress(sender, *, milestone, item, **_):
        if item is None:
            heard.append(milestone)

    fault_reported.connect(on_fault, weak=False, dispatch_uid="gap test")
    progress_made.connect(on_progress, weak=False, dispatch_uid="gap test")
    yield heard
    fault_reported.disconnect(dispatch_uid="gap test")
    progress_made.disconnect(dispatch_uid="gap test")


def push(engine, service: str, *numbers: int) -> None:
    engine.warehouse.pushes = [PushMessage(service, number, None) for number in numbers]
    body = f"{service} {numbers}".encode()
    inbound.keep(engine.connection, body, path=service, content_type="application/json")
    engine.run(1)


def run(engine) -> dict[str, int]:
    state, _ = FlowState.objects.get_or_create(
        connection=engine.connection, flow="backfill", defaults={"due_at": timezone.now()}
    )
    return backfill.backfill(engine.context(), state)


def an_hour_later() -> None:
    PushGap.objects.update(
        noticed_at=F("noticed_at") - timedelta(minutes=61), reported_at=F("reported_at") - timedelta(minutes=61)
    )


def test_numbers_that_follow_leave_no_gap(engine):
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 8, 9)
    push(engine, "TrackingDetails", 100)
    assert not PushGap.objects.exists()


def test_a_jump_is_a_gap_that_has_its_own_backfill_made_due(engine):
    FlowState.objects.create(connection=engine.connection, flow="backfill", due_at=timezone.now() + timedelta(hours=1))
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 10)
    gap = PushGap.objects.get()
    assert (gap.service, gap.first, gap.last) == ("Dispatch", 8, 9)
    assert FlowState.objects.get(flow="backfill").due_at <= timezone.now()


def test_numbers_missing_inside_one_call_are_gaps_of_their_own(engine):
    push(engine, "Dispatch", 1, 2, 4, 5, 8)
    push(engine, "Dispatch", 9, 12)
    found = PushGap.objects.order_by("first").values_list("first", "last")
    assert list(found) == [(3, 3), (6, 7), (10, 11)]


def test_a_call_that_spans_a_gap_without_filling_it_does_not_close_it(engine):
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 11)
    push(engine, "Dispatch", 8, 10)
    assert PushGap.objects.get().closed_at is None
    push(engine, "Dispatch", 6, 9, 13)
    old, new = PushGap.objects.order_by("first")
    assert (old.first, old.last, old.closed_because) == (8, 10, "All of it arrived late")
    assert (new.first, new.last, new.closed_at) == (12, 12, None)


def test_what_comes_late_closes_the_gap_once_it_is_whole(engine, told):
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 11)
    push(engine, "Dispatch", 9, 10)
    assert PushGap.objects.get().closed_at is None
    push(engine, "Dispatch", 8)
    gap = PushGap.objects.get()
    assert gap.closed_at is not None
    assert gap.closed_because == "All of it arrived late"


def test_the_same_message_again_is_no_gap(engine):
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 8)
    push(engine, "Dispatch", 7)
    assert not PushGap.objects.exists()


def test_nobody_is_bothered_while_the_warehouse_still_tries(engine, told):
    push(engine, "StockAdjustment", 1)
    push(engine, "StockAdjustment", 3)
    assert run(engine)["reported"] == 0
    assert told == []


def test_after_an_hour_a_person_is_told_of_every_gap_at_once(engine, told):
    for service in ("StockAdjustment", "Dispatch"):
        push(engine, service, 1)
        push(engine, service, 3)
    an_hour_later()
    assert run(engine)["reported"] == 2
    assert sorted(told[0]) == ["Dispatch", "StockAdjustment"]
    assert run(engine)["reported"] == 0


def test_an_order_that_left_behind_the_gap_is_looked_at(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run(4)
    order = engine.order()
    push(engine, "Dispatch", 7)
    InboundMessage.objects.update(received_at=business_now() - timedelta(hours=3))
    push(engine, "Dispatch", 9)
    engine.warehouse.statuses[order.warehouse_guid] = WarehouseStatus(True, "Dispatched", "DPD", "15501234567890")
    assert run(engine)["orders"] == 1
    start, end = engine.warehouse.periods_asked[0]
    assert end - start > timedelta(hours=4 - 0.1)
    assert engine.connection.events.filter(kind="dispatch_awaited", order_key="JL1-A").exists()
    assert run(engine)["orders"] == 0, "one look is enough until somebody was told"


def test_an_order_that_left_untold_is_a_case_of_its_own_and_only_then_the_gap_is_closed(engine, told):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run(4)
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 9)
    engine.warehouse.statuses[engine.order().warehouse_guid] = WarehouseStatus(True, "Dispatched", "DPD", "1")
    engine.run(1)
    assert engine.codes(engine.item()) == [], "the message may still come late"
    an_hour_later()
    assert run(engine) == {"reported": 1, "orders": 1, "closed": 0}
    engine.run(1)
    assert engine.codes(engine.item()) == [Code.NO_DISPATCH_NEWS]
    assert run(engine)["closed"] == 1
    assert told[-1] == Milestone.GAP_CLOSED


def test_an_order_that_left_after_the_gap_waits_for_its_own_message(engine, told):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run(4)
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 9)
    an_hour_later()
    noticed = PushGap.objects.get().noticed_at
    assert run(engine) == {"reported": 1, "orders": 0, "closed": 1}
    PushGap.objects.update(closed_at=None)  # another one of the time keeps it open
    assert noticed <= engine.warehouse.periods_asked[-1][1] <= noticed + timedelta(minutes=10)
    engine.warehouse.statuses[engine.order().warehouse_guid] = WarehouseStatus(True, "Dispatched", "DPD", "1")
    Item.objects.update(due_at=timezone.now())
    engine.run(1)
    assert engine.order().warehouse_state == "Dispatched"
    assert engine.codes(engine.item()) == [], "its message is not due yet"


def test_an_order_behind_a_new_gap_does_not_stop_for_an_older_one_that_was_reported(engine, told):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run(4)
    push(engine, "DispatchCartons", 3)
    push(engine, "DispatchCartons", 5)
    an_hour_later()
    run(engine)
    PushGap.objects.update(closed_at=None)  # something else keeps it open
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 9)
    engine.warehouse.statuses[engine.order().warehouse_guid] = WarehouseStatus(True, "Dispatched", "DPD", "1")
    engine.connection.budgets.all().delete()
    assert run(engine)["orders"] == 1
    Item.objects.update(due_at=timezone.now())
    engine.run(1)
    assert engine.codes(engine.item()) == [], "SEKO still tries to deliver its message"


def test_a_dispatch_that_seko_shows_and_never_tells_of_is_a_case_after_its_own_tries(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run(4)
    engine.warehouse.statuses[engine.order().warehouse_guid] = WarehouseStatus(True, "Dispatched", "DPD", "1")
    engine.run(1)
    assert engine.codes(engine.item()) == [], "SEKO may still be trying"
    engine.connection.settings = {"push_gap_minutes": 0.00001}
    engine.connection.save()
    engine.run(1)
    assert engine.codes(engine.item()) == [Code.NO_DISPATCH_NEWS]


def test_a_stock_gap_is_closed_by_a_later_complete_reading_only(engine, told):
    FlowState.objects.create(
        connection=engine.connection, flow="read-stock", due_at=timezone.now() + timedelta(hours=1)
    )
    push(engine, "StockAdjustment", 1)
    push(engine, "StockAdjustment", 3)
    an_hour_later()
    run(engine)
    assert FlowState.objects.get(flow="read-stock").due_at <= timezone.now()
    reading = {"connection": engine.connection, "source": StockSource.READING}
    late = business_now() + timedelta(minutes=6)
    StockReading.objects.create(**reading, as_of=late, complete=False)
    StockReading.objects.create(**reading, as_of=business_now(), complete=True)
    assert run(engine)["closed"] == 0, "one spoke of a part, the other came before SEKO could show what is missing"
    StockReading.objects.create(**reading, as_of=late, complete=True)
    assert run(engine)["closed"] == 1
    assert told[-1] == Milestone.GAP_CLOSED


def test_without_a_status_address_a_dispatch_gap_waits_for_a_person(engine, told):
    engine.warehouse.can_read_status = False
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 9)
    an_hour_later()
    run(engine)
    an_hour_later()
    assert run(engine)["closed"] == 0
    assert gaps.reported_since(engine.connection, gaps.DISPATCH_SERVICES)


def test_a_reading_of_dispatches_that_fails_holds_up_no_stock(engine, told, monkeypatch):
    engine.warehouse.can_read_status = True
    stock = FlowState.objects.create(
        connection=engine.connection, flow="read-stock", due_at=timezone.now() + timedelta(hours=1)
    )
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 9)
    push(engine, "GRN", 1)
    push(engine, "GRN", 3)
    an_hour_later()

    def refuse(start, end):
        raise Refused(Failure(Code.UNCLASSIFIED, "Not for this account"))

    monkeypatch.setattr(engine.warehouse, "dispatched_between", refuse)
    with pytest.raises(Refused):
        run(engine)
    stock.refresh_from_db()
    assert stock.due_at <= timezone.now()
    as_of = business_now() + timedelta(minutes=10)
    StockReading.objects.create(connection=engine.connection, source=StockSource.READING, as_of=as_of, complete=True)
    engine.connection.budgets.all().delete()
    with pytest.raises(Refused):
        run(engine)
    assert set(gaps.still_open(engine.connection).values_list("service", flat=True)) == {"Dispatch"}


def test_a_gap_that_two_messages_left_between_them_is_closed_unseen(engine, told):
    push(engine, "Dispatch", 7)
    push(engine, "Dispatch", 9)
    item = InboundMessage.objects.last().item
    InboundMessage.objects.create(
        item=ItemFactory(connection=engine.connection, kind="message"), connection=engine.connection, body="",
        body_hash="h", size=0, service="Dispatch", first_sequence=8, last_sequence=8, sequence_runs=[[8, 8]],
        received_at=item.created_at,
    )  # fmt: skip
    an_hour_later()
    assert run(engine)["closed"] == 1
    assert told == [Milestone.GAP_CLOSED], "nobody was bothered"
