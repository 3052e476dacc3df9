"""Corrections in words: people read names of fields, not paths."""

from __future__ import annotations

import pytest
from django.urls import reverse

from sync import corrections
from sync.models import Correction, Event
from tests.factories.engine import OrderFactory
from tests.sync.pages import browser, person


@pytest.mark.parametrize(
    ("path", "words"),
    [("delivery.postcode", "Postcode"), ("warehouse.number", "Number at SEKO"), ("lines.1.sku", "Lines 1 sku")],
)
def test_a_path_in_words(path: str, words: str) -> None:
    assert corrections.label_of(path) == words


def test_the_timeline_and_the_page_of_the_order_name_the_field(db: None) -> None:
    order = OrderFactory()
    corrections.save(order.item, {"delivery.postcode": "LS1 1AA"}, by=person("Operations"))
    assert Event.objects.get(kind="corrected").title == "Corrected: Postcode"
    page = browser("Operations").get(reverse("sync:order", args=[order.connection.name, order.order_id]))
    assert "<strong>Postcode</strong>" in page.content.decode()
    assert "delivery.postcode" not in page.content.decode()
    corrections.revert(Correction.objects.get(), by=person("Operations"))
    assert Event.objects.get(kind="correction_reverted").title == "Correction taken back: Postcode"


def test_the_same_value_again_is_no_news_unless_it_speaks_of_another_attempt(db: None) -> None:
    item = OrderFactory().item
    for _ in range(2):
        corrections.save(item, {"delivery.postcode": "LS1 1AA", corrections.OUTCOME: "not_applied"}, by=None)
    assert Correction.objects.filter(path="delivery.postcode").count() == 1
    assert Correction.objects.filter(path=corrections.OUTCOME).count() == 2
    assert corrections.live_now(item) == {"delivery.postcode": "LS1 1AA", corrections.OUTCOME: "not_applied"}
