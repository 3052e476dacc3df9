"""One cause, many orders: planned, fixed once, sent back together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carriers.models import CarrierMapping
from exceptions import reading, services
from exceptions.models import Cause, ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync import corrections
from sync.failures import Code, Failure
from sync.models import Item, SkuAlias

SKU = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})
ADDRESS = Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city", rule="address.missing")
CARRIER = Failure(Code.UNMAPPED_CARRIER, "no code", field="carrier")
SETUP = Failure(Code.WAREHOUSE_SETUP, "Invalid Mapping - DC", field="dc_code")


def _posted(record, **values):
    data = {f"{part.form.prefix}-{name}": value for part in services.parts(record) for name, value in values.items()}
    return services.parts(record, data)


def test_an_alias_releases_every_order_with_the_sku_except_those_held_by_something_else(desk, operations):
    first = desk.stall(desk.order("JL1-A"), SKU)
    second = desk.stall(desk.order("JL2-A"), SKU)
    both = desk.stall(desk.order("JL3-A"), SKU, ADDRESS)
    other = desk.stall(desk.order("JL4-A"), ADDRESS)
    given = _posted(first, product_1="BAG-01")
    plan = services.plan(first, given)
    assert (plan.count, str(plan.value)) == (2, "20.00")
    assert plan.earliest_deadline == min(first.deadline, second.deadline)
    assert "2 orders go back, worth £20.00" in plan.sentence
    assert "1 stays: also held by: Address not acceptable" in plan.sentence
    done = services.fix_and_resubmit(first, given, by=operations)
    assert {record.pk for record in done.released} == {first.pk, second.pk}
    assert [kept.record.pk for kept in done.kept] == [both.pk]
    states = dict(ExceptionRecord.objects.values_list("pk", "state"))
    assert states == {
        first.pk: State.RESUBMITTED, second.pk: State.RESUBMITTED, both.pk: State.OPEN, other.pk: State.OPEN
    }  # fmt: skip
    assert SkuAlias.objects.get().product_code == "BAG-01"
    cause = Cause.objects.get(category="unknown_sku")
    assert (cause.fix_note, cause.fixed_by) == ("SKU BAG means BAG-01", operations)


def test_a_product_that_a_complete_catalogue_does_not_hold_is_refused_and_nothing_is_kept(desk, operations):
    desk.connection.settings = {"catalogue_complete": True}
    desk.connection.save()
    record = desk.stall(desk.order(), SKU)
    with pytest.raises(services.Refused, match="SEKO has no product NONSENSE"):
        services.fix_and_resubmit(record, _posted(record, product_1="NONSENSE"), by=operations)
    assert not SkuAlias.objects.exists()
    assert Item.objects.get().status == "stalled"


def test_a_mapping_row_releases_every_dispatch_by_the_courier(desk, manager):
    for order_id in ("JL1-A", "JL2-A"):
        desk.order(order_id)
        desk.stall(desk.dispatch(order_id), CARRIER)
    desk.order("JL3-A")
    other = desk.stall(desk.dispatch("JL3-A", courier="Tortoise"), CARRIER)
    record = ExceptionRecord.objects.get(order_key="JL1-A")
    assert record.headline == "Fagans Freight Pallet 48 has no John Lewis carrier code"
    done = services.fix_and_resubmit(record, _posted(record, carrier_code="DPD_UK"), by=manager)
    assert sorted(r.order_key for r in done.released) == ["JL1-A", "JL2-A"]
    row = CarrierMapping.objects.get()
    assert (row.courier, row.service, row.carrier_code, row.author) == (
        "Fagans Freight",
        "Pallet 48",
        "DPD_UK",
        manager,
    )
    other.refresh_from_db()
    assert other.state == State.OPEN


def test_a_choice_for_one_dispatch_leaves_the_table_and_the_others_alone(desk, manager):
    items = []
    for order_id in ("JL1-A", "JL2-A"):
        desk.order(order_id)
        items.append(desk.dispatch(order_id))
        desk.stall(items[-1], CARRIER)
    record = ExceptionRecord.objects.get(order_key="JL1-A")
    done = services.fix_and_resubmit(record, _posted(record, carrier_code="DPD_UK", only_this="on"), by=manager)
    assert [r.order_key for r in done.released] == ["JL1-A"]
    assert not CarrierMapping.objects.exists()
    assert corrections.live(items[0]) == {"carrier_code": "DPD_UK"}


def test_only_approved_carriers_can_be_chosen_and_not_the_refused_one(desk, manager):
    desk.order()
    record = desk.stall(desk.dispatch(), Failure(Code.CARRIER_REJECTED, "no", field="carrier", value="RM24"))
    [part] = services.parts(record)
    assert [code for code, _ in part.form.fields["carrier_code"].choices] == ["", "DPD_UK"]
    [part] = _posted(record, carrier_code="YODEL")
    assert not part.form.is_valid()
    with pytest.raises(services.Refused, match="not filled in correctly"):
        services.fix(record, [part], by=manager)


def test_a_setting_put_right_at_its_source_releases_all_at_once(desk, manager):
    records = [desk.stall(desk.order(order_id), SETUP) for order_id in ("JL1-A", "JL2-A", "JL3-A")]
    assert services.plan(records[0]).count == 3
    done = services.resubmit(records[0], by=manager)
    assert len(done.released) == 3
    assert done.sentence == "3 orders are on their way again."


def test_a_whole_cause_can_be_sent_back_and_tells_what_stays(desk, operations):
    desk.stall(desk.order("JL1-A"), SKU)
    desk.stall(desk.order("JL2-A"), SKU, ADDRESS)
    cause = Cause.objects.get(category="unknown_sku")
    assert (services.plan_cause(cause).count, len(services.plan_cause(cause).kept)) == (1, 1)
    done = services.resubmit_cause(cause, by=operations)
    assert [record.order_key for record in done.released] == ["JL1-A"]
    assert done.kept[0].why == "also held by: Address not acceptable"


def test_sending_back_a_whole_cause_respects_the_queue(desk, operations):
    desk.order()
    desk.stall(desk.dispatch(), CARRIER)
    done = services.resubmit_cause(Cause.objects.get(), by=operations)
    assert not done.released
    assert "needs the role Manager" in done.kept[0].why
    assert Item.objects.get(kind="dispatch").status == "stalled"


def test_trying_out_shows_what_would_be_sent_and_changes_nothing(desk, operations, monkeypatch):
    record = desk.stall(desk.order(), ADDRESS)
    seen = []
    monkeypatch.setattr("exceptions.services.fixing.rehearse", lambda item, given: seen.append(given))
    given = _posted(record, city="Otley")
    services.try_out(record, given, by=operations)
    assert seen == [{"delivery.city": "Otley"}]
    assert corrections.live(record.item) == {}
    assert ExceptionRecord.objects.get().version == record.version


def test_causes_are_read_with_their_orders_their_money_and_their_first_deadline(desk, operations, finance):
    now = business_now()
    for place, order_id in enumerate(("JL1-A", "JL2-A", "JL3-A")):
        desk.stall(desk.order(order_id, shipping_deadline=now + timedelta(hours=5 + place)), SKU)
    desk.stall(desk.order("JL4-A", shipping_deadline=now + timedelta(days=2)), ADDRESS)
    rows = reading.causes(finance)
    assert [(row.category.slug, row.count, str(row.value)) for row in rows] == [
        ("unknown_sku", 3, "30.00"),
        ("address_not_acceptable", 1, "10.00"),
    ]
    assert rows[0].earliest_deadline == now + timedelta(hours=5)
    shown = reading.today(operations)
    assert (shown.open, shown.unowned, str(shown.value)) == (4, 4, "40.00")
