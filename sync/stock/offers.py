"""The offers of the shop as listings, and which product each of them means."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db.models import Q

from jlseko.clock import business_now
from sync import limits
from sync.budgets import OFFERS
from sync.failures import NotSent, Refused, Unclear
from sync.models import Connection, Listing, Side
from sync.ports import Marketplace
from sync.shapes import Offer
from sync.skus import key_of
from sync.stock.figures import aliases, make_room

LONGEST = 200

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
    WHERE listing.connection_id = %(connection)s AND listing.product_id IS DISTINCT FROM product.id
) meant
WHERE meant.id = listing.id AND listing.product_id IS DISTINCT FROM meant.product_id
"""


def resolve(connection: Connection) -> int:
    """Say of every listing which product it means: by its alias, else by its own spelling. Returns how many changed.

    The version starts anew with another product: figures of two products are not older or newer than each other.
    """
    values: dict[str, Any] = {"connection": connection.pk, **aliases(connection)}
    with database.cursor() as cursor:
        make_room(cursor)
        cursor.execute(_RESOLVE, values)
        return int(cursor.rowcount)


# An offer that was gone and is there again holds whatever it was made with, not what the one before it was told.
_STORE = """
INSERT INTO sync_listing AS listing (
    connection_id, sku, sku_key, offer_id, title, category, active, seen_at, shown, shown_at, in_flight, buffer,
    sharers, hold, published_version, due, failures, last_error, drift_layer)
SELECT %(connection)s, sku, sku_key, offer_id, title, category, true, %(seen_at)s, quantity, %(shown_at)s, 0, 0,
       1, '', 0, false, 0, '', ''
FROM unnest(%(skus)s::text[], %(keys)s::text[], %(ids)s::text[], %(titles)s::text[], %(categories)s::text[],
            %(quantities)s::integer[]) AS offer (sku, sku_key, offer_id, title, category, quantity)
ON CONFLICT (connection_id, sku) DO UPDATE SET
    offer_id = excluded.offer_id, title = excluded.title, category = excluded.category, active = true,
    published = CASE WHEN listing.active THEN listing.published END,
    seen_at = GREATEST(listing.seen_at, excluded.seen_at),
    shown = CASE WHEN listing.shown_at > excluded.shown_at THEN listing.shown ELSE excluded.shown END,
    shown_at = GREATEST(listing.shown_at, excluded.shown_at)
"""

# What John Lewis shows agrees with what it took from us when it is the same, or less by what was sold meanwhile.
_CONFIRM = """
WITH seen AS (
    SELECT listing.id, listing.shown, listing.published, listing.shown_at, COALESCE((
        SELECT SUM(line.quantity) FROM sync_orderline line JOIN sync_order orders ON orders.id = line.order_id
        WHERE orders.connection_id = listing.connection_id AND line.sku = listing.sku
          AND listing.shown < listing.published AND orders.placed_at > listing.published_at - %(before)s
    ), 0) AS sold
    FROM sync_listing listing
    WHERE listing.connection_id = %(connection)s AND listing.active AND listing.shown_at >= %(since)s
      AND (%(skus)s::text[] IS NULL OR listing.sku = ANY(%(skus)s))
      AND listing.published IS NOT NULL AND listing.shown_at >= listing.published_at
), judged AS (
    SELECT id, shown_at, shown = published OR (shown < published AND shown >= published - sold) AS agrees FROM seen
)
UPDATE sync_listing listing
SET confirmed_at = CASE WHEN agrees THEN judged.shown_at ELSE listing.confirmed_at END,
    drift_since = CASE WHEN agrees THEN NULL ELSE COALESCE(listing.drift_since, judged.shown_at) END,
    drift_layer = CASE WHEN agrees THEN '' ELSE 'publish' END
FROM judged
WHERE judged.id = listing.id
"""


def store(
    connection: Connection, offers: Iterable[Offer], *, shown_at: datetime, seen_at: datetime | None = None
) -> int:
    """Keep offers as they were shown; ``shown_at`` = our clock before the question left, ``seen_at`` the start of the
    whole reading that they belong to. One statement for all; returns how many.
    """
    latest = {offer.sku: offer for offer in offers if 0 < len(offer.sku) <= LONGEST}
    rows = list(latest.values())
    with database.cursor() as cursor:
        cursor.execute(_STORE, {
            "connection": connection.pk, "seen_at": seen_at or shown_at, "shown_at": shown_at,
            "skus": [offer.sku for offer in rows], "keys": [key_of(offer.sku)[:LONGEST] for offer in rows],
            "ids": [offer.offer_id[:40] for offer in rows], "titles": [offer.title[:500] for offer in rows],
            "categories": [offer.category[:200] for offer in rows], "quantities": [offer.quantity for offer in rows],
        })  # fmt: skip
    return len(rows)


def confirm(connection: Connection, *, since: datetime, skus: Sequence[str] | None = None) -> None:
    """Compare what was shown since ``since`` with what John Lewis took from us: confirmed, or apart from now on.

    John Lewis lowers an offer by itself when it sells; what the orders of that time explain is no difference.
    """
    before = connection.policy.minutes("poll_overlap_minutes")
    values: dict[str, Any] = {"connection": connection.pk, "since": since, "before": before}
    with database.cursor() as cursor:
        cursor.execute(_CONFIRM, {**values, "skus": list(skus) if skus is not None else None})


def retire(connection: Connection, *, seen_before: datetime) -> int:
    """The offers that a whole reading, begun at ``seen_before``, did not hold are gone: they are told no more."""
    rows = Listing.objects.filter(connection=connection, active=True).filter(
        Q(seen_at=None) | Q(seen_at__lt=seen_before)
    )
    return rows.update(active=False, due=False, shown=None, shown_at=seen_before)


def read_singly(connection: Connection, port: Marketplace, skus: Sequence[str]) -> list[str]:
    """Read the offers of some SKUs one by one (OF21), as far as the budget goes; returns those that were asked after.

    An offer that is not there any more is kept as gone. A SKU that John Lewis refuses to speak of stays as it was last
    seen and holds up no other.
    """
    done: list[str] = []
    started = business_now()
    try:
        for sku in skus:
            _read_one(connection, port, sku)
            done.append(sku)
    except limits.Postponed:
        pass  # the rest comes another time
    finally:
        if done:
            confirm(connection, since=started, skus=done)
    return done


def _read_one(connection: Connection, port: Marketplace, sku: str) -> None:
    asked = business_now()
    try:
        with limits.calling(connection, Side.MARKETPLACE, OFFERS):
            page = port.offers_page(sku=sku)
    except (NotSent, Refused, Unclear):
        return
    found = [offer for offer in page.offers if offer.sku == sku]
    if found:
        store(connection, found, shown_at=asked)
    elif not page.unreadable:
        gone = Listing.objects.filter(connection=connection, sku=sku)
        gone.update(active=False, due=False, shown=None, shown_at=asked)
