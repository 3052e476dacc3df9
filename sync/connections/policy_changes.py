"""Changing the settings of a connection: what differs from the default is stored, who changed it is noted."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sync import timeline
from sync.connections.policy_words import words_of
from sync.models import Connection
from sync.partners import registry
from sync.policy import Policy, read_aliases, read_versions

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def value_words(value: Any) -> str:
    """A setting's value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value) or "empty"


def refused_by_partner(connection: Connection, given: Mapping[str, Any]) -> dict[str, str]:
    """What SEKO's client does not know among the values given: name of the setting to a sentence."""
    found, kind = {}, connection.warehouse_kind
    try:
        registry.check_push_aliases(kind, read_aliases(given.get("push_aliases", "")))
    except ValueError as error:
        found["push_aliases"] = str(error)
    try:
        registry.check_versions(kind, read_versions(given.get("warehouse_versions", "")))
    except ValueError as error:
        found["warehouse_versions"] = str(error)
    return found


def change(connection: Connection, given: Mapping[str, Any], *, by: "User | None") -> list[str]:
    """Store values that :meth:`Policy.parse` has read, and note the change; returns the names that changed.

    The caller holds the lock on the connection.
    """
    before, defaults = connection.policy, Policy()
    changed = [name for name, value in given.items() if value != getattr(before, name)]
    if not changed:
        return []
    kept = connection.settings | {name: given[name] for name in changed}
    connection.settings = {name: value for name, value in kept.items() if value != getattr(defaults, name)}
    connection.save(update_fields=["settings"])
    title = f"Settings changed: {', '.join(words_of(name) for name in changed)}"
    parts = (f"{words_of(n)}: {value_words(getattr(before, n))} → {value_words(given[n])}" for n in changed)
    timeline.record(connection, "settings", title, detail="; ".join(parts), actor=by)
    return changed
