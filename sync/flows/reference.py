"""Readings that the other flows rely on: John Lewis's carriers, and what the shop may do."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import transaction

from carriers import approved
from carriers.resolve import Book
from jlseko.clock import business_now
from sync import limits, pipeline, profile_words, timeline
from sync.budgets import CARRIERS, PROFILE
from sync.failures import Code
from sync.flows.context import Context
from sync.models import Connection, EventLane, FlowState, Item, Side
from sync.states import Kind, Status


def read_carriers(context: Context, state: FlowState) -> dict[str, int]:
    """The approved carrier list (SH21, John Lewis contract 2.8)."""
    with limits.calling(context.connection, Side.MARKETPLACE, CARRIERS):
        found = context.marketplace.carriers()
    rows = [approved.ApprovedRow(**asdict(carrier)) for carrier in found]
    diff = approved.sync_list(context.connection.name, rows, business_now())
    released = _release_for_carriers(context.connection) if diff.added else 0
    return {"carriers": len(rows), "added": len(diff.added), "removed": len(diff.removed), "released": released}


def _release_for_carriers(connection: Connection) -> int:
    """Send dispatches back whose mapped code was not on the list and is there now."""
    stalled = Item.objects.filter(
        connection=connection,
        kind=Kind.DISPATCH,
        status=Status.STALLED,
        failures__contains=[{"code": Code.CARRIER_NOT_APPROVED}],
    ).select_related("dispatch")
    book = Book.load(connection.name)
    return sum(
        pipeline.resubmit(item, why="John Lewis's approved carrier list has changed")
        for item in stalled
        if not book.resolve(item.dispatch.courier, item.dispatch.service).problem
    )


def read_profile(context: Context, state: FlowState) -> dict[str, int]:
    """What the shop is and may do (A01, PC01, SH12, John Lewis contract 2.8): discovered, never assumed."""
    with limits.calling(context.connection, Side.MARKETPLACE, PROFILE):
        profile = context.marketplace.profile()
    values = json.loads(json.dumps(asdict(profile)))
    with transaction.atomic():
        known = Connection.objects.select_for_update(no_key=True).get(pk=context.connection.pk)
        found = _note_changes(known, values)
        known.profile, known.profile_read_at = values, business_now()
        known.save(update_fields=["profile", "profile_read_at"])
    return {"read": 1, "changed": found}


def _note_changes(connection: Connection, values: dict[str, Any]) -> int:
    """Tell the history what is different; what changes our work with an order is a warning. Returns how many."""
    found = profile_words.changes(connection.profile, values)
    if found:
        labels = ", ".join(change.label.lower() for change in found)
        detail = "; ".join(f"{change.label}: {change.words}" for change in found)
        tone = "warn" if any(change.matters for change in found) else "plain"
        timeline.record(
            connection, "profile_changed", f"John Lewis changed: {labels}", lane=EventLane.MARKETPLACE, detail=detail,
            tone=tone,
        )  # fmt: skip
    return len(found)


EVERY_DAY = timedelta(days=1)
