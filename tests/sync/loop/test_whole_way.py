"""The whole way of an order, and the ways in which it may be held up."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from carriers import approved
from sync import lanes, limits, pipeline, rehearsal
from sync.failures import Code, Failure, NotSent, Refused, Unclear
from sync.flows import reference
from sync.models import Attempt, Event, FlowState, Item, Side
from sync.shapes import DispatchNewsLine, WarehouseStatus
from sync.states import Kind
from tests.sync.doubles import HOME, an_order


def test_an_order_travels_from_acceptance_to_delivery(engine):
    engine.marketplace.put(an_order(state="WAITING_ACCEPTANCE", address=None))
    engine.poll()
    engine.run()
    assert engine.marketplace.count("OR21") == 1
    engine.marketplace.change("JL1-A", state="SHIPPING", delivery=HOME)
    engine.poll()
    engine.run()
    assert [order.number for order in engine.warehouse.orders] == ["JL1-A"]
    assert engine.order().verified_at
    engine.dispatch()
    engine.run()
    shipped = engine.marketplace.orders["JL1-A"]
    assert (shipped.state, shipped.carrier_code, shipped.tracking_number) == ("SHIPPED", "DPD_UK", "15501234567890")
    assert engine.item().stage == "confirmed"
    engine.marketplace.change("JL1-A", state="RECEIVED")
    engine.poll()
    engine.run()
    assert (engine.item().stage, engine.item().status) == ("delivered", "done")
    assert (
        engine.marketplace.count("OR23") == engine.marketplace.count("OR24") == engine.warehouse.count("websubmit") == 1
    )


def test_polling_again_changes_nothing(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.poll()
    events = Event.objects.count()
    engine.poll()
    assert Event.objects.count() == events
    assert engine.connection.items.count() == 1


def test_an_order_that_was_shipped_before_we_came_is_passed_over(engine):
    engine.marketplace.put(an_order(state="SHIPPED"))
    engine.poll()
    assert engine.connection.items.count() == 0


def test_an_order_that_came_and_was_cancelled_between_two_polls_is_in_the_books(engine):
    now = datetime.now(UTC)
    engine.marketplace.put(replace(an_order("JL1-A", state="CANCELED"), created_at=now))
    engine.marketplace.put(replace(an_order("JL2-A", state="CANCELED"), created_at=now.replace(year=now.year - 1)))
    engine.poll()
    engine.run()
    assert [item.order_key for item in engine.connection.items.all()] == ["JL1-A"]
    assert engine.item().status == "cancelled"
    assert engine.warehouse.orders == []


def test_identical_products_become_one_line_and_the_line_map_is_kept(engine):
    order = an_order(BAG=2, HAT=1)
    again = replace(order.lines[0], line_id="JL1-A-3", index=3, quantity=3)
    engine.marketplace.put(replace(order, lines=(*order.lines, again)))
    engine.poll()
    engine.run()
    sent = engine.warehouse.orders[0]
    assert [(line.line_number, line.product_code, line.quantity) for line in sent.lines] == [
        (1, "BAG", 5),
        (2, "HAT", 1),
    ]


def test_codes_that_differ_only_by_case_stall_until_an_alias_is_chosen(engine):
    engine.marketplace.put(an_order(**{"84997B": 1, "84997b": 1}))
    engine.poll()
    engine.run()
    assert engine.codes(engine.item()) == [Code.SKU_CASE_CLASH, Code.SKU_CASE_CLASH]
    assert engine.warehouse.orders == []


def test_every_fault_of_an_address_is_listed_at_once(engine):
    bad = replace(HOME, city="", postcode="X", line1="東京" * 3, line2="x" * 120)
    engine.marketplace.put(an_order(address=bad))
    engine.poll()
    engine.run()
    fields = {failure["field"] for failure in engine.item().failures}
    assert fields == {"delivery.city", "delivery.postcode", "delivery.line1", "delivery.line2"}
    assert engine.warehouse.count("websubmit") == 0


def test_a_correction_lets_the_order_go_and_survives_the_next_poll(engine, django_user_model):
    person = django_user_model.objects.create(username="olivia")
    engine.marketplace.put(an_order(address=replace(HOME, city="")))
    engine.poll()
    engine.run()
    assert pipeline.resubmit(engine.item(), by=person, corrections={"delivery.city": "Leeds"})
    engine.marketplace.change("JL1-A", total_price=11)
    engine.poll()
    engine.run()
    assert engine.warehouse.orders[0].delivery.city == "Leeds"
    assert engine.order().address["city"] == ""


def test_accents_are_taken_off_and_other_scripts_are_not_guessed(engine):
    engine.marketplace.put(an_order(address=replace(HOME, last_name="Ó Súilleabháin", line1='"The Łodge"')))
    engine.poll()
    engine.run()
    sent = engine.warehouse.orders[0].delivery
    assert (sent.last_name, sent.line1) == ("O Suilleabhain", "'The Lodge'")


def test_a_lost_answer_is_read_back_and_never_sent_again(engine):
    engine.marketplace.put(an_order())
    engine.warehouse.after["websubmit"] = [Unclear("no answer in time")]
    engine.poll()
    engine.run()
    assert engine.warehouse.count("websubmit") == 1
    assert len(engine.warehouse.orders) == 1
    assert Attempt.objects.get().settled_by == "read-back"
    assert engine.item().stage == "injected"


def test_an_effect_that_never_happened_is_sent_again_after_the_visibility_lag(engine):
    engine.marketplace.put(an_order())
    engine.warehouse.before["websubmit"] = [Unclear("connection reset")]
    engine.poll()
    engine.run(3)
    assert engine.warehouse.count("websubmit") == 1
    engine.outlive(minutes=6)
    engine.run()
    assert engine.warehouse.count("websubmit") == 2
    assert len(engine.warehouse.orders) == 1


def test_an_outcome_that_cannot_be_read_becomes_a_persons_question(engine):
    engine.marketplace.put(an_order())
    engine.warehouse.after["websubmit"] = [Unclear("no answer in time")]
    engine.warehouse.status_fault = Unclear("HTTP 500")
    engine.poll()
    engine.run(20)
    assert engine.codes(engine.item()) == [Code.OUTCOME_UNKNOWN]
    engine.warehouse.status_fault = None
    pipeline.resubmit(engine.item(), corrections={"attempt.outcome": "applied"})
    engine.run()
    assert engine.warehouse.count("websubmit") == 1
    assert engine.item().stage == "injected"


def test_without_a_status_address_nothing_is_sent_on_a_guess(engine):
    engine.warehouse.can_read_status = False
    engine.marketplace.put(an_order())
    engine.warehouse.before["websubmit"] = [Unclear("connection reset")]
    engine.poll()
    engine.run()
    engine.outlive(hours=25)
    engine.run()
    assert engine.warehouse.count("websubmit") == 1
    assert engine.codes(engine.item()) == [Code.OUTCOME_UNKNOWN]


def test_a_refused_connection_is_simply_tried_again(engine):
    engine.marketplace.put(an_order())
    engine.warehouse.before["websubmit"] = [NotSent("connection refused")]
    engine.poll()
    engine.run()
    assert len(engine.warehouse.orders) == 1


def test_a_data_error_is_never_sent_again_by_the_machine(engine):
    refusal = Refused(Failure(Code.UNCLASSIFIED, "Allocation profile 7 is not active"))
    engine.marketplace.put(an_order())
    engine.warehouse.before["websubmit"] = [refusal, refusal]
    engine.poll()
    engine.run(20)
    assert engine.warehouse.count("websubmit") == 1
    assert engine.codes(engine.item()) == [Code.UNCLASSIFIED]


def test_a_crash_between_the_answer_and_the_note_does_not_send_twice(engine, monkeypatch):
    engine.marketplace.put(an_order())
    engine.poll()

    class Died(BaseException):
        """The process is gone."""

    def die(prepared):
        raise Died

    engine.warehouse.hook = die
    with pytest.raises(Died):
        engine.run(4)
    engine.warehouse.hook = None
    Item.objects.update(lease_until="2000-01-01T00:00:00Z")
    assert lanes.sweep() == 1
    assert engine.item().status == "unknown"
    engine.run()
    assert len(engine.warehouse.orders) == 1
    assert engine.item().stage == "injected"


def test_an_order_cancelled_before_injection_is_never_sent(engine):
    engine.marketplace.put(an_order(address=replace(HOME, city="")))
    engine.poll()
    engine.run()
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.poll()
    engine.run()
    assert engine.item().status == "cancelled"
    assert engine.warehouse.count("websubmit") == 0


def test_an_order_cancelled_just_before_sending_is_noticed(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.run()
    assert engine.warehouse.count("websubmit") == 0


def test_a_cancellation_after_injection_is_a_persons_case_until_seko_agrees(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.marketplace.change("JL1-A", state="CANCELED")
    engine.poll()
    engine.run()
    assert engine.codes(engine.item()) == [Code.CANCELLED_LIVE]
    pipeline.resubmit(engine.item(), corrections={"warehouse.cancel": "001"})
    engine.run()
    assert engine.item().status == "cancelled"
    assert engine.warehouse.count("cancel") == 1


def test_an_unmapped_carrier_holds_the_dispatch_and_nothing_is_sent(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.dispatch(courier="Fagans Freight", service="Pallet 48")
    engine.run()
    assert Code.UNMAPPED_CARRIER in engine.codes(engine.item(kind=Kind.DISPATCH))
    assert engine.marketplace.count("OR23") == 0


def test_a_short_dispatch_is_never_rounded_up(engine):
    engine.marketplace.put(an_order(BAG=2))
    engine.poll()
    engine.run()
    engine.dispatch(lines=(DispatchNewsLine("BAG", 1),))
    engine.run()
    assert engine.codes(engine.item()) == [Code.SHORT_DISPATCH]
    assert engine.marketplace.count("OR23") == engine.marketplace.count("OR24") == 0
    engine.dispatch(number="15501234567891", lines=(DispatchNewsLine("bag", 1),))
    engine.run()
    assert engine.marketplace.orders["JL1-A"].state == "SHIPPED"
    assert engine.marketplace.count("OR24") == 1
    assert engine.item(kind=Kind.DISPATCH).status == "done"


def test_a_confirmation_whose_answer_was_lost_resumes_at_the_missing_step(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.marketplace.after["OR23"] = [Unclear("no answer in time")]
    engine.marketplace.after["OR24"] = [Unclear("no answer in time")]
    engine.dispatch()
    engine.run()
    assert engine.marketplace.count("OR23") == engine.marketplace.count("OR24") == 1
    assert engine.item(kind=Kind.DISPATCH).status == "done"


def test_a_dispatch_push_overtakes_an_order_that_waits_for_a_person(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    item = engine.item()
    pipeline.stall(item, [Failure(Code.NO_DISPATCH_NEWS, "nothing heard")])
    engine.dispatch()
    engine.run()
    assert engine.item().stage == "confirmed"


def test_seko_cancelling_on_its_own_is_noticed(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.warehouse.statuses[engine.order().warehouse_guid] = WarehouseStatus(True, "Cancelled")
    engine.run()
    assert engine.codes(engine.item()) == [Code.CANCELLED_BY_WAREHOUSE]


def test_an_unknown_order_state_stalls_and_does_not_crash(engine):
    engine.marketplace.put(an_order(state="ON_THE_MOON"))
    engine.poll()
    engine.run()
    assert engine.codes(engine.item()) == [Code.UNKNOWN_VALUE]


def test_a_carrier_that_joins_the_approved_list_releases_what_it_held(engine):
    approved.sync_list("shop", [approved.ApprovedRow("RM24", "Royal Mail 24")], datetime.now(UTC))
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    engine.dispatch()
    engine.run()
    assert engine.codes(engine.item(kind=Kind.DISPATCH)) == [Code.CARRIER_NOT_APPROVED]
    assert engine.marketplace.count("OR23") == 0
    state = FlowState(connection=engine.connection, flow="read-carriers", due_at=datetime.now(UTC))
    assert reference.read_carriers(engine.context(), state)["released"] == 1
    engine.run()
    assert engine.marketplace.orders["JL1-A"].state == "SHIPPED"


def test_an_address_that_is_no_longer_allowed_stops_nothing_and_loses_nothing(engine, monkeypatch):
    engine.marketplace.put(an_order())
    engine.poll()

    def refuse(_):
        raise ValueError("Add the host to ALLOWED_REMOTE_HOSTS.")

    monkeypatch.setattr("sync.loop.work.partners_of", refuse)
    monkeypatch.setattr("sync.rehearsal.partners_of", refuse)
    engine.run(2)
    assert engine.item().status == "ready"
    tried = rehearsal.rehearse(engine.item())
    assert [failure.code for failure in tried.failures] == [Code.PARTNER_UNAVAILABLE]


def test_evidence_about_one_attempt_does_not_settle_the_next(engine):
    engine.marketplace.put(an_order())
    engine.warehouse.before["websubmit"] = [Unclear("reset")]
    engine.warehouse.status_fault = Unclear("HTTP 500")
    engine.poll()
    engine.run()
    item = engine.item()
    assert engine.codes(item) == ["outcome_unknown"]
    engine.warehouse.after["websubmit"] = [Unclear("no answer in time")]
    pipeline.resubmit(item, corrections={"attempt.outcome": "not_applied"})
    engine.run()
    assert len(engine.warehouse.orders) == 1


def test_the_same_evidence_about_the_next_attempt_settles_it_too(engine, django_user_model):
    person = django_user_model.objects.create(username="olivia")
    engine.marketplace.put(an_order())
    engine.warehouse.before["websubmit"] = [Unclear("reset"), Unclear("reset")]
    engine.warehouse.status_fault = Unclear("HTTP 500")
    engine.poll()
    for sent in (1, 2):
        engine.run()
        assert engine.codes(engine.item()) == ["outcome_unknown"]
        assert engine.warehouse.count("websubmit") == sent
        limits.note_good(engine.connection, Side.WAREHOUSE)
        pipeline.resubmit(engine.item(), by=person, corrections={"attempt.outcome": "not_applied"})
    engine.run()
    assert engine.warehouse.count("websubmit") == 3
    assert len(engine.warehouse.orders) == 1
    said = list(engine.item().corrections.order_by("id").values_list("author", "reverted_by"))
    assert said == [(person.pk, person.pk), (person.pk, None)]
