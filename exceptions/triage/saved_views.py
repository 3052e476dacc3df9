"""Filters of the list that people come back to: their own, shared ones, and the one that a role starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict

from exceptions.models import SavedView
from exceptions.roles import GROUPS, Person, groups_of
from exceptions.services import NotAllowed, Refused
from exceptions.triage.scope import filter_text
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

PINNED: Final = 12
LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 2000
KEPT: Final = ("by", "sort")
SHARE: Final = "exceptions.share_views"


@dataclass(frozen=True, slots=True)
class Pin:
    """A saved view as a link with the number of its exceptions."""

    view: SavedView
    url: str
    count: int
    active: bool


def seen_by(user: Person) -> QuerySet[SavedView]:
    """A person's own views and the shared ones, by name."""
    rows = SavedView.objects.filter(Q(owner=user.pk) | Q(shared=True))
    return rows.select_related("owner", "default_for").order_by("name", "id")


def start_of(user: Person) -> SavedView | None:
    """The view that the role of this person starts with; None where nobody has set one."""
    names = groups_of(user)
    found = {view.default_for.name: view for view in _defaults(names) if view.default_for}
    return next((found[name] for name in GROUPS if name in found), None)


def _defaults(names: frozenset[str]) -> QuerySet[SavedView]:
    return SavedView.objects.filter(default_for__name__in=names).select_related("default_for")


def query_of(query: QueryDict) -> str:
    """What is kept of an address: filter, pivot and order, but no place in the list.

    Raises:
        Refused: it is too long.
    """
    text = filter_text(query, keeping=KEPT)
    if len(text) > LONGEST_QUERY:
        raise Refused("This filter is too long to be saved.")
    return text


def save(name: str, query: str, *, by: User, shared: bool = False) -> SavedView:
    """Keep a filter under a name; the same name of the same person is overwritten.

    Raises:
        Refused: the name is missing or too long.
        NotAllowed: sharing takes a right.
    """
    kept = query_of(QueryDict(query))
    _check_share(by, wanted=shared)
    values = {"query": kept, "created_at": business_now()} | ({"shared": True} if shared else {})
    return SavedView.objects.update_or_create(owner=by, name=_checked_name(name), defaults=values)[0]


def rename(view: SavedView, name: str, *, by: User) -> None:
    """Give it another name. Raises :class:`Refused` where this person has one of that name."""
    _check_own(view, by)
    view.name = _checked_name(name)
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        raise Refused(f"You have another view called “{view.name}”.") from None


def share(view: SavedView, *, by: User, shared: bool) -> None:
    """Let everybody see it, or only its owner; what is not shared can be nobody's start."""
    _check_own(view, by)
    _check_share(by, wanted=True)
    view.shared = shared
    if not shared:
        view.default_for = None
    view.save(update_fields=["shared", "default_for"])


@transaction.atomic
def start_with(view: SavedView, group: str, *, by: User) -> None:
    """Make a shared view what a role starts with; an empty ``group`` ends that."""
    _check_share(by, wanted=True)
    if group and not view.shared:
        raise Refused("Share the view first: a role can only start with what all of it can see.")
    found = Group.objects.filter(name=group, name__in=GROUPS).first() if group else None
    if group and found is None:
        raise Refused("There is no such role.")
    SavedView.objects.filter(default_for=found).exclude(default_for=None).update(default_for=None)
    view.default_for = found
    view.save(update_fields=["default_for"])


def delete(view: SavedView, *, by: User) -> None:
    """Forget it."""
    _check_own(view, by)
    view.delete()


def _checked_name(name: str) -> str:
    found = " ".join(name.split())
    if not found:
        raise Refused("Give the view a name.")
    if len(found) > LONGEST_NAME:
        raise Refused(f"A name has at most {LONGEST_NAME} characters; this one has {len(found)}.")
    return found


def _check_own(view: SavedView, by: User) -> None:
    if view.owner_id != by.pk and not (view.shared and by.has_perm(SHARE)):
        raise NotAllowed("This view belongs to somebody else. Save it under a name of your own.")


def _check_share(by: User, *, wanted: bool) -> None:
    if wanted and not by.has_perm(SHARE):
        raise NotAllowed("Sharing views needs the role Manager or Admin.")
