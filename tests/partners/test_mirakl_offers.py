from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sync.failures import Unclear
from sync.shapes import Offer
from tests.partners.doubles import Script
from tests.partners.sample_shop import shop

OFFER: dict[str, Any] = {
    "offer_id": 2130, "shop_sku": "BAG-TAN-01", "product_sku": "MKP1", "product_title": "Tan leather bag",
    "category_code": "BAGS", "quantity": 0, "active": False, "inactivity_reasons": ["ZERO_QUANTITY", "BRAND_NEW"],
}  # fmt: skip


def test_offers_are_read_page_by_page() -> None:
    headers = {"Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    script = Script(httpx.Response(200, json={"offers": [OFFER], "total_count": 300}, headers=headers))
    page = shop(script, shop_id="7").offers_page(offset=200)
    assert script.request.url.path == "/api/offers"
    assert dict(script.request.url.params) == {"max": "100", "offset": "200", "shop_id": "7"}
    assert page.offers == (
        Offer(
            "2130", "BAG-TAN-01", "MKP1", "Tan leather bag", 0, active=False, category="BAGS",
            inactive_because=("ZERO_QUANTITY", "BRAND_NEW"),
        ),
    )  # fmt: skip
    assert (page.total_count, page.next_offset, page.unreadable) == (300, 201, 0)
    assert page.remote_now == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_the_offer_of_one_sku_is_that_of_no_other() -> None:
    script = Script({"offers": [{**OFFER, "shop_sku": "bag-tan-01"}, OFFER], "total_count": 2})
    assert [offer.sku for offer in shop(script).offers_page(sku="BAG-TAN-01").offers] == ["BAG-TAN-01"]
    assert script.request.url.params["sku"] == "BAG-TAN-01"


@pytest.mark.parametrize(
    "change",
    [{"quantity": -1}, {"quantity": "4"}, {"quantity": None}, {"quantity": 1.5}, {"active": 1}, {"active": None},
     {"shop_sku": ""}, {"shop_sku": None}, {"offer_id": None}, {"inactivity_reasons": "ZERO"}],
)  # fmt: skip
def test_one_bad_offer_does_not_spoil_its_page(change: dict[str, Any]) -> None:
    page = shop(Script({"offers": [{**OFFER, **change}, OFFER, 7], "total_count": 3})).offers_page()
    assert ([offer.sku for offer in page.offers], page.unreadable, page.next_offset) == (["BAG-TAN-01"], 2, None)


@pytest.mark.parametrize("body", [{}, [], {"offers": {}, "total_count": 1}, {"offers": []}])
def test_a_body_that_is_no_page_of_offers_is_unclear(body: Any) -> None:
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(200, json=body))).offers_page()
