"""The desk on top of the real engine, between two partners in memory."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from exceptions import accounting, services
from exceptions.groups import grant
from exceptions.models import ExceptionRecord
from exceptions.states import State
from sync.failures import Code, Failure, Refused
from sync.states import Kind
from tests.sync.doubles import HOME, an_order


@pytest.fixture
def maya(engine):
    grant()
    user = User.objects.create_user("maya", first_name="Maya")
    user.groups.add(Group.objects.get(name="Manager"))
    return user


def _fix(record, by, **values):
    data = {f"{part.form.prefix}-{name}": value for part in services.parts(record) for name, value in values.items()}
    return services.fix_and_resubmit(record, services.parts(record, data), by=by)


def test_a_carrier_mapped_on_an_exception_confirms_the_order_and_closes_it(engine, maya):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.dispatch(courier="Fagans Freight", service="Pallet 48")
    engine.run()
    record = ExceptionRecord.objects.get()
    assert (record.category, record.owner_label) == ("unmapped_carrier", "Mapping")
    call_command("account_for", "--json", stdout=io.StringIO())
    _fix(record, maya, carrier_code="DPD_UK")
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED
    engine.run()
    record.refresh_from_db()
    assert (record.state, engine.marketplace.orders["JL1-A"].carrier_code) == (State.VERIFIED, "DPD_UK")
    assert re.match(
        r"John Lewis shows the order as shipped: accepted \d\d:\d\d, verified \d\d:\d\d", record.closed_reason
    )
    assert accounting.balance().faults == []


def test_an_address_is_put_right_and_proved_by_the_status_at_seko(engine, maya):
    engine.marketplace.put(an_order(address=replace(HOME, city="", postcode="")))
    engine.poll()
    engine.run()
    record = ExceptionRecord.objects.get()
    assert [fault.field for fault in record.faults.all()] == ["delivery.city", "delivery.postcode"]
    _fix(record, maya, city="Leeds", postcode="LS1 1AA")
    engine.run()
    record.refresh_from_db()
    assert (record.state, record.closed_reason[:20]) == (State.VERIFIED, "SEKO shows the order")
    assert engine.warehouse.orders[0].delivery.city == "Leeds"


def test_a_fix_that_does_not_help_comes_back_to_the_same_person(engine, maya):
    engine.marketplace.put(an_order())
    refusal = Failure(Code.NO_FREE_STOCK, "Product BAG has no free stock.", facts={"product": "BAG"})
    engine.warehouse.before["websubmit"] = [Refused(refusal), Refused(refusal)]
    engine.poll()
    engine.run()
    record = ExceptionRecord.objects.get()
    services.claim(record, by=maya)
    services.resubmit(record, by=maya)
    engine.run()
    record.refresh_from_db()
    assert (record.state, record.owner, record.occurrences) == (State.CLAIMED, maya, 2)
    services.resubmit(record, by=maya)
    engine.run()
    record.refresh_from_db()
    assert record.state == State.VERIFIED
    assert engine.warehouse.count("websubmit") == 3


def test_an_order_cancelled_on_john_lewis_closes_its_exception_without_anybody(engine, maya):
    engine.marketplace.put(an_order(address=None))
    engine.poll()
    engine.run()
    record = ExceptionRecord.objects.get()
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.poll()
    engine.run()
    record.refresh_from_db()
    assert (record.state, engine.item(kind=Kind.ORDER).status) == (State.VERIFIED, "cancelled")
    assert accounting.balance().faults == []
