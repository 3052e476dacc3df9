"""Stock files and offers, at any marketplace. Written against the ports."""

import pytest

from sync.failures import Refused
from sync.shapes import (
    StockLevel,
)
from tests.contract.marketplace_steps import market, opening, place, put

__all__ = ["market", "opening", "place"]


@pytest.mark.parametrize("delimiter", ["SEMICOLON", "COMMA"])
def test_a_stock_file_is_taken_to_its_end_with_its_bad_lines(opening, delimiter):
    place = opening(csv_delimiter=delimiter)
    market = place.connect()
    known = [offer.sku for offer in market.offers_page().offers][:2]
    strange = ['=1+1;"x", y', "NO-SUCH"]
    levels = [StockLevel(known[0], 0), *(StockLevel(sku, 1) for sku in strange), StockLevel(known[1], 777)]
    write = market.prepare_stock(levels, batch="b1", delimiter=market.profile().csv_delimiter)
    import_id = put(market, write)
    assert import_id
    assert not market.stock_import(import_id).is_over
    place.wait(minutes=10)
    place.until(lambda: market.stock_import(import_id).is_over, what="the file is read")
    told = market.stock_import(import_id)
    assert (told.status, told.has_report, told.succeeded, told.failed) == ("COMPLETE", True, 2, 2)
    errors = market.stock_errors(import_id)
    assert [(error.line, error.sku) for error in errors] == [(3, strange[0]), (4, strange[1])]
    assert all(error.reason for error in errors)
    shown = {sku: market.offers_page(sku=sku).offers[0] for sku in known}
    assert [(offer.quantity, offer.active) for offer in shown.values()] == [(0, False), (777, True)]
    assert "ZERO_QUANTITY" in shown[known[0]].inactive_because


def test_a_stock_file_may_fail_as_a_whole(place, market):
    place.spoil("STO01", "import_failed")
    import_id = put(market, market.prepare_stock([StockLevel("A", 1)], batch="b1"))
    place.wait(minutes=10)
    place.until(lambda: market.stock_import(import_id).is_over, what="the file is read")
    assert (market.stock_import(import_id).status, market.stock_import(import_id).has_report) == ("FAILED", False)
    with pytest.raises(Refused):
        market.stock_errors(import_id)


def test_offers_are_read_page_by_page(place, market):
    offers: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = market.offers_page(offset=offset)
        assert page.unreadable == 0
        offers += [offer.sku for offer in page.offers]
        offset = page.next_offset
    assert len(offers) == len(set(offers)) == page.total_count
    (one,) = market.offers_page(sku=offers[0]).offers
    assert one.sku == offers[0]
    assert market.offers_page(sku="NO-SUCH").offers == ()
