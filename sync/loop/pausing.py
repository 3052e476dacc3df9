"""Stopping by hand: a flow or a lane of one connection rests, with a reason, until a time or until somebody resumes it.

Nothing is lost by a pause: what is leased finishes, what comes in is kept, and all of it goes on afterwards.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from jlseko.clock import business_now
from jlseko.ui.times import short_london, span
from sync import doorbell, lanes, timeline
from sync.loop import feeds
from sync.models import Connection, FlowState, PartnerState, Pause, Side
from sync.states import Lane

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

LANES: dict[str, str] = {
    Lane.ORDERS: "Orders into SEKO",
    Lane.DISPATCHES: "Dispatch confirmations",
    Lane.INBOUND: "Pushed messages",
    Lane.STOCK: "Stock levels to John Lewis",
}
LONGEST_REASON = 300
RECENT = 20


def title_of(flow: str) -> str:
    """What a flow or lane is called; its slug where it exists no more."""
    return LANES.get(flow) or (feeds.FEEDS[flow].title if flow in feeds.FEEDS else flow)


def is_known(flow: str) -> bool:
    """Whether there is such a flow or lane."""
    return flow in LANES or flow in feeds.FEEDS


def _known(flow: str) -> str:
    if not is_known(flow):
        raise ValueError(f"There is no flow {flow!r}.")
    return title_of(flow)


def is_pausable(flow: str) -> bool:
    """Whether a person may stop it: the question to an absent partner is asked in any case."""
    return flow in LANES or feeds.FEEDS[flow].pausable


def in_force(connection: Connection, *flows: str) -> list[Pause]:
    """The pauses of these flows that hold now, of all flows where none is named; the oldest first."""
    rows = Pause.objects.in_force().filter(connection=connection).select_related("by").order_by("id")
    return list(rows.filter(flow__in=flows) if flows else rows)


def holding() -> list[Pause]:
    """Every pause that holds now, of all connections, the oldest first."""
    return list(Pause.objects.in_force().select_related("by", "connection").order_by("id"))


def last_end(connection: Connection, *flows: str) -> datetime | None:
    """When the newest pause of these flows ended; None where there was none. What waited needs its time from then."""
    over = Pause.objects.filter(connection=connection, flow__in=flows, since__lte=business_now())
    ends = [pause.ended_at or pause.until for pause in over.exclude(ended_at=None, until=None)[:RECENT]]
    return max((end for end in ends if end and end <= business_now()), default=None)


def sentence(pause: Pause) -> str:
    """Who has paused what, since when, until when and why, in one sentence."""
    who = (pause.by.get_full_name() or pause.by.username) if pause.by else ""
    return in_words(pause.flow, who=who, since=pause.since, until=pause.until, reason=pause.reason)


def in_words(flow: str, *, who: str, since: datetime, until: datetime | None, reason: str) -> str:
    """The sentence about a pause of a flow; nobody named is the command line. Times are business time."""
    ending = f"until {short_london(until)}" if until else "until somebody resumes it"
    by = who or "the command line"
    return f"“{title_of(flow)}” is paused by {by} since {short_london(since)}, {ending}: {reason.rstrip('.')}."


@transaction.atomic
def pause(
    connection: Connection, flow: str, *, reason: str, until: datetime | None = None, by: "User | None" = None
) -> Pause:
    """Stop a flow or lane. ``until`` is business time, None = until somebody resumes it.

    Raises ``ValueError`` with a sentence for a person: no reason, an end in the past, a flow that does not exist,
    cannot be paused or is paused already.
    """
    title, reason, now = _known(flow), reason.strip(), business_now()
    if not is_pausable(flow):
        raise ValueError(f"“{title}” cannot be paused: without it nobody would see that a partner is back.")
    if not reason:
        raise ValueError("Say why it is paused; everybody will see the reason.")
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"The reason may be {LONGEST_REASON} characters long; this one has {len(reason)}.")
    if until is not None and until <= now:
        raise ValueError("The end has passed already. Choose a time to come.")
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    _end_expired(Pause.objects.filter(connection=connection, flow=flow))
    standing = in_force(connection, flow)
    if standing:
        raise ValueError(sentence(standing[0]))
    made = Pause.objects.create(connection=connection, flow=flow, reason=reason, by=by, since=now, until=until)
    ending = f"Until {short_london(until)}." if until else "Until somebody resumes it."
    timeline.record(
        connection, "paused", f"Paused: {title}", detail=f"{reason.rstrip('.')}. {ending}", tone="warn", actor=by
    )
    return made


@transaction.atomic
def resume(connection: Connection, flow: str, *, by: "User | None" = None) -> bool:
    """Let a paused flow or lane go on; False when it is not paused (any more). What waited is due at once."""
    title = _known(flow)
    open_pauses = Pause.objects.in_force().filter(connection=connection, flow=flow)
    if not open_pauses.update(ended_at=business_now(), ended_by=by):
        return False
    timeline.record(connection, "resumed", f"Resumed: {title}", tone="good", actor=by)
    doorbell.ring_after_commit(_bell(flow))
    return True


def end_expired() -> int:
    """Note the end of every pause whose time is over, and wake what waited for it; returns how many ended."""
    return _end_expired(Pause.objects.all())


def _end_expired(rows: "QuerySet[Pause]") -> int:
    ended = 0
    for over in rows.filter(ended_at=None, until__lte=business_now()).select_related("connection"):
        with transaction.atomic():
            if not Pause.objects.filter(pk=over.pk, ended_at=None).update(ended_at=over.until):
                continue
            words = f"Resumed by itself: {title_of(over.flow)}"
            timeline.record(over.connection, "resumed", words, tone="good")
            doorbell.ring_after_commit(_bell(over.flow))
            ended += 1
    return ended


def _bell(flow: str) -> str:
    return flow if flow in LANES else doorbell.FEEDS


@transaction.atomic
def run_now(connection: Connection, flow: str, *, by: "User | None" = None) -> str:
    """Have a flow run, or a lane try again, as soon as the partner's allowance lets it; returns when, for a person.

    Raises ``ValueError`` with a sentence when it cannot: unknown, paused, or its partner does not answer.
    """
    title = _known(flow)
    standing = in_force(connection, flow)
    if standing:
        raise ValueError(f"{sentence(standing[0])} Resume it first.")
    if not connection.active:
        raise ValueError(f"{connection.name} is switched off, so nothing of it runs.")
    words = _hurry_lane(connection, flow) if flow in LANES else _hurry_feed(connection, flow, title)
    timeline.record(connection, "run_now", f"Run now: {title}", detail=words, actor=by)
    doorbell.ring_after_commit(_bell(flow))
    return words


def _hurry_lane(connection: Connection, lane: str) -> str:
    hurried = lanes.hurry(connection, Lane(lane))
    return f"{hurried:,} waiting for their next try are due now." if hurried else "Nothing was waiting for a next try."


def _hurry_feed(connection: Connection, flow: str, title: str) -> str:
    feeds.ensure_states()
    state = FlowState.objects.select_related("connection").get(connection=connection, flow=flow)
    if state.leased_until and state.leased_until > timezone.now():
        return f"{title} is running at this moment."
    sides = {side for side, _ in feeds.FEEDS[flow].calls}
    away = PartnerState.objects.filter(connection=connection, side__in=sides, is_open=True).first()
    if away:
        raise ValueError(f"{Side(away.side).label} does not answer. “{title}” runs by itself once it does.")
    wait = feeds.hurry(state)
    if wait < timedelta(seconds=1):
        return f"{title} runs now."
    return f"The partner allows the next call in {span(wait)}; {title} runs then."
