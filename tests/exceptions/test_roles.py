"""Queues are not sign-in groups, and nobody acts beyond their own."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from exceptions import roles, services
from exceptions.groups import grant
from exceptions.models import ExceptionRecord
from exceptions.roles import PERMISSIONS, ROLE_GROUPS
from exceptions.states import OwnerRole
from sync import limits
from sync.failures import Code, Failure, Unauthorised
from sync.models import Side

SKU = Failure(Code.UNKNOWN_SKU, "no such product", facts={"sku": "BAG"})
ORDER_ROLES = ("operations", "warehouse", "catalogue", "customer_care", "mapping", "finance", "system")


@pytest.fixture
def record(desk):
    return desk.stall(desk.order(), SKU)


@pytest.fixture
def people(operations, manager, admin, finance):
    return {"Operations": operations, "Manager": manager, "Admin": admin, "Finance": finance}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("operations", {"Operations", "Manager"}),
        ("warehouse", {"Operations", "Manager"}),
        ("catalogue", {"Operations", "Manager"}),
        ("customer_care", {"Operations", "Manager"}),
        ("mapping", {"Manager"}),
        ("finance", {"Manager"}),
        ("system", {"Manager"}),
    ],
)
def test_who_acts_on_an_order_in_each_queue(role, may, record, people):
    record.owner_role = role
    allowed = {name for name, user in people.items() if roles.may_act(user, record)[0]}
    assert allowed == may
    for name in set(people) - may:
        assert roles.may_act(people[name], record)[1].endswith(".")


def test_admins_act_on_outages_and_on_nothing_that_moves_an_order(desk, record, people):
    limits.note_bad(desk.connection, Side.WAREHOUSE, Unauthorised("401"))
    outage = ExceptionRecord.objects.get(category="partner_unavailable")
    assert [name for name, user in people.items() if roles.may_act(user, outage)[0]] == ["Admin"]
    with pytest.raises(services.NotAllowed, match="orders are moved by Operations or a Manager"):
        services.resubmit(record, by=people["Admin"])


def test_finance_reads_and_sees_no_customer_data(record, people):
    finance = people["Finance"]
    assert record in ExceptionRecord.objects.visible_to(finance)
    assert not roles.may_see_personal_data(finance)
    for act in (services.claim, services.resubmit):
        with pytest.raises(services.NotAllowed, match="Finance reads"):
            act(record, by=finance)


def test_somebody_without_a_role_sees_and_does_nothing(record):
    nobody = User.objects.create_user("nobody")
    assert not ExceptionRecord.objects.visible_to(nobody).exists()
    assert roles.may_act(nobody, record) == (False, "You have not been given a role yet. An admin can do that.")


def test_an_inactive_person_may_do_nothing(record, operations):
    operations.is_active = False
    assert not roles.may_act(operations, record)[0]
    assert not ExceptionRecord.objects.visible_to(operations).exists()


def test_only_managers_edit_the_mapping_and_only_admins_the_connections(people):
    holders = {
        right: [name for name, user in people.items() if user.has_perm(right)]
        for right in ("exceptions.edit_mapping", "carriers.change_carriermapping", "exceptions.manage_connections")
    }
    assert holders == {
        "exceptions.edit_mapping": ["Manager"],
        "carriers.change_carriermapping": ["Manager"],
        "exceptions.manage_connections": ["Admin"],
    }


def test_every_queue_is_worked_by_a_group_and_every_right_exists(db):
    assert set(ROLE_GROUPS) == set(OwnerRole)
    known = {codename for codename, _ in ExceptionRecord._meta.permissions}
    assert {right for rights in PERMISSIONS.values() for right in rights} <= known


def test_granting_twice_changes_nothing_and_keeps_what_an_admin_added(db, django_assert_num_queries):
    grant()
    group = Group.objects.get(name="Finance")
    group.permissions.add(*Group.objects.get(name="Manager").permissions.filter(codename="reveal_personal_data"))
    before = set(group.permissions.values_list("codename", flat=True))
    grant()
    assert set(group.permissions.values_list("codename", flat=True)) == before


def test_asking_again_about_the_same_person_costs_no_query(record, operations, django_assert_num_queries):
    roles.may_act(operations, record)
    with django_assert_num_queries(0):
        roles.may_act(operations, record)
