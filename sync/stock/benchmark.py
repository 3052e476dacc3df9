"""How long stock takes at size: a made-up shop inside one transaction that is taken back, measured part by part."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from psycopg import sql

from jlseko.clock import business_now
from sync.models import Connection, Product, StockChange, StockFile, StockReading, StockSource
from sync.partners import registry
from sync.stock import comparing, files, in_flight, levels
from sync.stock.figures import last_complete

NAME = "bench"
CHANGED_EVERY = 50  # one figure in fifty differs: 2 %
LINES_AN_ORDER = 2
FLOOR, GATED = "table scan", "load and full join"
GATE, GOAL = 18.0, 10.0  # how many table scans the comparison of a reading may take, and should
LOOKED_UP = 500  # so many of the loop over single SKUs are measured, the rest is reckoned

# What is put into each table, in the order in which one builds on another.
FILL: dict[str, Any] = {
    "sync_product": """
    INSERT INTO sync_product (connection_id, code, code_key, title, source, available, version)
    SELECT %(connection)s, 'SKU-' || n, 'sku-' || n, '', 'bench', n %% 90 + 2, 0 FROM generate_series(1, %(rows)s) n
    """,
    "sync_item": """
    INSERT INTO sync_item (
        connection_id, kind, external_key, order_key, lane, stage, status, priority, attempts, recheck,
        entered_stage_at, failures, created_at)
    SELECT %(connection)s, 'order', 'B' || n, 'B' || n, 'orders',
           CASE WHEN n %% 4 = 0 THEN 'validated' ELSE 'injected' END,
           CASE WHEN n %% 4 = 0 THEN 'ready' ELSE 'waiting' END, 5, 0, false, %(now)s, '[]', %(now)s
    FROM generate_series(1, %(orders)s) n
    """,
    "sync_order": """
    INSERT INTO sync_order (
        item_id, connection_id, order_id, commercial_id, content_hash, placed_at, marketplace_state,
        marketplace_seen_at, shipping_type, currency, total_price, shipping_price, can_cancel, marketplace_carrier,
        marketplace_tracking, warehouse_number, warehouse_guid, warehouse_state, injected_at, seller_reference)
    SELECT id, connection_id, external_key, '', '', %(now)s, 'SHIPPING', %(now)s, '', 'GBP', 0, 0, false, '', '', '',
           '', '', CASE WHEN stage = 'injected' THEN %(now)s - (id %% 600 - 0.5) * interval '1 minute' END, ''
    FROM sync_item WHERE connection_id = %(connection)s
    """,
    "sync_orderline": """
    INSERT INTO sync_orderline (
        order_id, line_id, index, sku, sku_key, title, quantity, cancelled_quantity, unit_price, total_price, tax,
        state)
    SELECT orders.id, orders.order_id || '-' || place, place, 'SKU-' || picked, 'sku-' || picked, '', 1, 0, 0, 0, 0, ''
    FROM sync_order orders, generate_series(1, %(lines)s) place,
         LATERAL (SELECT (orders.id * 7919 + place * 104729) %% %(rows)s + 1 AS picked) pick
    WHERE orders.connection_id = %(connection)s
    """,
    # Written once and right at once: a row that is written again in the same transaction can never be cleared away, and
    # every part would then read the table two or three times over.
    "sync_listing": sql.SQL("""
    INSERT INTO sync_listing (
        connection_id, sku, sku_key, product_id, offer_id, title, category, active, shown, sellable, in_flight, buffer,
        sharers, hold, target, published, published_version, due, failures, last_error, drift_layer)
    SELECT %(connection)s, product.code, product.code_key, product.id, '', '', 'Bench', true, level.level,
           product.available, COALESCE(flight.quantity, 0), 0, 1, '', level.level, level.level, 0, false, 0, '', ''
    FROM sync_product product
    LEFT JOIN (SELECT product_id, SUM(quantity) AS quantity FROM ({lines}) lines GROUP BY 1) flight
           ON flight.product_id = product.id,
    LATERAL (SELECT GREATEST(product.available - COALESCE(flight.quantity, 0), 0) AS level) level
    WHERE product.connection_id = %(connection)s
    """).format(lines=in_flight.LINES),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One part: its times in milliseconds, and what it did."""

    name: str
    times: list[float]
    note: str = ""

    @property
    def least(self) -> float:
        """The best time, in milliseconds."""
        return min(self.times)

    @property
    def median(self) -> float:
        """The time in the middle, in milliseconds."""
        return statistics.median(self.times)


def ratio(part: Measure, floor: Measure) -> float:
    """How many times as long as the floor a part takes: in the middle of the rounds, each against its own floor."""
    return statistics.median(mine / least for mine, least in zip(part.times, floor.times, strict=True))


def run(rows: int, *, rounds: int) -> list[Measure]:
    """Measure every part on ``rows`` products; the table scan comes first and is what the others are compared with.

    Raises ``ValueError`` in production. Nothing stays: the transaction is taken back, round by round and as a whole.
    """
    if settings.PRODUCTION:
        raise ValueError("A benchmark never runs in production.")
    with transaction.atomic():
        try:
            return _Bench(rows).measure(rounds)
        finally:
            transaction.set_rollback(True)


def fill(connection: Connection, rows: int) -> None:
    """Make a shop of ``rows`` products with a listing each, every level right, and an order line for every fourth."""
    now = business_now()
    StockReading.objects.create(
        connection=connection, source=StockSource.READING, complete=True, as_of=now - timedelta(seconds=1)
    )
    values: dict[str, Any] = {
        "connection": connection.pk, "rows": rows, "now": now, "lines": LINES_AN_ORDER,
        "orders": max(1, rows // 4 // LINES_AN_ORDER),
    }  # fmt: skip
    with database.cursor() as cursor:
        for table, statement in FILL.items():
            cursor.execute(statement, values | in_flight.values(connection))
            # Before the next one reads it: a table that was last looked at while it was empty counts as a single row,
            # and every order would be read anew for every product.
            cursor.execute(f"ANALYZE {table}")


class _Bench:
    """The made-up shop, and an answer of SEKO in which one figure in fifty differs."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.connection = Connection.objects.create(
            name=NAME, marketplace_kind="mirakl", marketplace_url="https://bench.example", marketplace_key="bench",
            warehouse_kind="seko", warehouse_url="https://bench.example", warehouse_key="bench",
            push_secret=Connection.new_push_secret(), active=False,
        )  # fmt: skip
        fill(self.connection, rows)
        self.answer = {
            key: available + (place % CHANGED_EVERY == 0)
            for place, (key, available) in enumerate(self.products().values_list("code_key", "available"))
        }
        self.spelling = {key: key.upper() for key in self.answer}
        self.body = 0

    def products(self) -> Any:
        """All products of the shop."""
        return Product.objects.filter(connection=self.connection)

    def measure(self, rounds: int) -> list[Measure]:
        """Each part once a round, in turn, so that a slow minute of the machine strikes all alike."""
        parts: dict[str, tuple[Callable[[], object] | None, Callable[[], str]]] = {
            FLOOR: (None, self.scan), "load by COPY": (None, self.load), GATED: (None, self.compare),
            "writing what differs": (self.compare, self.write), "whole reading": (None, self.read),
            "look-up in Python": (None, self.look_up), "one query per SKU": (None, self.loop),
            "levels": (self.read, self.levels), "draft and body of the file": (self.recompute, self.file),
        }  # fmt: skip
        times: dict[str, list[float]] = {name: [] for name in parts}
        notes: dict[str, str] = {}
        for _ in range(rounds):
            for name, (before, part) in parts.items():
                with _taken_back():
                    if before is not None:
                        before()
                    started = time.perf_counter()
                    notes[name] = part()
                    spent = (time.perf_counter() - started) * 1000
                    times[name].append(spent * (self.rows / min(LOOKED_UP, self.rows) if part == self.loop else 1))
        return [Measure(name, times[name], notes[name]) for name in parts]

    def scan(self) -> str:
        """The floor: read every product once."""
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), sum(available) FROM sync_product WHERE connection_id = %s", [self.connection.pk]
            )
            return f"{cursor.fetchone()[0]} products"

    def load(self) -> str:
        """SEKO's answer into a table."""
        with database.cursor() as cursor:
            comparing.stage(cursor, self.answer)
        return f"{len(self.answer)} figures"

    def compare(self) -> str:
        """SEKO's answer into a table, and what differs out of the join; nothing is written yet."""
        with database.cursor() as cursor:
            comparing.stage(cursor, self.answer)
            comparing.differences(cursor, comparing.values_of(self.reading()))
            cursor.execute("SELECT count(*) FROM stock_difference")
            return f"{cursor.fetchone()[0]} differ"

    def write(self) -> str:
        """The history and the figures of what differs."""
        with database.cursor() as cursor:
            return f"{comparing.write(cursor, comparing.values_of(self.reading()))[0]} changed"

    def read(self) -> str:
        """All that the ledger does with a reading."""
        reading = self.reading()
        found = comparing.compare(reading, self.answer, self.spelling, last=last_complete(self.connection))
        reading.save()
        return f"{found.changed} changed"

    def reading(self) -> StockReading:
        """A complete reading of this moment."""
        return StockReading(connection=self.connection, source=StockSource.READING, as_of=business_now(), complete=True)

    def look_up(self) -> str:
        """The same with a dictionary: every product fetched, the changed ones written in bulk."""
        now, changes, changed = business_now(), [], []
        for product in self.products().iterator(chunk_size=10_000):
            quantity = self.answer.get(product.code_key, 0)
            if product.available != quantity:
                delta, product.available, product.read_at = quantity - (product.available or 0), quantity, now
                changed.append(product)
                changes.append(
                    StockChange(
                        connection=self.connection, product=product, source=StockSource.READING, at=now,
                        recorded_at=now, delta=delta, available=quantity,
                    )
                )  # fmt: skip
        for product, change in zip(changed, StockChange.objects.bulk_create(changes, batch_size=5000), strict=True):
            product.version = change.pk
        Product.objects.bulk_update(changed, ["available", "read_at", "version"], batch_size=1000)
        return f"{len(changed)} changed"

    def loop(self) -> str:
        """The same one SKU at a time, for the first few; the time is reckoned for all."""
        changed = 0
        for key, quantity in list(self.answer.items())[:LOOKED_UP]:
            product = self.products().get(code_key=key)
            if product.available != quantity:
                product.available = quantity
                product.save(update_fields=["available"])
                changed += 1
        return f"{min(LOOKED_UP, self.rows)} measured, reckoned for all"

    def levels(self) -> str:
        """Every level after a reading in which one figure in fifty changed."""
        return f"{levels.compute(self.connection)} changed"

    def recompute(self) -> None:
        """What a file is made of: a reading, and the levels after it."""
        self.read()
        levels.compute(self.connection)

    def file(self) -> str:
        """From the due levels to the bytes that would leave."""
        file: StockFile | None = files.draft(self.connection)
        if file is None:
            return "nothing was due"
        port = registry.marketplace(
            "mirakl", "https://bench.example", "bench", allowed_hosts=["bench.example"], allow_loopback=False
        )
        try:
            told = files.levels_of(file)
            body = port.prepare_stock(told, batch=file.item.external_key).body or b""
        finally:
            port.close()
        return f"{len(told)} lines, {len(body):,} bytes for {100 / CHANGED_EVERY:.0f} % changed"


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
