"""Watching the levels: what John Lewis shows against what it should, figures that grow old, sales that outrun them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db.models import Count, F, Max, Min, Q
from psycopg import sql

from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.models import Connection, FlowState, LineOutcome, Listing, Product, RuleKind, Side, StockChange
from sync.stock import in_flight, rules, trouble
from sync.stock.figures import last_complete

READ_OFFERS = "read-offers"
LEDGER_WINDOW = timedelta(days=1)
FORGOTTEN = timedelta(days=7)
MOST = 5 * trouble.MOST_NEW  # of one kind that are looked at in one run
LATE = 1.5  # readings' intervals that a level may be old before its sales are weighed

# Sold in a while, against what is left: only where the level was not confirmed for longer than the usual rhythm.
_RISKS = sql.SQL("""
WITH sold AS (
    SELECT product.id AS product_id, SUM(GREATEST(line.quantity - line.cancelled_quantity, 0)) AS quantity
    FROM sync_order orders
    JOIN sync_orderline line ON line.order_id = orders.id
    LEFT JOIN unnest(%(alias_skus)s::text[], %(alias_keys)s::text[]) AS alias (sku, code_key) ON alias.sku = line.sku
    JOIN sync_product product
      ON product.connection_id = orders.connection_id AND product.code_key = COALESCE(alias.code_key, line.sku_key)
    WHERE orders.connection_id = %(connection)s AND orders.placed_at > %(sold_since)s
    GROUP BY product.id
), level AS (
    SELECT listing.id, GREATEST(listing.target, 0) AS available, sold.quantity / %(hours)s::numeric AS per_hour,
           CASE WHEN listing.published = listing.target THEN GREATEST(product.read_at, %(complete_as_of)s)
                ELSE COALESCE(listing.published_at, listing.shown_at) END AS confirmed_at
    FROM sync_listing listing
    JOIN sync_product product ON product.id = listing.product_id
    JOIN sold ON sold.product_id = product.id
    WHERE listing.connection_id = %(connection)s AND listing.active AND listing.target IS NOT NULL
      AND COALESCE(listing.shown, listing.published, 0) > 0
), weighed AS (
    SELECT id, available, per_hour, EXTRACT(EPOCH FROM %(now)s - confirmed_at) / 3600 AS age
    FROM level WHERE confirmed_at < %(late_before)s
)
SELECT id, available, per_hour, age FROM weighed
WHERE per_hour * age > available
ORDER BY per_hour * age - available DESC
LIMIT %(most)s
""")


def wrong(connection: Connection) -> dict[Listing, list[Failure]]:
    """Every listing that is wrong now, with all that is wrong with it; the worst kinds first."""
    found: dict[int, list[Failure]] = {}
    detectors = (_risks(connection), _refused(connection), _undelivered(connection), _apart(connection),
                 _counted_apart(connection), _held(connection), _unknown(connection))  # fmt: skip
    for pairs in detectors:
        for listing_id, failure in pairs:
            found.setdefault(listing_id, []).append(failure)
    rows = Listing.objects.filter(pk__in=found).select_related("product", "item__connection")
    listings = {listing.pk: listing for listing in rows}
    return {listings[pk]: failures for pk, failures in found.items() if pk in listings}


def _refused(connection: Connection) -> Iterable[tuple[int, Failure]]:
    tries = connection.policy.stock_file_tries
    rows = Listing.objects.filter(connection=connection, active=True, failures__gte=tries).select_related("product")
    return [(listing.pk, trouble.update_failed(listing)) for listing in rows[:MOST]]


def _undelivered(connection: Connection) -> Iterable[tuple[int, Failure]]:
    """Told again and again since John Lewis last took it, in files of which nothing arrived."""
    lost = Q(file_lines__outcome=LineOutcome.NOT_APPLIED, file_lines__file__submitted_at__isnull=False)
    lost &= Q(published_at=None) | Q(file_lines__file__submitted_at__gt=F("published_at"))
    rows = Listing.objects.filter(connection=connection, active=True, due=True).annotate(
        lost=Count("file_lines", filter=lost)
    )
    for listing in rows.filter(lost__gte=connection.policy.stock_file_tries).select_related("product")[:MOST]:
        listing.last_error = listing.last_error or "no stock file has arrived"
        yield listing.pk, trouble.update_failed(listing)


def _apart(connection: Connection) -> Iterable[tuple[int, Failure]]:
    """John Lewis shows something else than it took, at two readings far enough apart."""
    apart = connection.policy.minutes("drift_minutes")
    rows = Listing.objects.filter(
        connection=connection, active=True, drift_since__isnull=False, shown_at__gte=F("drift_since") + apart
    ).select_related("product")
    for listing in rows[:MOST]:
        layer = "publish" if listing.product_id else "identity"
        said = f"John Lewis shows {listing.shown} of {listing.sku}; it was told {listing.published}."
        if layer == "identity":
            said += " No SEKO product stands behind the SKU any more."
        yield listing.pk, _divergence(listing, said, layer)


def _counted_apart(connection: Connection) -> Iterable[tuple[int, Failure]]:
    """SEKO's readings took away more than orders and its own messages explain, more than once."""
    apart = connection.policy.minutes("drift_minutes")
    odd = StockChange.objects.filter(connection=connection, recorded_at__gt=business_now() - LEDGER_WINDOW).exclude(
        unexplained=0
    )
    times = odd.order_by().values("product").annotate(first=Min("recorded_at"), last=Max("recorded_at"))
    often = {row["product"] for row in times if row["last"] - row["first"] >= apart}
    for listing in Listing.objects.filter(product__in=often, active=True).select_related("product")[:MOST]:
        missing = sum(odd.filter(product=listing.product_id).values_list("unexplained", flat=True))
        said = f"SEKO counts {-missing} fewer of {listing.sku} than its messages and our orders explain."
        yield listing.pk, _divergence(listing, said, "ledger")


def _held(connection: Connection) -> Iterable[tuple[int, Failure]]:
    """A rule without an end has held a level down for so long that it may be forgotten."""
    edge = business_now() - FORGOTTEN
    old = rules.live(connection).filter(ends_at=None, starts_at__lt=edge, kind__in=[RuleKind.FREEZE, RuleKind.ZERO])
    forgotten = list(old)
    if not forgotten:
        return
    rows = Listing.objects.filter(
        connection=connection, active=True, hold__in=["freeze", "zero"],
        target__lt=F("sellable") - F("in_flight") - F("buffer"), sharers=1,
    ).select_related("product")  # fmt: skip
    for listing in rows[:MOST]:
        rule = next((rule for rule in forgotten if rules.covers(rule, listing)), None)
        if rule is not None:
            said = f"A rule of {rule.starts_at:%d %B} holds {listing.sku} at {listing.target}: {rule.reason}"
            yield listing.pk, _divergence(listing, said, "policy")


def _divergence(listing: Listing, said: str, layer: str) -> Failure:
    facts = {**trouble.facts_of(listing), "layer": layer}
    return Failure(Code.STOCK_DIVERGENCE, said[:500], field="level", value=str(listing.shown), rule=layer, facts=facts)


def _risks(connection: Connection) -> Iterable[tuple[int, Failure]]:
    policy, now = connection.policy, business_now()
    values: dict[str, Any] = in_flight.values(connection) | {
        "now": now, "sold_since": now - policy.minutes("velocity_hours"), "hours": policy.velocity_hours, "most": MOST,
        "late_before": now - policy.minutes("stock_minutes") * LATE,
    }  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(_RISKS, values)
        rows = cursor.fetchall()
    listings = Listing.objects.select_related("product").in_bulk([row[0] for row in rows])
    for pk, available, per_hour, age in rows:
        listing = listings[pk]
        said = (
            f"{listing.sku} sells {float(per_hour):.1f} an hour and was confirmed {float(age):.1f} hours ago; "
            f"{available} are left."
        )
        facts = {"per_hour": f"{float(per_hour):.2f}", "age_hours": f"{float(age):.2f}", "available": str(available)}
        yield pk, Failure(
            Code.OVERSELL_RISK, said, field="level", value=str(available), rule="velocity",
            facts={**trouble.facts_of(listing), **facts},
        )  # fmt: skip


def _unknown(connection: Connection) -> Iterable[tuple[int, Failure]]:
    """On sale, and no product of SEKO's behind it; asked only once SEKO has told everything it has."""
    if last_complete(connection) is None:
        return
    rows = Listing.objects.filter(connection=connection, active=True, product=None).filter(
        Q(shown=None) | Q(shown__gt=0)
    )
    for listing in rows:
        said = f"John Lewis sells {listing.sku}, which SEKO does not know; no stock level is told for it."
        yield (
            listing.pk,
            Failure(
                Code.LISTING_UNKNOWN,
                said,
                field="sku",
                value=listing.sku,
                rule="unknown",
                facts=trouble.facts_of(listing),
            ),
        )


def stale(connection: Connection) -> Failure | None:
    """What to say when SEKO's figures are so old that nothing more is told; None while they are young enough."""
    last = last_complete(connection)
    since: datetime = last.as_of if last else connection.created_at
    age = business_now() - since
    if age <= connection.policy.minutes("stock_stale_minutes"):
        return None
    minutes = round(age.total_seconds() / 60)
    read = f"SEKO's stock was last read whole {minutes} minutes ago" if last else "SEKO's stock was never read whole"
    end = "John Lewis is shown none" if connection.policy.stock_stale_zero else "no level is told to John Lewis"
    return Failure(Code.STOCK_STALE, f"{read}; {end} until it is.", rule="age", facts={"side": Side.WAREHOUSE})


def unlisted(connection: Connection) -> int | None:
    """How many products with stock have no offer; None while the offers or the stock were not read whole."""
    read = FlowState.objects.filter(connection=connection, flow=READ_OFFERS, last_good_at__isnull=False)
    if last_complete(connection) is None or not read.exists():
        return None
    rows = Product.objects.filter(connection=connection, available__gt=0)
    return rows.annotate(offers=Count("listings", filter=Q(listings__active=True))).filter(offers=0).count()


def to_read_again(connection: Connection, *, limit: int) -> list[str]:
    """The SKUs whose offer has to be seen once more: in trouble, or apart, and not seen for a while."""
    again = business_now() - connection.policy.minutes("drift_minutes") / 2
    rows = Listing.objects.filter(connection=connection, active=True).filter(
        Q(trouble_since__isnull=False) | Q(drift_since__isnull=False)
    )
    unseen = Q(shown_at=None) | Q(shown_at__lt=F("published_at")) | Q(shown_at__lt=F("trouble_since"))
    rows = rows.filter(unseen | Q(shown_at__lt=again)).order_by(F("shown_at").asc(nulls_first=True), "sku")
    return list(rows.values_list("sku", flat=True)[:limit])


def settle(connection: Connection, wrong_now: Iterable[Listing]) -> int:
    """Let go the listings that are no more wrong and that a reading has proved right; returns how many."""
    still = {listing.pk for listing in wrong_now}
    rows = Listing.objects.filter(connection=connection, trouble_since__isnull=False).exclude(pk__in=still)
    done = 0
    for listing in rows.select_related("item__connection"):
        if trouble.proved(listing):
            done += trouble.right(listing, "John Lewis shows the right level")
    return done
