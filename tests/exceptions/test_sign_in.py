"""The person of a session: rights and groups of this moment, for one query a request."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from exceptions.models import DeskReader
from exceptions.roles import groups_of
from exceptions.sign_in import DeskBackend

VIEW = "exceptions.view_exception"


def asked(user: User, *, finds: bool = True) -> User | None:
    found = DeskBackend().get_user(user.pk)
    assert (found is not None) is finds
    return found


def test_rights_and_groups_come_with_the_person(operations: User, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        person = asked(operations)
        assert person.has_perm(VIEW)
        assert not person.has_perm("exceptions.assign_owners")
        assert groups_of(person) == {"Operations"}
        assert not hasattr(person, "desk_reader")


def test_wishes_come_with_the_person(operations: User, django_assert_num_queries) -> None:
    DeskReader.objects.create(user=operations, shortcuts=False)
    with django_assert_num_queries(1):
        assert asked(operations).desk_reader.shortcuts is False


@pytest.mark.parametrize("how", ["out of the group", "group loses the right", "switched off"])
def test_what_was_taken_away_is_gone_with_the_next_request(operations: User, client: Client, how: str) -> None:
    client.force_login(operations)
    assert client.get("/exceptions/").status_code == 200
    if how == "out of the group":
        operations.groups.clear()
    elif how == "group loses the right":
        Group.objects.get(name="Operations").permissions.remove(Permission.objects.get(codename="view_exception"))
    else:
        User.objects.filter(pk=operations.pk).update(is_active=False)
    assert client.get("/exceptions/").status_code == (302 if how == "switched off" else 403)


def test_a_right_of_ones_own_counts_beside_those_of_the_groups(operations: User) -> None:
    operations.user_permissions.add(Permission.objects.get(codename="assign_owners"))
    person = asked(operations)
    assert person.has_perms([VIEW, "exceptions.assign_owners"])
    assert person.get_all_permissions() == User.objects.get(pk=operations.pk).get_all_permissions()


def test_a_superuser_has_every_right_and_counts_as_an_admin(db: None) -> None:
    person = asked(User.objects.create_superuser("root"))
    assert person.has_perm("exceptions.manage_connections")
    assert "exceptions.manage_connections" in person.get_all_permissions()
    assert groups_of(person) == {"Admin"}


def test_nobody_is_found_under_the_number_of_somebody_who_is_gone(operations: User) -> None:
    number = operations.pk
    operations.delete()
    assert DeskBackend().get_user(number) is None


def test_a_changed_password_ends_the_session(operations: User, client: Client) -> None:
    client.force_login(operations)
    operations.set_password("another-long-one")
    operations.save()
    assert client.get("/exceptions/").status_code == 302


@pytest.mark.parametrize("wanted", ["off", "on"])
def test_shortcuts_follow_the_person_to_another_browser(operations: User, client: Client, wanted: str) -> None:
    client.force_login(operations)
    DeskReader.objects.create(user=operations, shortcuts=wanted == "off", practised_at=timezone.now())
    answer = client.post("/exceptions/shortcuts/", {"shortcuts": wanted, "next": "/orders/"})
    assert answer["Location"] == "/orders/"
    assert DeskReader.objects.get().practised_at
    elsewhere = Client()
    elsewhere.force_login(operations)
    page = elsewhere.get("/exceptions/").content.decode()
    assert f'data-shortcuts="{wanted}"' in page
    assert f'name="shortcuts" value="{wanted}" aria-pressed="true"' in page


def test_shortcuts_are_on_until_somebody_switches_them_off(operations: User, client: Client) -> None:
    client.force_login(operations)
    answer = client.post("/exceptions/shortcuts/", {"shortcuts": "<b>", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert not DeskReader.objects.exists()
    assert 'data-shortcuts="on"' in client.get("/exceptions/").content.decode()
