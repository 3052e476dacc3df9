"""Draining a lane: lease a batch, read what the batch needs in one call, take each item a step further."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connections, transaction

from sync import effects, intake, lanes, limits, pipeline
from sync.budgets import ACCEPT, CANCEL_LINES, KEPT_FOR_DISPATCHES, ORDERS_BY_ID
from sync.failures import (
    Code,
    Failure,
    NotSent,
    PartnerError,
    Refused,
    Throttled,
    Unauthorised,
    Unclear,
    Unreadable,
)
from sync.flows import dispatches, listings, messages, orders, stock_files
from sync.flows.context import Context
from sync.lanes import FencedOut
from sync.loop import batch
from sync.loop.patience import is_of_the_database, patiently
from sync.models import Attempt, Connection, Item, Side
from sync.partners_of import Partners, partners_of
from sync.shapes import MarketplaceOrder
from sync.states import Kind, Lane, Stage, Status

log = logging.getLogger(__name__)

BATCH = 24
POISON_TRIES = 6
NOT_ALLOWED_PAUSE = timedelta(minutes=1)
READ_FIRST = frozenset({Stage.VALIDATED, Stage.INJECTED, Stage.DISPATCHED})  # their next step hangs on John Lewis
STEPS: dict[Kind, Callable[[Item, Context], None]] = {
    Kind.ORDER: orders.advance,
    Kind.DISPATCH: dispatches.advance,
    Kind.MESSAGE: messages.advance,
    Kind.STOCK_FILE: stock_files.advance,
    Kind.LISTING: listings.advance,
}


def drain(lane: Lane, *, seconds: float, threads: int | None = None) -> int:
    """Work on a lane until nothing is due or ``seconds`` (real time) are over; returns how many steps were taken."""
    ends = time.monotonic() + seconds
    steps = 0
    while time.monotonic() < ends:
        leased = lanes.claim(lane, limit=BATCH)
        if not leased:
            break
        steps += len(leased)
        for connection, items in _by_connection(leased):
            _work_on(connection, items, threads=threads or settings.WORKER_THREADS)
    return steps


def _by_connection(items: Iterable[Item]) -> list[tuple[Connection, list[Item]]]:
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(item.connection_id, []).append(item)
    return [(group[0].connection, group) for group in groups.values()]


def _work_on(connection: Connection, items: list[Item], *, threads: int) -> None:
    try:
        partners = partners_of(connection)
    except ValueError as error:  # an address that the deployment does not allow (any more)
        log.error("connection cannot be used", extra={"connection": connection.name, "reason": str(error)})
        for item in items:
            pipeline.move(item, to=Status.READY, due_in=NOT_ALLOWED_PAUSE)
        return
    announced = effects.open_attempts(items)
    try:
        fresh = _read_fresh(connection, partners, items, announced)
    except PartnerError as error:
        log.info("orders could not be read", extra={"reason": error.reason})
        fresh = {}
    except limits.Postponed:
        fresh = {}
    batch.lay_out(connection, items)
    oldest = {pk: attempts[0] for pk, attempts in announced.items()}
    context = Context(connection, connection.policy, partners.marketplace, partners.warehouse, fresh, oldest)
    if threads == 1 or len(items) == 1:
        for item in items:
            take_step(item, context)
        return
    workers = min(threads, len(items))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(lambda part: _in_thread(part, context), [items[start::workers] for start in range(workers)]))


def _in_thread(items: list[Item], context: Context) -> None:
    close_old_connections()
    try:
        for item in items:
            take_step(item, context)
    finally:
        connections.close_all()


def _read_fresh(
    connection: Connection, partners: Partners, items: list[Item], announced: Mapping[int, list[Attempt]]
) -> dict[str, MarketplaceOrder | None]:
    """Read the orders whose present state decides the next step: one call for the whole batch (OR11 by id).

    None stands where John Lewis answered without an order that can be read.
    """
    operations = {pk: {attempt.operation for attempt in attempts} for pk, attempts in announced.items()}
    wanted = [
        item.order_key for item in items if item.order_key and _needs_reading(item, operations.get(item.pk, set()))
    ]
    if not wanted:
        return {}
    urgent = any(item.kind == Kind.DISPATCH for item in items)
    fresh: dict[str, MarketplaceOrder | None] = dict.fromkeys(wanted)
    try:
        with limits.calling(connection, Side.MARKETPLACE, ORDERS_BY_ID, keep=0 if urgent else KEPT_FOR_DISPATCHES):
            found = partners.marketplace.orders_by_id(list(fresh))
    except Unreadable as unread:
        log.warning("no order of the answer can be read", extra={"reason": unread.reason})
        return fresh
    intake.store(connection, found, in_hand=[item.pk for item in items])
    return fresh | {order.order_id: order for order in found}


def _needs_reading(item: Item, announced: set[str]) -> bool:
    if item.kind == Kind.DISPATCH or announced & {ACCEPT, CANCEL_LINES}:
        return True
    return item.kind == Kind.ORDER and item.stage in READ_FIRST and not announced


def take_step(item: Item, context: Context) -> None:
    """Take one step and turn every way in which it can end badly into a move of the item.

    Where the database itself fails, the item is tried again if it is still where it was: the last commit may have been
    kept. Raises ``DatabaseError`` only while the database stays away; the lease ends by itself then.
    """
    before = item.stage, item.status, item.lease_token
    try:
        _step(item, context, before)
    except Exception as fault:
        if not is_of_the_database(fault):
            raise
        log.warning("the database failed during a step", extra={"item": item.pk, "reason": type(fault).__name__})
        patiently(lambda: _taken_back(item, before))


def _taken_back(item: Item, before: tuple[str, str, UUID | None]) -> None:
    item.stage, item.status, item.lease_token = before
    _quietly(lambda: pipeline.retry_later(item, outcome_open=_open(item)))


def _step(item: Item, context: Context, before: tuple[str, str, UUID | None]) -> None:
    try:
        lanes.renew(item)
        STEPS[item.kind_enum](item, context)
    except FencedOut:
        log.warning("fenced out", extra={"item": item.pk})
    except limits.Postponed as postponed:
        due_in = postponed.due_in
        _quietly(lambda: pipeline.postpone(item, due_in=due_in, outcome_open=_open(item)))
    except Refused as refused:
        failure = refused.failure
        _quietly(lambda: pipeline.stall(item, [failure]))
    except Throttled as throttled:
        seconds = timedelta(seconds=throttled.retry_after)
        _quietly(lambda: pipeline.postpone(item, due_in=seconds, outcome_open=_open(item)))
    except Unreadable as unread:
        failure = Failure(Code.MESSAGE_UNREADABLE, unread.reason, rule="order")
        _quietly(lambda: _again_or_stall(item, failure))
    except (NotSent, Unauthorised, Unclear):
        _quietly(lambda: pipeline.retry_later(item, outcome_open=_open(item)))
    except Exception as broken:
        if is_of_the_database(broken):
            raise
        log.exception("step failed", extra={"item": item.pk, "kind": item.kind})
        text = f"jlseko could not process this ({type(broken).__name__}). The log has the details."
        fault = Failure(Code.UNCLASSIFIED, text, rule="internal")
        item.stage, item.status, item.lease_token = before  # what the step moved was taken back with its transaction
        _quietly(lambda: _again_or_stall(item, fault))


def _open(item: Item) -> bool:
    return effects.open_attempt(item) is not None


def _quietly(end: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            end()
    except FencedOut:
        log.warning("fenced out at the end of a step")


def _again_or_stall(item: Item, failure: Failure) -> None:
    """A fault that asking again seldom mends: try a few times, then hand it to a person rather than let it circle for
    ever.
    """
    if item.attempts + 1 < POISON_TRIES:
        pipeline.retry_later(item, outcome_open=_open(item))
        return
    pipeline.stall(item, [failure])
