"""An order told in pictures: the steps it has come, and the lanes of what happened when."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from jlseko.ui.times import short_london, span
from sync.looks import MARKETPLACE_STATES
from sync.models import Event, EventLane, Order
from sync.states import STAGES, Kind, Stage

QUIET: Final = timedelta(hours=6)  # a longer silence is shown as a gap
EVENTS_SHOWN: Final = 80
NOT_ACCEPTED: Final = frozenset({"STAGING", "WAITING_ACCEPTANCE", "REFUSED", "CANCELED"})
TONES: Final = {"good": "success", "warn": "warning", "bad": "danger"}
LANES: Final[dict[str, str]] = {
    EventLane.MARKETPLACE: "john-lewis",
    EventLane.OURS: "jlseko",
    EventLane.WAREHOUSE: "seko",
}
STATE: Final = re.compile(r"\b[A-Z]+(?:_[A-Z]+)*\b")  # John Lewis's own words, such as WAITING_ACCEPTANCE
ICONS: Final = {
    "stalled": "octagon-alert",
    "resubmitted": "send",
    "corrected": "pencil",
    "accepted": "check",
    "injected": "package-check",
    "dispatched": "truck",
    "tracked": "map-pin",
    "shipped": "badge-check",
    "held": "hourglass",
    "rest_awaited": "hourglass",
    "rest_cancelled": "ban",
    "referenced": "link",
    "delivered": "house",
    "read_back": "search-check",
    "cancelled": "ban",
}


def steps(order: Order | None, *, stuck: tuple[str, str] | None = None) -> list[dict[str, Any]]:
    """The steps of an order with the time of each.

    ``stuck`` is the tone and the words for the first step that is not done, None where nothing is to be said about it.
    """
    if order is None:
        return []
    place = STAGES[Kind.ORDER].index(Stage(order.item.stage))
    checked = place >= STAGES[Kind.ORDER].index(Stage.VALIDATED)
    confirmed = place >= STAGES[Kind.ORDER].index(Stage.CONFIRMED)
    came = [
        ("Received", order.placed_at, True),
        ("Accepted", None, checked or order.marketplace_state not in NOT_ACCEPTED),
        ("Checked", None, checked),
        ("At SEKO", order.injected_at, order.injected_at is not None),
        ("Dispatched", order.dispatched_at, order.dispatched_at is not None),
        ("Confirmed", order.confirmed_at, confirmed or order.confirmed_at is not None),
        ("Delivered", order.item.finished_at, order.item.stage == Stage.DELIVERED),
    ]
    furthest = max(index for index, (_, _, done) in enumerate(came) if done)
    found: list[dict[str, Any]] = []
    for index, (label, at, done) in enumerate(came):
        tone, note = ("success", short_london(at) if at else "") if done else ("", "")
        if not done and index < furthest:
            tone, note = "neutral", "not by us"  # somebody confirmed it on John Lewis without SEKO
        elif not done and stuck:
            (tone, note), stuck = stuck, None
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
        "lane": LANES.get(event.lane, "jlseko"),
        "tone": TONES.get(event.tone, "neutral"),
        "icon": ICONS.get(event.kind, ""),
        "at": event.at,
        "title": STATE.sub(lambda found: MARKETPLACE_STATES.get(found[0], found[0]), event.title),
        "detail": " · ".join(filter(None, (event.detail, f"by {who}" if who else ""))),
        "link": f"#attempt-{event.attempt_id}" if event.attempt_id else "",
    }
