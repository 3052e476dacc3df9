"""What was told and what is published now, in plain values: the account that judges outside can check."""

from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, Subquery

from sync.models import Connection, Listing, StockChange, StockFileLine, StockReading


def export(connection: Connection) -> dict[str, Any]:
    """Every line of every file, every level that stands now, and the whole readings that their figures cite."""
    return {
        "connection": connection.name,
        "readings": list(
            StockReading.objects.filter(connection=connection).order_by("id").values(
                "source", "as_of", "remote_as_of", "complete", "products", "changed", "zeroed", "skipped"
            )
        ),
        "told": _told(connection),
        "published": _published(connection),
        "totals": totals(connection),
    }  # fmt: skip


def _told(connection: Connection) -> list[dict[str, Any]]:
    """The lines of the files. ``cites`` = as of which reading the figure stood; ``figure_at`` = the time of the last
    change after that reading which is in it, None where there was none.
    """
    behind = StockChange.objects.filter(
        product=OuterRef("listing__product"), pk__lte=OuterRef("version"), at__gt=OuterRef("as_of")
    )
    latest = behind.order_by().values("product").annotate(latest=Max("at")).values("latest")
    rows = StockFileLine.objects.filter(file__connection=connection).annotate(figure_at=Subquery(latest)).order_by("id")
    values = rows.values(
        "quantity", "previous", "sellable", "in_flight", "buffer", "version", "outcome", "reason", "figure_at",
        sku=F("listing__sku"), product=F("listing__product__code"), file_key=F("file__item__external_key"),
        import_id=F("file__import_id"), drafted_at=F("file__created_at"), told_at=F("file__submitted_at"),
        cites=F("as_of"),
    )  # fmt: skip
    return [dict(row) for row in values.iterator(chunk_size=10_000)]


def _published(connection: Connection) -> list[dict[str, Any]]:
    rows = Listing.objects.filter(connection=connection).order_by("sku")
    values = rows.values(
        "sku", "active", "published", "published_at", "published_version", "target", "sellable", "in_flight",
        "buffer", "sharers", "hold", "shown", "shown_at", "confirmed_at", "due", "failures",
        product_code=F("product__code"),
    )  # fmt: skip
    return [dict(row) for row in values.iterator(chunk_size=10_000)]


def totals(connection: Connection) -> dict[str, int]:
    """Listings by how they stand: every active one is in exactly one of right, due, refused and unknown."""
    tries = connection.policy.stock_file_tries
    active = Q(active=True)
    unknown = active & Q(target=None)
    refused = active & ~Q(target=None) & Q(failures__gte=tries)
    due = active & ~Q(target=None) & Q(failures__lt=tries, due=True)
    right = active & ~Q(target=None) & Q(failures__lt=tries, due=False)
    return Listing.objects.filter(connection=connection).aggregate(
        listings=Count("pk", filter=active), right=Count("pk", filter=right), due=Count("pk", filter=due),
        refused=Count("pk", filter=refused), unknown=Count("pk", filter=unknown),
    )  # fmt: skip
