"""An order told in pictures: the steps it has come, and the lanes of what happened when."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from jlseko.ui.times import short_london, span
from sync.looks import MARKETPLACE_STATES
from sync.models import Attempt, Event, EventLane, Order
from sync.order_pages import telling
from sync.policy import Policy
from sync.states import STAGES, Kind, Stage

QUIET: Final = timedelta(hours=6)  # a longer silence is shown as a gap where no setting says what is usual
USUAL: Final = {
    "accepted": "orphan_minutes", "injected": "no_dispatch_hours", "warehouse_state": "no_dispatch_hours",
    "dispatched": "confirm_hours", "tracked": "confirm_hours",
}  # fmt: skip
ON_THE_ROAD: Final = timedelta(days=5)  # after its confirmation a parcel takes days, and nobody tells of it meanwhile
EVENTS_SHOWN: Final = 200
NOT_ACCEPTED: Final = frozenset({"STAGING", "WAITING_ACCEPTANCE", "REFUSED", "CANCELED"})
TONES: Final = {"good": "success", "warn": "warning", "bad": "danger"}
LANES: Final[dict[str, str]] = {
    EventLane.MARKETPLACE: "john-lewis",
    EventLane.OURS: "jlseko",
    EventLane.WAREHOUSE: "seko",
}
STATE: Final = re.compile(r"\b[A-Z]+(?:_[A-Z]+)*\b")  # John Lewis's own words, such as WAITING_ACCEPTANCE
# SEKO's states (contract 5) that show a step as done
PICKED: Final = ("pick complete", "to be packed", "to dispatch")
PACKED: Final = ("to dispatch",)
UNTIMED: Final = "time not told"
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


@dataclass(frozen=True, slots=True)
class Step:
    """``at`` is when it was done, where somebody told; ``by`` until when it has to be."""

    label: str
    done: bool
    at: datetime | None = None
    by: datetime | None = None
    untimed: str = ""


def steps(
    order: Order | None, *, stuck: tuple[str, str] | None = None, events: Iterable[Event] = ()
) -> list[dict[str, Any]]:
    """The steps of an order, as label, tone and note.

    Args:
        order: None has no steps.
        stuck: tone and words for the first step that is not done, None where nothing is to be said about it.
        events: what happened to the order; some times are known from there only.
    """
    if order is None:
        return []
    came = _came(order, list(events))
    furthest = max(index for index, step in enumerate(came) if step.done)
    found: list[dict[str, Any]] = []
    for index, step in enumerate(came):
        if step.done:
            tone, note = _done(step)
        elif index < furthest:
            tone, note = "neutral", "not by us"  # somebody confirmed it on John Lewis without SEKO
        elif stuck:
            (tone, note), stuck = stuck, None
        else:
            tone, note = "", f"by {short_london(step.by)}" if step.by else ""
        found.append({"label": step.label, "tone": tone, "note": note})
    return found


def _came(order: Order, events: Sequence[Event]) -> list[Step]:
    place = STAGES[Kind.ORDER].index(Stage(order.item.stage))
    checked = place >= STAGES[Kind.ORDER].index(Stage.VALIDATED)
    confirmed = place >= STAGES[Kind.ORDER].index(Stage.CONFIRMED)
    left = order.dispatched_at is not None
    policy = order.connection.policy
    accept_by = order.placed_at + timedelta(hours=policy.acceptance_hours)
    confirm_by = order.dispatched_at + timedelta(hours=policy.confirm_hours) if order.dispatched_at else None
    state = order.warehouse_state.casefold()
    return [
        Step("Received", True, order.placed_at),
        Step("Accepted", checked or order.marketplace_state not in NOT_ACCEPTED, _accepted_at(events), accept_by),
        Step("Checked", checked),
        Step("At SEKO", order.injected_at is not None, order.injected_at),
        Step("Picked", left or state in PICKED, _shown_at(events, PICKED), untimed=UNTIMED),
        Step("Packed", left or state in PACKED, _shown_at(events, PACKED), untimed=UNTIMED),
        Step("Dispatched", left, order.dispatched_at, order.shipping_deadline),
        Step("Confirmed", confirmed or order.confirmed_at is not None, order.confirmed_at, confirm_by),
        Step("Delivered", order.item.stage == Stage.DELIVERED, order.item.finished_at),
    ]


def _done(step: Step) -> tuple[str, str]:
    if step.at is None:
        return "success", step.untimed
    if step.by and step.at > step.by:
        return "warning", f"{short_london(step.at)}, {span(step.at - step.by)} late"
    return "success", short_london(step.at)


def _accepted_at(events: Iterable[Event]) -> datetime | None:
    return next((event.at for event in events if event.kind == "accepted"), None)


def _shown_at(events: Iterable[Event], states: Sequence[str]) -> datetime | None:
    """When a reading first showed one of these states; it may have been reached up to one reading earlier."""
    for event in events:
        if event.kind == "warehouse_state" and event.title.casefold().removeprefix("seko: ") in states:
            return event.at
    return None


def lanes(
    events: Iterable[Event],
    *,
    deadline: datetime | None,
    now: datetime,
    policy: Policy | None = None,
    writes: Mapping[int, Attempt] | None = None,
) -> list[dict[str, Any]]:
    """Events for the two-lane timeline, oldest first, silences longer than usual and the deadline among them.

    Args:
        events: oldest first.
        deadline: business time; drawn as a line where it falls.
        now: business time.
        policy: says what is usual after some of the events; for the rest, and without it, 6 hours are.
        writes: the writes that events tell of (:func:`sync.order_pages.telling.writes_of`).
    """
    rows: list[dict[str, Any]] = []
    before: Event | None = None
    marked = deadline is None
    told = list(events)
    if len(told) > EVENTS_SHOWN:
        rows.append({"kind": "gap", "title": f"{len(told) - EVENTS_SHOWN} earlier events are not drawn"})
    for event in told[-EVENTS_SHOWN:]:
        if before:
            rows += _gap(before, event.at, policy)
        if deadline and not marked and event.at > deadline:
            rows.append(_deadline(deadline))
            marked = True
        rows.append(_event(event, (writes or {}).get(event.pk)))
        before = event
    if before:
        rows += _gap(before, now, policy, end=" until now")
    if deadline and not marked:
        rows.append(_deadline(deadline))
    return rows


def _gap(before: Event, until: datetime, policy: Policy | None, *, end: str = "") -> list[dict[str, Any]]:
    """The silence after an event, where it is longer than usual."""
    silence = until - before.at
    setting = USUAL.get(before.kind) if policy else None
    usual = ON_THE_ROAD if before.kind == "shipped" else QUIET
    usual = policy.minutes(setting) if policy and setting else usual
    if silence < usual:
        return []
    return [{"kind": "gap", "title": f"{span(silence)} without news{end}", "detail": f"usual: at most {span(usual)}"}]


def _deadline(at: datetime) -> dict[str, Any]:
    return {"kind": "deadline", "title": "Deadline", "at": at}


def _event(event: Event, write: Attempt | None) -> dict[str, Any]:
    who = event.actor.get_full_name() or event.actor.get_username() if event.actor else ""
    return {
        "kind": "event",
        "of": event.kind,
        "lane": LANES.get(event.lane, "jlseko"),
        "tone": TONES.get(event.tone, "neutral"),
        "icon": ICONS.get(event.kind, ""),
        "at": event.at,
        "title": STATE.sub(lambda found: MARKETPLACE_STATES.get(found[0], found[0]), event.title),
        "detail": " · ".join(filter(None, (event.detail, f"by {who}" if who else ""))),
        "source": telling.source(event, write),
        "result": telling.result(event, write),
        "link": f"#attempt-{write.pk if write else event.attempt_id}" if write or event.attempt_id else "",
    }
