"""An outage and its children: what exists only because a partner is away hangs under the exception about it."""

from __future__ import annotations

from exceptions.models import ExceptionRecord, Fault
from exceptions.partner_away import BEFORE, FACT, children_kinds, side_behind


def claim_children(parent: ExceptionRecord) -> int:
    """Make children of what the first failed calls of an outage have stopped before it was known; returns how many."""
    recent = Fault.objects.outstanding().filter(
        record__connection=parent.connection_id, found_at__gte=parent.opened_at - BEFORE, category__in=children_kinds()
    )
    for fault in recent.exclude(facts__has_key=FACT):
        if side_behind(fault.as_failure()) == parent.partner:
            fault.facts[FACT] = parent.partner
            fault.save(update_fields=["facts"])
    ours = Fault.objects.outstanding().filter(**{f"facts__{FACT}": parent.partner})
    others = Fault.objects.outstanding().exclude(pk__in=ours.values("pk"))
    rows = ExceptionRecord.objects.live().filter(connection=parent.connection_id, pk__in=ours.values("record"))
    return rows.exclude(pk__in=others.values("record")).exclude(pk=parent.pk).update(parent=parent)
