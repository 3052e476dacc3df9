"""The four sign-in groups and what each may do, brought up to date after every migration."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from carriers.models import CarrierMapping
from exceptions.models import ExceptionRecord
from exceptions.roles import GROUPS, MANAGER, PERMISSIONS

# The carrier screens ask for Django's own rights on their table.
TABLE = {"view_carriermapping": GROUPS, "change_carriermapping": (MANAGER,)}


def grant(**_: Any) -> None:
    """Create the groups and add what their roles include. Rights that an admin added stay; safe to repeat."""
    ContentType.objects.clear_cache()  # a flushed database numbers its content types anew
    ours = ContentType.objects.get_for_model(ExceptionRecord)
    known = {
        codename: Permission.objects.get_or_create(content_type=ours, codename=codename, defaults={"name": name})[0]
        for codename, name in ExceptionRecord._meta.permissions
    }
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in GROUPS}
    for name, codenames in PERMISSIONS.items():
        groups[name].permissions.add(*(known[codename] for codename in codenames))
    table = ContentType.objects.get_for_model(CarrierMapping)
    for codename, names in TABLE.items():
        title = f"Can {codename.split('_', maxsplit=1)[0]} {CarrierMapping._meta.verbose_name}"
        right, _created = Permission.objects.get_or_create(
            content_type=table, codename=codename, defaults={"name": title}
        )
        for name in names:
            groups[name].permissions.add(right)
