"""What the health page asks of the engine: one line for each flow, lane and partner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from jlseko.clock import real_delay
from sync import feeds
from sync.budgets import ceiling
from sync.models import Budget, Connection, FlowState, Heartbeat, Item, PartnerState, Run, Side
from sync.states import CLAIMABLE, Lane, Status

ALIVE = timedelta(minutes=2)  # real time: a process that has not beaten for so long is gone
LATE_FACTOR = 3


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One recurring flow of one connection, in words."""

    title: str
    connection: str
    word: str
    tone: str
    icon: str
    last_good_at: datetime | None
    next_in: timedelta
    counts: str
    error: str


def flow_lines() -> list[FlowLine]:
    """Every flow of every active connection."""
    newest: dict[tuple[int, str], Run] = {}
    runs = Run.objects.filter(succeeded=True).order_by("connection_id", "flow", "-id").distinct("connection_id", "flow")
    for run in runs:
        newest[run.connection_id, run.flow] = run
    states = FlowState.objects.filter(connection__active=True, flow__in=feeds.FEEDS).select_related("connection")
    return [
        _flow_line(state, newest.get((state.connection_id, state.flow)))
        for state in states.order_by("connection", "flow")
    ]


def _flow_line(state: FlowState, run: Run | None) -> FlowLine:
    feed = feeds.FEEDS[state.flow]
    every = feed.every(state.connection.policy)
    overdue = timezone.now() - state.due_at > real_delay(every * LATE_FACTOR, floor_seconds=60)
    if state.last_error:
        word, tone, icon = "Failing", "danger", "circle-x"
    elif state.last_good_at is None:
        word, tone, icon = "Never run", "unknown", "circle-dashed"
    elif overdue:
        word, tone, icon = "Late", "warning", "clock-alert"
    else:
        word, tone, icon = "Healthy", "success", "circle-check"
    counts = ", ".join(f"{count} {name}" for name, count in run.counts.items() if count) if run else ""
    next_in = max(state.due_at - timezone.now(), timedelta(0))
    return FlowLine(
        feed.title, state.connection.name, word, tone, icon, state.last_good_at, next_in, counts, state.last_error
    )


@dataclass(frozen=True, slots=True)
class LaneLine:
    """The work of one lane now. ``oldest`` is how long (real time) the oldest due item has waited."""

    name: str
    due: int
    leased: int
    unknown: int
    oldest: timedelta | None


def lane_lines() -> list[LaneLine]:
    """Every lane, in one query."""
    now = timezone.now()
    due = Q(status__in=CLAIMABLE, due_at__lte=now)
    rows: dict[str, dict[str, Any]] = {
        row["lane"]: dict(row)
        for row in Item.objects.order_by()
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
        lines.append(LaneLine(lane.value.capitalize(), row["due"], row["leased"], row["unknown"], oldest))
    return lines


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """Whether a partner answers."""

    connection: str
    name: str
    word: str
    tone: str
    icon: str
    since: datetime | None
    reason: str


def partner_lines() -> list[PartnerLine]:
    """Both sides of every active connection; a side that was never in trouble has no row and is fine."""
    rows = {(row.connection_id, row.side): row for row in PartnerState.objects.all()}
    lines = []
    for connection in Connection.objects.filter(active=True):
        for side in Side:
            row = rows.get((connection.pk, side))
            if row and row.is_open:
                word = "Key refused" if row.credentials_refused else "Unavailable"
                looks = ("danger", "unplug")
            else:
                word, looks = "Answering", ("success", "circle-check")
            since = row.opened_at if row and row.is_open else None
            reason = row.reason if row and row.is_open else ""
            lines.append(PartnerLine(connection.name, str(side.label), word, *looks, since, reason))
    return lines


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One operation's allowance: ``allowed`` in words, calls made and refused by the partner so far."""

    name: str
    side: str
    allowed: str
    spent: int
    refused: int
    provisional: bool


def budget_lines() -> list[BudgetLine]:
    """Every operation that has been called."""
    lines = []
    for row in Budget.objects.order_by("side", "operation"):
        allowed = ceiling(row.side, row.operation)
        minutes = allowed.per.total_seconds() / 60
        per = "second" if minutes < 1 else "minute" if minutes == 1 else f"{minutes:g} minutes"
        words = f"{allowed.calls} a {per}" if per in ("second", "minute") else f"{allowed.calls} in {per}"
        lines.append(
            BudgetLine(row.operation, row.get_side_display(), words, row.spent, row.refused, allowed.provisional)
        )
    return lines


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """One process and its last sign of life."""

    role: str
    seconds_ago: int
    alive: bool


def process_lines() -> list[ProcessLine]:
    """Every process that has ever beaten within a day; a worker without work beats only when it is rung."""
    now = timezone.now()
    rows = Heartbeat.objects.filter(at__gt=now - timedelta(days=1))
    return [ProcessLine(row.role, int((now - row.at).total_seconds()), now - row.at < ALIVE) for row in rows]


def is_beating() -> bool:
    """Whether the ticker, without which nothing is done, has beaten lately."""
    return Heartbeat.objects.filter(role="ticker", at__gt=timezone.now() - ALIVE).exists()


def recent_runs(limit: int = 20) -> list[Run]:
    """The newest runs that did something or failed."""
    return list(Run.objects.select_related("connection")[:limit])
