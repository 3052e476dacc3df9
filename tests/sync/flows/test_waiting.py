"""An order that SEKO has taken and that nothing is heard of: it becomes a person's case also where SEKO cannot say."""

from datetime import timedelta

import pytest

from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync import limits, pipeline
from sync.failures import Code, NotSent, Unclear
from sync.models import Order, PartnerState, Side
from sync.states import Stage
from tests.sync.doubles import an_order

FAULTS = [Unclear("HTTP 500"), NotSent("connection refused")]


def taken(engine, *order_ids: str) -> None:
    """Orders that SEKO shows."""
    engine.marketplace.put(*(an_order(order_id) for order_id in order_ids))
    engine.poll()
    engine.run(4)
    assert set(engine.connection.items.values_list("stage", flat=True)) == {Stage.INJECTED}


def a_day_later() -> None:
    """SEKO took them longer ago than news may take."""
    Order.objects.update(injected_at=business_now() - timedelta(hours=25))


def run_while_others_are_answered(engine, rounds: int) -> None:
    """Rounds between which SEKO gives usable answers about something else."""
    for _ in range(rounds):
        engine.run(1)
        limits.note_good(engine.connection, Side.WAREHOUSE)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_order_whose_status_cannot_be_read_is_a_case_once_its_news_is_overdue(engine, fault):
    taken(engine, "JL1-A")
    engine.warehouse.status_fault = fault
    run_while_others_are_answered(engine, 12)
    assert engine.codes(engine.item()) == [], "its news may still come"
    a_day_later()
    run_while_others_are_answered(engine, 1)
    assert engine.codes(engine.item()) == [Code.NO_DISPATCH_NEWS]
    (failure,) = engine.item().failures
    assert failure["text"].startswith(f"SEKO's status cannot be read ({fault.reason}), and no dispatch news has come.")
    assert failure["facts"]["number"] == "JL1-A"


def test_one_failed_reading_of_an_overdue_order_bothers_nobody(engine):
    taken(engine, "JL1-A")
    a_day_later()
    engine.warehouse.status_fault = Unclear("HTTP 500")
    run_while_others_are_answered(engine, engine.connection.policy.unknown_reads - 1)
    assert engine.codes(engine.item()) == []
    run_while_others_are_answered(engine, 1)
    assert engine.codes(engine.item()) == [Code.NO_DISPATCH_NEWS]


def test_the_dispatch_as_seko_told_it_takes_such_an_order_on(engine):
    taken(engine, "JL1-A")
    a_day_later()
    engine.warehouse.status_fault = Unclear("HTTP 500")
    run_while_others_are_answered(engine, 6)
    told = '{"courier": "DPD", "service": "Next Day", "tracking_number": "15501234567890"}'
    assert pipeline.resubmit(engine.item(), corrections={"dispatch.manual": told})
    engine.run()
    assert engine.marketplace.orders["JL1-A"].state == "SHIPPED"


def test_overdue_orders_behind_an_outage_are_one_exception(engine):
    taken(engine, *(f"JL{number}-A" for number in range(12)))
    a_day_later()
    engine.connection.items.update(attempts=20)  # readings failed before, too
    engine.warehouse.status_fault = Unclear("HTTP 503")
    limits.note_bad(engine.connection, Side.WAREHOUSE, Unclear("HTTP 503"))
    PartnerState.objects.update(failures_in_a_row=limits.FAILURES_TO_OPEN - 1)
    engine.run(6)
    (record,) = ExceptionRecord.objects.all()
    assert (record.category, record.item) == ("partner_unavailable", None)
