"""An order told in pictures: the steps it has come, and the two lanes of what happened when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from exceptions.looks import EVENT_TONES, LANES
from exceptions.models import ExceptionRecord
from jlseko.ui.times import short_london, span
from sync.models import Event, Order
from sync.states import Stage

QUIET: Final = timedelta(hours=6)  # a longer silence is shown as a gap
EVENTS_SHOWN: Final = 80

ICONS: Final = {
    "stalled": "octagon-alert",
    "resubmitted": "send",
    "corrected": "pencil",
    "accepted": "check",
    "injected": "package-check",
    "dispatched": "truck",
    "tracked": "map-pin",
    "shipped": "badge-check",
    "delivered": "house",
    "read_back": "search-check",
    "cancelled": "ban",
}


def steps(order: Order | None, record: ExceptionRecord) -> list[dict[str, Any]]:
    """The steps of an order with the time of each; the first one not done is where it is stuck."""
    if order is None:
        return []
    delivered = order.item.stage == Stage.DELIVERED
    came = [
        ("Placed", order.placed_at, True),
        ("Loaded at SEKO", order.injected_at, order.injected_at is not None),
        ("Dispatched", order.dispatched_at, order.dispatched_at is not None),
        ("Confirmed", order.confirmed_at, order.confirmed_at is not None),
        ("Delivered", order.item.finished_at if delivered else None, delivered),
    ]
    found: list[dict[str, Any]] = []
    stuck_seen = False
    for label, at, done in came:
        tone = "success" if done else ""
        note = short_london(at) if at and done else ""
        if not done and not stuck_seen:
            stuck_seen = True
            if record.is_live:
                tone, note = ("danger", "stuck here") if record.is_open else ("info", "under way")
        found.append({"label": label, "tone": tone, "note": note})
    return found


def lanes(events: Iterable[Event], *, deadline: datetime | None, now: datetime) -> list[dict[str, Any]]:
    """Events for the two-lane timeline, oldest first, long silences and the deadline among them.

    Args:
        events: oldest first.
        deadline: business time; drawn as a line where it falls.
        now: business time.
    """
    rows: list[dict[str, Any]] = []
    before: datetime | None = None
    marked = deadline is None
    for event in list(events)[-EVENTS_SHOWN:]:
        if deadline and not marked and event.at > deadline:
            rows.append(_deadline(deadline))
            marked = True
        if before and event.at - before >= QUIET:
            rows.append({"kind": "gap", "title": f"{span(event.at - before)} without news"})
        rows.append(_event(event))
        before = event.at
    if before and now - before >= QUIET:
        rows.append({"kind": "gap", "title": f"{span(now - before)} without news until now"})
    if deadline and not marked:
        rows.append(_deadline(deadline))
    return rows


def _deadline(at: datetime) -> dict[str, Any]:
    return {"kind": "deadline", "title": "Deadline", "at": at}


def _event(event: Event) -> dict[str, Any]:
    who = event.actor.get_full_name() or event.actor.get_username() if event.actor else ""
    return {
        "kind": "event",
        "lane": LANES.get(event.lane, "jlseko"),  # type: ignore[call-overload]
        "tone": EVENT_TONES.get(event.tone, "neutral"),
        "icon": ICONS.get(event.kind, ""),
        "at": event.at,
        "title": event.title,
        "detail": " · ".join(filter(None, (event.detail, f"by {who}" if who else ""))),
        "link": f"#attempt-{event.attempt_id}" if event.attempt_id else "",
    }
