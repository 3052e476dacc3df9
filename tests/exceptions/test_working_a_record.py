"""Taking, handing over, waiting, snoozing, dismissing; and who is told when somebody else was faster."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exceptions import services
from exceptions.models import EntryKind, ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.models import Item

SKU = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})
CARRIER = Failure(Code.UNMAPPED_CARRIER, "no code", field="carrier")


@pytest.fixture
def record(desk):
    return desk.stall(desk.order(), SKU)


def test_the_second_of_two_people_is_told_who_was_faster(record, operations, manager):
    looked_at = record.version
    services.claim(record, by=manager, expected_version=looked_at)
    with pytest.raises(services.ChangedMeanwhile, match="Manager Person changed this at"):
        services.resubmit(record, by=operations, expected_version=looked_at)
    assert Item.objects.get().status == "stalled"


def test_a_note_of_a_colleague_does_not_get_in_the_way(record, operations, manager):
    services.note(record, "Asked product data.", by=manager)
    services.claim(record, by=operations, expected_version=record.version)
    assert ExceptionRecord.objects.get().owner == operations


def test_taking_over_says_from_whom(record, operations, manager):
    services.claim(record, by=operations)
    found = services.claim(record, by=manager)
    assert found.entries.last().text == "Manager Person took it over from Operations Person"
    assert services.hand_back(found, by=manager).owner is None


def test_a_record_is_given_only_to_somebody_who_may_act_on_it(record, operations, manager, finance):
    with pytest.raises(services.NotAllowed):
        services.assign(record, manager, by=operations)
    with pytest.raises(services.Refused, match="Finance Person cannot act on it"):
        services.assign(record, finance, by=manager)
    assert services.assign(record, operations, by=manager).owner == operations


def test_waiting_needs_somebody_and_a_time_to_come_and_ends_by_itself(record, operations):
    soon = business_now() + timedelta(hours=1)
    with pytest.raises(services.Refused, match="whom"):
        services.wait_on(record, " ", chase_at=soon, by=operations)
    with pytest.raises(services.Refused, match="time to come"):
        services.wait_on(record, "SEKO", chase_at=business_now(), by=operations)
    found = services.wait_on(record, "SEKO", chase_at=soon, by=operations)
    assert (found.state, found.waiting_whom) == (State.WAITING_ON, "SEKO")
    assert services.wake(found.connection) == 0
    ExceptionRecord.objects.update(chase_at=business_now() - timedelta(minutes=1))
    assert services.wake(found.connection) == 1
    found.refresh_from_db()
    assert (found.state, found.waiting_whom, found.owner) == (State.CLAIMED, "", operations)
    assert found.entries.last().text == "Time to chase SEKO"


def test_nothing_sleeps_past_its_deadline(record, operations):
    with pytest.raises(services.Refused, match="deadline"):
        services.snooze(record, until=record.deadline + timedelta(minutes=1), by=operations)
    found = services.snooze(
        record, until=record.deadline - timedelta(hours=1), by=operations, reason="goods on the way"
    )
    assert found.state == State.SNOOZED
    ExceptionRecord.objects.update(snoozed_until=business_now() - timedelta(minutes=1))
    services.wake(found.connection)
    found.refresh_from_db()
    assert (found.state, found.snoozed_until) == (State.CLAIMED, None)


def test_an_order_that_stands_still_cannot_be_dismissed(record, operations):
    with pytest.raises(services.Refused, match="nobody looking at it"):
        services.dismiss(record, reason="seen it", by=operations)
    assert ExceptionRecord.objects.get().is_open


def test_a_dispatch_of_somebody_else_is_dismissed_with_a_reason(desk, operations):
    failure = Failure(Code.DISPATCH_UNMATCHED, "whose?", field="order_id")
    record = desk.stall(desk.dispatch("EBAY-7"), failure)
    with pytest.raises(services.Refused, match="why"):
        services.dismiss(record, reason=" ", by=operations)
    found = services.dismiss(record, reason="An eBay order", by=operations)
    assert (found.state, found.closed_reason) == (State.DISMISSED, "An eBay order")


def test_a_closed_record_takes_no_more_work(desk, operations):
    record = desk.stall(desk.order(), SKU)
    services.resubmit(record, by=operations)
    with pytest.raises(services.Refused, match="not open any more"):
        services.claim(record, by=operations)


def test_a_category_given_to_another_queue_takes_its_open_work_along(desk, admin, operations, manager):
    mine = desk.stall(desk.order("JL1-A"), SKU)
    desk.stall(desk.order("JL2-A"), SKU)
    services.claim(mine, by=operations)
    assert services.open_of_category("unknown_sku") == 2
    with pytest.raises(services.NotAllowed):
        services.reassign_category("unknown_sku", "operations", None, by=manager)
    with pytest.raises(services.Refused, match="does not work in the queue"):
        services.reassign_category("unknown_sku", "operations", admin, by=admin)
    assert services.reassign_category("unknown_sku", "customer_care", None, by=admin) == 2
    mine.refresh_from_db()
    assert (mine.owner_role, mine.owner, mine.state) == ("customer_care", operations, State.CLAIMED)
    later = desk.stall(desk.order("JL3-A"), SKU)
    assert later.owner_role == "customer_care"
    assert mine.entries.last().kind == EntryKind.REASSIGNED


def test_work_that_its_owner_may_no_longer_do_goes_back_into_the_queue(desk, admin, operations):
    record = desk.stall(desk.order(), SKU)
    services.claim(record, by=operations)
    services.reassign_category("unknown_sku", "mapping", None, by=admin)
    record.refresh_from_db()
    assert (record.owner_role, record.owner, record.state) == ("mapping", None, State.OPEN)


def test_looking_at_customer_data_is_written_down_and_not_for_everybody(record, operations, finance, admin):
    for other in (finance, admin):
        with pytest.raises(services.NotAllowed):
            services.reveal(record, by=other)
    services.reveal(record, by=operations)
    assert record.entries.last().kind == EntryKind.REVEALED


def test_a_joint_fault_of_another_role_is_saved_only_by_that_role(desk, operations, manager):
    order, dispatch = desk.order(), desk.dispatch()
    record = desk.stall(dispatch, CARRIER)
    desk.stall(order, Failure(Code.CANCELLED_LIVE, "cancelled"))
    record.refresh_from_db()
    carrier = next(part for part in services.parts(record) if part.category.slug == "unmapped_carrier")
    data = {f"{carrier.form.prefix}-carrier_code": "DPD_UK"}
    carrier = next(part for part in services.parts(record, data) if part.category.slug == "unmapped_carrier")
    with pytest.raises(services.NotAllowed, match="needs the role Manager"):
        services.fix(record, [carrier], by=operations)
    services.fix(record, [carrier], by=manager)
