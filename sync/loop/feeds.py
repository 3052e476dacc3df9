"""The recurring flows: which there are, when each is due, and running one under a lease of its own."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connections
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Least

from jlseko import failpoints
from jlseko.clock import business_now, real_delay
from sync import lanes, limits
from sync.backoff import backoff
from sync.budgets import CARRIERS, OFFERS, POLL, PROFILE, REFERENCES, STOCK, STOCK_FILE
from sync.database_clock import DatabaseNow, database_now
from sync.failures import PartnerError
from sync.flows import backfill, polling, reference, references, stock
from sync.flows.context import Context
from sync.loop.patience import is_of_the_database, patiently
from sync.models import Connection, FlowState, LeaseLost, PartnerState, Pause, Run, Side
from sync.partners_of import partners_of
from sync.policy import Policy

log = logging.getLogger(__name__)

DATABASE_AWAY = "The database did not answer; nothing of this run is lost."
RENEWALS = 3  # how often a run renews its lease while that lasts
RUNS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """One recurring flow. ``every`` gives its interval in business time; ``run`` does it and returns counts.

    ``calls`` are the allowances (side, operation) that a run begins with; a flow that is not ``pausable`` always runs.
    """

    slug: str
    title: str
    every: Callable[[Policy], timedelta]
    run: Callable[[Context, FlowState], dict[str, int]]
    calls: tuple[tuple[Side, str], ...] = ()
    pausable: bool = True


FEEDS: dict[str, Feed] = {}


def register(
    slug: str,
    title: str,
    *,
    every: Callable[[Policy], timedelta],
    run: Callable[[Context, FlowState], dict[str, int]],
    calls: tuple[tuple[Side, str], ...] = (),
    pausable: bool = True,
) -> None:
    """Add a recurring flow; the same slug twice is a programming error."""
    if slug in FEEDS:
        raise ValueError(f"The flow {slug} is registered already")
    FEEDS[slug] = Feed(slug, title, every, run, calls, pausable)


def ensure_states() -> None:
    """Every active connection has a row for every flow, due at once when new."""
    known = set(FlowState.objects.values_list("connection_id", "flow"))
    missing = [
        FlowState(connection_id=connection_id, flow=slug, due_at=DatabaseNow())
        for connection_id in Connection.objects.filter(active=True).values_list("pk", flat=True)
        for slug in FEEDS
        if (connection_id, slug) not in known
    ]
    FlowState.objects.bulk_create(missing, ignore_conflicts=True)


def _startable() -> QuerySet[FlowState]:
    """The flows that nobody is running or has paused and that are due, or whose run ended with its process."""
    now = DatabaseNow()
    paused = Pause.objects.in_force().filter(connection=OuterRef("connection"), flow=OuterRef("flow"))
    startable = Q(leased_until=None, due_at__lte=now) | Q(leased_until__lt=now)
    return FlowState.objects.filter(startable, ~Exists(paused))


def due() -> list[FlowState]:
    """The flows that are due and that nobody is running or has paused, most overdue first."""
    return list(_startable().filter(connection__active=True, flow__in=FEEDS).order_by("due_at", "pk"))


def hurry(state: FlowState) -> timedelta:
    """Make a flow due as soon as the partners' allowances let it begin; returns how long that is, real time."""
    calls = FEEDS[state.flow].calls
    wait = max((limits.free_in(state.connection, *call) for call in calls), default=timedelta(0))
    FlowState.objects.filter(pk=state.pk).update(due_at=Least("due_at", DatabaseNow() + wait))
    return wait


def run_due() -> int:
    """Run every due flow once; returns how many were run."""
    return sum(run(state) for state in due())


def run(state: FlowState) -> bool:
    """Run one flow under its lease; False when somebody else has it, or has paused it.

    Meanwhile its next turn is planned as ever; who wants it sooner makes it due sooner, and that is kept at the end. A
    run may take longer than its lease, which is renewed meanwhile; a process that dies is missed after one lease.
    """
    feed, now = FEEDS[state.flow], database_now()
    token, usual = uuid.uuid4(), real_delay(feed.every(state.connection.policy), floor_seconds=1.0)
    lease = {
        "lease_token": token, "leased_until": now + lanes.lease_duration(), "due_at": now + usual,
        "last_started_at": business_now(),
    }  # fmt: skip
    if not _startable().filter(pk=state.pk).update(**lease):
        return False
    state = FlowState.objects.select_related("connection").get(pk=state.pk)
    started = business_now()
    error, counts, due_in = "", {}, usual
    try:
        with _held(state):
            counts = feed.run(_context(state.connection), state)
    except limits.Postponed as postponed:  # nothing was tried, so nothing failed and nothing succeeded
        _finish_postponed(state, token, due_in=postponed.due_in)
        return True
    except LeaseLost:
        log.warning("fenced out", extra={"flow": state.flow})
        return True
    except PartnerError as failed:
        due_in, error = min(due_in, backoff(0)), failed.reason
    except Exception as broken:
        due_in, error = _after(broken, state, due_in)
    patiently(
        lambda: _finish(state, token, started=started, planned=now + usual, error=error, counts=counts, due_in=due_in)
    )
    return True


def _after(broken: Exception, state: FlowState, due_in: timedelta) -> tuple[timedelta, str]:
    """When to try again after a fault that no partner led to, and what to say of it."""
    name = type(broken).__name__
    if is_of_the_database(broken):
        log.warning("the database failed during a flow", extra={"flow": state.flow, "reason": name})
        return min(due_in, backoff(0)), DATABASE_AWAY
    log.error("flow failed", exc_info=broken, extra={"flow": state.flow})
    return max(due_in, backoff(2)), f"Internal fault ({name}); it is in the log."


@contextmanager
def _held(state: FlowState) -> Iterator[None]:
    """Renew the lease of a run until it is over, or until somebody else has taken it."""
    over = threading.Event()
    keeper = threading.Thread(target=_renew, args=(state, over), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _renew(state: FlowState, over: threading.Event) -> None:
    while not over.wait(lanes.lease_duration().total_seconds() / RENEWALS):
        try:
            state.keep_lease()
        except LeaseLost:
            break
        except DatabaseError as error:  # the next turn tries again; the lease ends by itself if none succeeds
            log.warning("a lease could not be renewed", extra={"reason": type(error).__name__})
            connections.close_all()
    connections.close_all()


def _finish_postponed(state: FlowState, token: uuid.UUID, *, due_in: timedelta) -> None:
    FlowState.objects.filter(pk=state.pk, lease_token=token).update(
        lease_token=None, leased_until=None, due_at=DatabaseNow() + due_in
    )


def _finish(
    state: FlowState, token: uuid.UUID, *, started: datetime, planned: datetime, error: str, counts: dict[str, int],
    due_in: timedelta,
) -> None:  # fmt: skip
    now, next_turn = business_now(), database_now() + due_in
    was_asked_for = When(due_at__lt=planned, then=Least("due_at", Value(next_turn)))
    done: dict[str, Any] = {"last_error": error[:300], "due_at": Case(was_asked_for, default=Value(next_turn))}
    if not error:
        done |= {"last_good_at": now, "watermark": state.watermark}
    FlowState.objects.filter(pk=state.pk, lease_token=token).update(lease_token=None, leased_until=None, **done)
    if state.watermark:
        failpoints.reach("poll.watermark")
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
    for row in PartnerState.objects.filter(connection=context.connection, is_open=True, retry_at__lte=DatabaseNow()):
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


register(
    polling.POLL_ORDERS, "Orders from John Lewis", every=lambda p: p.minutes("poll_minutes"), run=polling.poll_orders,
    calls=((Side.MARKETPLACE, POLL),),
)  # fmt: skip
register(
    "read-stock", "Stock from SEKO", every=lambda p: p.minutes("stock_minutes"), run=stock.read_stock,
    calls=((Side.WAREHOUSE, STOCK),),
)  # fmt: skip
register(
    "publish-stock", "Stock to John Lewis", every=lambda p: p.minutes("stock_publish_minutes"),
    run=stock.publish_stock, calls=((Side.MARKETPLACE, STOCK_FILE),),
)  # fmt: skip
register(
    "read-offers", "Offers from John Lewis", every=lambda p: p.minutes("offers_hours"), run=stock.read_offers,
    calls=((Side.MARKETPLACE, OFFERS),),
)  # fmt: skip
register("watch-stock", "Watch over stock levels", every=lambda p: stock.WATCH_EVERY, run=stock.watch_stock)
register(
    "read-carriers", "Approved carriers", every=lambda p: p.minutes("carriers_hours"), run=reference.read_carriers,
    calls=((Side.MARKETPLACE, CARRIERS),),
)  # fmt: skip
register(
    "read-profile", "What the shop may do", every=lambda p: reference.EVERY_DAY, run=reference.read_profile,
    calls=((Side.MARKETPLACE, PROFILE),),
)  # fmt: skip
register(
    "store-references", "Our order numbers at John Lewis", every=lambda p: references.EVERY,
    run=references.store_references, calls=((Side.MARKETPLACE, REFERENCES),),
)  # fmt: skip
register(
    "reread-orders", "Orders of two weeks, read again", every=lambda p: polling.REREAD_EVERY, run=polling.read_again,
    calls=((Side.MARKETPLACE, POLL),),
)  # fmt: skip
register("backfill", "Messages that never came", every=lambda p: backfill.EVERY, run=backfill.backfill)
register("probe-partners", "Partners that are away", every=lambda p: timedelta(seconds=30), run=probe, pausable=False)
