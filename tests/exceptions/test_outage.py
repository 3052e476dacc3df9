"""While a partner is away: what exists only because of it hangs under its exception, and is let go when it is back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from exceptions import accounting, reading, services, watch
from exceptions.models import ExceptionRecord
from exceptions.states import State
from exceptions.triage.quick_views import counts
from jlseko.clock import business_now
from sync import limits
from sync.failures import Code, Failure, Unclear
from sync.models import Item, PartnerState, Side
from sync.signals import fault_reported
from sync.states import Status

UNKNOWN = Failure(
    Code.OUTCOME_UNKNOWN, "Nobody knows whether SEKO took it.", rule="outcome",
    facts={"operation": "websubmit", "side": "warehouse"},
)  # fmt: skip
STALE = Failure(Code.STOCK_STALE, "SEKO's stock is old.", rule="age", facts={"side": "warehouse"})
TOWN = Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city", rule="address.missing")


def goes_away(desk, side: Side = Side.WAREHOUSE) -> ExceptionRecord:
    for _ in range(limits.FAILURES_TO_OPEN):
        limits.note_bad(desk.connection, side, Unclear("timeout"))
    return ExceptionRecord.objects.live().get(category="partner_unavailable", partner=side)


def in_the_list(user) -> list[str]:
    rows = ExceptionRecord.objects.in_queue().order_by("pk")
    assert counts(ExceptionRecord.objects.all(), user, business_now())["open"] == len(rows)
    return [record.category for record in rows]


def test_what_stops_during_an_outage_hangs_under_it_and_is_not_in_the_queue(desk, operations) -> None:
    outage = goes_away(desk)
    child = desk.stall(desk.order("JL1-A"), UNKNOWN)
    fault_reported.send(sender=None, connection=desk.connection, item=None, failures=[STALE])
    assert child.parent == outage
    assert {record.category for record in outage.children.all()} == {"outcome_unknown", "stock_stale"}
    assert in_the_list(operations) == ["partner_unavailable"]
    assert [row.category.slug for row in reading.causes(operations)] == ["partner_unavailable"]
    assert not accounting.balance().faults
    assert reading.today(operations).open == 3


def test_what_the_first_failed_calls_stopped_is_taken_in_when_the_outage_is_known(desk, operations) -> None:
    child = desk.stall(desk.order("JL1-A"), UNKNOWN)
    before = desk.stall(desk.order("JL2-A"), UNKNOWN)
    before.faults.update(found_at=business_now() - timedelta(hours=2))
    outage = goes_away(desk)
    child.refresh_from_db()
    before.refresh_from_db()
    assert child.parent == outage
    assert before.parent is None, "it was there long before"


def test_another_reason_beside_the_outage_keeps_it_in_the_queue(desk, operations) -> None:
    goes_away(desk)
    record = desk.stall(desk.order("JL1-A"), UNKNOWN, TOWN)
    assert record.parent is None
    assert in_the_list(operations) == ["partner_unavailable", "outcome_unknown"]


def test_the_other_partner_explains_nothing(desk, operations) -> None:
    goes_away(desk, Side.MARKETPLACE)
    assert desk.stall(desk.order("JL1-A"), UNKNOWN).parent is None


def test_a_deadline_that_is_near_brings_it_back_although_the_outage_lasts(desk, operations) -> None:
    goes_away(desk)
    child = desk.stall(desk.order("JL1-A", shipping_deadline=business_now() + timedelta(hours=3)), UNKNOWN)
    assert "outcome_unknown" not in in_the_list(operations)
    ExceptionRecord.objects.filter(pk=child.pk).update(deadline=business_now() + timedelta(minutes=50))
    assert "outcome_unknown" in in_the_list(operations)


def test_when_the_partner_is_back_they_go_on_by_themselves(desk, operations) -> None:
    outage = goes_away(desk)
    item = desk.order("JL1-A")
    child = desk.stall(item, UNKNOWN)
    limits.note_recovered(desk.connection, Side.WAREHOUSE)
    child.refresh_from_db()
    outage.refresh_from_db()
    assert (outage.state, child.parent) == (State.VERIFIED, None)
    assert in_the_list(operations) == ["outcome_unknown"], "until the loop has taken it up again"
    assert watch.run(desk.connection)["relieved"] == 1
    child.refresh_from_db()
    assert (child.state, Item.objects.get(pk=item.pk).status) == (State.RESUBMITTED, Status.READY)
    assert not accounting.balance().faults


def test_an_outage_that_somebody_dismisses_gives_its_children_back(desk, operations, admin) -> None:
    outage = goes_away(desk)
    child = desk.stall(desk.order("JL1-A"), UNKNOWN)
    services.dismiss(outage, reason="Known maintenance", by=admin)
    child.refresh_from_db()
    assert child.parent is None
    assert in_the_list(operations) == ["outcome_unknown"]


@pytest.mark.parametrize("away", [True, False])
def test_what_stops_after_the_outage_is_ordinary(desk, operations, away: bool) -> None:
    goes_away(desk)
    if not away:
        limits.note_recovered(desk.connection, Side.WAREHOUSE)
    assert PartnerState.objects.get().is_open == away
    assert (desk.stall(desk.order("JL1-A"), UNKNOWN).parent is not None) == away


def test_the_list_says_beside_the_outage_how_many_wait_for_it(desk, client, operations) -> None:
    goes_away(desk)
    desk.stall(desk.order("JL1-A"), UNKNOWN)
    client.force_login(operations)
    page = client.get(reverse("exceptions:list")).content.decode()
    assert "1 exception waits for SEKO" in page
    assert "JL1-A" not in page
