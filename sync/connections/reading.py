"""How the connections are doing: one line for each flow, lane, partner, allowance and process, and what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.utils import timezone

from jlseko.clock import real_delay
from sync.budgets import ceiling
from sync.connections import onboarding
from sync.looks import CALLS
from sync.loop import feeds, pausing
from sync.models import Budget, Connection, Event, FlowState, Heartbeat, Item, PartnerState, Pause, Run, Side
from sync.states import CLAIMABLE, Lane, Status

ALIVE = timedelta(minutes=2)  # real time: a process that has not beaten for so long is gone
LATE_FACTOR = 3
RUNS_SHOWN = 10
EVENTS_SHOWN = 15


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One recurring flow of one connection, in words. ``pause`` holds it, where somebody has paused it."""

    slug: str
    title: str
    connection: str
    word: str
    tone: str
    icon: str
    last_good_at: datetime | None
    next_in: timedelta
    counts: str
    error: str
    pause: Pause | None


def flow_lines(connection: Connection | None = None, *, pauses: Iterable[Pause] = ()) -> list[FlowLine]:
    """Every flow of one connection, or of every active one; ``pauses`` = those that hold now."""
    runs = Run.objects.filter(connection=OuterRef("connection"), flow=OuterRef("flow"), succeeded=True).order_by("-id")
    about = Q(connection=connection) if connection else Q(connection__active=True)
    states = FlowState.objects.filter(about, flow__in=feeds.FEEDS).select_related("connection")
    held = {(pause.connection_id, pause.flow): pause for pause in pauses}
    return [
        _flow_line(state, state.did or {}, held.get((state.connection_id, state.flow)))
        for state in sorted(states.annotate(did=Subquery(runs.values("counts")[:1])), key=_place)
    ]


def _place(state: FlowState) -> tuple[str, int]:
    """Connections by name, their flows in the order in which they were made known: what moves orders comes first."""
    return state.connection.name, list(feeds.FEEDS).index(state.flow)


def _flow_line(state: FlowState, did: dict[str, int], pause: Pause | None) -> FlowLine:
    feed = feeds.FEEDS[state.flow]
    every = feed.every(state.connection.policy)
    now = timezone.now()
    overdue = now - state.due_at > real_delay(every * LATE_FACTOR, floor_seconds=60)
    if pause:
        word, tone, icon = "Paused", "warning", "circle-pause"
    elif state.last_error:
        word, tone, icon = "Failing", "danger", "circle-x"
    elif state.last_good_at is None:
        word, tone, icon = "Never run", "unknown", "circle-dashed"
    elif overdue:
        word, tone, icon = "Late", "warning", "clock-alert"
    else:
        word, tone, icon = "Healthy", "success", "circle-check"
    counts = counts_in_words(did)
    is_running = state.leased_until is not None and state.leased_until > now
    next_in = timedelta(seconds=0 if is_running else max(int((state.due_at - now).total_seconds()), 0))
    return FlowLine(
        state.flow, feed.title, state.connection.name, word, tone, icon, state.last_good_at, next_in, counts,
        state.last_error, pause,
    )  # fmt: skip


def counts_in_words(counts: dict[str, int]) -> str:
    """What a run did: "7 read, 1 created"; empty for nothing."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count)


@dataclass(frozen=True, slots=True)
class LaneLine:
    """The work of one lane now. ``oldest`` is how long (real time) the oldest due item has waited."""

    slug: str
    name: str
    due: int
    leased: int
    unknown: int
    oldest: timedelta | None
    pauses: list[Pause]


def lane_lines(connection: Connection | None = None, *, pauses: Iterable[Pause] = ()) -> list[LaneLine]:
    """Every lane in one query, of one connection or of all together; ``pauses`` = those that hold now."""
    now = timezone.now()
    items = Item.objects.filter(connection=connection) if connection else Item.objects.all()
    about = [pause for pause in pauses if connection is None or pause.connection_id == connection.pk]
    due = Q(status__in=CLAIMABLE, due_at__lte=now)
    rows: dict[str, dict[str, Any]] = {
        row["lane"]: dict(row)
        for row in items.order_by()
        .values("lane")
        .annotate(
            due=Count("pk", filter=due),
            leased=Count("pk", filter=Q(status=Status.LEASED)),
            unknown=Count("pk", filter=Q(status=Status.UNKNOWN)),
            oldest=Min("due_at", filter=due),
        )
    }
    lines = []
    for lane in Lane:
        row = rows.get(lane, {"due": 0, "leased": 0, "unknown": 0, "oldest": None})
        oldest = now - row["oldest"] if row["oldest"] else None
        held = [pause for pause in about if pause.flow == lane]
        name = pausing.LANES[lane]
        lines.append(LaneLine(lane.value, name, row["due"], row["leased"], row["unknown"], oldest, held))
    return lines


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """Whether a partner answers. ``since`` is business time, ``asked_again_in`` real time."""

    connection: str
    name: str
    word: str
    tone: str
    icon: str
    since: datetime | None
    asked_again_in: timedelta | None
    reason: str


def partner_lines(budgets: Iterable[Budget], connection: Connection | None = None) -> list[PartnerLine]:
    """Both sides of one connection, or of every active one.

    A side that was never in trouble has no state: it answers if it was ever asked, and is unknown if not.
    """
    about = Q(pk=connection.pk) if connection else Q(active=True)
    fields = ("side", "is_open", "credentials_refused", "failures_in_a_row", "reason", "opened_at", "retry_at")
    sides = {name: F(f"partners__{name}") for name in fields}
    rows: Iterable[dict[str, Any]] = map(dict, Connection.objects.filter(about).values("pk", "name", **sides))
    names: dict[int, str] = {}
    known: dict[tuple[int, str], PartnerState] = {}
    for row in rows:
        names[row["pk"]] = row["name"]
        if row["side"]:
            known[row["pk"], row["side"]] = PartnerState(**{name: row[name] for name in fields})
    asked = {(budget.connection_id, budget.side) for budget in budgets if budget.spent}
    return [
        _partner_line(name, side, known.get((pk, side)), asked=(pk, side.value) in asked)
        for pk, name in names.items()
        for side in Side
    ]


def _partner_line(connection: str, side: Side, row: PartnerState | None, *, asked: bool) -> PartnerLine:
    name = str(side.label)
    if row and row.is_open:
        word = "Key refused" if row.credentials_refused else "Unavailable"
        again = max(row.retry_at - timezone.now(), timedelta(0)) if row.retry_at else None
        return PartnerLine(connection, name, word, "danger", "unplug", row.opened_at, again, row.reason)
    if row is None and not asked:
        return PartnerLine(connection, name, "Not asked yet", "unknown", "circle-dashed", None, None, "")
    if row and row.failures_in_a_row:
        word = f"{row.failures_in_a_row} failed in a row"
        return PartnerLine(connection, name, word, "warning", "triangle-alert", None, None, row.reason)
    return PartnerLine(connection, name, "Answering", "success", "circle-check", None, None, "")


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One operation's allowance: ``used`` of ``calls`` in ``per`` (words) now, calls ``made`` and ``refused`` by the
    partner so far. ``rests`` is real time until the partner wants to be asked again.
    """

    connection: str
    title: str
    name: str
    side: str
    used: int
    calls: int
    per: str
    made: int
    refused: int
    rests: timedelta | None
    provisional: bool


def budgets() -> list[Budget]:
    """Every operation that has been called, and whether the partner has told its limits."""
    rows = onboarding.with_confirmed(Budget.objects.select_related("connection"))
    return list(rows.order_by("connection__name", "side", "operation"))


PERIODS = {1.0: "minute", 60.0: "hour", 1440.0: "day"}  # in minutes


def budget_lines(rows: Iterable[Budget]) -> list[BudgetLine]:
    """The allowances in words; a bucket refills while nobody looks."""
    now = timezone.now()
    lines = []
    for row in rows:
        allowed = ceiling(row.side, row.operation)
        refill = (now - row.refreshed_at) / real_delay(allowed.per / allowed.calls)
        free = min(float(allowed.calls), row.tokens + refill)
        minutes = allowed.per.total_seconds() / 60
        per = "second" if minutes < 1 else PERIODS.get(minutes, f"{minutes:g} min")
        rests = row.sleep_until - now if row.sleep_until and row.sleep_until > now else None
        lines.append(
            BudgetLine(
                connection=row.connection.name,
                title=CALLS.get(row.operation, row.operation),
                name=row.operation,
                side=row.get_side_display(),
                used=max(ceil(allowed.calls - free), 0),
                calls=allowed.calls,
                per=per,
                made=row.spent,
                refused=row.refused,
                rests=rests,
                provisional=allowed.provisional and not getattr(row, "confirmed", False),
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """One process and how long ago (real time) it was last heard of."""

    role: str
    ago: timedelta
    alive: bool


def process_lines() -> list[ProcessLine]:
    """Every process that has ever beaten within a day; a worker without work beats only when it is rung."""
    now = timezone.now()
    rows = Heartbeat.objects.filter(at__gt=now - timedelta(days=1))
    return [ProcessLine(row.role, now - row.at, now - row.at < ALIVE) for row in rows]


def is_beating(processes: Iterable[ProcessLine]) -> bool:
    """Whether the ticker, without which nothing is done, has beaten lately."""
    return any(process.role == "ticker" and process.alive for process in processes)


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run: what its flow is called, when it began (business time), what it did or why it failed."""

    title: str
    connection: str
    started_at: datetime
    succeeded: bool
    words: str


def recent_runs() -> list[RunLine]:
    """The newest runs that did something or failed."""
    return [
        RunLine(
            feeds.FEEDS[run.flow].title if run.flow in feeds.FEEDS else run.flow,
            run.connection.name, run.started_at, run.succeeded, run.error or counts_in_words(run.counts),
        )
        for run in Run.objects.select_related("connection")[:RUNS_SHOWN]
    ]  # fmt: skip


def connection_history(connection: Connection) -> list[Event]:
    """What happened to a connection as a whole, the newest first: outages, changed settings, a push URL shown."""
    rows = Event.objects.filter(connection=connection, order_key="", item=None)
    return list(rows.select_related("actor").order_by("-id")[:EVENTS_SHOWN])
