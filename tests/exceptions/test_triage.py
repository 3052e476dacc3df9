"""The triage list: four pivots, saved views, what is new, the panel, and how little it asks the database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exceptions import clocks, services
from exceptions.models import DeskReader, ExceptionRecord, SavedView
from exceptions.states import Severity
from jlseko.clock import business_now
from tests.exceptions.page_forms import CARRIER, SKU, STOCK, TOWN, text, url

LIST = "/exceptions/"
OF_A_PAGE = 12
BESIDE = ("SAVEPOINT",)


@pytest.fixture
def three(desk) -> list[ExceptionRecord]:
    """Two SKUs in the first two, one in the third; a dispatch holds the second."""
    first = desk.stall(desk.order("JL1-A", skus={"BAG": 1, "MUG": 1}), TOWN)
    desk.order("JL2-A", skus={"BAG": 1, "MUG": 2})
    second = desk.stall(desk.dispatch("JL2-A"), CARRIER)
    third = desk.stall(desk.order("JL3-A", skus={"BAG": 3}), STOCK)
    return [first, second, third]


def groups(client, query: str) -> dict[str, tuple[int, int]]:
    """Title, count and number of late ones of each row of a pivot."""
    return {row.title: (row.count, row.late) for row in client.get(f"{LIST}?{query}").context["table"].data}


def test_the_same_filter_by_cause_sku_and_carrier(three, client, operations) -> None:
    ExceptionRecord.objects.filter(pk=three[0].pk).update(deadline=business_now() - timedelta(hours=1))
    client.force_login(operations)
    assert groups(client, "by=sku") == {"BAG": (3, 1), "MUG": (2, 1)}
    assert groups(client, "by=carrier") == {"Fagans Freight Pallet 48": (1, 0), "No carrier yet": (2, 1)}
    assert sorted(groups(client, "by=cause").values()) == [(1, 0), (1, 0), (1, 1)]
    assert groups(client, "by=sku&category=no_free_stock") == {"BAG": (1, 0)}
    page = text(client.get(f"{LIST}?by=sku"))
    assert "orders with several count under each" in page
    assert "1 of 2 are late" in page


def test_a_row_of_a_pivot_leads_to_its_exceptions_and_opens_up_to_the_first_five(three, client, operations) -> None:
    client.force_login(operations)
    row = next(row for row in client.get(f"{LIST}?by=sku&view=unowned").context["table"].data if row.title == "MUG")
    assert {record.pk for record in client.get(f"{LIST}?{row.query}").context["page"].rows} == {
        three[0].pk,
        three[1].pk,
    }
    first = text(client.get(f"{LIST}?{row.query}", headers={"HX-Request": "true", "Desk-Part": "first"}))
    assert "JL1-A" in first
    assert "JL3-A" not in first
    assert "<html" not in first


def test_a_row_of_a_pivot_is_acted_on_as_a_whole(three, client, operations) -> None:
    client.force_login(operations)
    row = next(row for row in client.get(f"{LIST}?by=carrier").context["table"].data if row.key == "none")
    client.post(reverse("exceptions:bulk", args=["take"]), {"matching": row.query, "counted": str(row.count)})
    assert set(ExceptionRecord.objects.filter(owner=operations)) == {three[0], three[2]}


def test_a_sku_is_found_as_a_whole_word_only(desk, client, operations) -> None:
    desk.stall(desk.order("JL1-A", skus={"BAG-01": 1, "MUG": 1}), TOWN)
    client.force_login(operations)
    for sku, found in (("BAG", 0), ("BAG-01", 1), ("MUG", 1), ("none", 0)):
        assert len(client.get(f"{LIST}?sku={sku}").context["page"].rows) == found, sku


def test_a_row_says_why_it_stands_where_it_does(three, client, operations) -> None:
    record = ExceptionRecord(category="no_free_stock", deadline=business_now(), value=Decimal(400))
    forward = clocks.FORWARD[Severity.HIGH]
    why = f"brought forward {clocks.words(forward)} for severity high and 2 h for £400.00 held."
    assert clocks.place_reason(record) == f"Placed by the deadline of John Lewis, {why}"
    assert clocks.act_by(record.deadline, severity=Severity.HIGH, value=record.value) == (
        record.deadline - forward - timedelta(hours=2)
    )
    record.deadline = None
    assert clocks.place_reason(record).startswith("No deadline")
    client.force_login(operations)
    assert '<span class="visually-hidden">. Placed by ' in text(client.get(LIST))


def test_a_view_is_saved_found_again_renamed_and_deleted(three, client, operations) -> None:
    client.force_login(operations)
    views = reverse("exceptions:views")
    response = client.post(
        views, {"name": " No  stock ", "query": "category=no_free_stock&after=x&peek=3&by=&sort=value"}
    )
    assert response["Location"] == f"{LIST}?category=no_free_stock&sort=value"
    view = SavedView.objects.get()
    assert (view.name, view.owner, view.shared) == ("No stock", operations, False)
    pins = client.get(f"{LIST}?sort=value&category=no_free_stock").context["pins"]
    assert [(pin.view.name, pin.count, pin.active) for pin in pins] == [("No stock", 1, True)]
    assert "Category is No free stock" in text(client.get(views))
    client.post(reverse("exceptions:view", args=[view.pk]), {"do": "rename", "name": "Stock"})
    view.refresh_from_db()
    assert view.name == "Stock"
    client.post(views, {"name": "Other", "query": ""})
    clash = client.post(reverse("exceptions:view", args=[view.pk]), {"do": "rename", "name": "Other"})
    assert "You have another view called" in text(clash)
    client.post(reverse("exceptions:view", args=[view.pk]), {"do": "delete"})
    assert [each.name for each in SavedView.objects.all()] == ["Other"]
    assert client.post(views, {"name": " ", "query": ""}).status_code == 422


def test_a_view_of_somebody_else_is_theirs_until_they_share_it(three, client, operations, manager) -> None:
    view = SavedView.objects.create(owner=manager, name="Mine", query="view=mine", created_at=business_now())
    change = reverse("exceptions:view", args=[view.pk])
    client.force_login(operations)
    assert client.post(change, {"do": "delete"}).status_code == 404
    assert not client.get(LIST).context["pins"]
    client.force_login(manager)
    client.post(change, {"do": "share"})
    client.force_login(operations)
    assert [pin.view.name for pin in client.get(LIST).context["pins"]] == ["Mine"]
    for do in ("delete", "unshare", "start"):
        assert client.post(change, {"do": do, "group": "Operations"}).status_code == 422
    own = client.post(reverse("exceptions:views"), {"name": "For all", "query": "", "shared": "1"})
    assert "needs the role Manager" in text(own)


def test_a_role_starts_with_its_view_and_the_address_says_so(three, client, operations, manager) -> None:
    views = [
        SavedView.objects.create(owner=manager, name=name, query=f"view={name}", shared=True, created_at=business_now())
        for name in ("unowned", "due-today")
    ]
    client.force_login(manager)
    for view in views:
        client.post(reverse("exceptions:view", args=[view.pk]), {"do": "start", "group": "Operations"})
    assert client.get(LIST).status_code == 200  # a manager's role has none
    client.force_login(operations)
    assert client.get(LIST)["Location"] == f"{LIST}?view=due-today"
    assert client.get(f"{LIST}?view=open").status_code == 200
    assert SavedView.objects.filter(default_for=Group.objects.get(name="Operations")).count() == 1
    client.force_login(manager)
    client.post(reverse("exceptions:view", args=[views[1].pk]), {"do": "unshare"})
    client.force_login(operations)
    assert client.get(LIST).status_code == 200


def test_what_came_since_i_last_looked_is_marked_and_can_be_taken_back(three, desk, client, operations) -> None:
    client.force_login(operations)
    assert "is-new" not in text(client.get(LIST))
    client.post(reverse("exceptions:looked"))
    new = desk.stall(desk.order("JL4-A"), SKU)
    page = client.get(LIST)
    assert page.context["new_count"] == 1
    assert text(page).count("is-new") == 1
    assert [row.pk for row in client.get(f"{LIST}?new=1").context["page"].rows] == [new.pk]
    client.post(reverse("exceptions:looked"))
    assert client.get(LIST).context["new_count"] == 0
    client.post(reverse("exceptions:looked"), {"undo": "1"})
    assert client.get(LIST).context["new_count"] == 1
    assert DeskReader.objects.get(user=operations).looked_at


def test_the_panel_opens_from_the_address_and_alone_for_a_script(three, client, operations, finance) -> None:
    client.force_login(operations)
    page = text(client.get(f"{LIST}?category=no_free_stock&peek={three[2].pk}"))
    assert f'data-peeked="{three[2].pk}"' in page
    alone = text(client.get(url("peek", three[2]), headers={"HX-Request": "true"}))
    assert "<html" not in alone
    assert "/bulk/snooze/" in alone
    assert client.get(url("peek", three[2]))["Location"] == f"{LIST}?view=all&peek={three[2].pk}"
    for odd in ("x", "9" * 40, "-1"):
        assert "data-peeked" not in text(client.get(f"{LIST}?peek={odd}"))
    client.force_login(finance)
    assert "/bulk/snooze/" not in text(client.get(url("peek", three[2]), headers={"HX-Request": "true"}))


@pytest.mark.parametrize("by", ["order", "cause", "sku", "carrier"])
def test_each_pivot_asks_as_much_for_sixty_rows_as_for_one(by, desk, client, operations) -> None:
    """Twelve queries in all, the frame's among them, whatever is pinned, new, searched for or peeked at."""
    client.force_login(operations)
    first = desk.stall(desk.order("JL0-A"), STOCK)
    for name in ("one", "two", "three"):
        query = f"owner={operations.pk}&cause={first.cause_id}&sku=BAG"
        SavedView.objects.create(owner=operations, name=name, query=query, created_at=business_now())
    client.post(reverse("exceptions:looked"))
    where = f"{LIST}?by={by}&view=open&q=JL&peek={first.pk}"
    client.get(where)
    with CaptureQueriesContext(connection) as few:
        client.get(where)
    faults = (TOWN, SKU, STOCK)
    for place in range(1, 60):
        record = desk.stall(desk.order(f"JL{place}-A", skus={"BAG": 1, f"SKU-{place}": 1}), faults[place % 3])
        if place % 4 == 0:
            services.claim(record, by=operations)
    with CaptureQueriesContext(connection) as many:
        assert client.get(where).status_code == 200
    asked = [query["sql"] for query in many if not any(word in query["sql"] for word in BESIDE)]
    assert len(many) <= len(few)
    assert len(asked) <= OF_A_PAGE, "\n".join(sql[:160] for sql in asked)
