"""SEKO's figures: whole readings by one set-based comparison, and what SEKO pushes in between.

SEKO is the only truth. Nothing here ever makes a figure older than it is.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction

from jlseko.clock import business_now
from sync import gaps, timeline
from sync.models import (
    Connection,
    EventLane,
    Product,
    StockChange,
    StockReading,
    StockSource,
    StockSummaryPart,
)
from sync.policy import Policy
from sync.shapes import StockAdjustment, StockAnswer, StockMovement, StockRow, StockSummary
from sync.skus import key_of
from sync.stock.comparing import compare
from sync.stock.figures import (
    LARGEST,
    LEDGER,
    LONGEST_CODE,
    believed,
    is_sellable,
    last_complete,
    lock,
    moment_of,
)

MANY = 50
EXPLAINS = timedelta(hours=2)  # how much later than a reading the message may come that explains it
PARTS_KEPT = timedelta(days=3)
UNDATED = timedelta(days=1)  # a summary tells of the end of a day; one that does not say of which is no newer than this


@dataclass(frozen=True, slots=True)
class Figures:
    """What an answer says, product by product: ``quantities`` and ``spelling`` by key; ``skipped`` rows said nothing
    usable.
    """

    quantities: dict[str, int]
    spelling: dict[str, str]
    skipped: int

    @classmethod
    def of(cls, rows: Iterable[StockRow], policy: Policy) -> "Figures":
        """Add the sellable rows of each product; one with a bad row is left out whole, and its last figure stays."""
        quantities: dict[str, int] = {}
        spelling: dict[str, str] = {}
        bad: set[str] = set()
        skipped = 0
        for row in rows:
            key = key_of(row.product_code)
            if not _usable(row, key, policy):
                skipped += 1
                bad.add(key)
                continue
            spelling.setdefault(key, row.product_code.strip())
            sellable = is_sellable(policy, dc_code=row.dc_code, location_type=row.location_type)
            quantities[key] = min(quantities.get(key, 0) + (row.quantity if sellable else 0), LARGEST)
        return cls({key: count for key, count in quantities.items() if key not in bad}, spelling, skipped)


def _usable(row: StockRow, key: str, policy: Policy) -> bool:
    code = row.product_code.strip()
    readable = 0 < len(key) <= LONGEST_CODE and len(code) <= LONGEST_CODE and "\x00" not in code
    return readable and 0 <= row.quantity <= policy.stock_most


@transaction.atomic
def keep_reading(connection: Connection, answer: StockAnswer, *, as_of: datetime) -> StockReading | None:
    """Make the figures those of a reading; ``as_of`` = our clock before the question left. Returns None when a newer
    one is known already: then nothing changes.

    Absent means zero, but only where the answer is complete and every row of it could be used (SEKO contract 7.1).
    """
    lock(connection, LEDGER)
    last = last_complete(connection)
    if last and last.as_of >= as_of:
        return None
    figures = Figures.of(answer.rows, connection.policy)
    skipped = figures.skipped + answer.skipped
    complete = answer.complete and not skipped
    reading = StockReading(
        connection=connection, as_of=as_of, remote_as_of=answer.remote_now, complete=complete, skipped=skipped,
        source=StockSource.READING if answer.complete else StockSource.PARTIAL, products=len(figures.quantities),
    )  # fmt: skip
    _apply(reading, figures, last)
    return reading


def _apply(reading: StockReading, figures: Figures, last: StockReading | None) -> None:
    found = compare(reading, figures.quantities, figures.spelling, last=last)
    reading.changed, reading.zeroed = found.changed, found.zeroed
    reading.save()
    left = Product.objects.filter(connection=reading.connection, available__gt=0)
    if found.zeroed > MANY and found.zeroed > left.count():
        timeline.record(
            reading.connection, "stock_emptied", f"SEKO shows nothing left of {found.zeroed} products",
            lane=EventLane.WAREHOUSE, tone="warn", detail="A complete answer left them out, which means zero.",
        )  # fmt: skip


@transaction.atomic
def adjust(connection: Connection, news: StockAdjustment, sequence: int | None) -> int:
    """Count stock that appeared or vanished (SEKO contract 6.4); a repeat changes nothing. Returns how many figures
    moved. More stock counts at once only where the settings say so and no message is missing.
    """
    place = news.location_type.strip()
    if not place and not news.increase:  # it is not said where it vanished: the lower figure is the safe one
        place = connection.policy.sellable_locations.split(",")[0]
    if not is_sellable(connection.policy, dc_code=news.dc_code, location_type=place):
        return 0
    sign = 1 if news.increase else -1
    identity = _identity(news.internal_id, sequence, news)
    moves = [
        _Move(f"adjustment {identity} {number}"[:200], line.product_code, sign * line.quantity, line.reason)
        for number, line in enumerate(news.lines, start=1)
    ]
    return _count(connection, moves, StockSource.ADJUSTMENT, at=news.at)


@transaction.atomic
def move(connection: Connection, news: StockMovement, sequence: int | None) -> int:
    """Count stock that became or ceased to be sellable by a move (SEKO contract 6.5); a repeat changes nothing.
    Returns how many figures moved.
    """
    gone = is_sellable(connection.policy, dc_code=news.dc_code, location_type=news.from_location)
    come = is_sellable(connection.policy, dc_code=news.dc_code, location_type=news.to_location)
    if gone == come:
        return 0
    identity = _identity(news.movement_id, sequence, news)
    way = f"{news.from_location} to {news.to_location}"
    delta = news.line.quantity if come else -news.line.quantity
    moves = [_Move(f"movement {identity}"[:200], news.line.product_code, delta, news.line.reason or way)]
    return _count(connection, moves, StockSource.MOVEMENT, at=news.at)


def _identity(given: str, sequence: int | None, news: StockAdjustment | StockMovement) -> str:
    """By what a repeat is recognised: SEKO's own id, else its number of the message, else the content."""
    if given:
        return given
    return f"#{sequence}" if sequence is not None else hashlib.sha256(repr(news).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Move:
    key: str
    product_code: str
    delta: int
    note: str


def _count(connection: Connection, moves: list[_Move], source: StockSource, *, at: datetime | None) -> int:
    lock(connection, LEDGER)
    keys = {key_of(each.product_code) for each in moves}
    products = {p.code_key: p for p in Product.objects.filter(connection=connection, code_key__in=keys)}
    known = set(
        StockChange.objects.filter(connection=connection, key__in=[each.key for each in moves]).values_list(
            "key", flat=True
        )
    )
    last, now, moved = last_complete(connection), business_now(), 0
    at = believed(at, last, now)
    rises = connection.policy.pushed_increases and not gaps.still_open(connection, gaps.STOCK_SERVICES).exists()
    for each in moves:
        product = products.get(key_of(each.product_code))
        if product is None or each.key in known or abs(each.delta) > LARGEST:
            continue
        moment = moment_of(product, last, connection.policy)
        counts = product.available is not None and (moment is None or moment.counts(each.delta, at))
        counts = counts and (each.delta < 0 or rises)
        moved += _move_figure(product, each, source, at=at or now, now=now, counts=counts)
        known.add(each.key)
    _note_unknown(connection, sorted({m.product_code for m in moves if key_of(m.product_code) not in products}))
    return moved


def _move_figure(
    product: Product, each: _Move, source: StockSource, *, at: datetime, now: datetime, counts: bool
) -> bool:
    """Write one push to the history; it moves the figure only where it counts."""
    delta = each.delta if counts else 0
    available = max(-LARGEST, min((product.available or 0) + delta, LARGEST))
    note = each.note if counts else f"{each.delta:+d} left to the reading. {each.note}".strip()
    change = StockChange.objects.create(
        connection_id=product.connection_id, product=product, source=source, at=at, recorded_at=now, delta=delta,
        available=available, key=each.key, note=note[:200],
    )  # fmt: skip
    if not delta:
        if each.delta < 0:  # the reading that held it already has its explanation now
            lately = StockChange.objects.filter(product=product, recorded_at__gt=now - EXPLAINS)
            lately.exclude(unexplained=0).update(unexplained=0)
        return False
    product.available, product.version = available, change.pk
    product.save(update_fields=["available", "version"])
    return True


def _note_unknown(connection: Connection, codes: list[str]) -> None:
    if codes:
        timeline.record(
            connection, "stock_unknown", f"SEKO moved stock of {len(codes)} products that no reading has shown yet",
            lane=EventLane.WAREHOUSE, detail=", ".join(codes)[:4000],
        )  # fmt: skip


@transaction.atomic
def keep_summary(connection: Connection, news: StockSummary) -> StockReading | None:
    """Keep one part of an overnight summary; the last part to come makes it a reading (SEKO contract 6.6).

    A summary that is older than the last complete reading changes nothing: it is stored with the number of products
    that differ. Returns the reading, None while parts are missing.
    """
    lock(connection, LEDGER)
    now = business_now()
    ours = connection.policy.dc_code.strip().casefold()
    if ours and news.dc_code.strip().casefold() not in ("", ours):
        return None
    at = min(news.at or now - UNDATED, now)
    StockSummaryPart.objects.filter(connection=connection, received_at__lt=now - PARTS_KEPT).delete()
    lines = [[line.product_code, line.on_hand] for line in news.lines]
    StockSummaryPart.objects.get_or_create(
        connection=connection, group=news.group[:200], part=news.part,
        defaults={"total": news.total, "at": at, "lines": lines, "received_at": now},
    )  # fmt: skip
    parts = list(StockSummaryPart.objects.filter(connection=connection, group=news.group[:200]).order_by("part"))
    if {part.part for part in parts} != set(range(1, news.total + 1)):
        return None
    return _keep_whole_summary(connection, parts, theirs=news.at)


def _keep_whole_summary(
    connection: Connection, parts: list[StockSummaryPart], *, theirs: datetime | None
) -> StockReading | None:
    """The figures of all parts together. Our clock is set back by the margin, so that nothing seems fresher than it
    is.
    """
    sellable = connection.policy.sellable_locations.split(",")[0]
    rows = [StockRow(code, "", sellable, count) for part in parts for code, count in part.lines]
    figures = Figures.of(rows, connection.policy)
    as_of = min(part.at for part in parts) - connection.policy.minutes("clock_margin_minutes")
    last = last_complete(connection)
    if StockReading.objects.filter(connection=connection, source=StockSource.SUMMARY, as_of=as_of).exists():
        return None
    reading = StockReading(
        connection=connection, source=StockSource.SUMMARY, as_of=as_of, remote_as_of=theirs,
        complete=not figures.skipped, products=len(figures.quantities), skipped=figures.skipped,
    )  # fmt: skip
    if last and last.as_of >= as_of:
        reading.changed = _differing(connection, figures)
        reading.save()
    else:
        _apply(reading, figures, last)
    return reading


def _differing(connection: Connection, figures: Figures) -> int:
    rows = Product.objects.filter(connection=connection, available__isnull=False)
    known = {key: available or 0 for key, available in rows.values_list("code_key", "available")}
    absent = sum(1 for key, available in known.items() if available and key not in figures.quantities)
    return absent + sum(1 for key, count in figures.quantities.items() if known.get(key, 0) != count)


def prune(connection: Connection) -> int:
    """Forget history, files and readings older than the policy keeps them; returns how many rows are gone.

    The change behind a present figure stays, the last line of every listing with its file, and a file on its way.
    """
    edge = business_now() - timedelta(days=connection.policy.stock_history_days)
    gone = 0
    with database.cursor() as cursor:
        for statement in (_OLD_CHANGES, _OLD_LINES, _OLD_FILES):
            cursor.execute(statement, {"connection": connection.pk, "edge": edge})
            gone += cursor.rowcount
    last = last_complete(connection)
    old = StockReading.objects.filter(connection=connection, as_of__lt=min(edge, last.as_of) if last else edge)
    return int(gone + old.delete()[0])


_OLD_CHANGES = """
DELETE FROM sync_stockchange change USING sync_product product
WHERE change.connection_id = %(connection)s AND change.recorded_at < %(edge)s
  AND product.id = change.product_id AND product.version <> change.id
"""

_OLD_LINES = """
DELETE FROM sync_stockfileline line USING sync_stockfile file
WHERE file.id = line.file_id AND file.connection_id = %(connection)s AND file.created_at < %(edge)s
  AND file.finished_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM sync_stockfileline newer WHERE newer.listing_id = line.listing_id AND newer.id > line.id)
"""

# The item stays: it carries the attempts, which are what proves that nothing was ever sent twice.
_OLD_FILES = """
DELETE FROM sync_stockfile file
WHERE file.connection_id = %(connection)s AND file.created_at < %(edge)s AND file.finished_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM sync_stockfileline line WHERE line.file_id = file.id)
  AND NOT EXISTS (SELECT 1 FROM sync_listing listing WHERE listing.suspect_of_id = file.id)
"""
