"""Stock files that John Lewis was still working on when they were given up: asked after for a day, for what they say is
older than what was told since.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from jlseko.clock import business_now
from sync import limits, timeline
from sync.budgets import STOCK_FILE_STATUS
from sync.failures import NotSent, Refused, Unclear
from sync.flows.context import Context
from sync.models import EventLane, Listing, Side, StockFile
from sync.states import FINAL

ASKED_FOR = timedelta(days=1)
FILES_A_RUN = 3
UNFINISHED = ("WAITING", "RUNNING")


def ask_after(context: Context) -> int:
    """Ask where imports stand that were given up unfinished (STO02, John Lewis contract 3.1); the levels of one that
    ended after all are told anew, whatever was told meanwhile. Returns how many will be.
    """
    since = business_now() - ASKED_FOR
    given_up = StockFile.objects.filter(
        connection=context.connection, item__status__in=FINAL, import_status__in=UNFINISHED, created_at__gt=since
    ).exclude(import_id="")
    told = 0
    for file in given_up.order_by("polls", "id")[:FILES_A_RUN]:  # each has its turn
        StockFile.objects.filter(pk=file.pk).update(polls=F("polls") + 1)
        try:
            with limits.calling(context.connection, Side.MARKETPLACE, STOCK_FILE_STATUS):
                status = context.marketplace.stock_import(file.import_id)
        except limits.Postponed:
            break
        except (NotSent, Refused, Unclear):
            continue
        if status.is_over:
            told += _ended(file, status.status)
    return told


@transaction.atomic
def _ended(file: StockFile, status: str) -> int:
    StockFile.objects.filter(pk=file.pk).update(import_status=status[:40])
    if status == "FAILED":
        return 0
    listings = Listing.objects.filter(pk__in=file.rows.values("listing"), active=True).exclude(target=None)
    told = listings.update(due=True, retry_at=None)
    noun = "level is" if told == 1 else "levels are"
    title = f"John Lewis ended a file that had been given up; {told} {noun} told anew"
    timeline.record(file.item, "stock_file", title, lane=EventLane.MARKETPLACE, tone="warn")
    return told
