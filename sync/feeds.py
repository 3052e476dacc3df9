"""The recurring flows: which there are, when each is due, and running one under a lease of its own."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from jlseko.clock import business_now, real_delay
from sync import limits
from sync.backoff import backoff
from sync.failures import PartnerError
from sync.flows import backfill, polling, reference, stock
from sync.flows.context import Context
from sync.models import Connection, FlowState, PartnerState, Run, Side
from sync.partners_of import partners_of
from sync.policy import Policy

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
RUNS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """One recurring flow. ``every`` gives its interval in business time; ``run`` does it and returns counts."""

    slug: str
    title: str
    every: Callable[[Policy], timedelta]
    run: Callable[[Context, FlowState], dict[str, int]]


FEEDS: dict[str, Feed] = {}


def register(
    slug: str,
    title: str,
    *,
    every: Callable[[Policy], timedelta],
    run: Callable[[Context, FlowState], dict[str, int]],
) -> None:
    """Add a recurring flow; the same slug twice is a programming error."""
    if slug in FEEDS:
        raise ValueError(f"The flow {slug} is registered already")
    FEEDS[slug] = Feed(slug, title, every, run)


def ensure_states() -> None:
    """Every active connection has a row for every flow, due at once when new."""
    known = set(FlowState.objects.values_list("connection_id", "flow"))
    missing = [
        FlowState(connection_id=connection_id, flow=slug, due_at=timezone.now())
        for connection_id in Connection.objects.filter(active=True).values_list("pk", flat=True)
        for slug in FEEDS
        if (connection_id, slug) not in known
    ]
    FlowState.objects.bulk_create(missing, ignore_conflicts=True)


def due() -> list[FlowState]:
    """The flows that are due and that nobody is running, most overdue first."""
    now = timezone.now()
    return list(
        FlowState.objects.filter(connection__active=True, flow__in=FEEDS, due_at__lte=now)
        .filter(Q(leased_until=None) | Q(leased_until__lt=now))
        .order_by("due_at")
    )


def run_due() -> int:
    """Run every due flow once; returns how many were run."""
    return sum(run(state) for state in due())


def run(state: FlowState) -> bool:
    """Run one flow under its lease; False when somebody else has it."""
    token = uuid.uuid4()
    now = timezone.now()
    mine = (
        FlowState.objects.filter(pk=state.pk, due_at__lte=now)
        .filter(Q(leased_until=None) | Q(leased_until__lt=now))
        .update(lease_token=token, leased_until=now + LEASE, last_started_at=business_now())
    )
    if not mine:
        return False
    state = FlowState.objects.select_related("connection").get(pk=state.pk)
    feed = FEEDS[state.flow]
    started = business_now()
    error, counts, due_in = "", {}, real_delay(feed.every(state.connection.policy), floor_seconds=1.0)
    try:
        counts = feed.run(_context(state.connection), state)
    except limits.Postponed as postponed:  # nothing was tried, so nothing failed and nothing succeeded
        _finish_postponed(state, token, due_in=postponed.due_in)
        return True
    except PartnerError as failed:
        due_in, error = min(due_in, backoff(0)), failed.reason
    except Exception as broken:
        log.exception("flow failed", extra={"flow": state.flow})
        due_in, error = max(due_in, backoff(2)), f"Internal fault ({type(broken).__name__}); it is in the log."
    _finish(state, token, started=started, error=error, counts=counts, due_in=due_in)
    return True


def _finish_postponed(state: FlowState, token: uuid.UUID, *, due_in: timedelta) -> None:
    FlowState.objects.filter(pk=state.pk, lease_token=token).update(
        lease_token=None, leased_until=None, due_at=timezone.now() + due_in
    )


def _finish(
    state: FlowState, token: uuid.UUID, *, started: datetime, error: str, counts: dict[str, int], due_in: timedelta
) -> None:
    now = business_now()
    done: dict[str, Any] = {"last_error": error[:300]}
    if not error:
        done |= {"last_good_at": now, "watermark": state.watermark}
    FlowState.objects.filter(pk=state.pk, lease_token=token).update(
        lease_token=None, leased_until=None, due_at=timezone.now() + due_in, **done
    )
    if error or any(counts.values()):
        Run.objects.create(
            connection=state.connection, flow=state.flow, started_at=started, ended_at=now,
            succeeded=not error, counts=counts, error=error[:500],
        )  # fmt: skip
        old = Run.objects.filter(connection=state.connection, flow=state.flow).order_by("-id")[
            RUNS_KEPT : RUNS_KEPT + 1
        ]
        for edge in old:
            Run.objects.filter(connection=state.connection, flow=state.flow, pk__lte=edge.pk).delete()


def _context(connection: Connection) -> Context:
    partners = partners_of(connection)
    return Context(connection, connection.policy, partners.marketplace, partners.warehouse)


def probe(context: Context, state: FlowState) -> dict[str, int]:
    """Ask each partner whose breaker is open, once its rest is over, with one read."""
    recovered = 0
    for row in PartnerState.objects.filter(connection=context.connection, is_open=True, retry_at__lte=timezone.now()):
        side = Side(row.side)
        port = context.marketplace if side == Side.MARKETPLACE else context.warehouse
        try:
            port.ping()
        except PartnerError as error:
            limits.note_still_bad(context.connection, side, error)
        else:
            limits.note_recovered(context.connection, side)
            recovered += 1
    return {"recovered": recovered}


register("poll-orders", "Orders from John Lewis", every=lambda p: p.minutes("poll_minutes"), run=polling.poll_orders)
register("read-stock", "Stock from SEKO", every=lambda p: p.minutes("stock_minutes"), run=stock.read_stock)
register("read-carriers", "Approved carriers", every=lambda p: p.minutes("carriers_hours"), run=reference.read_carriers)
register("read-profile", "What the shop may do", every=lambda p: reference.EVERY_DAY, run=reference.read_profile)
register("backfill", "Messages that never came", every=lambda p: backfill.EVERY, run=backfill.backfill)
register("probe-partners", "Partners that are away", every=lambda p: timedelta(seconds=30), run=probe)
