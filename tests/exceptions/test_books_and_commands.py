"""The promise counted, and the handbook written."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from exceptions import accounting, runbooks, services
from exceptions.category import registry
from exceptions.models import ExceptionRecord
from exceptions.states import State
from sync import pipeline
from sync.failures import Code, Failure
from sync.models import Item

SKU = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})


def test_every_order_is_in_one_place_with_its_exception_and_owner(desk, operations):
    desk.order("JL1-A")
    desk.stall(desk.order("JL2-A"), SKU)
    taken = desk.stall(desk.order("JL3-A"), SKU)
    services.claim(taken, by=operations)
    Item.objects.filter(pk=desk.order("JL4-A").pk).update(status="done", stage="delivered")
    output = io.StringIO()
    call_command("account_for", "--json", stdout=output)
    assert json.loads(output.getvalue()) == [
        {"order_id": "JL1-A", "state": "moving", "stage": "received", "exception_category": None, "owner": None},
        {"order_id": "JL2-A", "state": "stalled", "stage": "received", "exception_category": "unknown_sku",
         "owner": "Product data"},
        {"order_id": "JL3-A", "state": "stalled", "stage": "received", "exception_category": "unknown_sku",
         "owner": "Operations Person"},
        {"order_id": "JL4-A", "state": "done", "stage": "delivered", "exception_category": None, "owner": None},
    ]  # fmt: skip


def test_without_json_it_is_a_summary_for_people(desk):
    desk.stall(desk.order(), SKU)
    output = io.StringIO()
    call_command("account_for", stdout=output)
    assert "1 orders" in output.getvalue()
    assert "unknown_sku" in output.getvalue()


def test_an_order_that_was_sent_back_moves_and_owes_no_exception(desk, operations):
    services.resubmit(desk.stall(desk.order(), SKU), by=operations)
    books = accounting.balance()
    assert (books.faults, books.totals) == ([], {"moving": 1})


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda: ExceptionRecord.objects.update(state=State.DISMISSED),
            "order JL1-A: stalled without an open exception",
        ),
        (lambda: Item.objects.update(status="ready"), "an exception is open (unknown_sku), and nothing is stalled"),
    ],
)
def test_books_that_do_not_balance_are_said_and_end_with_one(spoil, says, desk):
    desk.stall(desk.order(), SKU)
    spoil()
    errors = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("account_for", stdout=io.StringIO(), stderr=errors)
    assert stopped.value.code == 1
    assert says in errors.getvalue()


def test_a_stalled_message_needs_a_record_too(desk):
    item = desk.message()
    Item.objects.filter(pk=item.pk).update(status="stalled")
    assert accounting.balance().faults == ["message m1: stalled without an exception"]


def test_a_failing_desk_lets_nothing_stall_unseen(desk, monkeypatch):
    """The record is opened in the transaction that stalls the item: either both are there or neither."""
    item = desk.order()
    monkeypatch.setattr("exceptions.services.opening.leading.refresh", _explode)
    with pytest.raises(RuntimeError):
        pipeline.stall(item, [SKU])
    item.refresh_from_db()
    assert item.status == "ready"
    assert accounting.balance().faults == []


def _explode(*args, **kwargs):
    raise RuntimeError("no")


def test_an_unknown_connection_is_named_with_the_known_ones(desk):
    with pytest.raises(CommandError, match="Known: shop"):
        call_command("account_for", "--connection", "nowhere")


def test_the_handbook_has_the_day_the_owners_and_every_category(tmp_path):
    path = tmp_path / "handbook.md"
    call_command("handbook", "--to", str(path), stdout=io.StringIO())
    text = path.read_text()
    assert "## Every day" in text
    assert "## Who owns what" in text
    for category in registry.all():
        assert f"### {category.title}" in text
    call_command("handbook", "--to", str(path), "--check")
    path.write_text(text + "x")
    with pytest.raises(CommandError, match="not up to date"):
        call_command("handbook", "--to", str(path), "--check")


def test_the_handbook_in_the_project_is_up_to_date():
    call_command("handbook", "--check")


def test_a_runbook_is_shown_escaped():
    section = runbooks.Section("x", "Read *this* and `that` & <script>\n\nThen rest.")
    assert section.html == "<p>Read <em>this</em> and <code>that</code> &amp; &lt;script&gt;</p><p>Then rest.</p>"
    steps = runbooks.Section("Steps", "1. One\n   goes on.\n2. Two")
    assert steps.html == "<ol><li>One goes on.</li><li>Two</li></ol>"
