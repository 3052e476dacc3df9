"""The frame around every page in a browser: wishes, what fails while a page stays, paper, the phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from exceptions.models import DeskReader
from tests.factories.engine import OrderFactory
from tests.journeys.test_axe import RULES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
PHONE = {"width": 390, "height": 844}
TOO_WIDE = """width => [...document.querySelectorAll("body *")]
  .filter(each => each.getBoundingClientRect().right > width + 1)
  .map(each => `${each.tagName}.${each.className} ${Math.round(each.getBoundingClientRect().right)}`)"""


@pytest.fixture
def ops(people: Any, signed_in: Any, live_server: Any) -> Page:
    """Somebody at the list of orders."""
    OrderFactory()
    page: Page = signed_in("ops")
    page.goto(f"{live_server.url}/orders/")
    return page


def test_a_session_that_is_over_says_so_and_keeps_the_page(ops: Page) -> None:
    Session.objects.all().delete()
    ops.locator("[data-filter-search]").fill("JL1")
    said = ops.locator("#says .say")
    expect(said).to_contain_text("Your session is over")
    expect(said.get_by_role("link", name="Sign in")).to_be_visible()
    expect(ops.locator("[data-filter-search]")).to_have_value("JL1")
    expect(ops.locator("#list")).not_to_contain_text("Password")
    said.get_by_role("button", name="Close").dispatch_event("click")  # a real one leaves the field, which asks again
    expect(said).to_have_count(0)


def test_a_fault_of_ours_is_told_in_words(ops: Page) -> None:
    ops.route("**/orders/?*", lambda route: route.fulfill(status=500, body="Traceback"))
    ops.locator("[data-filter-search]").fill("JL1")
    expect(ops.locator("#says")).to_contain_text("Something broke on our side")
    expect(ops.locator("body")).not_to_contain_text("Traceback")


def test_shortcuts_are_switched_off_for_the_person_without_leaving_the_page(ops: Page, people: Any) -> None:
    ops.locator(".bar [data-menu] summary").click()
    off = ops.locator("form[data-wish] button[value='off']")
    off.click()
    expect(off).to_have_attribute("aria-pressed", "true")
    expect(ops.locator("body")).to_have_attribute("data-shortcuts", "off")
    assert not DeskReader.objects.get(user=people["ops"]).shortcuts


def test_paper_shows_the_sheet_alone_and_its_tables_as_tables(ops: Page) -> None:
    ops.set_viewport_size({"width": 703, "height": 1000})
    ops.emulate_media(media="print")
    for control in (".bar", ".side", ".bottom", ".filter-bar"):
        expect(ops.locator(control).first).to_be_hidden()
    expect(ops.locator(".desk-table thead")).to_be_visible()
    assert ops.evaluate("getComputedStyle(document.querySelector('.desk-table tbody tr')).display") == "table-row"


@pytest.mark.parametrize("path", ["/", "/exceptions/", "/orders/", "/stock/", "/sync/", "/carriers/", "/nowhere/"])
def test_a_phone_never_scrolls_sideways(ops: Page, live_server: Any, path: str) -> None:
    ops.set_viewport_size(PHONE)
    ops.goto(f"{live_server.url}{path}")
    if ops.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
        assert ops.evaluate(TOO_WIDE, PHONE["width"]) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_among_the_parts(people: Any, signed_in: Any, live_server: Any, theme: str) -> None:
    User.objects.filter(username="admin").update(is_staff=True)
    page = signed_in("admin", color_scheme=theme)
    assert page.goto(f"{live_server.url}/ui/").status == 200
    result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in result.response["violations"]] == []
