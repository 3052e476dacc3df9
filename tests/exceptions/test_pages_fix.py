"""Fixing in the browser: by a plain POST, as without JavaScript."""

from __future__ import annotations

import pytest

from carriers.models import CarrierMapping
from exceptions import services
from exceptions.models import EntryKind
from exceptions.states import State
from sync import corrections
from sync.models import SkuAlias
from sync.states import Status
from tests.exceptions.page_forms import CARRIER, SKU, STOCK, TOWN, TRACKING, fix, text, url


def test_the_page_says_where_it_is_stuck_and_asks_for_the_wrong_field_only(desk, client, operations) -> None:
    record = desk.stall(desk.order(), TOWN)
    client.force_login(operations)
    page = text(client.get(url("detail", record)))
    assert services.parts(record)[0].form["city"].html_name in page
    assert "postcode" not in {bound.name for part in services.parts(record) for bound in part.form}
    assert "The order is stuck" in page
    assert "JL1-A" in page
    assert "no-store" in client.get(url("detail", record))["Cache-Control"]


def test_an_address_is_rehearsed_saved_and_sent_back(desk, partners, client, operations) -> None:
    item = desk.order()
    record = desk.stall(item, TOWN)
    client.force_login(operations)

    tried = fix(client, record, "rehearse", city="York")
    assert tried.status_code == 200
    assert "This would go through" in text(tried)
    assert "<ins>York</ins>" in text(tried)
    assert corrections.live(item) == {}

    fix(client, record, "save", city="York")
    record.refresh_from_db()
    item.refresh_from_db()
    assert (record.state, record.owner, item.status) == (State.CLAIMED, operations, Status.STALLED)

    done = fix(client, record, "send", city="York")
    assert done.status_code == 302
    record.refresh_from_db()
    item.refresh_from_db()
    assert (record.state, item.status) == (State.RESUBMITTED, Status.READY)
    assert corrections.live(item)["delivery.city"] == "York"
    assert "It closes by itself" in text(client.get(url("detail", record)))


def test_bad_values_come_back_with_a_message_at_the_field(desk, client, operations) -> None:
    record = desk.stall(desk.order(), TOWN)
    client.force_login(operations)
    response = fix(client, record, "send", city="ليدز")
    assert response.status_code == 422
    assert "Write it in Latin letters" in text(response)
    assert "ليدز" in text(response)
    record.refresh_from_db()
    assert record.state == State.OPEN


def test_a_carrier_is_planned_first_and_then_releases_all_that_it_held(desk, client, manager) -> None:
    for number in ("JL1-A", "JL2-A"):
        desk.order(number)
    records = [desk.stall(desk.dispatch(number), CARRIER) for number in ("JL1-A", "JL2-A")]
    client.force_login(manager)

    planned = fix(client, records[0], "send", carrier_code="DPD_UK")
    assert "Yes, release 2 orders" in text(planned)
    assert not CarrierMapping.objects.exists()

    changed = fix(client, records[0], "confirmed", carrier_code="DPD_UK", planned="1")
    assert "Read the plan again" in text(changed)
    assert not CarrierMapping.objects.exists()

    fix(client, records[0], "confirmed", carrier_code="DPD_UK", planned="2")
    for record in records:
        record.refresh_from_db()
        assert record.state == State.RESUBMITTED
    assert CarrierMapping.objects.get().carrier_code == "DPD_UK"


def test_an_unknown_sku_gets_an_alias(desk, client, operations) -> None:
    record = desk.stall(desk.order(), SKU)
    client.force_login(operations)
    assert fix(client, record, "confirmed", product_1="BAG-01", planned="1").status_code == 302
    assert SkuAlias.objects.get().product_code == "BAG-01"
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED


def test_a_product_that_seko_does_not_have_is_refused_without_losing_what_was_typed(desk, client, operations) -> None:
    desk.connection.settings = {"catalogue_complete": True}
    desk.connection.save()
    record = desk.stall(desk.order(), SKU)
    client.force_login(operations)
    response = fix(client, record, "confirmed", product_1="NO-SUCH-BAG", planned="1")
    assert response.status_code == 422
    assert "NO-SUCH-BAG" in text(response)
    assert not SkuAlias.objects.exists()


def test_a_tracking_number_is_entered(desk, client, operations) -> None:
    desk.order()
    item = desk.dispatch(courier="DPD", service="Next Day")
    record = desk.stall(item, TRACKING)
    client.force_login(operations)
    assert fix(client, record, "send", tracking_number="15501234567899").status_code == 302
    assert corrections.live(item) == {"tracking_number": "15501234567899"}


def test_what_needs_no_entry_is_sent_back_from_the_list(desk, client, operations) -> None:
    record = desk.stall(desk.order(), STOCK)
    client.force_login(operations)
    response = client.post(url("send-back", record), {"version": record.version, "next": "/exceptions/?view=mine"})
    assert response["Location"] == "/exceptions/?view=mine"
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED


def test_nobody_is_sent_to_another_site_afterwards(desk, client, operations) -> None:
    record = desk.stall(desk.order(), STOCK)
    client.force_login(operations)
    response = client.post(url("take", record), {"next": "https://evil.example/"})
    assert response["Location"] == url("detail", record)


@pytest.mark.parametrize("step", ["save", "send"])
def test_who_was_slower_is_told_and_keeps_what_was_typed(step, desk, client, operations, manager) -> None:
    record = desk.stall(desk.order(), TOWN)
    services.claim(record, by=manager)
    client.force_login(operations)
    response = fix(client, record, step, city="Harrogate")
    assert response.status_code == 409
    assert "Manager Person changed this" in text(response)
    assert "Harrogate" in text(response)
    record.refresh_from_db()
    assert (record.state, record.owner) == (State.CLAIMED, manager)


def test_two_kinds_of_faults_may_be_fixed_one_after_the_other(desk, client, operations) -> None:
    item = desk.order()
    record = desk.stall(item, SKU, TOWN)
    client.force_login(operations)
    assert fix(client, record, "send", city="York").status_code == 422
    assert fix(client, record, "save", city="York").status_code == 302
    assert corrections.live(item) == {"delivery.city": "York"}
    assert record.faults.filter(fixed_at__isnull=False).count() == 1


def test_the_cause_page_fixes_all_at_once_and_leaves_out_what_is_also_held_otherwise(desk, client, manager) -> None:
    plain = desk.stall(desk.order("JL1-A"), SKU)
    both = desk.stall(desk.order("JL2-A"), SKU, TOWN)
    client.force_login(manager)
    page = url("cause", plain).replace(f"/{plain.pk}/", f"/{plain.cause_id}/")
    shown = text(client.get(page))
    assert "JL1-A" in shown
    assert "JL2-A" in shown
    parts = services.cause_parts(plain.cause)
    data = {part.form[name].html_name: "BAG-01" for part in parts for name in part.form.fields}
    planned = client.post(page, data | {"step": "plan"})
    assert "Yes, release 1 order" in text(planned)
    assert "also held by: Address not acceptable" in text(planned)
    client.post(page, data | {"step": "confirmed", "planned": "1"})
    plain.refresh_from_db()
    both.refresh_from_db()
    assert (plain.state, both.state) == (State.RESUBMITTED, State.OPEN)


def test_the_machine_writes_down_each_step(desk, client, operations) -> None:
    record = desk.stall(desk.order(), TOWN)
    client.force_login(operations)
    client.post(url("take", record), {"version": record.version})
    record.refresh_from_db()
    fix(client, record, "send", city="York")
    kinds = list(record.entries.values_list("kind", flat=True))
    for kind in (EntryKind.CLAIMED, EntryKind.FIX_SAVED, EntryKind.RESUBMITTED):
        assert kind in kinds
    assert "York" not in " ".join(record.entries.values_list("text", flat=True))
