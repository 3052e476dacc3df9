"""Who is asking: the person of a session with groups, rights and wishes, read anew for every request in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model


def _names(rights: QuerySet[Permission]) -> ArraySubquery:
    name = Concat(F("content_type__app_label"), Value("."), F("codename"))
    return ArraySubquery(rights.order_by().values_list(name))


class DeskBackend(ModelBackend):
    """Django's own rules for passwords and rights; nothing is kept from one request to the next.

    A person of a session brings `desk_groups` and `desk_rights`, and `desk_reader` without a further query. People who
    were read elsewhere are asked about in the usual way.
    """

    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None for somebody who is gone or switched off."""
        groups = Group.objects.filter(user=OuterRef("pk")).order_by().values("name")
        people = User.objects.select_related("desk_reader").annotate(
            desk_groups=ArraySubquery(groups),
            own_rights=_names(Permission.objects.filter(user=OuterRef("pk"))),
            group_rights=_names(Permission.objects.filter(group__user=OuterRef("pk"))),
        )
        found: Any = people.filter(pk=user_id).first()
        if found is None or not self.user_can_authenticate(found):
            return None
        found.desk_rights = frozenset(found.own_rights) | frozenset(found.group_rights)
        person: User = found
        return person

    def get_all_permissions(self, user_obj: User | AnonymousUser, obj: Model | None = None) -> set[str]:
        """The rights that came with the person of a session; a superuser has every right there is."""
        known: frozenset[str] | None = getattr(user_obj, "desk_rights", None)
        if known is None or obj is not None or not user_obj.is_active or getattr(user_obj, "is_superuser", False):
            return super().get_all_permissions(user_obj, obj)
        return set(known)
