"""Drafting stock files: which levels are told next, and how many at once."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from jlseko.clock import business_now
from sync import doorbell, timeline
from sync.database_clock import DatabaseNow
from sync.models import Connection, EventLane, FlowState, Item, Listing, PartnerState, Side, StockFile
from sync.models import StockFileLine as Line
from sync.shapes import StockLevel
from sync.states import FINAL, Kind, Lane, Stage, Status
from sync.stock import levels
from sync.stock.figures import FILES, last_complete, lock
from sync.stock.rules import PUBLISH

PARTED = "Part of a file that John Lewis refused whole"
DECREASES = "Decreases first"
CHANGED = "Levels changed"
DROPPED = "DROPPED"  # the import status of a file that never left
PARTS = 4
POLL = "poll-orders"

# Every due level whose figure is young enough, no older than the one told last, and not held back; computed from the
# figure whose version is told with it, which a reading may have replaced in this very moment. A rise waits for
# orders that were read a moment ago: an absolute level would put back on sale what was sold since. It also waits until
# a listing that shares the product has fallen: were that line refused, both together would show more than there is.
_PICK = """
INSERT INTO sync_stockfileline (
    file_id, listing_id, quantity, previous, sellable, in_flight, buffer, version, as_of, outcome, reason)
SELECT %(file)s, id, target, published, sellable, in_flight, buffer, version, as_of, 'sent', ''
FROM (
    SELECT listing.*, product.version, GREATEST(product.read_at, %(complete_as_of)s) AS as_of,
           listing.target > COALESCE(CASE WHEN listing.shown_at >= listing.published_at
                                         THEN LEAST(listing.published, listing.shown) ELSE listing.published END,
                                    listing.shown, -1) AS rises
    FROM sync_listing listing
    JOIN sync_product product ON product.id = listing.product_id
    WHERE listing.connection_id = %(connection)s AND listing.due AND listing.active AND listing.target IS NOT NULL
      AND (listing.retry_at IS NULL OR listing.retry_at <= %(now)s) AND listing.failures < %(tries)s
      AND product.version >= listing.published_version AND listing.sellable IS NOT DISTINCT FROM product.available
      AND CASE WHEN %(suspects_of)s::bigint IS NULL THEN listing.suspect_of_id IS NULL
               ELSE listing.suspect_of_id = %(suspects_of)s END
) due
WHERE as_of IS NOT NULL AND (as_of >= %(stale_before)s OR hold = 'stale')
  AND (NOT rises OR (%(with_rises)s AND NOT EXISTS (
      SELECT 1 FROM sync_listing sister
      WHERE sister.product_id = due.product_id AND sister.id <> due.id AND sister.active
        AND COALESCE(sister.published, sister.shown, 0) > sister.target)))
ORDER BY rises, failures, id
LIMIT %(limit)s
"""


def unfinished(connection: Connection) -> QuerySet[StockFile]:
    """The files of which John Lewis has not said yet what became of them."""
    rows = StockFile.objects.filter(connection=connection, item__stage__in=[Stage.RECEIVED, Stage.SUBMITTED])
    return rows.exclude(item__status__in=FINAL)


def is_open(connection: Connection) -> bool:
    """Whether a file is on its way, and not for longer than an import may take: then no other is drafted."""
    since = business_now() - connection.policy.minutes("stock_import_minutes")
    return unfinished(connection).filter(created_at__gt=since).exists()


@transaction.atomic
def draft(connection: Connection) -> StockFile | None:
    """Compute the levels and put the due ones into one new file; None when nothing may be told now.

    The number of statements does not depend on the number of lines.
    """
    lock(connection, FILES)
    if is_open(connection):
        return None
    levels.compute(connection)
    if not Listing.objects.filter(connection=connection, due=True).exists():
        return None
    last = StockFile.objects.filter(connection=connection).order_by("-id").first()
    parted = _suspects(connection)
    turns = [False, True] if last is None or last.why == PARTED else [True, False]
    for suspects_first in turns:
        if suspects_first and parted is None:
            continue
        found = _suspect_file(connection, parted) if suspects_first and parted else _fresh_file(connection, last)
        if found:
            return found
    return None


def _suspects(connection: Connection) -> StockFile | None:
    """The oldest file refused whole of which some levels are due again."""
    now = business_now()
    due = Listing.objects.filter(connection=connection, due=True, suspect_of__isnull=False)
    due = due.filter(Q(retry_at=None) | Q(retry_at__lte=now), failures__lt=connection.policy.stock_file_tries)
    return StockFile.objects.filter(suspects__in=due).order_by("id").first()


def _suspect_file(connection: Connection, parted: StockFile) -> StockFile | None:
    """A quarter of a file that was refused whole, so that the bad line is found by and by and the good ones go on."""
    limit = max(1, -(-parted.lines // PARTS))
    rises = orders_are_fresh(connection)
    return _create(connection, PARTED, {"suspects_of": parted.pk, "limit": limit, "with_rises": rises})


def _fresh_file(connection: Connection, last: StockFile | None) -> StockFile | None:
    limit = connection.policy.stock_file_lines
    values: dict[str, Any] = {"suspects_of": None, "limit": limit}
    rising = orders_are_fresh(connection)
    many = Listing.objects.filter(connection=connection, due=True).count() > limit
    dropped = last is not None and last.import_status == DROPPED  # what fell must not wait once more with what rose
    if many or dropped or _was_away_since(connection, last):
        found = _create(connection, DECREASES, {**values, "with_rises": False})
        if found or not rising:
            return found
    return _create(connection, CHANGED, {**values, "with_rises": rising})


def orders_are_fresh(connection: Connection, *, polls: float = 0.5) -> bool:
    """Whether orders were read so lately that a level may rise; ``polls`` in times between two polls.

    A file is drafted within half of such a time, and leaves within the whole of it: one that had to be just as fresh
    when it leaves as when it was drafted would be dropped over and over by a slow partner.
    """
    poll = FlowState.objects.filter(connection=connection, flow=POLL).first()
    if poll is None:
        return True
    since = business_now() - connection.policy.minutes("poll_minutes") * polls
    return poll.last_good_at is not None and poll.last_good_at >= since


def _was_away_since(connection: Connection, last: StockFile | None) -> bool:
    """Whether John Lewis was away since the last file: then what must fall goes first."""
    away = PartnerState.objects.filter(connection=connection, side=Side.MARKETPLACE, opened_at__isnull=False).first()
    return away is not None and (last is None or (away.opened_at is not None and away.opened_at > last.created_at))


def _create(connection: Connection, why: str, pick: dict[str, Any]) -> StockFile | None:
    now, policy = business_now(), connection.policy
    item = Item.objects.create(
        connection=connection, kind=Kind.STOCK_FILE, lane=Lane.STOCK, stage=Stage.RECEIVED, status=Status.READY,
        external_key=f"stock-{now:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}", due_at=DatabaseNow(), priority=4,
        entered_stage_at=now, created_at=now,
    )  # fmt: skip
    file = StockFile.objects.create(item=item, connection=connection, basis=0, as_of=now, created_at=now, why=why)
    complete = last_complete(connection)
    values = {
        "file": file.pk, "connection": connection.pk, "now": now, "tries": policy.stock_file_tries,
        "complete_as_of": complete.as_of if complete else None,
        "stale_before": now - policy.minutes("stock_stale_minutes"), **pick,
    }  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(_PICK, values)
    told = Line.objects.filter(file=file).aggregate(
        lines=Count("pk"),
        basis=Max("version"),
        as_of=Min("as_of"),
        falling=Count("pk", filter=Q(quantity__lt=F("previous"))),
    )
    if not told["lines"]:
        item.delete()
        return None
    file.lines, file.basis, file.as_of = told["lines"], told["basis"], told["as_of"]
    file.save(update_fields=["lines", "basis", "as_of"])
    title = f"Stock file with {file.lines} {'level' if file.lines == 1 else 'levels'}, {told['falling']} falling"
    timeline.record(item, "stock_file", title, lane=EventLane.OURS, detail=why)
    doorbell.ring_after_commit(Lane.STOCK)
    return file


def levels_of(file: StockFile) -> list[StockLevel]:
    """The lines of a file as they are told."""
    rows = file.rows.order_by("id").values_list("listing__sku", "quantity")
    return [StockLevel(sku, quantity) for sku, quantity in rows.iterator(chunk_size=10_000)]


@transaction.atomic
def leave_out_outdated(file: StockFile) -> int:
    """Take out of a file that has not left yet what would tell more than we believe now, or figures that are too old.

    These lines are due again in the next file. Returns how many lines stay; where none would, nothing is taken out.
    """
    levels.compute(file.connection)
    limit = business_now() - file.connection.policy.minutes("stock_stale_minutes")
    outdated = Q(listing__target=None) | Q(quantity__gt=F("listing__target"))
    outdated |= Q(as_of__lt=limit) & ~Q(listing__hold=levels.STALE)
    if _was_away_since(file.connection, file) or not orders_are_fresh(file.connection, polls=1):
        outdated |= Q(quantity__gt=Coalesce("previous", "listing__shown", Value(-1)))
    rows = list(file.rows.filter(outdated).values_list("pk", "listing_id"))
    stay = file.lines - len(rows)
    if rows and stay:
        Line.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
        told_next = Listing.objects.filter(pk__in=[listing for _, listing in rows]).exclude(target=None)
        told_next.update(due=True)
        file.lines = stay
        file.save(update_fields=["lines"])
        noun = "level" if len(rows) == 1 else "levels"
        title = f"Left {len(rows)} {noun} for the next file: they changed before this one could leave"
        timeline.record(file.item, "stock_file", title, lane=EventLane.OURS)
    return stay


@transaction.atomic
def push_now(listings: Iterable[Listing], by: Any) -> int:
    """Have the present levels of these listings told again with the next file; returns how many will be.

    The minute between two files is kept, and so is every other rule: nothing stale, nothing unknown.
    """
    count = 0
    for connection_id, group in _by_connection(listings).items():
        rows = Listing.objects.filter(pk__in=group, active=True).exclude(target=None)
        told = rows.update(due=True, failures=0, retry_at=None)
        connection = Connection.objects.get(pk=connection_id)
        noun = "level" if told == 1 else "levels"
        timeline.record(connection, "stock_push", f"{told} stock {noun} to be told again", actor=by)
        FlowState.bring_forward(connection, PUBLISH)
        count += told
    return count


def _by_connection(listings: Iterable[Listing]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for listing in listings:
        groups.setdefault(listing.connection_id, []).append(listing.pk)
    return groups
