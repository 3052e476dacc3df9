"""Every page of the desk as assistive technology meets it: axe finds nothing, in light and in dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.urls import reverse

from exceptions.models import ExceptionRecord
from sync import pipeline
from sync.failures import Code, Failure
from sync.loop import feeds, pausing
from sync.models import Listing, Order, StockFile
from tests.factories.engine import ConnectionFactory, DispatchFactory, OrderFactory
from tests.factories.stock import ListingFactory, StockFileFactory, StockFileLineFactory, StockReadingFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PLAIN = (
    "home", "exceptions:list", "exceptions:views", "exceptions:owners", "exceptions:roles", "exceptions:runbooks",
    "exceptions:practice", "exceptions:practice-order", "glossary",
    "sync:order-list",
    "sync:stock-list", "sync:stock-unlisted", "sync:stock-files", "sync:stock-rules", "sync:stock-rule-new",
    "sync:health", "sync:connections", "carriers:mapping-list", "carriers:mapping-new", "carriers:coverage",
)  # fmt: skip
OF_CONNECTION = (
    "connection", "connection-discovered", "connection-checklist", "connection-settings",
    "connection-settings-change", "connection-keys", "connection-history",
)  # fmt: skip


@pytest.fixture
def addresses(people: Any) -> list[str]:
    """The address of every page, on a desk with one of everything that can be wrong, and a pause in force."""
    people["admin"].groups.add(Group.objects.get(name="Manager"))
    shop = ConnectionFactory(name="shop")
    feeds.ensure_states()
    StockReadingFactory(connection=shop)
    order = OrderFactory(connection=shop)
    DispatchFactory(connection=shop, order=order)
    listing = ListingFactory(connection=shop, refused=True)
    file = StockFileFactory(connection=shop)
    StockFileLineFactory(file=file, listing=listing, outcome="refused", reason="The offer is locked")
    pipeline.stall(order.item, [Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")])
    pausing.pause(shop, "publish-stock", reason="A count", until=None, by=people["admin"])
    record = ExceptionRecord.objects.get()
    return [
        *(reverse(name) for name in PLAIN),
        *(reverse(f"sync:{name}", args=[shop.name]) for name in OF_CONNECTION),
        reverse("sync:flow-pause", args=[shop.name, "read-stock"]),
        reverse("sync:order", args=[shop.name, Order.objects.get().order_id]),
        reverse("sync:stock-listing", args=[Listing.objects.get().pk]),
        reverse("sync:stock-file", args=[StockFile.objects.get().pk]),
        reverse("exceptions:detail", args=[record.pk]),
        *(f"{reverse('exceptions:list')}?{query}" for query in ("by=cause", "by=sku", f"view=open&peek={record.pk}")),
        reverse("exceptions:note", args=[record.pk]),
        reverse("exceptions:proof", args=[record.pk]),
        reverse("exceptions:cause", args=[record.cause_id]),
        reverse("exceptions:runbook", args=[record.category]),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(addresses: list[str], signed_in: Any, live_server: Any, theme: str) -> None:
    page = signed_in("admin", color_scheme=theme)
    found = []
    for address in addresses:
        answer = page.goto(f"{live_server.url}{address}")
        assert answer.status == 200, address
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
        found += [
            (address, each["id"], each["nodes"][0]["html"][:200], len(each["nodes"]))
            for each in result.response["violations"]
        ]
    assert found == []
