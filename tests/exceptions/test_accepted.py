"""Leaving the queue only when the other side has accepted, and closing only when it was read back."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import Group, User
from django.test import RequestFactory

from exceptions import accounting, services
from exceptions.groups import grant
from exceptions.looks import state_of
from exceptions.models import EntryKind, ExceptionRecord
from exceptions.states import State
from exceptions.triage.quick_views import conditions, counts
from jlseko.clock import business_now
from jlseko.ui.registry import told
from sync.failures import Code, Failure, Refused, Unclear
from sync.states import Kind, Milestone, Status
from sync.stock import trouble
from tests.exceptions.page_forms import STOCK, TOWN
from tests.sync.doubles import HOME, an_order


@pytest.fixture
def maya(engine) -> User:
    grant()
    user = User.objects.create_user("maya", first_name="Maya")
    user.groups.add(Group.objects.get(name="Manager"))
    return user


def _stuck_at_seko(engine, *refusals: Failure) -> ExceptionRecord:
    """An order that SEKO has refused once, and refuses so many times more."""
    engine.marketplace.put(an_order())
    first = Failure(Code.NO_FREE_STOCK, "Product BAG has no free stock.", facts={"product": "BAG"})
    engine.warehouse.before["websubmit"] = [Refused(each) for each in (first, *refusals)]
    engine.poll()
    engine.run()
    return ExceptionRecord.objects.get()


def _places(user: User, record: ExceptionRecord) -> set[str]:
    found = conditions(user, business_now())
    return {slug for slug in ("open", "proving") if ExceptionRecord.objects.filter(found[slug], pk=record.pk).exists()}


def test_it_stays_in_the_queue_until_seko_has_accepted_and_closes_when_seko_shows_it(engine, maya):
    record = _stuck_at_seko(engine)
    services.resubmit(record, by=maya)
    record.refresh_from_db()
    assert (record.is_sending, record.accepted_at, _places(maya, record)) == (True, None, {"open"})
    assert list(ExceptionRecord.objects.in_queue()) == [record]
    assert accounting.balance().faults == []

    engine.run(rounds=1)
    record.refresh_from_db()
    assert (record.state, record.is_sending, _places(maya, record)) == (State.RESUBMITTED, False, {"proving"})
    assert not ExceptionRecord.objects.in_queue().exists()
    assert record.entries.get(kind=EntryKind.ACCEPTED).text == "SEKO accepted it"
    assert accounting.balance().faults == []

    accepted = record.accepted_at
    engine.outlive(minutes=30)
    engine.run()
    record.refresh_from_db()
    assert (record.state, record.accepted_at) == (State.VERIFIED, accepted)
    assert re.fullmatch(r"SEKO shows the order: accepted \d\d:\d\d, verified \d\d:\d\d", record.closed_reason)


def test_what_is_refused_again_never_left_the_queue(engine, maya):
    again = Failure(Code.NO_FREE_STOCK, "Product BAG has no free stock.", facts={"product": "BAG"})
    record = _stuck_at_seko(engine, again)
    services.resubmit(record, by=maya)
    engine.run(rounds=1)
    record.refresh_from_db()
    assert (record.is_open, record.accepted_at, _places(maya, record)) == (True, None, {"open"})
    assert not record.entries.filter(kind=EntryKind.ACCEPTED).exists()


def test_what_comes_back_after_it_was_accepted_is_not_accepted_any_more(engine, maya):
    record = _stuck_at_seko(engine)
    services.resubmit(record, by=maya)
    engine.run(rounds=1)
    item = engine.item()
    assert record.faults.get().accepted_at
    record.connection = item.connection
    services.open_from_failures(
        connection=item.connection, item=item, failures=[Failure(Code.NO_FREE_STOCK, "again", facts={"product": "BAG"})]
    )
    record.refresh_from_db()
    assert (record.is_open, record.accepted_at) == (True, None)
    assert not record.faults.outstanding().filter(accepted_at__isnull=False).exists()


def test_an_answer_that_was_lost_is_accepted_once_a_reading_shows_it(engine, maya):
    record = _stuck_at_seko(engine)
    engine.warehouse.after["websubmit"] = [Unclear("cut off")]
    services.resubmit(record, by=maya)
    engine.run(rounds=1)
    record.refresh_from_db()
    assert record.is_sending, "nobody knows yet whether SEKO took it"
    engine.outlive(minutes=30)
    engine.run()
    record.refresh_from_db()
    assert record.state == State.VERIFIED
    assert record.entries.filter(kind=EntryKind.ACCEPTED, text="SEKO accepted it").exists()


def test_a_dispatch_is_accepted_with_the_confirmation_not_with_its_tracking_number(engine, maya):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.dispatch(courier="Fagans Freight", service="Pallet 48")
    engine.run()
    record = ExceptionRecord.objects.get()
    engine.marketplace.before["OR24"] = [Refused(Failure(Code.CONFIRMATION_REJECTED, "Not now."))]
    data = {f"{part.form.prefix}-carrier_code": "DPD_UK" for part in services.parts(record)}
    services.fix_and_resubmit(record, services.parts(record, data), by=maya)
    engine.run(rounds=1)
    assert not ExceptionRecord.objects.filter(accepted_at__isnull=False).exists()
    later = ExceptionRecord.objects.open().get()
    services.fix_and_resubmit(
        later, services.parts(later, {f"{p.form.prefix}-way": "again" for p in services.parts(later)}), by=maya
    )
    engine.run(rounds=1)
    later.refresh_from_db()
    assert later.accepted_at
    assert later.entries.get(kind=EntryKind.ACCEPTED).text == "John Lewis accepted it"


def test_what_has_no_call_is_accepted_by_its_proof(desk, operations):
    item = desk.order()
    record = desk.stall(item, STOCK)
    services.resubmit(record, by=operations)
    desk.prove(item, Milestone.INJECTION_VERIFIED)
    record.refresh_from_db()
    assert (record.state, record.accepted_at) == (State.VERIFIED, record.closed_at)


def test_what_came_right_by_itself_was_never_accepted(desk):
    record = desk.stall(desk.order(), STOCK)
    services.progress(connection=desk.connection, item=record.item, milestone=Milestone.TAKEN, by=None)
    record.refresh_from_db()
    assert (record.state, record.accepted_at) == (State.OPEN, None)
    assert record.faults.get().accepted_at is None


def test_an_order_and_its_dispatch_are_accepted_only_together(desk, manager):
    order = desk.order()
    desk.stall(order, TOWN)
    dispatch = desk.dispatch()
    record = desk.stall(dispatch, Failure(Code.TRACKING_MISSING, "none", field="tracking_number"))
    services.resubmit(record, by=manager)
    desk.prove(dispatch, Milestone.TAKEN)
    record.refresh_from_db()
    assert (record.state, record.accepted_at) == (State.RESUBMITTED, None)
    desk.prove(order, Milestone.TAKEN)
    record.refresh_from_db()
    assert record.accepted_at


def test_a_stock_level_is_accepted_with_the_file_that_told_it(desk, operations):
    item = desk.listing()
    record = desk.stall(item, Failure(Code.STOCK_UPDATE_FAILED, "refused", facts={"sku": "BAG"}))
    services.resubmit(record, by=operations)
    record.refresh_from_db()
    assert record.is_sending
    trouble.pipeline.announce(item, Milestone.TAKEN)
    record.refresh_from_db()
    assert record.accepted_at
    assert record.entries.get(kind=EntryKind.ACCEPTED).text == "John Lewis accepted it"


def test_the_frame_and_the_views_count_what_is_being_sent_back_as_in_the_queue(desk, operations):
    record = desk.stall(desk.order(), STOCK)
    services.resubmit(record, by=operations)
    record.refresh_from_db()
    request = RequestFactory().get("/")
    request.user = operations
    assert told(request).counts["exceptions:list"].number == 1
    found = counts(ExceptionRecord.objects.all(), operations, business_now())
    assert (found["open"], found["proving"]) == (1, 0)
    assert "Sending back…" in state_of(record)
    desk.prove(record.item, Milestone.TAKEN)
    record.refresh_from_db()
    assert "exceptions:list" not in told(request).counts
    found = counts(ExceptionRecord.objects.all(), operations, business_now())
    assert (found["open"], found["proving"]) == (0, 1)
    assert "not yet verified" in state_of(record)


def test_an_address_that_our_own_rules_stopped_is_accepted_by_seko(engine, maya):
    engine.marketplace.put(an_order(address=replace(HOME, city="")))
    engine.poll()
    engine.run()
    record = ExceptionRecord.objects.get()
    data = {f"{part.form.prefix}-city": "Leeds" for part in services.parts(record)}
    services.fix_and_resubmit(record, services.parts(record, data), by=maya)
    while engine.item(kind=Kind.ORDER).status == Status.READY:
        record.refresh_from_db()
        assert record.accepted_at is None
        engine.run(rounds=1)
    record.refresh_from_db()
    assert record.accepted_at
