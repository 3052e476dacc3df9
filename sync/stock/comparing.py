"""One reading against all that we believe: a bulk load, one full join, and only what changed is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection as database

from jlseko.clock import business_now
from sync.models import StockReading
from sync.stock.figures import Moment, aliases, make_room

PUSHES_IN_USE = timedelta(days=7)  # without one for so long, SEKO is taken not to push its adjustments

_STAGES = """
CREATE TEMP TABLE stock_staging (code_key text, quantity integer) ON COMMIT DROP;
CREATE TEMP TABLE stock_difference (product_id bigint, code_key text, before integer, after integer, absent boolean)
ON COMMIT DROP
"""
_COPY = "COPY stock_staging (code_key, quantity) FROM STDIN (FORMAT BINARY)"
_AWAY = "DROP TABLE stock_staging, stock_difference"

_NEW_PRODUCTS = """
INSERT INTO sync_product (connection_id, code, code_key, title, source, version)
SELECT %(connection)s, told.code, told.code_key, '', 'stock', 0
FROM unnest(%(codes)s::text[], %(keys)s::text[]) AS told (code, code_key)
ON CONFLICT (connection_id, code_key) DO NOTHING
"""

# What came in by push and is not surely in the reading has to be laid over it again. Only what differs leaves the join.
_DIFFERENCES = """
WITH pushed AS MATERIALIZED (
    SELECT product_id, SUM(delta) AS delta FROM sync_stockchange
    WHERE connection_id = %(connection)s AND source IN ('adjustment', 'movement')
      AND at >= %(surely_in)s AND (delta < 0 OR at > %(surely_after)s)
    GROUP BY product_id
)
INSERT INTO stock_difference (product_id, code_key, before, after, absent)
SELECT known.id, staged.code_key, known.available, COALESCE(staged.quantity, 0) + COALESCE(pushed.delta, 0),
       staged.code_key IS NULL
FROM stock_staging staged
FULL JOIN (
    SELECT id, code_key, available, read_at FROM sync_product WHERE connection_id = %(connection)s
) known ON known.code_key = staged.code_key
LEFT JOIN pushed ON pushed.product_id = known.id
WHERE (known.read_at IS NULL OR known.read_at < %(as_of)s)
  AND (staged.code_key IS NOT NULL OR %(complete)s)
  AND (known.id IS NULL
       OR known.available IS DISTINCT FROM COALESCE(staged.quantity, 0) + COALESCE(pushed.delta, 0))
"""

_WRITE = """
WITH changed AS (
    INSERT INTO sync_stockchange (
        connection_id, product_id, source, at, recorded_at, delta, available, unexplained, key, note)
    SELECT %(connection)s, product_id, %(source)s, %(at)s, %(now)s, after - COALESCE(before, 0), after, 0, '',
           CASE WHEN absent THEN 'Left out of a complete answer' ELSE '' END
    FROM stock_difference
    RETURNING id, product_id, available
), written AS (
    UPDATE sync_product product
    SET available = changed.available, version = changed.id, read_at = %(as_of)s, remote_read_at = %(remote_as_of)s
    FROM changed WHERE product.id = changed.product_id
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM stock_difference WHERE absent AND before > 0)
"""

_FRESHEN = """
UPDATE sync_product product SET read_at = %(as_of)s, remote_read_at = %(remote_as_of)s
FROM stock_staging staged
WHERE product.connection_id = %(connection)s AND product.code_key = staged.code_key
  AND (product.read_at IS NULL OR product.read_at < %(as_of)s)
"""


# A fall is explained by the orders that may have become visible since the last reading. Only asked where SEKO pushes
# its adjustments; a rise is not asked after, because the message about it usually comes later than the reading.
_EXPLAIN = """
WITH loaded AS MATERIALIZED (
    SELECT product.id AS product_id, SUM(line.quantity) AS quantity
    FROM sync_order orders
    JOIN sync_orderline line ON line.order_id = orders.id
    LEFT JOIN unnest(%(alias_skus)s::text[], %(alias_keys)s::text[]) AS alias (sku, code_key) ON alias.sku = line.sku
    JOIN sync_product product
      ON product.connection_id = orders.connection_id AND product.code_key = COALESCE(alias.code_key, line.sku_key)
    WHERE orders.connection_id = %(connection)s AND orders.injected_at > %(loaded_since)s
    GROUP BY product.id
), fallen AS (
    SELECT change.id, LEAST(change.delta + COALESCE(loaded.quantity, 0), 0) AS unexplained
    FROM sync_stockchange change
    LEFT JOIN loaded ON loaded.product_id = change.product_id
    WHERE change.connection_id = %(connection)s AND change.source = 'reading' AND change.recorded_at = %(now)s
      AND change.delta < 0
)
UPDATE sync_stockchange change SET unexplained = fallen.unexplained
FROM fallen
WHERE change.id = fallen.id AND fallen.unexplained <> 0
  AND EXISTS (
      SELECT 1 FROM sync_stockchange pushed
      WHERE pushed.connection_id = %(connection)s AND pushed.source IN ('adjustment', 'movement')
        AND pushed.at > %(pushed_since)s)
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """How many figures a reading changed, and how many of these because it left them out."""

    changed: int
    zeroed: int


def compare(
    reading: StockReading, quantities: Mapping[str, int], spelling: Mapping[str, str], *, last: StockReading | None
) -> Compared:
    """Write what a reading changes, in the caller's transaction: a history row and the figure of each changed product.

    The number of statements does not depend on the number of products. A product that was read by itself since
    ``reading.as_of`` keeps its figure.
    """
    values = values_of(reading)
    with database.cursor() as cursor:
        stage(cursor, quantities)
        unknown = differences(cursor, values)
        if unknown:
            cursor.execute(_NEW_PRODUCTS, values | {"keys": unknown, "codes": [spelling[key] for key in unknown]})
            differences(cursor, values)
        changed, zeroed = write(cursor, values)
        if not reading.complete:
            cursor.execute(_FRESHEN, values)
        elif last is not None and changed:
            cursor.execute(_EXPLAIN, values | _explaining(reading, last))
        cursor.execute(_AWAY)
    return Compared(changed, zeroed)


def values_of(reading: StockReading) -> dict[str, Any]:
    """The parameters of the statements for one reading, as of now."""
    moment = Moment.of(reading.as_of, reading.remote_as_of, reading.connection.policy)
    return {
        "connection": reading.connection_id, "source": reading.source, "as_of": reading.as_of,
        "remote_as_of": reading.remote_as_of, "at": reading.remote_as_of or reading.as_of, "now": business_now(),
        "complete": reading.complete, "surely_in": moment.surely_in, "surely_after": moment.surely_after,
    }  # fmt: skip


def _explaining(reading: StockReading, last: StockReading) -> dict[str, Any]:
    visibility = reading.connection.policy.minutes("visibility_minutes")
    return {
        **aliases(reading.connection),
        "loaded_since": last.as_of - visibility,
        "pushed_since": reading.as_of - PUSHES_IN_USE,
    }


def stage(cursor: Any, quantities: Mapping[str, int]) -> None:
    """Load figures into a table of this transaction. It has no index and no statistics: it is read once, as a whole."""
    cursor.execute(_STAGES)
    with cursor.copy(_COPY) as copy:
        copy.set_types(["text", "int4"])
        for row in quantities.items():
            copy.write_row(row)


def differences(cursor: Any, values: Mapping[str, Any]) -> list[str]:
    """Join what was loaded with all that we believe and keep what differs; returns the codes that we do not know."""
    make_room(cursor)
    cursor.execute("TRUNCATE stock_difference")
    cursor.execute(_DIFFERENCES, values)
    cursor.execute("SELECT code_key FROM stock_difference WHERE product_id IS NULL")
    return [key for (key,) in cursor.fetchall()]


def write(cursor: Any, values: Mapping[str, Any]) -> tuple[int, int]:
    """Write what differs; returns how many figures changed, and how many of these to zero by being left out."""
    cursor.execute("ANALYZE stock_difference")
    cursor.execute(_WRITE, values)
    changed, zeroed = cursor.fetchone()
    return changed, zeroed
