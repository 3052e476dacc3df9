"""The level of every listing: what SEKO has free, less what is in flight, less what is kept back; shared, held, never
below zero.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database
from django.db import transaction
from psycopg import sql

from jlseko.clock import business_now
from sync.models import Connection, Listing, StockRule
from sync.stock import in_flight, rules
from sync.stock.figures import FILES, as_of, last_complete, lock, make_room
from sync.stock.in_flight import Reserved
from sync.stock.offers import resolve

STALE = "stale"
MOST = 1_000_000  # the largest quantity that is told for one offer
HELD = {"freeze": ", frozen", "zero": ", shown as none by a rule", STALE: ", none because the figure is too old"}

_LEVELS = sql.SQL("""
WITH flight AS MATERIALIZED (
    SELECT product_id, SUM(quantity) AS quantity FROM ({lines}) lines GROUP BY product_id
), rule AS (
    SELECT scope, CASE WHEN scope = 'all' THEN '' ELSE subject END AS subject,
           COALESCE(MAX(quantity) FILTER (WHERE kind = 'buffer'), 0) AS buffer,
           BOOL_OR(kind = 'freeze') AS freeze, BOOL_OR(kind = 'zero') AS zero
    FROM sync_stockrule
    WHERE connection_id = %(connection)s AND ended_at IS NULL
      AND starts_at <= %(now)s AND (ends_at IS NULL OR ends_at > %(now)s)
    GROUP BY 1, 2
), every AS (
    SELECT rule.buffer, rule.freeze, rule.zero FROM rule WHERE scope = 'all'
), part AS (
    SELECT listing.id, listing.published, listing.shown, listing.active,
           product.available AS sellable, COALESCE(flight.quantity, 0) AS in_flight,
           GREATEST(by_sku.buffer, by_category.buffer, (SELECT buffer FROM every), 0) AS buffer,
           CASE WHEN listing.product_id IS NULL THEN 1
                ELSE COUNT(*) FILTER (WHERE listing.active) OVER (PARTITION BY listing.product_id) END AS sharers,
           CASE WHEN by_sku.zero OR by_category.zero OR (SELECT zero FROM every) THEN 'zero'
                WHEN %(stale_zero)s AND product.available IS NOT NULL AND COALESCE(
                    GREATEST(product.read_at, %(complete_as_of)s) < %(stale_before)s, true) THEN 'stale'
                WHEN by_sku.freeze OR by_category.freeze OR (SELECT every.freeze FROM every) THEN 'freeze'
                ELSE '' END AS hold
    FROM sync_listing listing
    LEFT JOIN sync_product product ON product.id = listing.product_id
    LEFT JOIN flight ON flight.product_id = listing.product_id
    LEFT JOIN rule by_sku ON by_sku.scope = 'sku' AND by_sku.subject = listing.sku
    LEFT JOIN rule by_category ON by_category.scope = 'category' AND by_category.subject = listing.category
    WHERE listing.connection_id = %(connection)s
), free AS (
    SELECT *, CASE WHEN active THEN
        LEAST(GREATEST(sellable - in_flight - buffer, 0) / GREATEST(sharers, 1), %(most)s) END AS level
    FROM part
), wanted AS (
    SELECT id, sellable, in_flight, buffer, sharers, hold,
           CASE WHEN sellable IS NULL THEN NULL
                WHEN hold IN ('zero', 'stale') THEN level * 0
                WHEN hold = 'freeze' THEN LEAST(level, COALESCE(published, shown, level))
                ELSE level END AS target
    FROM free
)
UPDATE sync_listing listing
SET target = wanted.target, sellable = wanted.sellable, in_flight = wanted.in_flight, buffer = wanted.buffer,
    sharers = GREATEST(wanted.sharers, 1), hold = wanted.hold, computed_at = %(now)s,
    due = wanted.target IS NOT NULL AND (
        wanted.target IS DISTINCT FROM listing.published
        OR (listing.due AND wanted.target IS NOT DISTINCT FROM listing.target))
FROM wanted
WHERE wanted.id = listing.id AND (
    (listing.target, listing.sellable, listing.in_flight, listing.buffer, listing.sharers, listing.hold)
    IS DISTINCT FROM (wanted.target, wanted.sellable, wanted.in_flight, wanted.buffer,
                      GREATEST(wanted.sharers, 1), wanted.hold)
    OR (NOT listing.due AND wanted.target IS NOT NULL AND wanted.target IS DISTINCT FROM listing.published))
""").format(lines=in_flight.LINES)


@transaction.atomic
def compute(connection: Connection) -> int:
    """Bring the level of every listing up to date; writes only where something changed and returns how many did.

    The number of statements does not depend on the number of listings. ``due`` marks what has to be told.
    """
    lock(connection, FILES)
    rules.end_expired(connection)
    resolve(connection)
    now = business_now()
    values = in_flight.values(connection) | {
        "now": now,
        "most": MOST,
        "stale_zero": connection.policy.stock_stale_zero,
        "stale_before": now - connection.policy.minutes("stock_stale_minutes"),
    }
    with database.cursor() as cursor:
        make_room(cursor)
        cursor.execute(_LEVELS, values)
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Formula:
    """How the level of one listing comes about. None = nobody knows. ``as_of`` = when SEKO's figure was true."""

    sellable: int | None
    in_flight: int
    buffer: int
    sharers: int
    hold: str
    target: int | None
    as_of: datetime | None
    version: int
    is_stale: bool
    reserved: list[Reserved]
    rules: list[StockRule]

    @property
    def sentence(self) -> str:
        """The formula in figures: 12 free − 3 in flight − 2 kept back = 7."""
        if self.sellable is None:
            return "SEKO has told no figure for this product."
        text = f"{self.sellable} free − {self.in_flight} in flight − {self.buffer} kept back"
        if self.sharers > 1:
            text = f"({text}) shared by {self.sharers} listings"
        held = {
            "freeze": ", frozen",
            "zero": ", shown as none by a rule",
            STALE: ", none because the figure is too old",
        }
        return f"{text}{held.get(self.hold, '')} = {self.target}"


def formula(listing: Listing) -> Formula:
    """The parts behind the level of one listing as last computed, with the orders and the rules behind them."""
    product = listing.product
    last = last_complete(listing.connection)
    moment = as_of(product, last) if product else None
    limit = business_now() - listing.connection.policy.minutes("stock_stale_minutes")
    return Formula(
        sellable=listing.sellable, in_flight=listing.in_flight, buffer=listing.buffer, sharers=listing.sharers,
        hold=listing.hold, target=listing.target, as_of=moment, version=product.version if product else 0,
        is_stale=moment is None or moment < limit,
        reserved=in_flight.of_product(product) if product else [],
        rules=[rule for rule in rules.live(listing.connection) if rules.covers(rule, listing)],
    )  # fmt: skip
