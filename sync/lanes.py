"""Leases: who works on what, decided by Postgres alone.

A lease is a token on a row until a time on the database's clock. Whoever lost it writes nothing more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, OuterRef

from jlseko import failpoints
from jlseko.clock import business_now
from sync.database_clock import DatabaseNow
from sync.models import Attempt, Connection, Item, Outcome, Pause
from sync.states import Lane, Status


class FencedOut(Exception):
    """The lease is gone: another worker owns the item now. Write nothing, send nothing more."""


_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM sync_item
    WHERE lane = %(lane)s AND status IN ('ready', 'waiting', 'unknown') AND due_at <= clock_timestamp()
      AND connection_id NOT IN (
        SELECT connection_id FROM sync_pause
        WHERE flow = %(lane)s AND ended_at IS NULL AND (until IS NULL OR until > %(business_now)s)
      )
    ORDER BY priority, due_at, id
    FOR UPDATE SKIP LOCKED
    LIMIT %(limit)s
)
UPDATE sync_item item
SET status = 'leased', lease_token = gen_random_uuid(), recheck = false,
    lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
FROM due WHERE item.id = due.id
RETURNING item.id
"""

_SWEEP = """
WITH expired AS MATERIALIZED (
    SELECT id FROM sync_item
    WHERE status = 'leased' AND lease_until < clock_timestamp()
    FOR UPDATE SKIP LOCKED
    LIMIT 1000
)
UPDATE sync_item item
SET lease_token = NULL, lease_until = NULL, due_at = clock_timestamp(),
    status = CASE WHEN EXISTS (
        SELECT 1 FROM sync_attempt attempt
        WHERE attempt.item_id = item.id AND attempt.outcome IN ('', 'unknown')
    ) THEN 'unknown' ELSE 'ready' END
FROM expired WHERE item.id = expired.id
RETURNING item.id
"""


def lease_duration() -> timedelta:
    """How long a lease lasts, real time."""
    return timedelta(seconds=settings.LEASE_SECONDS)


def claim(lane: Lane, *, limit: int) -> list[Item]:
    """Lease up to ``limit`` due items of a lane, most urgent first. Each item is leased by exactly one caller.

    A connection whose lane is paused gets nothing leased; what is leased already finishes.
    """
    values: dict[str, Any] = {
        "lane": lane,
        "limit": limit,
        "lease": settings.LEASE_SECONDS,
        "business_now": business_now(),
    }
    with database.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    failpoints.reach("claim.committed")
    items = Item.objects.filter(pk__in=ids).select_related("connection")
    return sorted(items, key=lambda item: (item.priority, item.due_at, item.pk))


def renew(item: Item) -> None:
    """Let the lease begin anew, before a step and with every fenced write; raises :class:`FencedOut` when it is no
    longer ours.
    """
    renewed = Item.objects.filter(
        pk=item.pk, status=Status.LEASED, lease_token=item.lease_token, lease_until__gt=DatabaseNow()
    ).update(lease_until=DatabaseNow() + lease_duration())
    if renewed != 1:
        raise FencedOut(str(item))


@contextmanager
def fenced(item: Item) -> Iterator[UUID]:
    """A transaction of the holder of a lease: raises :class:`FencedOut` before anything is written when it is gone.

    The lease begins anew, and the item stays locked until the end, so that nobody can take it over in between. Gives
    the token.
    """
    token = item.lease_token
    if token is None:
        raise FencedOut(str(item))
    with transaction.atomic():
        renew(item)
        yield token


def sweep() -> int:
    """Free expired leases: to ``unknown`` where an effect was announced, else to ``ready``. Returns how many."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(_SWEEP)
        ids = [row[0] for row in cursor.fetchall()]
        Attempt.objects.filter(item__in=ids, outcome="").update(
            outcome=Outcome.UNKNOWN, reason="The worker stopped before it could note the answer."
        )
    return len(ids)


def due_lanes() -> list[Lane]:
    """The lanes in which something is due now that is not paused."""
    paused = Pause.objects.in_force().filter(connection=OuterRef("connection"), flow=OuterRef("lane"))
    found = (
        Item.objects.filter(
            status__in=[Status.READY, Status.WAITING, Status.UNKNOWN], due_at__lte=DatabaseNow(), lane__in=list(Lane)
        )
        .exclude(Exists(paused))
        .order_by()
        .values_list("lane", flat=True)
        .distinct()
    )
    return [Lane(lane) for lane in found]


def hurry(connection: Connection, lane: Lane) -> int:
    """Make due at once what waits for its next try; returns how many items that were. Budgets hold as ever."""
    waiting = Item.objects.filter(connection=connection, lane=lane, status=Status.READY, due_at__gt=DatabaseNow())
    return waiting.update(due_at=DatabaseNow())
