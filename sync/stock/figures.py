"""How old a figure is and what counts as sellable: the questions that every part of the stock engine asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.db.backends.utils import CursorWrapper

from sync.models import Connection, Product, SkuAlias, StockReading
from sync.policy import Policy
from sync.skus import key_of

WITHOUT_CLOCK = timedelta(hours=1)  # how far a push may be off where SEKO's answer named no time
LEDGER, FILES = 7_255_0002, 7_255_0003
LARGEST = 2_147_483_647
LONGEST_CODE = 100
MEMORY = "32MB"  # holds the hash table of a million products


def lock(connection: Connection, what: int) -> None:
    """Let one transaction at a time write the figures (``LEDGER``) or the files (``FILES``) of a connection."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [what, connection.pk])


def make_room(cursor: CursorWrapper) -> None:
    """Let the joins of this transaction happen in memory."""
    cursor.execute("SELECT set_config('work_mem', %s, true)", [MEMORY])


def last_complete(connection: Connection) -> StockReading | None:
    """The newest reading that spoke of every product."""
    return StockReading.objects.filter(connection=connection, complete=True).order_by("-as_of", "-id").first()


def as_of(product: Product, last: StockReading | None) -> datetime | None:
    """The business time as of which the figure of a product is true: its own, or that of the last complete reading."""
    moments = [moment for moment in (product.read_at, last.as_of if last else None) if moment]
    return max(moments, default=None)


def is_sellable(policy: Policy, *, dc_code: str, location_type: str) -> bool:
    """Whether stock that lies there may be sold: in our distribution centre, in a sellable location type."""
    sellable = {part.strip().casefold() for part in policy.sellable_locations.split(",")}
    ours = policy.dc_code.strip().casefold()
    here = not ours or dc_code.strip().casefold() in ("", ours)
    return here and location_type.strip().casefold() in sellable


def aliases(connection: Connection) -> dict[str, list[str]]:
    """The SKU aliases as the parameters of a statement: ``alias_skus`` and the product keys that they mean."""
    rows = list(SkuAlias.objects.filter(connection=connection).values_list("sku", "product_code"))
    return {"alias_skus": [sku for sku, _ in rows], "alias_keys": [key_of(code) for _, code in rows]}


def believed(at: datetime | None, last: StockReading | None, now: datetime) -> datetime | None:
    """When a push says that it happened, as far as SEKO's clock may be ahead of ours; None = a time that cannot be.

    What is dated in the future would be laid over every reading until then.
    """
    ahead = last.remote_as_of - last.as_of if last and last.remote_as_of else timedelta(0)
    return at if at is not None and at <= now + max(ahead, timedelta(0)) + WITHOUT_CLOCK else None


@dataclass(frozen=True, slots=True)
class Moment:
    """When a reading was true, on SEKO's clock as far as it told it, and how sure we are of what it held.

    A decrease at or after ``surely_in`` may be missing from it; an increase after ``surely_after`` is missing from it
    for certain (None = never certain).
    """

    surely_in: datetime
    surely_after: datetime | None

    @classmethod
    def of(cls, ours: datetime, theirs: datetime | None, policy: Policy) -> "Moment":
        """A reading as of ``ours`` on our clock and ``theirs`` on SEKO's.

        SEKO's figures trail behind what happens in the warehouse (SEKO contract 7.1 says so of orders), so that a
        decrease of the last minutes may not be in them yet.
        """
        if theirs is None:
            return cls(ours - WITHOUT_CLOCK, None)
        margin = policy.minutes("clock_margin_minutes")
        return cls(theirs - margin - policy.minutes("visibility_minutes"), theirs + margin)

    def counts(self, delta: int, at: datetime | None) -> bool:
        """Whether a push moves the figure. Both possible errors lie on the safe side: a decrease may count twice until
        the next reading, an increase may wait for it.
        """
        if delta < 0:
            return at is None or at >= self.surely_in
        return at is not None and self.surely_after is not None and at > self.surely_after


def moment_of(product: Product, last: StockReading | None, policy: Policy) -> Moment | None:
    """The last reading that spoke of a product; None = none ever did."""
    if product.read_at and (last is None or product.read_at >= last.as_of):
        return Moment.of(product.read_at, product.remote_read_at, policy)
    return Moment.of(last.as_of, last.remote_as_of, policy) if last else None
