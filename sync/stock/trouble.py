"""Telling the desk about listings: one item per listing that is or was in trouble, stalled with all that is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Failure
from sync.models import Connection, Event, Item, Listing, StockFileLine
from sync.states import Kind, Lane, Milestone, Stage, Status

MOST_NEW = 200


def item_of(listing: Listing) -> Item:
    """The item of a listing, made when it is needed first."""
    if listing.item is not None:
        return listing.item
    now = business_now()
    item, _ = Item.objects.get_or_create(
        connection_id=listing.connection_id, kind=Kind.LISTING, external_key=listing.sku,
        defaults={
            "lane": Lane.STOCK, "stage": Stage.RECEIVED, "status": Status.WAITING, "entered_stage_at": now,
            "created_at": now,
        },
    )  # fmt: skip
    Listing.objects.filter(pk=listing.pk).update(item=item)
    listing.item = item
    return item


def facts_of(listing: Listing) -> dict[str, str]:
    """What the form and the runbook need to know of a listing."""
    known = {
        "sku": listing.sku,
        "listing": listing.pk,
        "product": listing.product.code if listing.product else "",
        "level": listing.target,
        "told": listing.published,
        "shown": listing.shown,
    }
    return {name: str(value) for name, value in known.items() if value not in (None, "")}


def update_failed(listing: Listing) -> Failure:
    """A level that John Lewis has refused as often as we try."""
    text = f"John Lewis refuses the stock level of {listing.sku}: {listing.last_error or 'no reason given'}"
    return Failure(
        Code.STOCK_UPDATE_FAILED, text[:500], field="level", value=str(listing.target), rule="refused",
        facts={**facts_of(listing), "reason": listing.last_error, "tries": str(listing.failures)},
    )  # fmt: skip


def isolate(connection: Connection, listings: Iterable[Listing]) -> int:
    """Report those that have been refused too often; they stay out of the files until a person releases them."""
    tries = connection.policy.stock_file_tries
    out = [listing for listing in listings if listing.failures >= tries]
    rows = Listing.objects.filter(pk__in=[listing.pk for listing in out]).select_related("product", "item__connection")
    return report(connection, {row: [update_failed(row)] for row in rows}, beside=True).told


class Told:
    """What a report did: ``told`` listings stopped, ``held_back`` more are wrong than may be told at once."""

    def __init__(self) -> None:
        self.told = 0
        self.held_back = 0


@transaction.atomic
def report(connection: Connection, wrong: Mapping[Listing, Sequence[Failure]], *, beside: bool = False) -> Told:
    """Stop the item of each listing with what is wrong with it, at most :data:`MOST_NEW` new ones at once.

    ``beside`` keeps what else it is stopped for. What was sent back a moment ago is given its chance.
    """
    result = Told()
    lately = _sent_back_lately(connection, [listing.item_id for listing in wrong if listing.item_id])
    for listing, failures in wrong.items():
        known = _known(listing)
        wanted = _merged(known, failures) if beside else list(failures)
        if {_key(failure) for failure in wanted} == set(known) or (listing.item_id in lately and not known):
            continue
        if not known and result.told >= MOST_NEW:
            result.held_back += 1
            continue
        item = item_of(listing)
        if pipeline.stall(item, wanted):
            Listing.objects.filter(pk=listing.pk).update(trouble_since=business_now())
            result.told += not known
    return result


def _key(failure: Failure) -> tuple[str, str]:
    return str(failure.code), failure.rule


def _known(listing: Listing) -> dict[tuple[str, str], Failure]:
    item = listing.item
    if item is None or item.status != Status.STALLED:
        return {}
    found = [Failure(**{**row, "code": Code(row["code"])}) for row in item.failures]
    return {_key(failure): failure for failure in found}


def _merged(known: Mapping[tuple[str, str], Failure], failures: Sequence[Failure]) -> list[Failure]:
    return list({**known, **{_key(failure): failure for failure in failures}}.values())


def _sent_back_lately(connection: Connection, items: Sequence[int]) -> set[int]:
    since = business_now() - 2 * connection.policy.minutes("stock_import_minutes")
    rows = Event.objects.filter(item__in=items, kind="resubmitted", at__gt=since)
    return {item_id for item_id in rows.values_list("item_id", flat=True) if item_id}


def taken(lines: QuerySet[StockFileLine]) -> None:
    """Tell the desk of every listing in trouble whose level John Lewis took with these lines."""
    told = lines.filter(listing__trouble_since__isnull=False).values("listing__item")
    for item in Item.objects.filter(pk__in=told).select_related("connection"):
        pipeline.announce(item, Milestone.TAKEN)


@transaction.atomic
def right(listing: Listing, why: str) -> bool:
    """A reading proves that a listing is right (or that its offer is gone): let it go and tell the desk."""
    item = listing.item
    cleared = Listing.objects.filter(pk=listing.pk, trouble_since__isnull=False).update(
        trouble_since=None, failures=0, retry_at=None, last_error="", drift_since=None, drift_layer=""
    )
    if not cleared or item is None:
        return False
    if item.status == Status.STALLED:
        pipeline.resubmit(item, why=why)
    pipeline.announce(item, Milestone.LISTING_RIGHT)
    return True


def proved(listing: Listing) -> bool:
    """Whether John Lewis was seen to show what it should, or no more to have the offer, since the desk was told."""
    since: datetime | None = listing.trouble_since
    if since is None:
        return False
    if not listing.active:
        return listing.shown_at is not None and listing.shown_at > since
    agreed = listing.target is not None and listing.published == listing.target
    return agreed and listing.confirmed_at is not None and listing.confirmed_at > since
