"""Exceptions of listings and of stock files, which have no order: the page, the list, the ways there and back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from exceptions.models import ExceptionRecord
from exceptions.services import working
from sync.failures import Code, Failure
from sync.links import listing_url
from sync.models import Attempt, Event, Outcome
from sync.stock import trouble
from tests.exceptions.page_forms import TOWN, text, url
from tests.factories.engine import AttemptFactory, EventFactory
from tests.factories.stock import ListingFactory, StockFileFactory


@pytest.fixture
def listing(desk):
    """A listing that John Lewis sells and SEKO does not know."""
    return ListingFactory(sku="BAG/1 ", title="Jumbo bag", unknown=True, connection=desk.connection)


@pytest.fixture
def record(desk, listing) -> ExceptionRecord:
    said = "John Lewis sells BAG/1, which SEKO does not know."
    failure = Failure(
        Code.LISTING_UNKNOWN, said, field="sku", value=listing.sku, rule="unknown", facts=trouble.facts_of(listing)
    )
    return desk.stall(trouble.item_of(listing), failure)


@pytest.fixture
def file_record(desk) -> ExceptionRecord:
    file = StockFileFactory(running=True, connection=desk.connection)
    AttemptFactory(
        item=file.item,
        side="marketplace",
        operation="STO01",
        outcome=Outcome.UNKNOWN,
        request_body="offer-sku;quantity",
    )
    return desk.stall(file.item, Failure(Code.OUTCOME_UNKNOWN, "John Lewis was sent the file and has not answered."))


def test_the_page_of_a_listing_reads_well(record, listing, client, operations) -> None:
    client.force_login(operations)
    page = text(client.get(url("detail", record)))
    assert "The stock level at John Lewis needs a person, since " in page
    assert listing_url(listing) in page
    assert "Jumbo bag" in page
    assert "John Lewis shows" in page
    assert "SKU BAG/1" in page  # the call sheet
    assert "A level travels in a stock file" in page
    for words in ("How far the order has come", "John Lewis order", "Order without a number", "for this order"):
        assert words not in page


def test_its_history_is_its_own(record, desk, client, operations) -> None:
    Event.objects.create(connection=desk.connection, lane="ours", kind="settings", title="Settings of the shop changed",
                         at=record.opened_at)  # fmt: skip
    EventFactory(item=record.item, connection=desk.connection, order_key="", title="The level was told again")
    client.force_login(operations)
    page = text(client.get(url("detail", record)))
    assert "The level was told again" in page
    assert "Settings of the shop changed" not in page


def test_the_page_of_a_stock_file_shows_its_attempts(file_record, client, manager) -> None:
    client.force_login(manager)
    page = text(client.get(url("detail", file_record)))
    assert "A file of stock levels is stuck on its way to John Lewis, since " in page
    assert reverse("sync:stock-file", args=[file_record.item.stock_file.pk]) in page
    assert "Send stock levels at John Lewis" in page
    assert Attempt.objects.get().item == file_record.item
    for words in ("How far the order has come", "for this order", "Order without a number"):
        assert words not in page


def test_the_list_names_the_sku_and_the_search_finds_it(record, file_record, desk, client, operations) -> None:
    desk.stall(desk.order("JL1-A"), TOWN)
    client.force_login(operations)
    page = text(client.get("/exceptions/?view=all"))
    assert "BAG/1" in page.split("<tbody>")[-1]
    assert "Stock file</span>" in page
    found = text(client.get("/exceptions/?q=BAG/1")).split("<tbody>")[-1]
    assert url("detail", record) in found
    assert url("detail", file_record) not in found
    assert "BAG/1" in text(client.get("/"))


def test_a_sku_and_a_file_lead_to_their_exception(record, file_record, listing, client, operations) -> None:
    client.force_login(operations)
    there = reverse("exceptions:for-item", args=[record.item.pk])
    assert there in text(client.get(listing_url(listing)))
    assert client.get(there)["Location"] == url("detail", record)
    there = reverse("exceptions:for-item", args=[file_record.item.pk])
    assert there in text(client.get(reverse("sync:stock-file", args=[file_record.item.stock_file.pk])))
    assert client.get(there)["Location"] == url("detail", file_record)
    assert client.get(reverse("exceptions:for-item", args=[0])).status_code == 404


def test_people_take_it_as_any_other(record, operations) -> None:
    working.claim(record, by=operations)
    record.refresh_from_db()
    assert record.owner == operations
    assert record.subject == "BAG/1 "
