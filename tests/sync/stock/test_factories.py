"""The factories of stock write rows that the database accepts, each alone and with what belongs to it."""

import pytest

from sync.models import Listing
from sync.states import Kind, Status
from tests.factories.stock import (
    ListingFactory,
    StockChangeFactory,
    StockFileFactory,
    StockFileLineFactory,
    StockReadingFactory,
    StockRuleFactory,
    StockSummaryPartFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "factory",
    [
        ListingFactory,
        StockChangeFactory,
        StockFileFactory,
        StockFileLineFactory,
        StockReadingFactory,
        StockRuleFactory,
        StockSummaryPartFactory,
    ],
)
def test_two_of_each_may_stand_side_by_side(factory):
    kept = [factory().pk, factory().pk]

    assert factory._meta.model.objects.filter(pk__in=kept).count() == 2


def test_a_listing_brings_the_product_that_its_sku_means():
    listing = ListingFactory(sku=" Bag/1 ", sellable=4)

    assert (listing.product.code, listing.product.code_key, listing.product.available) == ("Bag/1", "bag/1", 4)
    assert listing.product.connection == listing.connection
    assert listing.item is None


@pytest.mark.parametrize("life", ["moved", "retrying", "unknown", "stale"])
def test_a_listing_may_lead_another_life(life):
    listing = ListingFactory(**{life: True}, stalled=True)

    kept = Listing.objects.get(pk=listing.pk)
    assert (kept.item.kind, kept.item.external_key, kept.item.status) == (Kind.LISTING, kept.sku, Status.STALLED)
    assert (kept.product is None) == (life == "unknown")


def test_a_line_shares_the_shop_of_its_file():
    line = StockFileLineFactory(file__running=True)

    assert line.file.connection == line.listing.connection
    assert line.file.item.status == Status.WAITING
    assert StockFileFactory().item.status == Status.DONE
