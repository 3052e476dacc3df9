"""The recurring flows of stock: reading SEKO's figures, telling John Lewis, reading its offers, watching both."""

from datetime import timedelta

from django.db import transaction
from django.utils.dateparse import parse_datetime

from jlseko.clock import business_now
from sync import limits, pipeline, skew
from sync.budgets import OFFERS, STOCK
from sync.failures import Code, Failure
from sync.flows import late_files
from sync.flows.context import Context
from sync.models import Attempt, Connection, FlowState, Item, Outcome, Product, Side
from sync.signals import fault_reported, progress_made
from sync.skus import key_of
from sync.states import Kind, Milestone, Status
from sync.stock import files, ledger, offers, trouble, watching

PAGES_A_RUN = 50
READINGS_A_RUN = 20
WATCH_EVERY = timedelta(minutes=5)


def read_stock(context: Context, state: FlowState) -> dict[str, int]:
    """One full stock reading (SEKO contract 7.1). One that fails changes nothing: the last good figures stay."""
    as_of = business_now()
    with limits.calling(context.connection, Side.WAREHOUSE, STOCK):
        answer = context.warehouse.stock()
    skew.note(state, Side.WAREHOUSE, answer.remote_now)
    with transaction.atomic():
        reading = ledger.keep_reading(context.connection, answer, as_of=as_of)
        if reading and reading.complete:
            whole = {"connection": context.connection, "item": None, "by": None}
            progress_made.send(sender=Connection, milestone=Milestone.STOCK_FRESH, **whole)
    if reading is None:
        return {"products": 0}
    return {
        "products": reading.products, "changed": reading.changed, "zeroed": reading.zeroed, "skipped": reading.skipped,
        "released": release_for_stock(context.connection),
    }  # fmt: skip


def publish_stock(context: Context, state: FlowState) -> dict[str, int]:
    """Put what has to be told into the next stock file (John Lewis contract 3.1); one file at a time."""
    file = files.draft(context.connection)
    return {"levels": file.lines} if file else {}


def read_offers(context: Context, state: FlowState) -> dict[str, int]:
    """Read all offers (OF21, John Lewis contract 3.2), some pages a run; raises ``Postponed`` until all are read.

    An offer counts as gone only when the whole reading fits together: as many offers as the marketplace counts, and
    none that could not be read.
    """
    cursor = dict(state.cursor)
    started = parse_datetime(cursor.get("started", "")) or business_now()
    if business_now() - started > context.policy.minutes("offers_hours") / 2:
        cursor, started = {}, business_now()  # what was read then says nothing any more
    offset: int | None = cursor.get("offset", 0)
    seen, total, sound = cursor.get("seen", 0), cursor.get("total", 0), cursor.get("sound", True)
    for _ in range(PAGES_A_RUN):
        if offset is None:
            break
        asked = business_now()
        with limits.calling(context.connection, Side.MARKETPLACE, OFFERS):
            page = context.marketplace.offers_page(offset=offset)
        offers.store(context.connection, page.offers, shown_at=asked, seen_at=started)
        sound = sound and not page.unreadable and page.total_count == (total or page.total_count)
        seen, total, offset = seen + len(page.offers), page.total_count, page.next_offset
        state.cursor = {
            "started": started.isoformat(), "offset": offset, "seen": seen, "total": total, "sound": sound,
        }  # fmt: skip
        FlowState.objects.filter(pk=state.pk).update(cursor=state.cursor)
    if offset is not None:
        raise limits.Postponed("More offers are to be read", due_in=timedelta(seconds=1))
    FlowState.objects.filter(pk=state.pk).update(cursor={})
    with transaction.atomic():
        gone = offers.retire(context.connection, seen_before=started) if sound and seen == total else 0
        offers.resolve(context.connection)
        offers.confirm(context.connection, since=started)
    return {"offers": seen, "gone": gone}


def watch_stock(context: Context, state: FlowState) -> dict[str, int]:
    """Look at all levels once more, tell the desk what is wrong and what is right again, forget old history."""
    connection = context.connection
    _tell_of_all(connection, state)  # before anything is read: a partner who fails hides nothing
    suspects = watching.to_read_again(connection, limit=READINGS_A_RUN)
    reread = offers.read_singly(connection, context.marketplace, suspects)
    wrong = watching.wrong(connection)
    told = trouble.report(connection, wrong)
    ended_late = late_files.ask_after(context)
    counts = {"read": len(reread), "told": told.told, "held_back": told.held_back, "told_anew": ended_late}
    counts["right"] = watching.settle(connection, wrong)
    counts["released"] = release_for_stock(connection)
    counts["pruned"] = ledger.prune(connection)
    return counts


@transaction.atomic
def _tell_of_all(connection: Connection, state: FlowState) -> None:
    """What is about the whole connection is told when it begins and when it changes, not at every look."""
    before = dict(state.cursor)
    stale = watching.stale(connection)
    if stale and not before.get("stale"):
        fault_reported.send(sender=Connection, connection=connection, item=None, failures=[stale])
    unlisted = watching.unlisted(connection) or 0
    if unlisted != before.get("unlisted", 0):
        _tell_of_unlisted(connection, unlisted)
    state.cursor = {"stale": stale is not None, "unlisted": unlisted}
    FlowState.objects.filter(pk=state.pk).update(cursor=state.cursor)


def _tell_of_unlisted(connection: Connection, count: int) -> None:
    if count:
        noun = "product with stock has" if count == 1 else "products with stock have"
        facts = {"side": Side.MARKETPLACE, "count": str(count)}
        failure = Failure(Code.STOCK_UNLISTED, f"{count} {noun} no offer on John Lewis.", rule="unlisted", facts=facts)
        fault_reported.send(sender=Connection, connection=connection, item=None, failures=[failure])
    else:
        whole = {"connection": connection, "item": None, "by": None}
        progress_made.send(sender=Connection, milestone=Milestone.LISTING_RIGHT, **whole)


def release_for_stock(connection: Connection) -> int:
    """Send orders back that SEKO refused for stock once there is some again, each at most once an hour (contract
    1.1).
    """
    waited = business_now() - connection.policy.minutes("stock_retry_minutes")
    stalled = Item.objects.filter(
        connection=connection, kind=Kind.ORDER, status=Status.STALLED, failures__contains=[{"code": Code.NO_FREE_STOCK}]
    ).select_related("order")
    released = 0
    for item in stalled:
        only_stock = all(failure["code"] == Code.NO_FREE_STOCK for failure in item.failures)
        tried = Attempt.objects.filter(item=item, outcome=Outcome.REJECTED, announced_at__gt=waited).exists()
        if only_stock and not tried and _has_stock(connection, item):
            released += pipeline.resubmit(item, why="SEKO has stock again")
    return released


def _has_stock(connection: Connection, item: Item) -> bool:
    for failure in item.failures:
        product = failure["facts"].get("product", "")
        needed = int(failure["facts"].get("needed") or 1)
        available = (
            Product.objects.filter(connection=connection, code_key=key_of(product))
            .values_list("available", flat=True)
            .first()
        )
        if available is None or available < needed:
            return False
    return True
