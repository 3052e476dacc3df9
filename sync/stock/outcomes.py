"""What became of the lines of a stock file, written to the lines and their listings together, set-based."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Least

from jlseko.clock import business_now
from sync import timeline
from sync.models import EventLane, LineOutcome, Listing, StockFile, StockFileLine
from sync.stock import trouble

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=4)

# The version belongs to the product that the level was computed from; the listing may mean another one by now.
_ACCEPT = """
WITH told AS (
    UPDATE sync_stockfileline SET outcome = %(outcome)s
    WHERE file_id = %(file)s AND outcome = 'sent'
      AND (%(lines)s::bigint[] IS NULL OR id = ANY(%(lines)s))
    RETURNING listing_id, quantity, version
)
UPDATE sync_listing listing
SET published = told.quantity, published_at = %(at)s, failures = 0, retry_at = NULL, last_error = '',
    published_version = CASE WHEN EXISTS (
            SELECT 1 FROM sync_stockchange change
            WHERE change.id = told.version AND change.product_id <> listing.product_id
        ) THEN listing.published_version ELSE GREATEST(listing.published_version, told.version) END,
    suspect_of_id = NULL,
    due = listing.target IS NOT NULL AND listing.target <> told.quantity
FROM told
WHERE listing.id = told.listing_id AND told.version >= listing.published_version
  AND (listing.published_at IS NULL OR listing.published_at <= %(sent_at)s)
"""


@transaction.atomic
def accept(file: StockFile, lines: list[int] | None = None, *, verified: bool = False) -> int:
    """John Lewis took these lines (None = all that are still open): they are what it was told last."""
    values: dict[str, Any] = {
        "file": file.pk, "lines": lines, "at": business_now(), "sent_at": file.submitted_at or file.created_at,
        "outcome": LineOutcome.VERIFIED if verified else LineOutcome.ACCEPTED,
    }  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(_ACCEPT, values)
        taken = int(cursor.rowcount)
    rows = file.rows.filter(outcome__in=[LineOutcome.ACCEPTED, LineOutcome.VERIFIED])
    trouble.taken(rows if lines is None else rows.filter(pk__in=lines))
    return taken


@transaction.atomic
def refuse(file: StockFile, reasons: Mapping[str, str]) -> int:
    """John Lewis refused these SKUs, each for its reason: they are tried again later and later, then isolated."""
    rows = list(file.rows.filter(outcome=LineOutcome.SENT, listing__sku__in=reasons).select_related("listing"))
    now = business_now()
    for row in rows:
        row.outcome, row.reason = LineOutcome.REFUSED, reasons[row.listing.sku][:500]
        _fail(row.listing, row.reason, now=now)
    StockFileLine.objects.bulk_update(rows, ["outcome", "reason"], batch_size=1000)
    listings = [row.listing for row in rows]
    Listing.objects.bulk_update(listings, ["failures", "retry_at", "last_error", "suspect_of", "due"], batch_size=1000)
    trouble.isolate(file.connection, listings)
    return len(rows)


def _fail(listing: Listing, reason: str, *, now: Any) -> None:
    listing.failures += 1
    listing.retry_at = now + retry_in(listing.failures)
    listing.last_error, listing.suspect_of, listing.due = reason, None, True


def retry_in(failures: int) -> timedelta:
    """How long a refused level rests (business time): five minutes, doubling, four hours at most."""
    return min(LONGEST_RETRY, FIRST_RETRY * float(2 ** min(failures - 1, 10)))


@transaction.atomic
def refuse_whole(file: StockFile, reason: str) -> int:
    """John Lewis refused the file and named no line: each may be to blame, so they travel on in smaller files.

    A level in company is never isolated for it; alone in its file it is.
    """
    rows = file.rows.filter(outcome=LineOutcome.SENT)
    ids = list(rows.values_list("listing_id", flat=True))
    rows.update(outcome=LineOutcome.NOT_APPLIED, reason=reason[:500])
    tries = file.connection.policy.stock_file_tries
    ceiling = tries if len(ids) == 1 else tries - 1
    listings = Listing.objects.filter(pk__in=ids)
    listings.update(
        failures=Least(F("failures") + 1, Value(max(ceiling, 0))), last_error=reason[:500], due=True,
        retry_at=business_now() + FIRST_RETRY / 5, suspect_of=file,
    )  # fmt: skip
    if len(ids) == 1:
        trouble.isolate(file.connection, list(listings))
    return len(ids)


@transaction.atomic
def drop(file: StockFile, reason: str) -> int:
    """The lines that are still open were not applied, and it was not their fault: due again at once."""
    rows = file.rows.filter(outcome=LineOutcome.SENT)
    ids = list(rows.values_list("listing_id", flat=True))
    rows.update(outcome=LineOutcome.NOT_APPLIED, reason=reason[:500])
    Listing.objects.filter(pk__in=ids).update(due=Case(When(target=None, then=False), default=True))
    return len(ids)


def count(file: StockFile) -> None:
    """Bring the counters of a file up to date with its lines, and say on its timeline how it ended."""
    taken = Q(outcome__in=[LineOutcome.ACCEPTED, LineOutcome.VERIFIED])
    accepted = file.rows.filter(taken).count()
    refused = file.rows.filter(outcome=LineOutcome.REFUSED).count()
    StockFile.objects.filter(pk=file.pk).update(
        accepted=accepted, refused=refused, finished_at=file.finished_at or business_now()
    )
    lost = file.lines - accepted - refused
    words = [
        f"{number} {word}" for number, word in ((accepted, "accepted"), (refused, "refused"), (lost, "not applied"))
    ]
    timeline.record(
        file.item, "stock_told", f"John Lewis: {', '.join(words)}", lane=EventLane.MARKETPLACE,
        tone="good" if accepted == file.lines else "warn",
    )  # fmt: skip
