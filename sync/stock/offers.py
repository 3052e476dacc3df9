"""The offers of the shop as listings, and which product each of them means."""

from typing import Any

from django.db import connection as database

from sync.models import Connection, SkuAlias
from sync.skus import key_of

_RESOLVE = """
UPDATE sync_listing listing
SET product_id = meant.product_id, published_version = 0
FROM (
    SELECT listing.id, product.id AS product_id
    FROM sync_listing listing
    LEFT JOIN unnest(%(alias_skus)s::text[], %(alias_keys)s::text[]) AS alias (sku, code_key)
      ON alias.sku = listing.sku
    LEFT JOIN sync_product product
      ON product.connection_id = listing.connection_id AND product.code_key = COALESCE(alias.code_key, listing.sku_key)
    WHERE listing.connection_id = %(connection)s
) meant
WHERE meant.id = listing.id AND listing.product_id IS DISTINCT FROM meant.product_id
"""


def resolve(connection: Connection) -> int:
    """Say of every listing which product it means: by its alias, else by its own spelling. Returns how many changed.

    The version starts anew with another product: figures of two products are not older or newer than each other.
    """
    aliases = list(SkuAlias.objects.filter(connection=connection).values_list("sku", "product_code"))
    values: dict[str, Any] = {
        "connection": connection.pk,
        "alias_skus": [sku for sku, _ in aliases],
        "alias_keys": [key_of(code) for _, code in aliases],
    }
    with database.cursor() as cursor:
        cursor.execute(_RESOLVE, values)
        return int(cursor.rowcount)
