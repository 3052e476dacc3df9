"""Whether a partner rests: what waits for it is moving, not stuck, until its own deadline."""

from __future__ import annotations

from collections.abc import Iterator

from exceptions.models import Fault
from sync.models import Connection, Item, PartnerState
from sync.states import Status

FACT = "partner_away"


def sides_away(connection: Connection) -> frozenset[str]:
    """The sides whose breaker is open now."""
    rows = PartnerState.objects.filter(connection=connection, is_open=True)
    return frozenset(rows.values_list("side", flat=True))


def back_again(connection: Connection, category: str) -> Iterator[tuple[Item, str]]:
    """Items that were stalled because their deadline passed during an outage that is over."""
    away = sides_away(connection)
    faults = Fault.objects.outstanding().filter(
        record__connection=connection, category=category, item__status=Status.STALLED, facts__has_key=FACT
    )
    for fault in faults.select_related("item"):
        if fault.item is not None and fault.facts[FACT] not in away:
            yield fault.item, "The partner answers again"
