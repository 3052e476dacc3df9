"""Stock as it stands in the database, without running the engine.

Times are business time. ``ListingFactory()`` is a listing that is right: SEKO has 10, one is on its way, John Lewis
shows 9. ``moved``, ``retrying``, ``refused``, ``unknown`` and ``stale`` are the other lives of one; ``stalled`` gives
it an item with a failure of that kind, for an exception to hang on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from jlseko.clock import business_now
from sync.models import (
    LineOutcome,
    Listing,
    RuleKind,
    RuleScope,
    StockChange,
    StockFile,
    StockFileLine,
    StockReading,
    StockRule,
    StockSource,
    StockSummaryPart,
)
from sync.skus import key_of
from sync.states import Kind, Stage, Status
from tests.factories.engine import ConnectionFactory, ItemFactory, ProductFactory

TRY_AGAIN_IN = timedelta(minutes=10)


def ago(**span: float) -> Any:
    """A declaration for a business time that far back: ``ago(minutes=5)``."""
    return factory.LazyFunction(lambda: business_now() - timedelta(**span))


class StockReadingFactory(DjangoModelFactory):
    """A full reading five minutes ago in which one figure had changed."""

    class Meta:
        model = StockReading

    connection = factory.SubFactory(ConnectionFactory)
    source = StockSource.READING
    as_of = ago(minutes=5)
    remote_as_of = factory.SelfAttribute("as_of")
    complete = True
    products = 40
    changed = 1


class StockChangeFactory(DjangoModelFactory):
    """SEKO's figure of a product rose by two to ten, five minutes ago."""

    class Meta:
        model = StockChange

    product = factory.SubFactory(ProductFactory)
    connection = factory.SelfAttribute("product.connection")
    source = StockSource.READING
    at = ago(minutes=5)
    recorded_at = factory.SelfAttribute("at")
    delta = 2
    available = 10
    key = factory.Sequence(lambda number: f"reading:{number}")


class StockSummaryPartFactory(DjangoModelFactory):
    """The first of two parts of an overnight summary, the other still missing."""

    class Meta:
        model = StockSummaryPart

    connection = factory.SubFactory(ConnectionFactory)
    group = factory.Sequence(lambda number: f"summary-{number}")
    part = 1
    total = 2
    at = ago(hours=4)
    lines = factory.LazyFunction(lambda: [["BAG-001", 10]])
    received_at = factory.SelfAttribute("at")


def stalled_item(**more: Any) -> Any:
    """A declaration for the item of a listing that waits for a person."""
    return factory.SubFactory(
        ItemFactory, connection=factory.SelfAttribute("..connection"), kind=Kind.LISTING,
        external_key=factory.SelfAttribute("..sku"), order_key="", status=Status.STALLED, due_at=None, deadline=None,
        stalled_at=factory.LazyFunction(business_now), **more,
    )  # fmt: skip


class ListingFactory(DjangoModelFactory):
    """A listing that is right; its product has the same code and what ``sellable`` says."""

    class Meta:
        model = Listing

    connection = factory.SubFactory(ConnectionFactory)
    sku = factory.Sequence(lambda number: f"BAG-{number:03d}")
    sku_key = factory.LazyAttribute(lambda listing: key_of(listing.sku))
    product = factory.SubFactory(
        ProductFactory,
        connection=factory.SelfAttribute("..connection"),
        code=factory.LazyAttribute(lambda product: product.factory_parent.sku.strip()),
        available=factory.SelfAttribute("..sellable"),
        read_at=factory.SelfAttribute("..computed_at"),
        source=StockSource.READING,
    )
    offer_id = factory.Sequence(lambda number: f"{2000 + number}")
    title = factory.LazyAttribute(lambda listing: f"Jumbo bag {listing.sku.strip()}")
    category = "Storage"
    seen_at = ago(hours=6)
    shown = 9
    shown_at = ago(minutes=4)
    target = 9
    sellable = 10
    in_flight = 1
    computed_at = ago(minutes=5)
    published = 9
    published_at = ago(minutes=5)
    published_version = 1
    confirmed_at = ago(minutes=4)

    class Params:
        moved = factory.Trait(
            shown=12,
            published=12,
            due=True,
            drift_layer="publish",
            drift_since=ago(minutes=7),
            confirmed_at=ago(hours=2),
        )
        retrying = factory.Trait(
            shown=12, published=12, failures=1, retry_at=factory.LazyFunction(lambda: business_now() + TRY_AGAIN_IN),
            last_error="The offer is being changed by somebody else.", drift_layer="publish",
            drift_since=ago(minutes=9), confirmed_at=ago(hours=2),
        )  # fmt: skip
        refused = factory.Trait(
            shown=12, published=12, failures=5, last_error="The offer does not exist.", drift_layer="publish",
            drift_since=ago(hours=3), confirmed_at=ago(hours=5), trouble_since=ago(hours=2),
            item=stalled_item(failures=[{"code": "stock_update_failed", "text": "John Lewis refuses the level."}]),
        )  # fmt: skip
        unknown = factory.Trait(
            product=None, sellable=None, in_flight=0, target=None, shown=3, published=None, published_at=None,
            published_version=0, confirmed_at=None, drift_layer="identity", drift_since=ago(hours=20),
        )  # fmt: skip
        stale = factory.Trait(computed_at=ago(hours=3), published_at=ago(hours=3), confirmed_at=ago(hours=3))
        stalled = factory.Trait(item=stalled_item(), trouble_since=ago(minutes=1))


class StockFileFactory(DjangoModelFactory):
    """A file that John Lewis read four minutes ago, all accepted; ``refused`` and ``accepted`` only count."""

    class Meta:
        model = StockFile

    connection = factory.SubFactory(ConnectionFactory)
    item = factory.SubFactory(
        ItemFactory,
        connection=factory.SelfAttribute("..connection"),
        kind=Kind.STOCK_FILE,
        external_key=factory.Sequence(lambda number: f"stock-{number:05d}"),
        order_key="",
        deadline=None,
    )
    # Beside the item, not in it: a trait that is not chosen would take them away
    item__stage = Stage.PROCESSED
    item__status = Status.DONE
    item__due_at = None
    item__finished_at = factory.LazyFunction(business_now)
    basis = 1
    as_of = ago(minutes=6)
    created_at = ago(minutes=5)
    why = "Levels changed"
    import_id = factory.Sequence(lambda number: f"{9000 + number}")
    import_status = "COMPLETE"
    submitted_at = factory.SelfAttribute("created_at")
    finished_at = ago(minutes=4)
    lines = 1
    accepted = 1

    class Params:
        running = factory.Trait(
            item__stage=Stage.SUBMITTED, item__status=Status.WAITING, item__due_at=factory.LazyFunction(timezone.now),
            item__finished_at=None, import_status="RUNNING", finished_at=None, accepted=0,
        )  # fmt: skip


class StockFileLineFactory(DjangoModelFactory):
    """The level of one listing in one file, read back."""

    class Meta:
        model = StockFileLine

    listing = factory.SubFactory(ListingFactory)
    file = factory.SubFactory(StockFileFactory, connection=factory.SelfAttribute("..listing.connection"))
    quantity = 9
    previous = 12
    sellable = 10
    in_flight = 1
    version = 1
    as_of = factory.SelfAttribute("file.as_of")
    outcome = LineOutcome.VERIFIED


class StockRuleFactory(DjangoModelFactory):
    """Two of every product of one SKU kept back until tomorrow, by nobody in particular."""

    class Meta:
        model = StockRule

    connection = factory.SubFactory(ConnectionFactory)
    kind = RuleKind.BUFFER
    scope = RuleScope.SKU
    subject = "BAG-001"
    quantity = factory.LazyAttribute(lambda rule: 2 if rule.kind == RuleKind.BUFFER else 0)
    reason = "The last count was out by two."
    starts_at = ago(hours=1)
    ends_at = factory.LazyFunction(lambda: business_now() + timedelta(hours=23))
    made_at = factory.SelfAttribute("starts_at")
