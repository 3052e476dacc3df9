"""Who may open a page: asked on the server, answered with names of roles where it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def roles_with(permissions: Sequence[str]) -> list[str]:
    """The groups that hold every one of these permissions ("app.codename"), by name."""
    groups = Group.objects.all()
    for permission in permissions:
        app, _, codename = permission.partition(".")
        groups = groups.filter(Q(permissions__content_type__app_label=app, permissions__codename=codename))
    return list(groups.order_by("name").values_list("name", flat=True).distinct())


def who_can(permissions: Sequence[str]) -> str:
    """A sentence for people who may not: "Managers and admins can do this.", told by the names of the groups."""
    roles = roles_with(permissions)
    if not roles:
        return "Nobody has been given this right yet. An admin can grant it."
    named = roles[0] if len(roles) == 1 else f"{', '.join(roles[:-1])} or {roles[-1]}"
    return f"This needs the role {named}."


class RoleRequired:
    """View mixin: anonymous people go to the sign-in page, others without the permission get the 403 page.

    `permission_required` names one or several permissions; empty means that any signed-in person may.
    `permission_required_to_post` names further ones for everything that is not a read.
    """

    permission_required: str | Sequence[str] = ()
    permission_required_to_post: str | Sequence[str] = ()
    request: HttpRequest

    @property
    def person(self) -> User:
        """Who is asking; the check before every method has made sure that it is somebody."""
        return cast("User", self.request.user)

    @staticmethod
    def _listed(names: str | Sequence[str]) -> tuple[str, ...]:
        return (names,) if isinstance(names, str) else tuple(names)

    @classmethod
    def permissions_to_read(cls) -> tuple[str, ...]:
        """The permissions that opening the page takes; navigation reads them too."""
        return cls._listed(cls.permission_required)

    def required_permissions(self, request: HttpRequest) -> tuple[str, ...]:
        """The permissions that this request takes."""
        reading = request.method in ("GET", "HEAD", "OPTIONS")
        return self.permissions_to_read() + (() if reading else self._listed(self.permission_required_to_post))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Check, then go on.

        Raises:
            PermissionDenied: with a sentence saying which role could.
        """
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        needed = self.required_permissions(request)
        if not request.user.has_perms(needed):
            raise PermissionDenied(who_can(needed))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response
