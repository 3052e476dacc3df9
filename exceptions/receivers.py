"""One receiver for each of the engine's two signals; both run inside the engine's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from exceptions import services
from exceptions.partner_away import PARTNER, because_away, with_pauses
from sync.failures import Failure
from sync.models import Connection, Item
from sync.signals import fault_reported, progress_made
from sync.states import Milestone

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def on_fault(sender: Any, *, connection: Connection, item: Item | None, failures: Sequence[Failure], **_: Any) -> None:
    """An item has stalled, or a partner does not answer."""
    named = [because_away(connection, with_pauses(connection, failure)) for failure in failures]
    record = services.open_from_failures(connection=connection, item=item, failures=named)
    if record.category == PARTNER:
        services.claim_children(record)


def on_progress(
    sender: Any,
    *,
    connection: Connection,
    item: Item | None,
    milestone: Milestone,
    by: User | None,
    origin: Mapping[str, Any] | None = None,
    **_: Any,
) -> None:
    """An item has come further, or a partner is back."""
    services.progress(connection=connection, item=item, milestone=milestone, by=by, origin=origin)


def connect() -> None:
    """Listen; safe to repeat."""
    fault_reported.connect(on_fault, dispatch_uid="exceptions.on_fault")
    progress_made.connect(on_progress, dispatch_uid="exceptions.on_progress")
