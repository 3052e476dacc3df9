"""Where John Lewis knows several shipments for an order: each parcel told by itself, once, with what was in it."""

from dataclasses import replace

import pytest

from sync import lanes, pipeline, rehearsal
from sync.failures import Code, NotSent, Unclear
from sync.models import Attempt, Connection, Dispatch, Event, FlowState, Item
from sync.shapes import DispatchNewsLine
from sync.states import Kind
from tests.sync.doubles import an_order

FIRST, SECOND = "15501234567890", "15501234567891"


@pytest.fixture
def shop(engine):
    """An engine whose shop has shipments."""
    engine.marketplace.open_shop(engine.connection)
    return engine


def bring(engine, order=None, **lines: int) -> None:
    """An order that SEKO has."""
    engine.marketplace.put(order or an_order(**(lines or {"BAG": 1})))
    engine.poll()
    engine.run()


def parcel(engine, number: str = FIRST, **lines: int) -> None:
    """SEKO's news of one parcel."""
    engine.dispatch(number=number, lines=tuple(DispatchNewsLine(sku, quantity) for sku, quantity in lines.items()))


def told(engine) -> list[tuple[str, str, dict[str, int]]]:
    """Status, number and lines of every shipment at John Lewis."""
    return [
        (each.status, each.tracking_number, {line.line_id: line.quantity for line in each.lines})
        for each in engine.marketplace.shipments_by_id.values()
    ]


def dispatch_item(engine, number: str = FIRST) -> Item:
    """The item of a parcel."""
    return Item.objects.get(dispatch__tracking_number=number)


def counts(engine) -> tuple[int, int, int]:
    """How often ST01, ST23 and ST24 came."""
    return tuple(engine.marketplace.count(operation) for operation in ("ST01", "ST23", "ST24"))


def test_a_parcel_is_created_confirmed_read_back_and_its_order_is_done_with_it(shop):
    bring(shop)
    shop.dispatch()
    shop.run()
    assert told(shop) == [("SHIPPED", FIRST, {"JL1-A-1": 1})]
    assert counts(shop) == (1, 0, 1)
    assert shop.marketplace.count("OR23") == shop.marketplace.count("OR24") == 0
    dispatch = Dispatch.objects.get()
    assert (dispatch.item.status, dispatch.shipment_id, dispatch.told_lines) == ("done", "S1", {"JL1-A-1": 1})
    assert dispatch.confirmed_at
    assert shop.item().stage == "confirmed"
    shop.marketplace.change("JL1-A", state="RECEIVED")
    shop.poll()
    shop.run()
    assert shop.item().status == "done"


def test_two_parcels_are_two_shipments_each_with_its_own_lines(shop):
    bring(shop, BAG=2, HAT=1)
    parcel(shop, FIRST, BAG=1)
    parcel(shop, SECOND, BAG=1, HAT=1)
    shop.run()
    assert told(shop) == [("SHIPPED", FIRST, {"JL1-A-1": 1}), ("SHIPPED", SECOND, {"JL1-A-1": 1, "JL1-A-2": 1})]
    assert shop.marketplace.orders["JL1-A"].state == "SHIPPED"
    assert shop.item().stage == "confirmed"


def test_order_lines_of_one_product_are_filled_in_line_order_by_what_is_left(shop):
    order = an_order(BAG=2)
    again = replace(order.lines[0], line_id="JL1-A-2", index=2, quantity=3)
    cancelled = replace(order.lines[0], cancelled_quantity=1)
    bring(shop, replace(order, lines=(cancelled, again)))
    parcel(shop, FIRST, BAG=2)
    parcel(shop, SECOND, bag=2)
    shop.run()
    assert [lines for _, _, lines in told(shop)] == [{"JL1-A-1": 1, "JL1-A-2": 1}, {"JL1-A-2": 2}]


def test_a_second_parcel_may_come_while_the_first_waits_for_a_person(shop):
    bring(shop, BAG=2)
    shop.dispatch(courier="Fagans Freight", lines=(DispatchNewsLine("BAG", 1),))
    parcel(shop, SECOND, BAG=1)
    shop.run()
    assert told(shop) == [("SHIPPED", SECOND, {"JL1-A-1": 1})]
    assert Code.UNMAPPED_CARRIER in shop.codes(dispatch_item(shop))
    assert shop.item().stage == "dispatched"


def test_more_than_was_ordered_is_a_persons_case_and_no_wrong_number_is_sent(shop):
    bring(shop, BAG=2)
    parcel(shop, FIRST, BAG=3)
    shop.run()
    assert told(shop) == []
    item = dispatch_item(shop)
    assert shop.codes(item) == [Code.OVER_DISPATCH]
    assert "1 piece of BAG" in item.failures[0]["text"]
    pipeline.resubmit(item, corrections={"parcel.surplus": "ordered"})
    shop.run()
    assert told(shop) == [("SHIPPED", FIRST, {"JL1-A-1": 2})]


def test_a_parcel_told_twice_by_seko_is_ended_without_a_word(shop):
    bring(shop)
    parcel(shop, FIRST, BAG=1)
    shop.run()
    shop.dispatch(number=FIRST, dispatch_id="again", lines=(DispatchNewsLine("BAG", 1),))
    shop.run()
    item = Item.objects.get(external_key="again")
    assert item.status == "stalled"
    assert len(told(shop)) == 1
    pipeline.resubmit(item, corrections={"parcel.surplus": "nothing"})
    shop.run()
    item.refresh_from_db()
    assert (item.status, len(told(shop))) == ("done", 1)
    assert shop.item().stage == "confirmed"


def test_a_product_that_the_order_does_not_hold_is_never_told(shop):
    bring(shop)
    parcel(shop, FIRST, BAG=1, HAT=1)
    shop.run()
    assert shop.codes(dispatch_item(shop)) == [Code.OVER_DISPATCH]


def test_what_somebody_told_by_hand_is_not_told_again(shop):
    bring(shop, BAG=2)
    shop.marketplace.put_by_hand("JL1-A", "BY-HAND", {"JL1-A-1": 1})
    parcel(shop, FIRST, BAG=2)
    shop.run()
    assert shop.codes(dispatch_item(shop)) == [Code.OVER_DISPATCH]
    assert len(told(shop)) == 1


def test_a_shipment_made_by_hand_with_our_tracking_number_is_this_parcel(shop):
    bring(shop)
    shop.marketplace.put_by_hand("JL1-A", FIRST, {"JL1-A-1": 1})
    parcel(shop, FIRST, BAG=1)
    shop.run()
    assert counts(shop) == (0, 0, 0)
    assert dispatch_item(shop).status == "done"
    assert shop.item().stage == "confirmed"


def test_an_order_shipped_with_other_data_is_a_conflict(shop):
    bring(shop)
    shop.marketplace.put_by_hand("JL1-A", "BY-HAND", {"JL1-A-1": 1})
    parcel(shop, FIRST, BAG=1)
    shop.run()
    item = dispatch_item(shop)
    assert item.failures[0]["rule"] == "conflict"
    pipeline.resubmit(item, corrections={"confirmation.accept": "yes"})
    shop.run()
    assert dispatch_item(shop).status == "done"
    assert counts(shop) == (0, 0, 0)


@pytest.mark.parametrize("operation", ["ST01", "ST24"])
@pytest.mark.parametrize("shows_packages", [True, False])
def test_a_lost_answer_after_the_effect_is_read_back_and_nothing_is_sent_twice(shop, operation, shows_packages):
    shop.marketplace.shows_packages = shows_packages
    bring(shop)
    shop.marketplace.after[operation] = [Unclear("no answer in time")]
    shop.dispatch()
    shop.run()
    assert counts(shop) == (1, 0, 1)
    assert Attempt.objects.get(operation=operation).settled_by == "read-back"
    assert shop.item().stage == "confirmed"


@pytest.mark.parametrize("operation", ["ST01", "ST24"])
def test_a_lost_call_without_effect_is_sent_again_only_once_it_would_be_shown(shop, operation):
    bring(shop)
    shop.marketplace.before[operation] = [Unclear("connection reset")]
    shop.dispatch()
    shop.run()
    assert shop.marketplace.count(operation) == 1
    assert dispatch_item(shop).status == "unknown"
    shop.outlive(minutes=3)
    shop.run()
    assert shop.marketplace.count(operation) == 2
    assert told(shop) == [("SHIPPED", FIRST, {"JL1-A-1": 1})]


def test_a_shipment_that_is_shown_late_is_never_created_twice(shop):
    bring(shop)
    shop.marketplace.after["ST01"] = [Unclear("no answer in time")]
    shop.marketplace.unshown = 4
    shop.dispatch()
    shop.run()
    assert counts(shop) == (1, 0, 1)


def test_a_lost_correction_of_the_tracking_is_settled_by_reading(shop):
    for armed, number in (("after", FIRST), ("before", SECOND)):
        order_id = f"JL-{armed}-A"
        shop.marketplace.put(an_order(order_id))
        shop.poll()
        shop.run()
        shop.marketplace.before["ST24"] = [NotSent("refused"), NotSent("refused")]
        shop.dispatch(order_id, number=number)
        shop.run(1)
        getattr(shop.marketplace, armed)["ST23"] = [Unclear("reset")]
        item = Item.objects.get(order_key=order_id, kind=Kind.DISPATCH)
        assert item.dispatch.shipment_id
        item.corrections.create(path="tracking_number", value="15509999999999", created_at=item.created_at)
        shop.run()
        shop.outlive(minutes=3)
        shop.run()
        item.refresh_from_db()
        assert item.status == "done"
        shipment = shop.marketplace.shipments_by_id[item.dispatch.shipment_id]
        assert (shipment.tracking_number, shipment.status) == ("15509999999999", "SHIPPED")
    assert shop.marketplace.count("ST23") == 3
    assert shop.marketplace.count("ST01") == 2


@pytest.mark.parametrize("at", ["ST01", "ST24"])
def test_a_killed_worker_leaves_a_shipment_that_the_next_step_finishes(shop, at):
    bring(shop)
    shop.dispatch()

    class Died(BaseException):
        """The process is gone."""

    def die(prepared):
        if prepared.operation == at:
            raise Died

    shop.marketplace.hook = die
    with pytest.raises(Died):
        shop.run(4)
    shop.marketplace.hook = None
    Item.objects.filter(status="leased").update(lease_until="2000-01-01T00:00:00Z")
    lanes.sweep()
    assert dispatch_item(shop).status == "unknown"
    shop.run()
    assert counts(shop) == (1, 0, 1)
    assert shop.item().stage == "confirmed"


def test_a_shipment_that_is_created_and_not_confirmed_says_so_and_is_finished(shop):
    bring(shop)
    shop.marketplace.before["ST24"] = [NotSent("connection refused")]
    shop.dispatch()
    shop.run(1)
    assert told(shop) == [("SHIPPING", FIRST, {"JL1-A-1": 1})]
    assert Event.objects.filter(title="Shipment of 1 piece created at John Lewis, not yet confirmed").count() == 1
    assert Dispatch.objects.get().shipment_id == "S1"
    shop.run()
    assert counts(shop) == (1, 0, 2)
    assert told(shop)[0][0] == "SHIPPED"


def test_a_second_st24_that_is_refused_because_it_had_left_is_a_confirmation(shop):
    bring(shop)
    shop.marketplace.before["ST24"] = [NotSent("connection refused")]
    shop.dispatch()
    shop.run(1)
    read = shop.marketplace.shipments
    stale = read(["JL1-A"])
    shop.marketplace.alter("S1", status="SHIPPED")
    shop.marketplace._close("JL1-A")
    answers = [stale]
    shop.marketplace.shipments = lambda ids: answers.pop() if answers else read(ids)
    shop.run()
    assert dispatch_item(shop).status == "done"


def test_a_refused_shipment_gives_its_lines_back(shop):
    bring(shop)
    shop.marketplace.before["ST01"] = [NotSent("connection refused")]
    shop.dispatch()
    shop.run(1)
    assert Dispatch.objects.get().told_lines == {}
    shop.run()
    assert len(told(shop)) == 1


def test_a_shipment_taken_back_on_john_lewis_is_made_anew_only_on_a_persons_word(shop):
    bring(shop)
    shop.marketplace.before["ST24"] = [NotSent("refused"), NotSent("refused"), NotSent("refused")]
    shop.dispatch()
    shop.run(1)
    shop.marketplace.alter("S1", status="CANCELED")
    shop.run()
    item = dispatch_item(shop)
    assert item.failures[0]["rule"] == "shipment_gone"
    assert counts(shop)[0] == 1
    pipeline.resubmit(item, corrections={"shipment.again": "2099-01-01T00:00:00+00:00"})
    shop.marketplace.before["ST24"] = []
    shop.run(1)
    assert counts(shop)[0] == 2


def test_an_unknown_state_of_a_shipment_stalls(shop):
    bring(shop)
    shop.marketplace.before["ST24"] = [NotSent("refused")]
    shop.dispatch()
    shop.run(1)
    shop.marketplace.alter("S1", status="IN_ORBIT")
    shop.run()
    assert shop.codes(dispatch_item(shop)) == [Code.UNKNOWN_VALUE]


def profile_is_due() -> bool:
    """Whether the shop's profile is to be read now."""
    return FlowState.objects.get(flow="read-profile").due_at.year < 2099


def test_shipments_that_are_not_there_make_the_profile_be_read_and_nothing_else_is_sent(shop):
    FlowState.objects.create(connection=shop.connection, flow="read-profile", due_at="2099-01-01T00:00:00Z")
    bring(shop)
    shop.marketplace.multi_shipment = False
    shop.dispatch()
    shop.run()
    assert dispatch_item(shop).status == "waiting"
    assert profile_is_due()
    assert not Attempt.objects.filter(operation__in=["OR23", "OR24", "ST01"]).exists()
    Connection.objects.update(profile={"multi_shipment": False})
    shop.run()
    assert shop.marketplace.count("OR24") == 1
    assert shop.item().stage == "confirmed"


def test_shipments_that_vanish_after_one_was_announced_are_settled_by_the_new_profile(shop):
    FlowState.objects.create(connection=shop.connection, flow="read-profile", due_at="2099-01-01T00:00:00Z")
    bring(shop)
    shop.marketplace.before["ST01"] = [Unclear("reset")]
    shop.dispatch()
    shop.run(1)
    shop.marketplace.multi_shipment = False
    shop.outlive(minutes=3)
    shop.run()
    assert dispatch_item(shop).status == "unknown"
    assert profile_is_due()
    Connection.objects.update(profile={"multi_shipment": False})
    shop.run()
    assert shop.marketplace.count("OR24") == 1
    assert dispatch_item(shop).status == "done"


def test_a_shop_that_gets_shipments_between_the_two_calls_goes_on_with_them(engine):
    bring(engine)
    engine.marketplace.before["OR24"] = [NotSent("connection refused")]
    engine.dispatch()
    engine.run(1)
    assert engine.marketplace.count("OR23") == 1
    engine.marketplace.open_shop(engine.connection)
    engine.run()
    assert told(engine) == [("SHIPPED", FIRST, {"JL1-A-1": 1})]
    assert engine.item().stage == "confirmed"


def test_a_shop_that_gets_shipments_after_the_last_call_is_not_told_again(engine):
    bring(engine)
    engine.marketplace.after["OR24"] = [Unclear("reset")]
    engine.dispatch()
    engine.run(1)
    engine.marketplace.open_shop(engine.connection)
    engine.run()
    assert told(engine) == []
    assert engine.item().stage == "confirmed"


def test_a_rehearsal_shows_what_would_be_told_of_the_parcel(shop):
    bring(shop, BAG=2)
    shop.dispatch(courier="Fagans Freight", lines=(DispatchNewsLine("BAG", 2),))
    parcel(shop, SECOND, BAG=1)
    shop.run()
    item = dispatch_item(shop)
    tried = rehearsal.rehearse(item, {"carrier_code": "DPD_UK"})
    assert [failure.code for failure in tried.failures] == [Code.OVER_DISPATCH]
    tried = rehearsal.rehearse(item, {"carrier_code": "DPD_UK", "parcel.surplus": "ordered"})
    assert tried.failures == []
    assert '"DPD_UK"' in tried.would_send
    assert '["JL1-A-1", 1, ' in tried.would_send
    tried = rehearsal.rehearse(item, {"parcel.surplus": "nothing"})
    assert (tried.failures, tried.would_send) == ([], "")
    Dispatch.objects.filter(item=item).update(shipment_id="S9")
    item = dispatch_item(shop)
    assert rehearsal.rehearse(item, {"carrier_code": "DPD_UK"}).would_send == f'["DPD_UK", "{FIRST}"]'
