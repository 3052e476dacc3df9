"""What is sold and not yet taken off SEKO's figure: order lines that SEKO has not, or has only just been given."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection as database
from psycopg import sql

from sync.budgets import LOAD_ORDER
from sync.intake import OVER
from sync.models import Connection, Product
from sync.stock.figures import aliases, last_complete

# Every open line of a sold product, as one row. An order that was loaded counts until a figure that is younger than the
# load by SEKO's visibility lag; how far it has come since, or what of it was cancelled, does not matter. One of which
# nobody knows whether SEKO took it counts as well. Both count whole: what was cancelled before the load cannot be told
# apart and errs to the safe side. The statement is a building block of others.
LINES = sql.SQL("""
SELECT product.id AS product_id, orders.id AS order_id, line.sku, orders.injected_at,
       CASE WHEN orders.injected_at IS NULL AND loading.item_id IS NULL
            THEN GREATEST(line.quantity - line.cancelled_quantity, 0) ELSE line.quantity END AS quantity
FROM sync_order orders
JOIN sync_item item ON item.id = orders.item_id
JOIN sync_orderline line ON line.order_id = orders.id
LEFT JOIN (SELECT DISTINCT item_id FROM sync_attempt WHERE operation = %(load)s AND outcome IN ('', 'unknown')) loading
  ON loading.item_id = item.id
LEFT JOIN unnest(%(alias_skus)s::text[], %(alias_keys)s::text[]) AS alias (sku, code_key) ON alias.sku = line.sku
JOIN sync_product product
  ON product.connection_id = orders.connection_id AND product.code_key = COALESCE(alias.code_key, line.sku_key)
WHERE orders.connection_id = %(connection)s AND item.status <> 'cancelled'
  AND (orders.injected_at IS NULL OR orders.injected_at > %(oldest)s)
  AND ((orders.injected_at IS NULL AND item.status <> 'done'
        AND (orders.marketplace_state <> ALL(%(over)s) OR loading.item_id IS NOT NULL))
       OR orders.injected_at > GREATEST(product.read_at, %(complete_as_of)s) - %(visibility)s)
""")

_OF_PRODUCT = sql.SQL("""
SELECT lines.order_id, orders.order_id, lines.sku, lines.quantity, lines.injected_at
FROM ({lines} AND product.id = %(product)s) lines
JOIN sync_order orders ON orders.id = lines.order_id
WHERE lines.quantity > 0
ORDER BY orders.placed_at, orders.id
""").format(lines=LINES)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reserved:
    """One order line that is in flight; ``injected_at`` None = SEKO has not been given it yet, as far as we know."""

    order_pk: int
    order_id: str
    sku: str
    quantity: int
    injected_at: datetime | None


def values(connection: Connection) -> dict[str, Any]:
    """The parameters of :data:`LINES` for one connection, as of now."""
    last = last_complete(connection)
    visibility = connection.policy.minutes("visibility_minutes")
    return {
        "connection": connection.pk,
        "complete_as_of": last.as_of if last else None,
        "oldest": last.as_of - visibility if last else LONG_AGO,
        "visibility": visibility,
        **aliases(connection),
        "over": sorted(OVER),
        "load": LOAD_ORDER,
    }


def of_product(product: Product) -> list[Reserved]:
    """What is in flight of one product, oldest order first."""
    with database.cursor() as cursor:
        cursor.execute(_OF_PRODUCT, values(product.connection) | {"product": product.pk})
        return [Reserved(*row) for row in cursor.fetchall()]
