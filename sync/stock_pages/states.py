"""The state of a level in words: told by the database, so that lists, counts and filters never disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jlseko.ui.badges import state_badge
from sync.failures import Code
from sync.models import Connection, Listing, RuleKind, StockReading
from sync.models.stock import KNOWN, OFF, UNSEEN
from sync.states import Status


class Life(StrEnum):
    """How a listing stands between SEKO and John Lewis now."""

    RIGHT = "right"
    TAKEN = "taken"
    TOLD = "told"
    RETRY = "retry"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    FROZEN = "frozen"
    ZERO = "zero"
    STALE = "stale"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Look:
    """A word, its tone and icon, and what it means."""

    word: str
    tone: str
    icon: str
    means: str


LOOKS: Final[dict[str, Look]] = {
    Life.RIGHT: Look("Right", "success", "circle-check", "John Lewis shows what it should."),
    Life.TAKEN: Look("Accepted", "success", "check", "John Lewis took it. The offer has not been read back since."),
    Life.TOLD: Look("Being told", "info", "send", "John Lewis is told with the next file."),
    Life.RETRY: Look("Waits for a retry", "warning", "rotate-cw", "John Lewis refused it. It is tried again."),
    Life.REFUSED: Look("Refused", "danger", "circle-x", "John Lewis refuses it. Somebody has to look."),
    Life.UNKNOWN: Look("No warehouse record", "danger", "circle-help", "SEKO knows no product of this name."),
    Life.FROZEN: Look("Frozen", "waiting", "snowflake", "It may fall, never rise, until the rule ends."),
    Life.ZERO: Look("Showing none", "waiting", "eye-off", "John Lewis shows none until the rule ends."),
    Life.STALE: Look("SEKO’s figure is old", "warning", "clock-alert", "Too old to be told to John Lewis."),
    Life.DIFFERS: Look("Differs", "warning", "scale", "John Lewis shows something else than it was told."),
}  # fmt: skip

LAYERS: Final[dict[str, tuple[str, str]]] = {
    "identity": ("product match", "The SKU and the SEKO product do not belong together for certain."),
    "ledger": ("warehouse figure", "SEKO’s own figures do not agree with each other."),
    "policy": ("our rule", "A rule of ours holds the level."),
    "publish": ("telling John Lewis", "SEKO’s figure is known, but John Lewis does not show it yet."),
}

DRIFTING: Final = Q(drift_since__isnull=False)
TROUBLED: Final = Q(failures__gt=0, product__isnull=False)


def _stopped_for(code: Code) -> Q:
    """Listings that wait for a person because of one kind of fault, as the watch over the levels found it."""
    wanted = [{"code": code.value}]
    return Q(trouble_since__isnull=False, item__status=Status.STALLED, item__failures__contains=wanted)


RISKY: Final = _stopped_for(Code.OVERSELL_RISK)
GIVEN_UP: Final = _stopped_for(Code.STOCK_UPDATE_FAILED)
HELD: Final = ~Q(hold="") | Q(buffer__gt=0)

# What a state implies, where an index knows it: a filter by state then looks at few rows instead of all
IMPLIES: Final[dict[str, Q]] = {
    Life.UNKNOWN: Q(product__isnull=True),
    Life.REFUSED: Q(trouble_since__isnull=False),
    Life.RETRY: Q(failures__gt=0),
    Life.ZERO: HELD,
    Life.FROZEN: HELD,
    Life.DIFFERS: Q(off__gt=0),
}


def full_readings(connections: Iterable[Connection]) -> dict[int, StockReading]:
    """The newest whole reading of each connection that has one, by its key."""
    rows = StockReading.objects.filter(complete=True, connection__in=list(connections))
    return {row.connection_id: row for row in rows.order_by("connection_id", "-as_of").distinct("connection_id")}


def is_old(connection: Connection, read: StockReading | None, now: datetime) -> bool:
    """Whether the figures of a connection are too old to be told. ``now`` is business time."""
    return read is None or read.as_of < now - connection.policy.minutes("stock_stale_minutes")


def stale(connections: Iterable[Connection], full: dict[int, StockReading], now: datetime) -> Q:
    """Listings whose SEKO figure is older than the settings of their connection allow.

    ``full`` is what :func:`full_readings` found, ``now`` business time. A whole reading counts for every product, so
    that only connections without a fresh one have stale listings.
    """
    found = Q(pk__in=[])
    for connection in connections:
        if is_old(connection, full.get(connection.pk), now):
            limit = now - connection.policy.minutes("stock_stale_minutes")
            old = Q(product__read_at__lt=limit) | Q(product__read_at__isnull=True)
            found |= Q(connection=connection) & old
    return found


def with_life(rows: QuerySet[Listing], *, old: Q) -> QuerySet[Listing]:
    """Listings with ``life``, one of :class:`Life`, ``known``, the newest that is known of what John Lewis shows, and
    ``off``: by how many units that is wrong.

    ``old`` is what :func:`stale` found.
    """
    life = Case(
        When(product__isnull=True, then=Value(Life.UNKNOWN)),
        When(GIVEN_UP, then=Value(Life.REFUSED)),
        When(failures__gt=0, then=Value(Life.RETRY)),
        When(old | Q(target__isnull=True), then=Value(Life.STALE)),
        When(Q(due=True) | Q(published__isnull=True) | ~Q(published=F("target")), then=Value(Life.TOLD)),
        When(hold=RuleKind.ZERO, then=Value(Life.ZERO)),
        When(hold=RuleKind.FREEZE, then=Value(Life.FROZEN)),
        When(shown=F("target"), then=Value(Life.RIGHT)),
        When(UNSEEN, then=Value(Life.TAKEN)),
        default=Value(Life.DIFFERS),
        output_field=CharField(),
    )
    return rows.annotate(life=life, known=KNOWN).annotate(off=OFF)


def life_of(listing: Listing, *, is_stale: bool) -> str:
    """The state of a listing that was read without asking for the age of its figure: age outweighs most."""
    life: str = listing.life  # type: ignore[attr-defined]
    return Life.STALE if is_stale and life not in (Life.UNKNOWN, Life.REFUSED, Life.RETRY) else life


def is_unseen(listing: Listing) -> bool:
    """Whether the offer was last read before John Lewis took the level that it was told."""
    if listing.published is None or listing.published_at is None:
        return False
    return listing.shown is None or listing.shown_at is None or listing.shown_at < listing.published_at


def risk_of(listing: Listing) -> str:
    """Why a listing may sell more than there is, as the watch over the levels found it; empty where it does not."""
    item = listing.item
    if item is None or item.status != Status.STALLED:
        return ""
    found = (each["text"] for each in item.failures if each.get("code") == Code.OVERSELL_RISK)
    return next(found, "")


def life_badge(life: str) -> SafeString:
    """The state as a badge; what it means is its title."""
    look = LOOKS[life]
    return state_badge(look.word, look.tone, look.icon, look.means)


def layer_words(layer: str) -> SafeString:
    """Where a difference comes from, with its meaning on hover; a layer that is new to us as it came."""
    word, means = LAYERS.get(layer, (layer, ""))
    return format_html('<span title="{}">{}</span>', means, word)
