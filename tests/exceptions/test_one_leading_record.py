"""An order has one leading exception, whatever happens to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from exceptions import services
from exceptions.models import Entry, EntryKind, ExceptionRecord, Fault
from exceptions.services import opening
from exceptions.states import State
from sync import pipeline
from sync.budgets import ACCEPT
from sync.failures import Code, Failure
from sync.models import Attempt, Item, Outcome, Side
from sync.states import Milestone

ADDRESS = Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city", rule="address.missing")
SKU = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})
CARRIER = Failure(Code.UNMAPPED_CARRIER, "no code", field="carrier", facts={"courier": "Fagans Freight"})
CANCELLED = Failure(Code.CANCELLED_LIVE, "John Lewis cancelled the order; SEKO still has it.", rule="cancelled")


def test_several_faults_are_one_record_led_by_the_weightiest(desk):
    order = desk.order()
    record = desk.stall(order, ADDRESS, SKU)
    assert record.category == "unknown_sku"
    assert {fault.category for fault in record.faults.all()} == {"unknown_sku", "address_not_acceptable"}
    assert (record.order_number, record.skus, str(record.value)) == ("JL1-A", "BAG", "10.00")
    assert record.deadline == order.deadline
    assert record.act_by < record.deadline


def test_a_fault_of_the_dispatch_joins_the_record_of_the_order_and_may_take_the_lead(desk):
    order = desk.order()
    dispatch = desk.dispatch()
    record = desk.stall(dispatch, CARRIER)
    assert desk.stall(order, CANCELLED).pk == record.pk
    record.refresh_from_db()
    assert (record.category, record.owner_role) == ("cancelled_live", "warehouse")
    assert (record.courier, record.tracking_number) == ("Fagans Freight Pallet 48", "15501234567890")
    assert ExceptionRecord.objects.count() == 1
    assert record.entries.filter(kind=EntryKind.FAULT_JOINED).count() == 1


def test_the_database_itself_refuses_a_second_leading_record(desk):
    record = desk.stall(desk.order(), SKU)
    record.pk, record._state.adding = None, True
    with pytest.raises(IntegrityError), transaction.atomic():
        record.save()


def test_the_same_trouble_again_opens_the_same_record_and_counts(desk, operations):
    item = desk.order()
    record = desk.stall(item, SKU)
    services.claim(record, by=operations)
    services.resubmit(record, by=operations)
    again = desk.stall(item, SKU)
    assert again.pk == record.pk
    assert (again.state, again.occurrences, again.owner) == (State.CLAIMED, 2, operations)
    assert again.faults.get().occurrences == 2
    assert again.entries.last().kind == EntryKind.CAME_BACK


def test_another_trouble_after_a_fix_replaces_the_record_and_is_linked(desk, operations):
    item = desk.order()
    first = desk.stall(item, SKU)
    services.resubmit(first, by=operations)
    second = desk.stall(item, ADDRESS)
    first.refresh_from_db()
    assert (first.state, second.follows_id, second.category) == (State.SUPERSEDED, first.pk, "address_not_acceptable")
    assert not first.faults.outstanding().exists()


def test_what_still_stands_elsewhere_moves_along_when_a_record_is_replaced(desk):
    order, dispatch = desk.order(), desk.dispatch()
    first = desk.stall(dispatch, CARRIER)
    desk.stall(order, SKU)
    for item in (order, dispatch):
        pipeline.resubmit(Item.objects.get(pk=item.pk))
    second = desk.stall(order, CANCELLED)
    assert second.pk != first.pk
    assert {fault.item_id for fault in second.faults.outstanding()} == {order.pk, dispatch.pk}


def test_while_one_item_of_the_order_is_still_stalled_the_record_stays_open(desk):
    order, dispatch = desk.order(), desk.dispatch()
    record = desk.stall(dispatch, CARRIER)
    desk.stall(order, CANCELLED)
    pipeline.resubmit(Item.objects.get(pk=order.pk))
    desk.prove(order, Milestone.CANCELLED)
    record.refresh_from_db()
    assert (record.state, record.category) == (State.OPEN, "unmapped_carrier")
    pipeline.resubmit(Item.objects.get(pk=dispatch.pk))
    desk.prove(dispatch, Milestone.CANCELLED)
    record.refresh_from_db()
    assert record.state == State.VERIFIED


def test_news_that_makes_a_fault_pointless_closes_it_without_a_person(desk):
    item = desk.order()
    record = desk.stall(item, Failure(Code.NO_DISPATCH_NEWS, "nothing came", rule="no_news"))
    pipeline.resubmit(item, why="SEKO has dispatched the order")
    desk.prove(item, Milestone.INJECTION_VERIFIED)
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED, "that SEKO knows the order says nothing about its dispatch"
    desk.prove(item, Milestone.DISPATCH_SEEN)
    record.refresh_from_db()
    assert record.state == State.VERIFIED
    assert record.entries.filter(actor__isnull=False).count() == 0


def test_an_acceptance_proves_nothing_about_a_fault_that_was_found_after_it(desk, operations):
    item = desk.order()
    attempt = Attempt.objects.create(
        item=item, side=Side.MARKETPLACE, operation=ACCEPT, natural_key="JL1-A", request_hash="", request_path="",
        announced_at=datetime.now(UTC), announced_real=datetime.now(UTC), lease_token=Item.new_lease_token(),
        outcome=Outcome.APPLIED, settled_at=datetime.now(UTC),
    )  # fmt: skip
    record = desk.stall(item, ADDRESS)
    services.resubmit(record, by=operations)
    desk.prove(item, Milestone.ACCEPTED)
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED
    Attempt.objects.filter(pk=attempt.pk).update(settled_at=datetime.now(UTC))
    desk.prove(item, Milestone.ACCEPTED)
    record.refresh_from_db()
    assert record.state == State.VERIFIED


def test_an_unmatched_dispatch_that_finds_its_order_joins_the_orders_record(desk):
    order, dispatch = desk.order(), desk.dispatch("JL9-A")
    unmatched = desk.stall(dispatch, Failure(Code.DISPATCH_UNMATCHED, "whose?", field="order_id"))
    leading = desk.stall(order, CANCELLED)
    assert unmatched.pk != leading.pk
    pipeline.resubmit(Item.objects.get(pk=dispatch.pk))
    Item.objects.filter(pk=dispatch.pk).update(order_key="JL1-A")
    assert desk.stall(dispatch, CARRIER).pk == leading.pk
    unmatched.refresh_from_db()
    assert unmatched.state == State.SUPERSEDED


def test_faults_that_are_gone_are_cleared_when_the_item_stalls_again(desk, operations):
    item = desk.order()
    record = desk.stall(item, SKU, ADDRESS)
    services.resubmit(record, by=operations)
    record = desk.stall(item, ADDRESS)
    assert [fault.code for fault in record.faults.outstanding()] == [Code.ADDRESS_INVALID]
    assert (record.category, record.occurrences) == ("address_not_acceptable", 2)


def test_history_can_be_neither_changed_nor_deleted(desk):
    entry = desk.stall(desk.order(), SKU).entries.get()
    for change in (lambda: Entry.objects.update(text="x"), entry.delete):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic():
            change()


def test_what_a_customer_wrote_is_unreadable_in_the_database(desk):
    failure = Failure(
        Code.ADDRESS_INVALID, "too long", field="delivery.line1", value="1 Sample Road", rule="address.length"
    )
    desk.stall(desk.order(), failure)
    fault = Fault.objects.get()
    assert fault.value == "1 Sample Road"
    assert "Sample" not in str(Fault.objects.extra(select={"raw": "exceptions_fault.value::text"}).get().raw)


def test_two_workers_that_open_at_the_same_moment_end_up_with_one_record(desk, monkeypatch):
    """The slower one saw no record yet; the database refuses its own, and its faults join the other's."""
    order, dispatch = desk.order(), desk.dispatch()
    record = desk.stall(dispatch, CARRIER)
    current, blind = opening._current, [True]
    monkeypatch.setattr(opening, "_current", lambda *given: None if blind and blind.pop() else current(*given))
    assert desk.stall(order, CANCELLED).pk == record.pk
    assert ExceptionRecord.objects.count() == 1
    assert record.faults.outstanding().count() == 2
