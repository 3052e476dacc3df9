"""What a warehouse pushes is readable by its own adapter, in every form in which it comes."""

from collections import defaultdict
from typing import Any

import pytest

from sync.shapes import (
    DispatchNews,
    GoodsReceived,
    PushMessage,
    StockAdjustment,
    StockMovement,
    StockSummary,
    TrackingNews,
)
from tests.contract.warehouses import ADAPTERS, opened

TOLD = {DispatchNews, TrackingNews, StockAdjustment, StockMovement, StockSummary, GoodsReceived, type(None)}


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
@pytest.mark.parametrize(
    "form", [{}, {"quirks": True}, {"push_format": "xml"}], ids=["plain", "one-entry lists and empty texts", "xml"]
)
def test_everything_that_is_pushed_can_be_read(adapter: str, form: dict[str, Any], tmp_path: Any) -> None:
    settings = {"stock_pushes": True, "tracking_push": True, "cartons": True, **form}
    with opened(adapter, tmp_path, **settings) as site:
        site.stir()
        read: dict[str, list[PushMessage]] = defaultdict(list)
        for push in list(site.pushed):
            for message in site.warehouse.read_push(push.body, path=push.path):
                assert not message.problem, (push.path, message.problem)
                read[message.service].append(message)
    assert {type(message.news) for messages in read.values() for message in messages} == TOLD
    for service, messages in read.items():
        numbers = [message.sequence for message in messages]
        assert None not in numbers, service
        assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1)), service
    _check_dispatches([m.news for ms in read.values() for m in ms if isinstance(m.news, DispatchNews)])


def _check_dispatches(found: list[DispatchNews]) -> None:
    assert all(news.lines and news.order_number and news.guid and news.courier for news in found)
    assert all(news.dispatched_at and news.tracking_number for news in found)
    parcels = [(news.order_number, news.dispatch_id, news.tracking_number) for news in found]
    assert len(set(parcels)) == len(parcels)
