"""The one connection that a command was told, or all."""

from __future__ import annotations

from django.core.management.base import CommandError

from sync.models import Connection


def connection_named(name: str) -> Connection | None:
    """The connection with this name, None for an empty one. Raises ``CommandError`` that names the known ones."""
    if not name:
        return None
    found = Connection.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Connection.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no connection {name}. Known: {known}.")
    return found
