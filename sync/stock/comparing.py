"""One reading against all that we believe: a bulk load, one full join, and only what changed is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection as database

from jlseko.clock import business_now
from sync.models import StockReading
from sync.stock.figures import Moment, aliases

ANALYSE_FROM = 10_000
PUSHES_IN_USE = timedelta(days=7)  # without one for so long, SEKO is taken not to push its adjustments

_STAGE = "CREATE TEMP TABLE IF NOT EXISTS stock_staging (code_key text, code text, quantity integer) ON COMMIT DROP"
_COPY = "COPY stock_staging (code_key, code, quantity) FROM STDIN"

_NEW_PRODUCTS = """
INSERT INTO sync_product (connection_id, code, code_key, title, source, version)
SELECT %(connection)s, staged.code, staged.code_key, '', 'stock', 0
FROM stock_staging staged
LEFT JOIN sync_product product ON product.connection_id = %(connection)s AND product.code_key = staged.code_key
WHERE product.id IS NULL
ON CONFLICT (connection_id, code_key) DO NOTHING
"""

# What came in by push and is not surely in the reading has to be laid over it again. Only what differs leaves the join.
_CHANGES = """
WITH pushed AS (
    SELECT product_id, SUM(delta) AS delta FROM sync_stockchange
    WHERE connection_id = %(connection)s AND source IN ('adjustment', 'movement')
      AND at >= %(surely_in)s AND (delta < 0 OR at > %(surely_after)s)
    GROUP BY product_id
), wanted AS (
    SELECT known.id, known.available AS before, staged.code_key IS NULL AS absent,
           (COALESCE(staged.quantity, 0) + COALESCE(pushed.delta, 0))::integer AS after
    FROM stock_staging staged
    FULL JOIN (
        SELECT id, code_key, available, read_at FROM sync_product WHERE connection_id = %(connection)s
    ) known ON known.code_key = staged.code_key
    LEFT JOIN pushed ON pushed.product_id = known.id
    WHERE (known.read_at IS NULL OR known.read_at < %(as_of)s)
      AND (staged.code_key IS NOT NULL OR %(complete)s)
      AND (known.id IS NULL
           OR known.available IS DISTINCT FROM COALESCE(staged.quantity, 0) + COALESCE(pushed.delta, 0))
), changed AS (
    INSERT INTO sync_stockchange (
        connection_id, product_id, source, at, recorded_at, delta, available, unexplained, key, note)
    SELECT %(connection)s, id, %(source)s, %(at)s, %(now)s, after - COALESCE(before, 0), after, 0, '',
           CASE WHEN absent THEN 'Left out of a complete answer' ELSE '' END
    FROM wanted WHERE id IS NOT NULL
    RETURNING id, product_id, available
), written AS (
    UPDATE sync_product product
    SET available = changed.available, version = changed.id, read_at = %(as_of)s, remote_read_at = %(remote_as_of)s
    FROM changed WHERE product.id = changed.product_id
    RETURNING 1
)
SELECT count(*) FILTER (WHERE id IS NULL), (SELECT count(*) FROM written), count(*) FILTER (WHERE absent AND before > 0)
FROM wanted
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
WITH loaded AS (
    SELECT product.id AS product_id, SUM(line.quantity) AS quantity
    FROM sync_order orders
    JOIN sync_orderline line ON line.order_id = orders.id
    LEFT JOIN unnest(%(alias_skus)s::text[], %(alias_keys)s::text[]) AS alias (sku, code_key) ON alias.sku = line.sku
    JOIN sync_product product
      ON product.connection_id = orders.connection_id AND product.code_key = COALESCE(alias.code_key, line.sku_key)
    WHERE orders.connection_id = %(connection)s AND orders.injected_at > %(loaded_since)s
    GROUP BY product.id
)
UPDATE sync_stockchange change
SET unexplained = LEAST(change.delta + COALESCE((
        SELECT quantity FROM loaded WHERE loaded.product_id = change.product_id), 0), 0)
WHERE change.connection_id = %(connection)s AND change.source = 'reading' AND change.recorded_at = %(now)s
  AND change.delta < 0
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
    moment = Moment.of(reading.as_of, reading.remote_as_of, reading.connection.policy)
    values: dict[str, Any] = {
        "connection": reading.connection_id, "source": reading.source, "as_of": reading.as_of,
        "remote_as_of": reading.remote_as_of, "at": reading.remote_as_of or reading.as_of, "now": business_now(),
        "complete": reading.complete, "surely_in": moment.surely_in, "surely_after": moment.surely_after,
    }  # fmt: skip
    with database.cursor() as cursor:
        stage(cursor, quantities, spelling)
        cursor.execute(_CHANGES, values)
        unknown, changed, zeroed = cursor.fetchone()
        if unknown:
            cursor.execute(_NEW_PRODUCTS, values)
            cursor.execute(_CHANGES, values)
            changed += cursor.fetchone()[1]
        if not reading.complete:
            cursor.execute(_FRESHEN, values)
        elif last is not None and changed:
            cursor.execute(_EXPLAIN, values | _explaining(reading, last))
        cursor.execute("DROP TABLE stock_staging")
    return Compared(changed, zeroed)


def _explaining(reading: StockReading, last: StockReading) -> dict[str, Any]:
    visibility = reading.connection.policy.minutes("visibility_minutes")
    return {
        **aliases(reading.connection),
        "loaded_since": last.as_of - visibility,
        "pushed_since": reading.as_of - PUSHES_IN_USE,
    }


def stage(cursor: Any, quantities: Mapping[str, int], spelling: Mapping[str, str]) -> None:
    """Load figures into a table of this transaction."""
    cursor.execute(_STAGE)
    with cursor.copy(_COPY) as copy:
        for key, quantity in quantities.items():
            copy.write_row((key, spelling[key], quantity))
    if len(quantities) >= ANALYSE_FROM:
        cursor.execute("ANALYZE stock_staging")
