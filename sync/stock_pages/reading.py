"""What the stock list asks beside its rows: how old SEKO's figures are, what the last file did, counts, rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection as database
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from psycopg import sql

from jlseko.clock import business_now
from sync.models import Connection, Listing, Product, RuleKind, RuleScope, StockFile, StockReading, StockRule
from sync.stock import rules
from sync.stock_pages.states import DRIFTING, GIVEN_UP, HELD, RISKY, TROUBLED, is_old

RULES_SHOWN: Final = 500
COUNTED: Final = 1000
_COUNT: Final = sql.SQL("(SELECT count(*) FROM ({}) part)")
KINDS: Final[dict[str, str]] = {
    RuleKind.BUFFER: "keeps stock back",
    RuleKind.FREEZE: "may not rise",
    RuleKind.ZERO: "shows none",
}


@dataclass(frozen=True, slots=True)
class ShopLine:
    """One connection: its newest full reading, its newest news of any kind, its newest file."""

    connection: Connection
    full: StockReading | None
    newest: StockReading | None
    file: StockFile | None
    old: bool


def connections() -> list[Connection]:
    """Those that work."""
    return list(Connection.objects.filter(active=True))


def shop_lines(shops: list[Connection], full: dict[int, StockReading], now: datetime) -> list[ShopLine]:
    """The line of each connection over the list, in two queries.

    ``full`` is what :func:`sync.stock_pages.states.full_readings` found, ``now`` business time.
    """
    once = ("connection_id", "-as_of")
    readings = StockReading.objects.filter(connection__in=shops).order_by(*once).distinct("connection_id")
    newest = {row.connection_id: row for row in readings}
    files = StockFile.objects.filter(connection__in=shops).order_by("connection_id", "-created_at")
    last = {row.connection_id: row for row in files.distinct("connection_id")}
    return [
        ShopLine(shop, full.get(shop.pk), newest.get(shop.pk), last.get(shop.pk), is_old(shop, full.get(shop.pk), now))
        for shop in shops
    ]


def listings() -> QuerySet[Listing]:
    """What John Lewis offers now."""
    return Listing.objects.filter(active=True)


# What each quick view shows, by its slug
VIEWS: Final[dict[str, Q]] = {
    "all": Q(),
    "drifting": DRIFTING,
    "refused": TROUBLED,
    "risk": RISKY,
    "held": HELD,
    "unknown": Q(product__isnull=True),
}


# What the line on Today counts
STRIP: Final[dict[str, Q]] = {
    "listings": Q(),
    "told": Q(due=True),
    "refused": GIVEN_UP,
    "risk": RISKY,
    "trouble": Q(trouble_since__isnull=False),
}


UNLISTED: Final = "unlisted"


def counts() -> dict[str, str]:
    """How many each quick view and the list of unlisted products hold, in words, in one query; counting stops at
    :data:`COUNTED`.
    """
    parts = [_count(wanted, most=COUNTED + 1) for wanted in VIEWS.values()]
    found = _asked([*parts, _counted(unlisted(), most=COUNTED + 1)])
    return {slug: told(count) for slug, count in zip((*VIEWS, UNLISTED), found, strict=True)}


def told(found: int) -> str:
    """A count in words."""
    return f"{COUNTED:,}+" if found > COUNTED else f"{found:,}"


Part = tuple[sql.Composable, Sequence[Any]]


def _count(wanted: Q, *, most: int | None = None) -> Part:
    """How many listings are so, at most up to ``most``, counted over an index of their own: one part of a query."""
    return _counted(listings().filter(wanted), most=most)


def _counted(rows: QuerySet[Any], *, most: int | None = None) -> Part:
    text, values = rows.order_by().values("pk")[:most].query.sql_with_params()
    return _COUNT.format(sql.SQL(text)), values


def _asked(parts: Sequence[Part]) -> tuple[Any, ...]:
    """Several questions that each have one answer, in one query."""
    columns = sql.SQL(", ").join(text for text, _ in parts)
    with database.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(columns), [value for _, values in parts for value in values])
        found: tuple[Any, ...] = cursor.fetchone()
        return found


@dataclass(frozen=True, slots=True)
class Strip:
    """Stock in one line: listings, those told next, refused, at risk, in any trouble; when SEKO was last read whole."""

    listings: int
    told: int
    refused: int
    risk: int
    trouble: int
    read_at: datetime | None


def strip() -> Strip:
    """The line, in one query."""
    whole = StockReading.objects.filter(complete=True, connection__active=True).order_by("-as_of")
    text, values = whole.values("as_of")[:1].query.sql_with_params()
    read: Part = (sql.SQL("({})").format(sql.SQL(text)), values)
    *found, read_at = _asked([*(_count(wanted) for wanted in STRIP.values()), read])
    return Strip(**dict(zip(STRIP, found, strict=True)), read_at=read_at)


def unlisted() -> QuerySet[Product]:
    """Products that SEKO has free and that no listing sells."""
    sold = Listing.objects.filter(product=OuterRef("pk"), active=True)
    return Product.objects.filter(available__gt=0, connection__active=True).filter(~Exists(sold))


def live_rules(shops: list[Connection]) -> list[StockRule]:
    """Rules that work now, the newest first, one query for each shop."""
    rows = [rule for shop in shops for rule in rules.live(shop).select_related("connection", "made_by")[:RULES_SHOWN]]
    return sorted(rows, key=lambda rule: -rule.pk)


def ended_rules() -> QuerySet[StockRule]:
    """Rules that work no more, with ``over_at``: when they ended."""
    now = business_now()
    rows = StockRule.objects.filter(Q(ended_at__isnull=False) | Q(ends_at__lte=now))
    rows = rows.annotate(over_at=Coalesce("ended_at", "ends_at")).order_by("-over_at", "-pk")
    return rows.select_related("connection", "made_by", "ended_by")


def covers(rule: StockRule, listing: Listing) -> bool:
    """Whether a rule of any shop is about a listing."""
    return rule.connection_id == listing.connection_id and rules.covers(rule, listing)


def of_listing(rows: QuerySet[StockRule], listing: Listing) -> QuerySet[StockRule]:
    """Those of some rules that are about a listing."""
    wanted = Q(scope=RuleScope.SKU, subject=listing.sku) | Q(scope=RuleScope.ALL)
    if listing.category:
        wanted |= Q(scope=RuleScope.CATEGORY, subject=listing.category)
    return rows.filter(wanted, connection=listing.connection_id)


def rule_words(rule: StockRule) -> str:
    """What a rule does: "keeps 2 back", "shows none"."""
    if rule.kind == RuleKind.BUFFER:
        return f"keeps {rule.quantity:,} back"
    return KINDS.get(rule.kind, rule.kind)


def subject_words(rule: StockRule) -> str:
    """What a rule is about: the SKU, a category, everything."""
    if rule.scope == RuleScope.ALL:
        return "Everything"
    return f"Category {rule.subject}" if rule.scope == RuleScope.CATEGORY else rule.subject
