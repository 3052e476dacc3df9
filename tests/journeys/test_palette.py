"""The command palette in a browser, by keyboard alone: found, chosen, opened, closed, and nothing stale."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from exceptions.models import ExceptionRecord
from sync import pipeline
from sync.failures import Code, Failure
from tests.factories.engine import DispatchFactory, OrderFactory
from tests.journeys.conftest import until
from tests.journeys.test_axe import RULES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def desk(people: Any) -> ExceptionRecord:
    """An order with an exception and a parcel, and one more order."""
    order = OrderFactory(order_id="JL-WANTED-A", injected=True)
    DispatchFactory(order=order, tracking_number="15500000000099")
    OrderFactory(order_id="JL-WANTED-B")
    pipeline.stall(order.item, [Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")])
    return ExceptionRecord.objects.get()


def chosen(page: Any) -> str:
    """The words of the option that the field points at, as assistive technology follows it."""
    return page.evaluate(
        """() => {
            const field = document.querySelector("#palette [role=combobox]");
            return document.getElementById(field.getAttribute("aria-activedescendant"))?.innerText ?? "";
        }"""
    )


def opened(page: Any) -> Any:
    """The palette, opened by its keys, with its first options there."""
    page.keyboard.press("Control+k")
    page.locator("#palette[data-shown='']").wait_for()
    return page.locator("#palette")


def typed(page: Any, text: str, first: str) -> None:
    """Type, wait for the answer, and see that its first option says this."""
    page.keyboard.type(text)
    page.locator(f"#palette[data-shown='{text}']").wait_for()
    assert first in chosen(page)


def test_somebody_works_the_palette_by_keyboard_alone(desk: ExceptionRecord, signed_in: Any, live_server: Any) -> None:
    page = signed_in("ops")
    page.evaluate("document.body.dataset.shortcuts = 'off'")  # it has a modifier, so it stays
    palette = opened(page)
    assert "Take the next most urgent" in chosen(page)
    typed(page, "1550 0000 0000 99", "JL-WANTED-A")
    assert "Tracking number" in chosen(page)
    page.keyboard.press("ArrowDown")
    assert desk.headline in chosen(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/shop/JL-WANTED-A/")

    palette = opened(page)
    page.keyboard.press("Escape")
    expect(palette).not_to_be_visible()
    opened(page)
    typed(page, "my queue", "Exceptions: My queue")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=my-queue*")
    opened(page)
    expect(page.locator("#palette [role=group]").first).to_contain_text("JL-WANTED-A")  # opened lately

    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/shop/JL-WANTED-A/")
    opened(page)
    typed(page, "dark theme", "Dark theme")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    opened(page)
    typed(page, "take next", "Take the next most urgent")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('exceptions:detail', args=[desk.pk])}")
    desk.refresh_from_db()
    assert desk.owner.username == "ops"


def test_a_late_answer_never_stands_over_a_newer_one(desk: ExceptionRecord, signed_in: Any) -> None:
    page = signed_in("ops")
    waiting: list[Any] = []

    def hold_the_first(route: Any) -> None:
        if "q=JL-WANTED-B" in route.request.url:
            waiting.append(route)
        else:
            route.continue_()

    page.route("**/search/palette/**", hold_the_first)
    opened(page)
    page.keyboard.type("JL-WANTED-B")
    until(lambda: page.wait_for_timeout(50) or waiting, seconds=10, what="the first question")
    page.keyboard.press("Backspace")
    page.locator("#palette[data-shown='JL-WANTED-']").wait_for()
    for route in waiting:
        route.fulfill(body="<div role='option'>Too late</div>")
    page.wait_for_timeout(300)
    expect(page.locator("#palette [role=listbox]")).to_contain_text("JL-WANTED-A")
    assert "Too late" not in page.locator("#palette").inner_text()


def test_enter_before_the_answer_opens_what_was_typed_and_nothing_else(desk: ExceptionRecord, signed_in: Any) -> None:
    page = signed_in("ops")
    opened(page)
    page.keyboard.type("jl wanted b")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/shop/JL-WANTED-B/")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_with_the_palette_open(desk: ExceptionRecord, signed_in: Any, theme: str, width: int) -> None:
    page = signed_in("manager", color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    opened(page)
    for text in ("", "wanted", "zzz-nothing"):
        page.locator("#palette [role=combobox]").fill(text)
        page.locator(f"#palette[data-shown='{text}']").wait_for()
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
        assert [(each["id"], each["nodes"][0]["html"][:160]) for each in result.response["violations"]] == [], text


def test_without_scripts_the_search_box_leads_to_the_same(
    desk: ExceptionRecord, signed_in: Any, live_server: Any
) -> None:
    page = signed_in("ops", scripts=False)
    expect(page.locator("[data-palette]")).not_to_be_visible()
    box = page.locator("[data-global-search]")
    box.fill("jl wanted a")
    box.press("Enter")
    page.wait_for_url("**/orders/shop/JL-WANTED-A/")
    page.goto(f"{live_server.url}{reverse('search')}")
    page.get_by_role("button", name="Take the next most urgent").click()
    page.wait_for_url(f"**{reverse('exceptions:detail', args=[desk.pk])}")
