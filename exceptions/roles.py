"""Who may do what. Queues (owner roles) and sign-in groups are two things: a group works one or several queues.

Rights follow the separation of duties: people of the desk act on orders, admins on keys, outages and rules, and finance
reads. ``may_act`` is asked by every view and by every service.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from exceptions.category import registry
from exceptions.states import OwnerRole
from sync.states import Kind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from exceptions.models import ExceptionRecord

Person: TypeAlias = "User | AbstractBaseUser | AnonymousUser"

OPERATIONS, MANAGER, ADMIN, FINANCE = "Operations", "Manager", "Admin", "Finance"
GROUPS = (OPERATIONS, MANAGER, ADMIN, FINANCE)

ROLE_GROUPS: dict[OwnerRole, str] = {
    OwnerRole.OPERATIONS: OPERATIONS,
    OwnerRole.WAREHOUSE: OPERATIONS,
    OwnerRole.CATALOGUE: OPERATIONS,
    OwnerRole.CUSTOMER_CARE: OPERATIONS,
    OwnerRole.MAPPING: MANAGER,
    OwnerRole.FINANCE: MANAGER,
    OwnerRole.SYSTEM: ADMIN,
}

_DESK = ("view_exception", "claim_exception", "fix_exception", "resubmit_exception")
PERMISSIONS: dict[str, tuple[str, ...]] = {
    OPERATIONS: (
        *_DESK, "run_resubmission", "dismiss_exception", "edit_alias", "reveal_personal_data", "export_exceptions",
        "push_stock", "hold_stock",
    ),
    MANAGER: (
        *_DESK, "run_resubmission", "sort_causes", "share_views", "dismiss_exception", "assign_exception", "edit_alias",
        "edit_mapping", "reveal_personal_data", "export_exceptions", "view_connections", "push_stock", "hold_stock",
        "rule_stock",
    ),
    ADMIN: (
        *_DESK, "share_views", "dismiss_exception", "assign_exception", "assign_owners", "manage_connections",
        "view_connections",
    ),
    FINANCE: ("view_exception", "export_exceptions"),
}  # fmt: skip

ABOUT_ORDERS = frozenset({Kind.ORDER, Kind.DISPATCH})


def groups_of(user: Person) -> frozenset[str]:
    """The groups of a person, remembered for the request; a superuser without a group counts as an admin."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    names: Iterable[str] | None = getattr(user, "desk_groups", None)  # see exceptions.sign_in
    if names is None:
        names = user.desk_groups = list(user.groups.values_list("name", flat=True))  # type: ignore[attr-defined]
    return frozenset(names) or (frozenset({ADMIN}) if user.is_superuser else frozenset())


def wants_shortcuts(user: Person) -> bool:
    """Whether single keys act; they do until a person has switched them off."""
    reader = getattr(user, "desk_reader", None)
    return reader is None or bool(reader.shortcuts)


def is_about_an_order(record: ExceptionRecord) -> bool:
    """Whether acting on it moves an order or a dispatch."""
    return bool(record.order_key) or (record.item is not None and record.item.kind in ABOUT_ORDERS)


def may_act(user: Person, record: ExceptionRecord) -> tuple[bool, str]:
    """Whether a person may act on a record of this queue, and if not, a sentence saying who may."""
    groups = groups_of(user)
    role = OwnerRole(record.owner_role)
    about_an_order = is_about_an_order(record)
    if MANAGER in groups and (about_an_order or role != OwnerRole.SYSTEM):
        return True, ""
    if ROLE_GROUPS[role] in groups and not (role == OwnerRole.SYSTEM and about_an_order):
        return True, ""
    if not groups:
        return False, "You have not been given a role yet. An admin can do that."
    if about_an_order and groups <= {ADMIN}:
        return False, "Admins look after keys, outages and rules; orders are moved by Operations or a Manager."
    if groups <= {FINANCE}:
        return False, "Finance reads; acting is for the people of the queue."
    who = MANAGER if about_an_order and role == OwnerRole.SYSTEM else ROLE_GROUPS[role]
    return False, f"This is in the queue “{role.label}”; it needs the role {who}."


def may(user: Person, permission: str, record: ExceptionRecord) -> tuple[bool, str]:
    """Whether a person holds a permission (a codename of :class:`ExceptionRecord`) and may act on this record."""
    allowed, why = may_act(user, record)
    if not allowed:
        return False, why
    if not (isinstance(user, User) and user.has_perm(f"exceptions.{permission}")):
        return False, "Your role does not include this."
    return True, ""


def may_see_personal_data(user: Person) -> bool:
    """Whether customer names and addresses are shown; others see them masked."""
    return isinstance(user, User) and user.is_active and user.has_perm("exceptions.reveal_personal_data")


def people_for(role: str, *, about_an_order: bool = True) -> QuerySet[User]:
    """Active people who may own an exception of a queue."""
    groups = {ROLE_GROUPS[OwnerRole(role)]}
    if about_an_order:
        groups = (groups - {ADMIN}) | {MANAGER}
    return User.objects.filter(is_active=True, groups__name__in=groups).distinct().order_by("first_name", "username")


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One category of the role matrix: its queue, the group that works it and the groups that may read it."""

    slug: str
    title: str
    role: OwnerRole
    acts: str
    also: str


def matrix() -> list[MatrixRow]:
    """Who acts on which category when nobody decided otherwise."""
    return [
        MatrixRow(
            category.slug,
            category.title,
            category.owner_role,
            ROLE_GROUPS[category.owner_role],
            "" if category.owner_role == OwnerRole.SYSTEM else MANAGER,
        )
        for category in registry.all()
    ]
