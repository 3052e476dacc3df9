"""Writing the timeline: every event goes through :func:`record`."""

from typing import TYPE_CHECKING

from jlseko.clock import business_now
from sync.models import Attempt, Connection, Event, EventLane, Item

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def record(
    subject: Item | Connection,
    kind: str,
    title: str,
    *,
    lane: EventLane = EventLane.OURS,
    detail: str = "",
    tone: str = "plain",
    actor: "User | None" = None,
    attempt: Attempt | None = None,
) -> Event:
    """Append one event about an item or a whole connection, in the caller's transaction.

    ``tone`` is one of plain, good, warn, bad. Put no personal data into ``title`` or ``detail``.
    """
    item = subject if isinstance(subject, Item) else None
    return Event.objects.create(
        connection_id=item.connection_id if item else subject.pk,
        item=item,
        order_key=item.order_key if item else "",
        lane=lane,
        kind=kind,
        title=title[:300],
        detail=detail[:4000],
        tone=tone,
        actor=actor,
        attempt=attempt,
        at=business_now(),
    )
