"""Somebody at the desk finds a level that John Lewis refuses, reads why, pushes it, and sees it taken and read back."""

from typing import Any

import pytest
from playwright.sync_api import expect

from exceptions.models import ExceptionRecord
from sync.models import Listing, StockFileLine
from tests.factories.stock import ListingFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

LOCKED = "The offer is locked while its product is under review"
SPOILT = "The line could not be processed, please try again"
MOST_TABS = 60


@pytest.fixture
def refused(people: Any, live_server: Any) -> Listing:
    """A level that was refused as often as it is tried, on a desk without partners."""
    return ListingFactory(
        connection__name="shop", sku="BAG-7", shown=3, target=9, published=3, due=True, failures=5, last_error=LOCKED
    )


def test_a_refused_level_is_pushed_accepted_and_read_back_with_the_keyboard_alone(loop, sign_in, page, live_server):
    """The whole way, both partners among it; no pointer is used."""
    loop.connection.settings |= {"stock_file_tries": 1, "stock_import_minutes": 600}  # a minute here
    loop.connection.save()
    spoilt = {"operation": "STO01", "kind": "line_errors", "share": 0.01, "times": 1}
    loop.marketplace.ask("/_sandbox/fault", spoilt)
    records = ExceptionRecord.objects.filter(
        category="stock_update_failed", state="open", item__in=Listing.objects.filter(last_error=SPOILT).values("item")
    )
    record = loop.until(records.first, what="the record")
    listing = Listing.objects.get(item=record.item)

    page = sign_in("ops")
    page.goto(f"{live_server.url}/stock/?view=refused")
    expect(page.get_by_text(SPOILT).first).to_be_visible()
    focus(page, "link", listing.sku)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/stock/shop/**")
    expect(page.get_by_text(SPOILT).first).to_be_visible()
    focus(page, "button", "Push now")
    page.keyboard.press("Enter")
    page.get_by_text("next file").first.wait_for()

    def right() -> bool:
        listing.refresh_from_db()
        verified = StockFileLine.objects.filter(listing=listing, outcome="verified").exists()
        return verified and listing.shown == listing.target and listing.trouble_since is None

    loop.until(right, what="the level accepted and read back")
    page.reload()
    expect(page.get_by_text("Accepted and read back").first).to_be_visible()
    expect(page.get_by_text("It does.").first).to_be_visible()


def focus(page: Any, role: str, name: str) -> None:
    """Move the focus forward with Tab until it is on this link or button."""
    wanted = page.get_by_role(role, name=name).first
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("found => found === document.activeElement"):
            return
    raise AssertionError(f"{MOST_TABS} steps with Tab do not lead to the {role} {name}")


def test_without_javascript_a_refused_level_is_read_and_pushed(refused, signed_in, live_server):
    page = signed_in("ops", scripts=False)
    page.goto(f"{live_server.url}/stock/?view=refused")
    page.get_by_role("link", name=refused.sku).first.click()
    expect(page.get_by_text(LOCKED).first).to_be_visible()
    page.get_by_role("button", name="Push now").click()
    refused.refresh_from_db()
    assert (refused.failures, refused.due) == (0, True)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
