"""What judges outside read: every exception, and the whole trail."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from exceptions import services
from exceptions.exports import trail
from exceptions.models import Entry, ExceptionRecord
from jlseko.clock import business_now
from sync import corrections, pipeline
from sync.failures import Code, Failure
from sync.models import Attempt, Connection, Correction, Item
from sync.states import Milestone

SKU = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})
ADDRESS = Failure(Code.ADDRESS_INVALID, "The city is too long.", field="delivery.city", rule="length", value="Llanfair")
SECRET = "Llanfairpwllgwyngyll"


def exported() -> list[dict]:
    output = io.StringIO()
    call_command("export_exceptions", "--json", stdout=output)
    return json.loads(output.getvalue())


def lines() -> list[dict]:
    output = io.StringIO()
    call_command("export_audit", stdout=output)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def attempt(item: Item, **told) -> Attempt:
    now = business_now()
    return Attempt.objects.create(
        item=item, side="warehouse", operation="websubmit", natural_key=item.order_key, request_hash="ab" * 32,
        request_path="POST /api", request_body=SECRET, announced_at=now, announced_real=now,
        lease_token=Item.new_lease_token(), **told,
    )  # fmt: skip


def test_an_exception_is_told_with_its_owner_its_next_move_and_what_is_wrong(desk, operations):
    record = desk.stall(desk.order("JL1-A"), SKU, ADDRESS)
    services.claim(record, by=operations)
    (told,) = exported()
    assert (told["order"], told["subject"], told["state"], told["open"]) == ("JL1-A", "order JL1-A", "claimed", True)
    assert (told["owner"], told["person"]) == ("Operations Person", operations.username)
    assert told["next_action"].startswith("ours (Operations Person), to ")
    assert (told["item"], told["stage"], told["status"]) == ("order JL1-A", "received", "stalled")
    assert {(fault["category"], fault["field"]) for fault in told["faults"]} == {
        ("unknown_sku", "lines.1.sku"), ("address_not_acceptable", "delivery.city")
    }  # fmt: skip
    assert told["fingerprint"] == record.cause.fingerprint
    assert told["opened_at"]
    assert told["deadline"]
    assert told["closed_at"] is None


def test_who_sent_it_back_and_when_is_told_also_of_a_closed_one(desk, operations):
    order = desk.order("JL1-A")
    services.resubmit(desk.stall(order, SKU), by=operations)
    desk.prove(order, Milestone.INJECTION_VERIFIED)
    (told,) = exported()
    assert (told["state"], told["open"], told["next_action"]) == ("verified", False, "")
    assert [each["who"] for each in told["resubmits"]] == [operations.username]
    assert told["closed_at"]


def test_a_partner_that_is_away_is_a_subject_of_its_own(desk):
    away = Failure(Code.PARTNER_UNAVAILABLE, "SEKO does not answer.", facts={"side": "warehouse"})
    services.open_from_failures(connection=desk.connection, item=None, failures=[away])
    (told,) = exported()
    assert (told["subject"], told["item"], told["order"]) == ("partner_unavailable warehouse", "", "")


def test_for_people_it_is_a_list(desk):
    desk.stall(desk.order("JL1-A"), SKU)
    output = io.StringIO()
    call_command("export_exceptions", stdout=output)
    assert "unknown_sku" in output.getvalue()
    assert "order JL1-A" in output.getvalue()


def test_the_lines_of_a_record_tell_how_it_stood_after_each_change(desk, operations, manager):
    order = desk.order("JL1-A")
    record = desk.stall(order, SKU)
    services.claim(record, by=operations)
    services.snooze(record, until=business_now() + timedelta(minutes=5), by=operations)
    services.hand_back(record, by=operations)
    services.resubmit(record, by=operations)
    desk.stall(order, SKU)
    services.resubmit(record, by=operations)
    desk.prove(order, Milestone.INJECTION_VERIFIED)
    told = [line for line in lines() if line["kind"] == "entry"]
    assert [line["to"]["state"] for line in told] == [
        "open", "claimed", "snoozed", "open", "resubmitted", "open", "resubmitted", "verified"
    ]  # fmt: skip
    assert all(later["from"] == earlier["to"] for earlier, later in pairwise(told))
    assert told[0]["from"] is None
    assert [line["actor"] for line in told[:2]] == ["jlseko", operations.username]
    assert all(line["subject"] == f"exception {record.pk}" for line in told)


def test_the_last_line_of_every_record_says_how_it_stands(desk, operations):
    """Also where it is another fault that leads now, and where a fix was saved."""
    first, second = desk.order("JL1-A"), desk.order("JL2-A")
    record = desk.stall(first, SKU, ADDRESS)
    desk.stall(first, ADDRESS)
    services.claim(desk.stall(second, SKU), by=operations)
    last = {line["subject"]: line["to"] for line in lines() if line["kind"] == "entry"}
    for told in exported():
        end = last[f"exception {told['id']}"]
        assert (end["state"], end["category"], end["queue"], end["owner"]) == (
            told["state"], told["category"], told["queue"], told["person"]
        )  # fmt: skip
    assert ExceptionRecord.objects.get(pk=record.pk).category == "address_not_acceptable"


def test_a_part_that_is_proved_leaves_a_line_that_says_how_the_rest_stands(desk):
    order = desk.order("JL1-A")
    dispatch = desk.dispatch("JL1-A")
    record = desk.stall(order, SKU)
    desk.stall(dispatch, Failure(Code.UNMAPPED_CARRIER, "Fagans Freight has no code.", facts={"courier": "Fagans"}))
    pipeline.resubmit(order, why="news came")
    desk.prove(order, Milestone.INJECTION_VERIFIED)
    record.refresh_from_db()
    assert Entry.objects.filter(record=record).last().data["after"] == {
        "state": record.state, "category": "unmapped_carrier", "queue": record.owner_role, "owner": None
    }  # fmt: skip


def test_corrections_and_attempts_are_told_without_what_they_hold(desk, operations):
    order = desk.order("JL1-A")
    corrections.save(order, {"delivery.city": SECRET}, by=operations)
    corrections.revert(Correction.objects.get(), by=operations)
    attempt(order, outcome="applied", settled_at=business_now(), settled_by="answer", http_status=200)
    attempt(order, outcome="unknown", settled_at=business_now(), settled_by="answer")
    found = lines()
    assert SECRET not in json.dumps(found)
    by_kind = {kind: [line for line in found if line["kind"] == kind] for kind in {line["kind"] for line in found}}
    (made,), (over,) = by_kind["correction"], by_kind["correction_over"]
    assert (made["path"], made["from"], made["to"]["length"]) == ("delivery.city", None, len(SECRET))
    assert (over["from"], over["to"]) == (made["to"], None)
    assert (made["order"], made["actor"]) == ("JL1-A", operations.username)
    assert [line["to"] for line in by_kind["attempt"]] == ["announced", "announced"]
    assert [(line["to"], line["status"]) for line in by_kind["attempt_settled"]] == [("applied", 200)]
    assert {"corrected", "correction_reverted"} <= {line["what"] for line in by_kind["event"]}


def test_no_line_changes_or_goes_when_more_happens(desk, operations):
    order = desk.order("JL1-A")
    desk.stall(order, SKU)
    corrections.save(order, {"delivery.city": SECRET}, by=operations)
    open_one = attempt(order, outcome="unknown", settled_at=business_now(), settled_by="answer")
    before = [json.dumps(line) for line in lines()]
    corrections.revert(Correction.objects.get(), by=operations)
    Attempt.objects.filter(pk=open_one.pk).update(outcome="applied", settled_by="read-back", settled_at=business_now())
    after = [json.dumps(line) for line in lines()]
    assert set(before) < set(after)
    assert [line for line in after if line in before] == before


def test_the_trail_is_read_piece_by_piece(desk, django_assert_max_num_queries):
    for number in range(20):
        desk.stall(desk.order(f"JL{number}-A"), SKU)
    with django_assert_max_num_queries(12):
        found = list(trail.trail())
    assert [line["at"] for line in found] == sorted(line["at"] for line in found)


def test_one_connection_alone(desk):
    desk.stall(desk.order("JL1-A"), SKU)
    Connection.objects.create(name="other", marketplace_kind="double", warehouse_kind="double")
    for command in ("export_exceptions", "export_audit"):
        output = io.StringIO()
        call_command(command, "--connection", "other", stdout=output)
        assert output.getvalue().strip() == ""
        with pytest.raises(CommandError, match="Known: "):
            call_command(command, "--connection", "nowhere")
