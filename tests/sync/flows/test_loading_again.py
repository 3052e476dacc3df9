"""An order that SEKO has under one number and is loaded again under another: the two loads are never mixed up."""

from datetime import timedelta

import pytest

from exceptions import services
from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Failure, Refused, Unclear
from sync.models import Item, Order
from sync.rules import preflight
from sync.shapes import WarehouseStatus
from tests.sync.doubles import an_order

OURS, STRANGE = "15501234567890", "15501234567891"
AGAIN = {"warehouse.number": "JL1-A-2"}


@pytest.fixture
def cancelled(engine):
    """An order that SEKO took two days ago and has cancelled on its own."""
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    Order.objects.update(injected_at=business_now() - timedelta(days=2))
    engine.warehouse.statuses[engine.order().warehouse_guid] = WarehouseStatus(True, "Cancelled")
    engine.run()
    assert engine.codes(engine.item()) == [Code.CANCELLED_BY_WAREHOUSE]
    return engine


def loads(engine) -> list[str]:
    """The numbers under which SEKO has taken the order."""
    return [order.number for order in engine.warehouse.orders]


def test_the_new_load_does_not_inherit_that_the_old_one_was_cancelled(cancelled) -> None:
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    cancelled.run(1)
    assert loads(cancelled) == ["JL1-A", "JL1-A-2"]
    cancelled.marketplace.change("JL1-A", state="CANCELED")
    cancelled.poll()
    cancelled.run()
    assert cancelled.codes(cancelled.item()) == [Code.CANCELLED_LIVE]


def test_the_age_of_the_new_load_counts_from_the_new_load(cancelled) -> None:
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    cancelled.run()
    order = cancelled.order()
    assert cancelled.codes(order.item) == []
    assert order.injected_at > business_now() - timedelta(hours=1)
    assert (order.item.stage, order.warehouse_state) == ("injected", "To Be Picked")


def test_a_new_load_that_never_arrived_is_sent_again(cancelled) -> None:
    cancelled.warehouse.before["websubmit"] = [Unclear("connection reset")]
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    cancelled.run(3)
    assert loads(cancelled) == ["JL1-A"]
    cancelled.outlive(minutes=6)
    cancelled.run()
    assert loads(cancelled) == ["JL1-A", "JL1-A-2"]


def test_a_new_load_whose_answer_was_lost_is_read_back_and_counts_from_then(cancelled) -> None:
    cancelled.warehouse.after["websubmit"] = [Unclear("no answer in time")]
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    cancelled.run()
    assert loads(cancelled) == ["JL1-A", "JL1-A-2"]
    assert cancelled.codes(cancelled.item()) == []
    assert cancelled.order().injected_at > business_now() - timedelta(hours=1)


def test_a_new_load_that_seko_refused_is_sent_again_once_the_cause_is_mended(cancelled) -> None:
    cancelled.warehouse.before["websubmit"] = [Refused(Failure(Code.NO_FREE_STOCK, "has no free stock"))]
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    cancelled.run()
    assert cancelled.codes(cancelled.item()) == [Code.NO_FREE_STOCK]
    pipeline.resubmit(cancelled.item())
    cancelled.run()
    assert loads(cancelled) == ["JL1-A", "JL1-A-2"]


def test_the_history_of_one_that_is_called_off_before_its_new_load_does_not_deny_the_first(cancelled) -> None:
    cancelled.warehouse.before["websubmit"] = [Refused(Failure(Code.NO_FREE_STOCK, "has no free stock"))]
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    cancelled.run()
    cancelled.marketplace.change("JL1-A", state="CANCELED")
    cancelled.poll()
    cancelled.run()
    assert loads(cancelled) == ["JL1-A"]
    [said] = cancelled.item().events.filter(kind="cancelled").values_list("title", flat=True)
    assert said == "Cancelled on John Lewis; SEKO has nothing of it to send"


def test_an_order_that_john_lewis_no_longer_wants_is_not_loaded_again(cancelled) -> None:
    cancelled.marketplace.change("JL1-A", state="SHIPPED")
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    cancelled.run()
    assert loads(cancelled) == ["JL1-A"]
    assert cancelled.item().stage == "confirmed"


def refuse_as_known(engine) -> None:
    """SEKO has the number already."""
    engine.warehouse.before["websubmit"] = [
        Refused(Failure(Code.DUPLICATE_ORDER, "Sales Order Number already exists."))
    ]
    engine.poll()
    engine.run()
    assert engine.codes(engine.item()) == [Code.DUPLICATE_ORDER]


def refused_as_known(engine, *, is_ours: bool) -> None:
    """SEKO has the number already; a person says whether that is this order, or to be loaded under a new one."""
    refuse_as_known(engine)
    said = {"warehouse.adopt": "yes"} if is_ours else {"warehouse.adopt": "no", **AGAIN}
    pipeline.resubmit(engine.item(), corrections=said)


def test_the_order_that_is_taken_as_ours_is_the_one_under_the_number_that_was_refused(engine) -> None:
    engine.marketplace.put(an_order())
    refused_as_known(engine, is_ours=False)
    refused_as_known(engine, is_ours=True)
    engine.run()
    assert (loads(engine), engine.warehouse.count("websubmit")) == ([], 2)
    order = engine.order()
    assert (order.warehouse_number, order.warehouse_guid) == ("JL1-A-2", preflight.guid_of(order, "JL1-A-2"))
    assert order.item.stage == "injected"


def test_a_new_load_that_seko_knows_already_can_be_taken_as_ours(cancelled) -> None:
    pipeline.resubmit(cancelled.item(), corrections=AGAIN)
    refused_as_known(cancelled, is_ours=True)
    cancelled.run()
    assert (loads(cancelled), cancelled.warehouse.count("websubmit")) == (["JL1-A"], 2)
    assert cancelled.order().warehouse_number == "JL1-A-2"
    assert cancelled.item().events.filter(kind="adopted").count() == 1


def load_again_under(engine, number: str) -> None:
    """What a person enters for an order that SEKO has cancelled."""
    record = ExceptionRecord.objects.get(category="cancelled_by_warehouse")
    prefix = services.parts(record)[0].form.prefix
    (part,) = services.parts(record, {f"{prefix}-number": number})
    assert part.form.is_valid()
    pipeline.resubmit(engine.item(), corrections=part.category.corrections(part.form))


def test_a_new_number_takes_back_that_the_cancelled_order_was_taken_as_ours(engine) -> None:
    engine.marketplace.put(an_order())
    refused_as_known(engine, is_ours=True)
    engine.warehouse.statuses[preflight.guid_of(engine.order(), "JL1-A")] = WarehouseStatus(True, "Cancelled")
    engine.run()
    load_again_under(engine, "JL1-A-2")
    engine.run()
    assert loads(engine) == ["JL1-A-2"]


def strangers_parcel(engine) -> None:
    """SEKO dispatches an order of the same number that is not ours."""
    engine.dispatch(number=STRANGE, order_number="JL1-A", guid="strange", dispatch_number="7")


def parcel(tracking_number: str):
    """The item of a parcel."""
    return Item.objects.get(dispatch__tracking_number=tracking_number)


def told(engine) -> tuple[str, str]:
    """What John Lewis shows of the dispatch."""
    shown = engine.marketplace.orders["JL1-A"]
    return shown.state, shown.tracking_number


def test_a_parcel_of_the_strangers_order_is_never_told_as_ours(engine) -> None:
    engine.marketplace.put(an_order())
    refused_as_known(engine, is_ours=False)
    strangers_parcel(engine)
    engine.run()
    assert told(engine) == ("SHIPPING", "")
    assert engine.codes(parcel(STRANGE)) == [Code.DISPATCH_UNMATCHED]
    assert loads(engine) == ["JL1-A-2"]
    engine.dispatch(number=OURS)
    engine.run()
    assert told(engine) == ("SHIPPED", OURS)


def test_a_parcel_does_not_answer_whether_the_order_is_ours(engine) -> None:
    engine.marketplace.put(an_order())
    refuse_as_known(engine)
    strangers_parcel(engine)
    engine.run()
    assert engine.codes(engine.item()) == [Code.DUPLICATE_ORDER]
    assert engine.codes(parcel(STRANGE)) == [Code.DISPATCH_UNMATCHED]
    pipeline.resubmit(engine.item(), corrections={"warehouse.adopt": "yes"})
    engine.run()
    assert told(engine) == ("SHIPPED", STRANGE)


def test_a_parcel_of_a_load_that_seko_showed_too_late_is_known_by_its_guid(engine) -> None:
    engine.marketplace.put(an_order())
    refused_as_known(engine, is_ours=False)
    engine.dispatch(number=OURS, order_number="JL1-A", guid=preflight.guid_of(engine.order(), "JL1-A"))
    engine.run()
    assert told(engine) == ("SHIPPED", OURS)
    assert loads(engine) == []


def test_a_person_can_say_that_the_parcel_is_ours(engine) -> None:
    engine.marketplace.put(an_order())
    refused_as_known(engine, is_ours=False)
    engine.run()
    strangers_parcel(engine)
    engine.run()
    pipeline.resubmit(parcel(STRANGE), corrections={"order_id": "JL1-A"})
    engine.run()
    assert told(engine) == ("SHIPPED", STRANGE)


def test_a_number_that_was_refused_is_not_suggested_again(engine) -> None:
    engine.marketplace.put(an_order())
    refused_as_known(engine, is_ours=False)
    refuse_as_known(engine)
    [part] = services.parts(ExceptionRecord.objects.get(category="duplicate_order"))
    assert part.form.fields["number"].initial == "JL1-A-3"
