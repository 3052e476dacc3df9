"""Holding back: call budgets, and the breaker that turns a partner's outage into one exception instead of hundreds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction

from jlseko.clock import business_now, real_delay
from sync import timeline
from sync.backoff import backoff
from sync.budgets import ceiling
from sync.database_clock import DatabaseNow, database_now
from sync.failures import Code, Failure, NotSent, PartnerError, Refused, Throttled, Unauthorised, Unclear, Unreadable
from sync.models import Budget, Connection, EventLane, PartnerState, Side
from sync.signals import fault_reported, progress_made
from sync.states import Milestone

# More than the readings that one order of unknown outcome may fail, so that it alone opens nothing.
FAILURES_TO_OPEN = 8
EVENT_LANES: dict[str, EventLane] = {Side.MARKETPLACE: EventLane.MARKETPLACE, Side.WAREHOUSE: EventLane.WAREHOUSE}


class Postponed(Exception):
    """Nothing was sent: the budget is used up, or the partner is resting. ``due_in`` is real time."""

    def __init__(self, reason: str, *, due_in: timedelta) -> None:
        super().__init__(reason)
        self.due_in = due_in


_SPEND = """
UPDATE sync_budget SET
    tokens = LEAST(%(burst)s, tokens + EXTRACT(EPOCH FROM clock_timestamp() - refreshed_at) * %(rate)s) - 1,
    refreshed_at = clock_timestamp(), spent = spent + 1
WHERE connection_id = %(connection)s AND side = %(side)s AND operation = %(operation)s
  AND (sleep_until IS NULL OR sleep_until <= clock_timestamp())
  AND LEAST(%(burst)s, tokens + EXTRACT(EPOCH FROM clock_timestamp() - refreshed_at) * %(rate)s) >= 1 + %(keep)s
  AND (NOT %(guarded)s OR NOT EXISTS (
    SELECT 1 FROM sync_partnerstate partner
    WHERE partner.connection_id = %(connection)s AND partner.side = %(side)s
      AND partner.is_open AND partner.retry_at IS NOT NULL
  ))
RETURNING 1
"""


def spend(connection: Connection, side: Side, operation: str, *, keep: int = 0) -> None:
    """Take one call from a budget, or raise :class:`Postponed` with the time until the next is free.

    The bucket lives in Postgres, so all processes share it; it refills in business time. ``keep`` calls are left for
    those who are more urgent.
    """
    _take(connection, side, operation, keep=keep, guarded=False)


def _take(connection: Connection, side: Side, operation: str, *, keep: int, guarded: bool) -> None:
    """As :func:`spend`; ``guarded`` = with :func:`guard` in the same statement."""
    allowed = ceiling(side, operation)
    interval = real_delay(allowed.per / allowed.calls)
    values: dict[str, Any] = {
        "connection": connection.pk, "side": side, "operation": operation,
        "rate": 1 / interval.total_seconds(), "burst": float(allowed.calls), "keep": keep,
        "guarded": guarded,
    }  # fmt: skip
    if _spent(values):
        return
    if guarded:
        guard(connection, side)
    budget, is_new = Budget.objects.get_or_create(
        connection=connection, side=side, operation=operation,
        defaults={"tokens": allowed.calls, "refreshed_at": DatabaseNow()},
    )  # fmt: skip
    if is_new:
        if _spent(values):
            return
        budget.refresh_from_db()
    asleep = budget.sleep_until - database_now() if budget.sleep_until else timedelta(0)
    raise Postponed(
        f"{operation}: waiting for the next free call", due_in=max(asleep, interval, timedelta(seconds=0.5))
    )


def _spent(values: dict[str, Any]) -> bool:
    with database.cursor() as cursor:
        cursor.execute(_SPEND, values)
        return cursor.fetchone() is not None


def free_in(connection: Connection, side: Side, operation: str) -> timedelta:
    """How long (real time) until a budget lets its next call through; zero = now. Takes nothing from it."""
    budget = Budget.objects.filter(connection=connection, side=side, operation=operation).first()
    if budget is None:
        return timedelta(0)
    now, allowed = database_now(), ceiling(side, operation)
    interval = real_delay(allowed.per / allowed.calls)
    missing = max(1 - (budget.tokens + (now - budget.refreshed_at) / interval), 0.0)
    asleep = budget.sleep_until - now if budget.sleep_until else timedelta(0)
    return max(interval * missing, asleep, timedelta(0))


def guard(connection: Connection, side: Side) -> None:
    """Raise :class:`Postponed` while the breaker of this partner is open."""
    rests = PartnerState.objects.filter(connection=connection, side=side, is_open=True)
    for retry_at, reason in rests.values_list("retry_at", "reason"):
        if retry_at is not None:
            due_in = max(retry_at - database_now(), timedelta(0)) + timedelta(seconds=1)
            raise Postponed(f"{side} is unavailable: {reason}", due_in=due_in)


@contextmanager
def calling(connection: Connection, side: Side, operation: str, *, keep: int = 0) -> Iterator[None]:
    """One partner call inside guard, budget and bookkeeping: its typed errors pass through after they were counted.

    ``keep`` see :func:`spend`.
    """
    _take(connection, side, operation, keep=keep, guarded=True)
    try:
        yield
    except Throttled as error:
        _sleep(connection, side, operation, seconds=error.retry_after)
        raise
    except (Refused, Unreadable):  # the partner is there
        note_good(connection, side)
        raise
    except (Unauthorised, NotSent, Unclear) as error:
        note_bad(connection, side, error)
        raise
    note_good(connection, side)


def _sleep(connection: Connection, side: Side, operation: str, *, seconds: float) -> None:
    until = DatabaseNow() + timedelta(seconds=seconds)
    rows = Budget.objects.filter(connection=connection, side=side, operation=operation)
    row = rows.first()
    if row:
        rows.update(sleep_until=until, refused=row.refused + 1)


def note_good(connection: Connection, side: Side) -> None:
    """A usable answer: the count of failures starts anew."""
    PartnerState.objects.filter(connection=connection, side=side, is_open=False, failures_in_a_row__gt=0).update(
        failures_in_a_row=0, last_good_at=business_now()
    )


@transaction.atomic
def note_bad(connection: Connection, side: Side, error: PartnerError) -> None:
    """Count a failed call; the eighth in a row, or a refused key at once, opens the breaker and one exception."""
    PartnerState.objects.get_or_create(connection=connection, side=side)
    state = PartnerState.objects.select_for_update().get(connection=connection, side=side)
    refused = isinstance(error, Unauthorised)
    state.failures_in_a_row += 1
    state.reason = error.reason[:300]
    if not state.is_open and (refused or state.failures_in_a_row >= FAILURES_TO_OPEN):
        state.is_open, state.credentials_refused = True, refused
        state.opened_at = business_now()
        state.retry_at = database_now() + backoff(0)
        state.save()
        _report(connection, side, state)
        return
    state.save()


def _report(connection: Connection, side: Side, state: PartnerState) -> None:
    code = Code.CREDENTIALS_REFUSED if state.credentials_refused else Code.PARTNER_UNAVAILABLE
    who = Side(side).label
    said = f"{who} refuses our key" if state.credentials_refused else f"{who} cannot be reached"
    timeline.record(connection, "partner_away", said, lane=EVENT_LANES[side], detail=state.reason, tone="bad")
    failure = Failure(code, f"{said}: {state.reason}", facts={"side": side})
    fault_reported.send(sender=Connection, connection=connection, item=None, failures=[failure])


@transaction.atomic
def note_recovered(connection: Connection, side: Side) -> None:
    """The partner answers again: close the breaker and tell the desk."""
    closed = PartnerState.objects.filter(connection=connection, side=side, is_open=True).update(
        is_open=False, failures_in_a_row=0, retry_at=None, credentials_refused=False, last_good_at=business_now()
    )
    if closed:
        timeline.record(
            connection, "partner_back", f"{Side(side).label} answers again", lane=EVENT_LANES[side], tone="good"
        )
        progress_made.send(sender=Connection, connection=connection, item=None, milestone=Milestone.RECOVERED, by=None)


def ask_again(connection: Connection, side: Side) -> None:
    """End the rest of a partner that is away, because something has changed: the next probe asks it."""
    PartnerState.objects.filter(connection=connection, side=side, is_open=True).update(retry_at=DatabaseNow())


def note_still_bad(connection: Connection, side: Side, error: PartnerError) -> None:
    """The probe failed: rest longer, up to half an hour of business time."""
    state = PartnerState.objects.get(connection=connection, side=side)
    state.failures_in_a_row += 1
    state.reason = error.reason[:300]
    tries = max(state.failures_in_a_row - FAILURES_TO_OPEN, 0)
    state.retry_at = database_now() + min(backoff(tries), real_delay(timedelta(minutes=5), floor_seconds=2))
    state.save()
