"""Every page of the desk as assistive technology meets it: axe finds nothing, in light and in dark.

The two themes differ in colours alone (`static/css/tokens.css`), so that in the dark only those are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve, reverse
from playwright.sync_api import Page

from tests.journeys import pages

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
# A colour or a veil that is half way has a contrast of its own.
STILL = """async () => {
    await new Promise(done => setTimeout(() => requestAnimationFrame(done), 50));
    const moves = document.getAnimations().filter(each => each.playState === "running");
    const over = Promise.all(moves.map(each => each.finished.catch(() => null)));
    await Promise.race([over, new Promise(done => setTimeout(done, 300))]);  // what shows progress never ends
}"""
PARTS = 4


def browser_test(test: Callable[..., None]) -> Callable[..., None]:
    """Marks a test that takes a browser from page to page."""
    return pytest.mark.browser(pytest.mark.slow(pytest.mark.timeout(600)(test)))


def violations(page: Page, where: str) -> list[tuple[str, str, str]]:
    """What axe finds on a page, in both themes: where, the rule and the first place. Nobody reaches what a question
    lies over, and axe takes the veil for its background: while one is open, it alone is looked at.
    """
    found = []
    for theme, only in (("light", {"type": "tag", "values": RULES}), ("dark", {"type": "rule", "values": COLOURS})):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate(STILL)
        asked = "dialog:modal"
        result = Axe().run(
            page,
            context=asked if page.locator(asked).count() else None,
            options={"runOnly": only, "resultTypes": ["violations"], "preload": False},
        )
        wrong = result.response["violations"]
        found += [(f"{where}, {theme}", each["id"], each["nodes"][0]["html"][:200]) for each in wrong]
    return found


@pytest.fixture
def desk(people: Any) -> list[str]:
    """A desk with one of everything that can be wrong; the address of every page."""
    pages.lay_out(people["admin"])
    return pages.addresses()


def test_every_address_that_draws_a_page_is_looked_at(desk: list[str]) -> None:
    looked_at = {resolve(address.split("?")[0]).view_name for address in desk}
    assert not looked_at & set(pages.WITHOUT_A_PAGE)
    assert looked_at | set(pages.WITHOUT_A_PAGE) == set(pages.names())


@pytest.mark.parametrize("part", range(PARTS))
@browser_test
def test_axe_finds_nothing_on_any_page(desk: list[str], signed_in: Any, live_server: Any, part: int) -> None:
    page = signed_in("admin")
    found = []
    for address in desk[part::PARTS]:
        if address == reverse("sign-in"):
            page.context.clear_cookies()
        answer = page.goto(f"{live_server.url}{address}")
        assert answer.status == 200, address
        found += violations(page, address)
        if address == reverse("sign-in"):
            page = signed_in("admin")
    assert found == []


def palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("#palette[data-shown='']").wait_for()


def help_sheet(page: Page) -> None:
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()


def selection(page: Page) -> None:
    page.locator("input[data-row]").first.check()
    page.locator(".selection-bar").wait_for()


def question(page: Page) -> None:
    selection(page)
    page.locator(".selection-bar [data-act=snooze]").click()
    page.locator("#ask[open]").wait_for()


def bulk_page(page: Page) -> None:
    page.evaluate("document.getElementById('triage').removeAttribute('data-quick')")  # as without the script
    selection(page)
    page.locator(".selection-bar [data-act=snooze]").click()
    page.wait_for_url("**/exceptions/bulk/snooze/")


def plan_of_a_run(page: Page) -> None:
    page.locator("[data-all-rows]").check()
    page.locator(".selection-bar [data-act=resubmit]").click()
    page.wait_for_url("**/exceptions/runs/plan/")


def empty_fix(page: Page) -> None:
    page.get_by_role("textbox", name="Town or city").fill("")
    page.get_by_role("button", name="Save and send back", exact=True).click()
    page.locator("#fix .field-error").first.wait_for()


def plan_of_a_cause(page: Page) -> None:
    page.get_by_role("combobox", name="John Lewis carrier").first.select_option("DPD_UK")
    page.get_by_role("button", name="Fix, then see what goes").click()
    page.locator("#plan").wait_for()


OPENED = (
    (palette, "home"), (help_sheet, "exceptions:list"), (selection, "exceptions:list"), (question, "exceptions:list"),
    (bulk_page, "exceptions:list"), (plan_of_a_run, "exceptions:list"), (empty_fix, "exceptions:detail"),
    (plan_of_a_cause, "exceptions:cause"),
)  # fmt: skip


@browser_test
def test_axe_finds_nothing_in_what_opens_and_in_the_answers_of_forms(
    desk: list[str], signed_in: Any, live_server: Any
) -> None:
    page = signed_in("manager")
    page.set_viewport_size({"width": 1440, "height": 2400})  # what a bar at the bottom covers for a moment scrolls away
    found = []
    for act, name in OPENED:
        address = next(each for each in desk if resolve(each.split("?")[0]).view_name == name)
        page.goto(f"{live_server.url}{address}")
        act(page)
        found += violations(page, act.__name__)
    assert found == []


@browser_test
def test_axe_finds_nothing_on_the_pages_that_say_no(people: Any, signed_in: Any, live_server: Any) -> None:
    page = signed_in("finance")
    found = []
    for address, status in (("/nowhere/", 404), (reverse("exceptions:owners"), 403), (reverse("exceptions:list"), 200)):
        assert page.goto(f"{live_server.url}{address}").status == status
        found += violations(page, f"{status} {address}")
    people["finance"].groups.clear()
    page.goto(live_server.url)
    found += violations(page, "nobody's Today")
    assert found == []
