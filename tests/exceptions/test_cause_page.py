"""The page of a cause: what it says, what it asks, and how often it asks the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carriers.models import CarrierMapping
from exceptions import services
from exceptions.category import Category, registry
from exceptions.models import Cause, Entry, EntryKind, ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync import limits
from sync.failures import Code, Failure, Unclear
from sync.models import Item, Side
from sync.states import Stage, Status
from tests.exceptions.page_forms import text

CARRIER = Failure(Code.UNMAPPED_CARRIER, "no code", field="carrier")
SKU = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})
TOWN = Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city", rule="address.missing")
UNKNOWN = Failure(
    Code.OUTCOME_UNKNOWN, "Nobody knows whether SEKO took it.", rule="outcome", facts={"side": "warehouse"}
)
MOST = 12


def held(desk, order_id: str, courier: str = "Fagans Freight", **changes) -> ExceptionRecord:
    desk.order(order_id, **changes)
    return desk.stall(desk.dispatch(order_id, courier=courier), CARRIER)


def page_of(cause: Cause, **query: str) -> str:
    return reverse("exceptions:cause", args=[cause.pk]) + ("?" + "&".join(f"{k}={v}" for k, v in query.items()))


def only_cause() -> Cause:
    return Cause.objects.get(category="unmapped_carrier")


def test_the_header_says_what_it_is_what_it_holds_and_how_long_is_left(desk, client, manager) -> None:
    now = business_now()
    held(desk, "JL1-A", shipping_deadline=now + timedelta(hours=3))
    held(desk, "JL2-A", shipping_deadline=now + timedelta(days=2))
    services.claim(ExceptionRecord.objects.get(order_key="JL1-A"), by=manager)
    client.force_login(manager)
    page = text(client.get(page_of(only_cause())))
    for words in (
        "Fagans Freight Pallet 48 has no John Lewis carrier code", "The same courier and service",
        "courier Fagans Freight Pallet 48", "£20.00", "<strong>2</strong> orders", "Manager Person", "1 untaken",
        "2 opened and 0 closed in the last 24 hours",
    ):  # fmt: skip
        assert words in page, words
    assert "style=" not in page
    assert page.count('<rect class="is-opened"') == 1


@pytest.mark.parametrize("show", ["orders", "past", "runs", "history"])
@pytest.mark.parametrize("failure", [CARRIER, SKU])
def test_it_asks_the_database_as_often_for_many_as_for_few(desk, client, manager, show: str, failure: Failure) -> None:
    for place in range(3):
        _stall(desk, place, failure)
    cause = Cause.objects.get()
    client.force_login(manager)
    client.get(page_of(cause, show=show))
    few = _queries(client, cause, show)
    for place in range(3, 30):
        _stall(desk, place, failure)
    many = _queries(client, cause, show)
    assert many == few
    assert few <= MOST


def _stall(desk, place: int, failure: Failure) -> None:
    desk.order(f"JL{place}-A")
    item = desk.dispatch(f"JL{place}-A") if failure is CARRIER else Item.objects.get(order_key=f"JL{place}-A")
    desk.stall(item, failure)


def _queries(client, cause: Cause, show: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as taken:
        assert client.get(page_of(cause, show=show)).status_code == 200
    return len(taken)


def test_each_row_says_what_else_holds_it_and_the_list_can_be_sorted(desk, client, operations) -> None:
    desk.stall(desk.order("JL1-A", total_price=5), SKU)
    desk.stall(desk.order("JL2-A", total_price=50), SKU, TOWN)
    client.force_login(operations)
    cause = Cause.objects.get(category="unknown_sku")
    page = text(client.get(page_of(cause)))
    assert "also held by: Address not acceptable" in page
    assert "1 </b>" not in page
    assert "stays: something else holds it" in page
    dear = text(client.get(page_of(cause, sort="-value")))
    assert dear.index("JL2-A</span></a>") < dear.index("JL1-A</span></a>")


def test_fix_once_releases_all_members(desk, client, manager) -> None:
    for number in ("JL1-A", "JL2-A"):
        held(desk, number)
    cause = only_cause()
    client.force_login(manager)
    [part] = services.cause_parts(cause)
    data = {f"{part.form.prefix}-carrier_code": "DPD_UK", "step": "plan"}
    planned = text(client.post(page_of(cause), data))
    assert "Yes, release 2 orders" in planned
    assert not CarrierMapping.objects.exists()
    client.post(page_of(cause), data | {"step": "confirmed", "planned": "2"})
    assert set(ExceptionRecord.objects.values_list("state", flat=True)) == {State.RESUBMITTED}


def test_a_merged_cause_asks_for_each_fingerprint_and_lets_go_what_was_answered(desk, client, manager) -> None:
    held(desk, "JL1-A")
    held(desk, "JL2-A", courier="FAGANS FRT")
    first = Cause.objects.get(fingerprint="courier Fagans Freight Pallet 48")
    second = Cause.objects.get(fingerprint="courier FAGANS FRT Pallet 48")
    services.merge(first, second, by=manager, why="Same courier")
    client.force_login(manager)
    page = text(client.get(page_of(first)))
    assert "FAGANS FRT Pallet 48 has no John Lewis carrier code" in page
    assert "Each answer lets go what it is about" in page
    parts = services.cause_parts(first)
    assert len(parts) == 2
    data = {f"{part.form.prefix}-carrier_code": "" for part in parts}
    data[f"{services.cause_parts(first)[0].form.prefix}-carrier_code"] = "DPD_UK"
    assert "Yes, release 1 order" in text(client.post(page_of(first), data | {"step": "plan"}))
    client.post(page_of(first), data | {"step": "confirmed", "planned": "1"})
    states = dict(ExceptionRecord.objects.values_list("order_key", "state"))
    assert sorted(states.values()) == [State.OPEN, State.RESUBMITTED]
    assert CarrierMapping.objects.count() == 1


def test_both_answers_let_both_go(desk, client, manager) -> None:
    held(desk, "JL1-A")
    held(desk, "JL2-A", courier="FAGANS FRT")
    first = Cause.objects.get(fingerprint="courier Fagans Freight Pallet 48")
    services.merge(first, Cause.objects.exclude(pk=first.pk).get(), by=manager, why="Same courier")
    client.force_login(manager)
    data = {f"{part.form.prefix}-carrier_code": "DPD_UK" for part in services.cause_parts(first)}
    assert "Yes, release 2 orders" in text(client.post(page_of(first), data | {"step": "plan"}))
    client.post(page_of(first), data | {"step": "confirmed", "planned": "2"})
    assert set(ExceptionRecord.objects.values_list("state", flat=True)) == {State.RESUBMITTED}
    assert {row.courier for row in CarrierMapping.objects.all()} == {"Fagans Freight", "FAGANS FRT"}


def test_a_cause_that_returns_shows_the_last_fix_and_who_made_it(desk, client, manager) -> None:
    record = held(desk, "JL1-A")
    cause = only_cause()
    services.resubmit_cause(cause, by=manager)
    client.force_login(manager)
    assert "Nothing has come back since" in text(client.get(page_of(cause)))
    desk.stall(record.faults.get().item, CARRIER)
    held(desk, "JL2-A")
    page = text(client.get(page_of(cause)))
    assert "It came back." in page
    assert "by Manager Person: Sent back together" in page
    assert "Since then 2 orders have stopped" in page


def test_past_members_and_the_history_of_all_stay_readable(desk, client, manager) -> None:
    record = held(desk, "JL1-A")
    cause = only_cause()
    ExceptionRecord.objects.filter(pk=record.pk).update(
        state=State.VERIFIED, closed_at=business_now(), closed_reason="John Lewis shows the order as shipped"
    )
    record.faults.update(cleared_at=business_now())
    client.force_login(manager)
    assert "John Lewis shows the order as shipped" in text(client.get(page_of(cause, show="past")))
    for _ in range(3):
        Entry.objects.create(
            cause=cause, kind=EntryKind.RESUBMITTED, text="Sent back", actor=manager, at=business_now()
        )
    history = text(client.get(page_of(cause, show="history")))
    assert "3 ×" in history
    assert "Nothing is held by this cause any more" in history


def test_merging_in_the_browser_shows_both_before_it_is_done(desk, client, manager, operations) -> None:
    held(desk, "JL1-A")
    held(desk, "JL2-A", courier="FAGANS FRT")
    first = Cause.objects.get(fingerprint="courier Fagans Freight Pallet 48")
    second = Cause.objects.exclude(pk=first.pk).get()
    where = reverse("exceptions:cause-merge", args=[first.pk])
    client.force_login(operations)
    assert "needs the role Manager" in text(client.get(where))
    assert client.post(where, {"other": second.pk, "main": first.pk, "why": "Same courier"}).status_code == 403
    client.force_login(manager)
    assert second.headline in text(client.get(where))
    both = text(client.get(f"{where}?other={second.pk}"))
    assert both.count("<b>1</b> held") == 2
    data = {"other": second.pk, "main": second.pk, "why": "Same courier", f"held-{first.pk}": "4"}
    refused = client.post(where, data)
    assert refused.status_code == 422
    assert "holds 1, not 4" in text(refused)
    done = client.post(where, data | {f"held-{first.pk}": "1"})
    assert done.url == reverse("exceptions:cause", args=[second.pk])
    first.refresh_from_db()
    assert first.merged_into == second
    page = text(client.get(page_of(first)))
    assert "This cause is part of" in page
    assert "Merged into it" in text(client.get(page_of(second)))
    back = reverse("exceptions:cause-split-off", args=[first.pk])
    assert "<strong>1</strong> that was recognised" in text(client.get(back))
    assert client.post(back, {"why": "Two firms"}).status_code == 302
    first.refresh_from_db()
    assert first.merged_into is None


def test_splitting_in_the_browser(desk, client, manager) -> None:
    for number in ("JL1-A", "JL2-A", "JL3-A"):
        held(desk, number)
    cause = only_cause()
    one = ExceptionRecord.objects.get(order_key="JL2-A")
    where = reverse("exceptions:cause-split", args=[cause.pk])
    client.force_login(manager)
    asked = text(client.get(f"{where}?record={one.pk}"))
    assert asked.count(" checked") == 1
    assert client.post(where, {"name": "To Northern Ireland", "why": "Another contract"}).status_code == 422
    done = client.post(where, {"record": one.pk, "name": "To Northern Ireland", "why": "Another contract"})
    made = Cause.objects.get(headline="To Northern Ireland")
    assert done.url == reverse("exceptions:cause", args=[made.pk])
    page = text(client.get(done.url))
    assert "Put together by a person" in page
    assert "JL2-A" in page
    assert "JL1-A" not in page


def test_the_page_of_an_outage_lists_what_waits_for_it(desk, client, admin) -> None:
    for _ in range(limits.FAILURES_TO_OPEN):
        limits.note_bad(desk.connection, Side.WAREHOUSE, Unclear("timeout"))
    waiting = desk.order("JL1-A")
    Item.objects.filter(pk=waiting.pk).update(stage=Stage.VALIDATED, status=Status.READY)
    desk.stall(desk.order("JL2-A"), UNKNOWN)
    desk.order("JL3-A")
    client.force_login(admin)
    page = text(client.get(page_of(Cause.objects.get(category="partner_unavailable"))))
    assert "<strong>1</strong> order or dispatch waits" in page
    assert "JL1-A" in page
    assert "out of the queue until SEKO answers" in page
    assert "JL3-A" not in page


def test_a_cause_that_nobody_knows_and_one_without_the_right_is_not_found(desk, client, django_user_model) -> None:
    held(desk, "JL1-A")
    nobody = django_user_model.objects.create_user("nobody")
    client.force_login(nobody)
    assert client.get(page_of(only_cause())).status_code == 403


def test_every_category_that_groups_says_in_words_what_its_orders_have_in_common() -> None:
    for category in registry:
        groups = type(category).fingerprint is not Category.fingerprint
        assert (category.alike != Category.alike) == groups, category.slug


def test_what_came_back_is_marked_in_the_list_on_the_exception_and_on_today(desk, client, manager) -> None:
    record = held(desk, "JL1-A")
    client.force_login(manager)
    assert "came back" not in text(client.get(reverse("exceptions:list")))
    services.resubmit_cause(only_cause(), by=manager)
    desk.stall(record.faults.get().item, CARRIER)
    assert "came back</a>" in text(client.get(reverse("exceptions:list")))
    assert "This cause came back." in text(client.get(reverse("exceptions:detail", args=[record.pk])))
    assert "Came back</span>" in text(client.get(reverse("home")))
