"""Who may open which page of the desk, and who may press which button."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from exceptions.models import EntryKind
from exceptions.states import OwnerRole, State
from tests.exceptions.page_forms import CARRIER, STOCK, TOWN, fix, text, url

READING = ("list", "runbooks", "roles")
ACTIONS = ("fix", "take", "hand-back", "assign", "queue", "wait", "snooze", "dismiss", "note", "send-back")
WAIT = {"wait-whom": "SEKO", "wait-in_": "3h", "snooze-in_": "1h", "snooze-reason": "", "dismiss-reason": "all good"}


@pytest.fixture
def stranger(db) -> User:
    return User.objects.create_user("stranger")


@pytest.mark.parametrize("name", READING)
def test_every_group_reads_and_others_do_not(name, client, operations, manager, admin, finance, stranger) -> None:
    page = reverse(f"exceptions:{name}")
    assert client.get(page).status_code == 302
    client.force_login(stranger)
    assert client.get(page).status_code == 403
    for person in (operations, manager, admin, finance):
        client.force_login(person)
        assert client.get(page).status_code == 200


def test_today_tells_somebody_without_a_role_how_to_get_one(client, stranger) -> None:
    client.force_login(stranger)
    assert "You have no role yet" in text(client.get("/"))


def test_an_exception_that_does_not_exist_or_is_not_theirs_is_not_found(desk, client, operations, stranger) -> None:
    record = desk.stall(desk.order(), TOWN)
    client.force_login(operations)
    for name in ("detail", *ACTIONS, "reveal"):
        assert client.post(reverse(f"exceptions:{name}", args=[10**9])).status_code in (404, 405)
    assert client.get(reverse("exceptions:cause", args=[10**9])).status_code == 404
    assert client.get(reverse("exceptions:runbook", args=["no-such"])).status_code == 404
    client.force_login(stranger)
    assert client.get(url("detail", record)).status_code == 403


@pytest.mark.parametrize("name", ACTIONS)
def test_finance_and_admins_change_nothing_about_an_order(name, desk, client, admin, finance) -> None:
    record = desk.stall(desk.order(), STOCK)
    data = WAIT | {"note-text": "x", "queue-role": "mapping", "version": str(record.version), "step": "send"}
    for person in (admin, finance):
        client.force_login(person)
        response = client.post(url(name, record), data)
        assert response.status_code in (403, 422), name
        record.refresh_from_db()
        assert (record.state, record.owner, record.owner_role) == (State.OPEN, None, OwnerRole.WAREHOUSE)
    assert record.entries.count() == 1


def test_a_button_that_may_not_be_pressed_says_why(desk, client, operations, finance) -> None:
    desk.order()
    record = desk.stall(desk.dispatch(), CARRIER)
    client.force_login(operations)
    assert "it needs the role Manager" in text(client.get(url("detail", record)))
    assert fix(client, record, "send", carrier_code="DPD_UK").status_code == 403
    client.force_login(finance)
    assert "Finance reads" in text(client.get(url("detail", record)))


def test_only_an_admin_decides_owners(client, operations, manager, admin) -> None:
    page = reverse("exceptions:owner", args=["unknown_sku"])
    for person in (operations, manager):
        client.force_login(person)
        assert client.get(reverse("exceptions:owners")).status_code == 403
        assert client.post(page, {"role": "mapping"}).status_code == 403
    client.force_login(admin)
    assert client.get(reverse("exceptions:owners")).status_code == 200


def test_a_new_owner_takes_open_work_along_when_the_admin_says_so(desk, client, admin, manager) -> None:
    first = desk.stall(desk.order("JL1-A"), STOCK)
    page = reverse("exceptions:owner", args=["no_free_stock"])
    client.force_login(admin)
    assert "Move the 1 exception that is open now" in text(client.get(page))
    client.post(page, {"role": "mapping", "user": "", "move_open": ""})
    first.refresh_from_db()
    assert first.owner_role == OwnerRole.WAREHOUSE
    response = client.post(page, {"role": "mapping", "user": str(manager.pk), "move_open": "on"}, follow=True)
    first.refresh_from_db()
    assert (first.owner_role, first.owner) == (OwnerRole.MAPPING, manager)
    assert "1 open exception moved along" in text(response)
    assert first.entries.filter(kind=EntryKind.REASSIGNED).count() == 1


def test_a_person_who_does_not_work_the_queue_is_refused_as_owner(client, admin, operations) -> None:
    client.force_login(admin)
    page = reverse("exceptions:owner", args=["unmapped_carrier"])
    response = client.post(page, {"role": "mapping", "user": str(operations.pk)})
    assert "does not work the queue" in text(response)


def test_the_role_matrix_names_every_group_and_category(client: Client, operations) -> None:
    client.force_login(operations)
    page = text(client.get(reverse("exceptions:roles")))
    for words in ("Operations (you)", "Manager", "Admin", "Finance", "Unmapped carrier", "See customer names"):
        assert words in page
