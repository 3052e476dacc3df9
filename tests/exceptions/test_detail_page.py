"""What the page of one exception says: where it is stuck, what helped before, what was laid over the original."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from exceptions import services
from exceptions.category import registry
from exceptions.detail import precedent, stuck
from exceptions.models import EntryKind, ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync import corrections
from sync.failures import Code, Failure
from sync.models import Correction, Item
from sync.states import Milestone
from tests.exceptions.detail_pages import attempt, fixed_and_closed
from tests.exceptions.page_forms import CARRIER, SKU, STOCK, TOWN, filled, fix, text, url


def _said(record: ExceptionRecord, *, now) -> stuck.Stuck:
    record = ExceptionRecord.objects.select_related("item__order", "connection", "owner").get(pk=record.pk)
    faults = list(record.faults.select_related("item__dispatch"))
    order = getattr(record.item, "order", None)
    return stuck.describe(record, order=order, faults=faults, now=now, policy=record.connection.policy)


def test_the_sentence_says_the_step_since_when_how_late_and_whose_move(desk, operations) -> None:
    now = business_now()
    item = desk.order(shipping_deadline=now + timedelta(hours=5))
    Item.objects.filter(pk=item.pk).update(entered_stage_at=now)
    record = desk.stall(item, TOWN)
    said = _said(record, now=now + timedelta(hours=3))
    assert said.where.startswith("The order is stuck in our checks since ")
    assert re.search(r"\((3 h|2 h 5\d m)\): Town is too long\.", said.where)
    assert re.search(r"It should have been at SEKO by (\d+ \w+, )?\d\d:\d\d \w+: 2 h late\.", said.late)
    assert "The deadline at John Lewis is in 2 h" in said.late
    assert said.move == "ours (Marketplace operations), to put the wrong fields right and send it back."
    assert said.text.endswith(f"Next move: {said.move}")
    services.claim(record, by=operations)
    assert "ours (Operations Person)" in _said(record, now=now).move


def test_a_missed_deadline_and_a_partner_with_the_next_move_are_named(desk, operations) -> None:
    now = business_now()
    record = desk.stall(desk.order(shipping_deadline=now + timedelta(hours=1)), STOCK)
    said = _said(record, now=now + timedelta(hours=3))
    assert "The deadline at John Lewis passed 2 h ago." in said.late
    assert said.move.startswith("SEKO, to get the goods in")
    services.wait_on(record, "The carrier", chase_at=now + timedelta(hours=1), by=operations)
    assert _said(record, now=now).move.startswith("The carrier. We chase them ")


def test_a_partner_that_is_away_has_the_next_move(desk) -> None:
    record = services.open_from_failures(
        connection=desk.connection, item=None,
        failures=[Failure(Code.PARTNER_UNAVAILABLE, "no answer", facts={"side": "warehouse"})],
    )  # fmt: skip
    said = _said(record, now=business_now())
    assert "Orders that need it wait" in said.where
    assert said.move == "SEKO, to answer again."


def test_more_faults_than_the_first_are_counted(desk) -> None:
    record = desk.stall(desk.order(), SKU, TOWN)
    assert "1 more fault was found." in _said(record, now=business_now()).where


def test_precedent_is_counted_from_what_was_fixed_before(desk, client, operations) -> None:
    client.force_login(operations)
    for number in (1, 2):
        closed = fixed_and_closed(desk, client, f"JL{number}-A", TOWN, city="York")
        assert closed.state == State.VERIFIED
    came_back = desk.order("JL3-A")
    record = desk.stall(came_back, TOWN)
    fix(client, record, "send", city="York")
    desk.stall(came_back, TOWN)
    record.refresh_from_db()
    fix(client, record, "send", city="Leeds")
    desk.prove(came_back, Milestone.INJECTED)
    desk.prove(came_back, Milestone.INJECTION_VERIFIED)

    page = text(client.get(url("detail", desk.stall(desk.order("JL4-A"), TOWN))))
    helped = page.split('class="precedent"')[1].split("</section>")[0]
    assert "for the same cause" in helped
    assert "Changed: Town or city" in helped
    assert "closed 2 of 3" in helped
    assert "JL1-A" in helped
    assert "York" not in helped


def test_without_a_history_nothing_is_said_of_precedent(desk, client, operations) -> None:
    client.force_login(operations)
    assert "What helped before" not in text(client.get(url("detail", desk.stall(desk.order(), TOWN))))


def test_the_same_cause_goes_before_the_same_category() -> None:
    at = business_now().isoformat()
    row = {"pk": 1, "number": "JL1-A", "headline": "", "state": "verified", "times": 1, "closed_at": at}
    past = [row | {"cause": 7, "fix": "Address not acceptable: Changed: Town"}, row | {"cause": 8, "fix": None}]
    address = registry.get("address_not_acceptable")
    (same,) = precedent.counted(past, cause=7, category=address)
    assert (same.fix, same.same_cause, same.sentence) == ("Changed: Town", True, "closed the one time it was tried")
    others = precedent.counted(past, cause=9, category=address)
    assert {kind.fix for kind in others} == {"Changed: Town", precedent.AS_IT_WAS}
    assert not others[0].same_cause


def test_a_correction_is_listed_with_its_author_and_can_be_taken_back(desk, client, operations) -> None:
    item = desk.order()
    record = desk.stall(item, TOWN)
    client.force_login(operations)
    fix(client, record, "save", city="York")
    record.refresh_from_db()
    correction = Correction.objects.get()
    page = text(client.get(url("detail", record)))
    listed = page.split('id="corrections"')[1].split("</section>")[0]
    assert "Town or city" in listed
    assert "Operations Person" in listed
    assert "York" not in listed  # hidden until somebody asks to see the customer's data
    assert record.faults.get().fixed_at is not None

    stale = client.post(f"{url('detail', record)}take-back/{correction.pk}/", {"version": record.version - 1})
    assert stale.status_code == 409
    assert corrections.live(item) == {"delivery.city": "York"}

    done = client.post(f"{url('detail', record)}take-back/{correction.pk}/", {"version": record.version})
    assert done.status_code == 302
    assert corrections.live(Item.objects.get(pk=item.pk)) == {}
    assert record.faults.get().fixed_at is None
    entry = record.entries.get(kind=EntryKind.FIX_REVERTED)
    assert entry.text == "Taken back: Town or city"
    assert (entry.actor, entry.data["path"]) == (operations, "delivery.city")
    again = client.post(f"{url('detail', record)}take-back/{correction.pk}/")
    assert again.status_code == 422
    assert "taken back or replaced already" in text(again)


@pytest.mark.parametrize("who", ["finance", "admin"])
def test_who_may_not_fix_takes_nothing_back(who, desk, client, operations, request) -> None:
    item = desk.order()
    record = desk.stall(item, TOWN)
    client.force_login(operations)
    fix(client, record, "save", city="York")
    client.force_login(request.getfixturevalue(who))
    page = text(client.get(url("detail", record)))
    assert "York" not in page
    assert "Take back" not in page
    response = client.post(f"{url('detail', record)}take-back/{Correction.objects.get().pk}/")
    assert response.status_code == 403
    assert corrections.live(item) == {"delivery.city": "York"}


def test_a_correction_of_another_order_is_not_taken_back_from_here(desk, client, operations) -> None:
    client.force_login(operations)
    other = desk.stall(desk.order("JL1-A"), TOWN)
    fix(client, other, "save", city="York")
    record = desk.stall(desk.order("JL2-A"), TOWN)
    response = client.post(f"{url('detail', record)}take-back/{Correction.objects.get().pk}/")
    assert response.status_code == 422
    assert Correction.objects.filter(reverted_at=None).exists()


def test_the_original_stands_beneath_a_field_that_was_corrected(desk, client, operations) -> None:
    item = desk.order()
    record = desk.stall(item, TOWN)
    client.force_login(operations)
    original = desk.order_of(item).delivery().city
    fix(client, record, "save", city="York")
    form = text(client.get(url("detail", record))).split('id="fix-form"')[1].split("</form>")[0]
    assert f"John Lewis sent <code>{original}</code>" in form
    assert 'value="York"' in form


def test_what_would_be_sent_is_compared_with_the_last_time_and_with_what_came(
    desk, partners, client, operations
) -> None:
    item = desk.order()
    record = desk.stall(item, TOWN)
    client.force_login(operations)
    address = f"{url('detail', record)}would-send/"
    first = text(client.get(address))
    assert "Nothing like it was sent before" in first
    sent = json.loads(services.look_ahead(record)[0].rehearsal.would_send)
    attempt(item, json.dumps(sent))
    assert "The same as what was sent" in text(client.get(address))
    fix(client, record, "save", city="York")
    assert "York" not in text(client.get(address))  # hidden until somebody asks, which is written down
    client.post(url("reveal", record))
    page = text(client.get(address))
    assert "Against what was sent last" in page
    assert re.search(r'class="is-added".*York', page)
    assert "lines the same" in page
    assert "<ins>York</ins>" in page
    part = client.get(address, headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    record.refresh_from_db()
    assert record.state == State.CLAIMED


def test_customer_data_are_hidden_in_the_comparison_too(desk, partners, client, admin) -> None:
    item = desk.order()
    record = desk.stall(item, TOWN)
    corrections.save(item, {"delivery.city": "Yorkminster"}, by=None)
    client.force_login(admin)
    page = text(client.get(f"{url('detail', record)}would-send/"))
    assert "Yorkminster" not in page
    assert "1 Sample Road" not in page
    assert "JL1-A" in page


def test_who_was_slower_sees_what_changed_and_what_was_saved_in_the_same_field(
    desk, client, operations, manager
) -> None:
    record = desk.stall(desk.order(), TOWN)
    client.force_login(operations)
    mine = filled(record, city="Harrogate") | {"step": "send", "seen": str(record.entries.last().pk)}
    client.force_login(manager)
    client.post(url("note", record), {"note-text": "asked the customer"})
    fix(client, record, "save", city="York")
    client.force_login(operations)
    response = client.post(url("fix", record), mine)
    page = text(response)
    assert response.status_code == 409
    notice = page.split("this was changed meanwhile")[1].split("</ul>")[0]
    assert "Manager Person changed this" in notice
    assert "asked the customer" in notice
    assert "Changed: Town or city" in notice
    assert 'value="Harrogate"' in page
    assert "Saved meanwhile: <code>York (Manager Person)</code>" in page


def test_people_to_assign_are_read_only_when_asked_for(desk, client, manager, operations) -> None:
    record = desk.stall(desk.order(), STOCK)
    client.force_login(manager)
    page = text(client.get(url("detail", record)))
    assert '<option value="' + str(operations.pk) not in page
    assert f'href="{url("assign", record)}"' in page
    whole = text(client.get(url("assign", record)))
    assert "Operations Person</option>" in whole
    assert "<h1>" in whole
    part = text(client.get(url("assign", record), headers={"HX-Request": "true"}))
    assert "Operations Person</option>" in part
    assert "<h1>" not in part
    client.post(url("assign", record), {"assign-user": str(operations.pk), "version": str(record.version)})
    record.refresh_from_db()
    assert record.owner == operations


@pytest.mark.parametrize("name", ["wait", "snooze", "dismiss", "queue"])
def test_each_act_has_a_small_page_for_the_phone(name, desk, client, operations) -> None:
    record = desk.stall(desk.order(), STOCK)
    client.force_login(operations)
    page = text(client.get(url(name, record)))
    assert f'action="{url(name, record)}"' in page
    assert f'name="version" value="{record.version}"' in page
    services.resubmit(record, by=operations)
    assert client.get(url(name, record)).status_code == 302


def test_waiting_on_somebody_else_needs_their_name(desk, client, operations) -> None:
    record = desk.stall(desk.order(), STOCK)
    client.force_login(operations)
    refused = client.post(url("wait", record), {"wait-whom": "other", "wait-in_": "3h"})
    assert refused.status_code == 422
    assert "Say whom we are waiting for" in text(refused)
    client.post(url("wait", record), {"wait-whom": "other", "wait-other": "DPD depot", "wait-in_": "3h"})
    record.refresh_from_db()
    assert record.waiting_whom == "DPD depot"


def test_both_clocks_are_shown_where_john_lewis_sets_a_deadline(desk, client, operations) -> None:
    client.force_login(operations)
    record = desk.stall(desk.order(shipping_deadline=business_now() + timedelta(hours=5)), STOCK)
    clocks = text(client.get(url("detail", record))).split('id="side"')[1].split("</section>")[0]
    assert "John Lewis" in clocks
    assert "Our own target" in clocks


def test_the_call_sheet_asks_and_gives_both_numbers_and_times(desk, client, operations) -> None:
    item = desk.order()
    order = desk.order_of(item)
    order.warehouse_number = "SEKO-77"
    order.save()
    record = desk.stall(item, STOCK)
    client.force_login(operations)
    sheet = text(client.get(url("detail", record))).split('<pre class="sheet-text"')[1].split("</pre>")[0]
    assert "John Lewis order: JL1-A" in sheet
    assert "SEKO order number: SEKO-77" in sheet
    assert "Please tell us whether the goods are in the building" in sheet
    desk.dispatch("JL1-A")
    sheet = text(client.get(url("detail", record))).split('<pre class="sheet-text"')[1].split("</pre>")[0]
    assert re.search(r"\(\d\d:\d\d:\d\d UTC\): SEKO: ", sheet)


def test_times_on_the_timeline_name_their_zone_and_utc(desk, client, operations) -> None:
    record = desk.stall(desk.order(), STOCK)
    client.force_login(operations)
    lanes = text(client.get(url("detail", record))).split('class="lanes"')[1].split("</ol>")[0]
    assert re.search(r'title="[^"]+ (GMT|BST) · \d\d:\d\d:\d\d UTC"', lanes)
    assert re.search(r"<small>(GMT|BST)</small>", lanes)


def test_a_choice_that_needs_no_entry_is_no_correction_of_the_customer(desk, client, manager) -> None:
    desk.order()
    record = desk.stall(desk.dispatch(), replace(CARRIER))
    client.force_login(manager)
    fix(client, record, "save", carrier_code="DPD_UK", only_this="on")
    listed = text(client.get(url("detail", record))).split('id="corrections"')[1].split("</section>")[0]
    assert "Carrier code, for this dispatch" in listed
    assert "DPD_UK" in listed
