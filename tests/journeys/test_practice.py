"""A newcomer in a browser: the practice exception by keyboard alone, and on a phone without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from exceptions.practice.story import ANSWER

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

PROOF = re.compile(r"accepted \d\d:\d\d, verified \d\d:\d\d")
STOPS = 120  # Tab presses that are enough to reach anything on these pages


def tab_to(page: Any, target: Any) -> None:
    """Go there as somebody without a mouse does."""
    for _ in range(STOPS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail("Tab does not reach it")


def press(page: Any, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    tab_to(page, button)
    page.keyboard.press("Enter")


def test_a_newcomer_gets_there_by_keyboard_alone(people: Any, sign_in: Any) -> None:
    page = sign_in("ops")
    tab_to(page, page.get_by_role("link", name="Start the practice"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/practice/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/practice/order/")
    word = page.get_by_role("button", name="take", exact=True)
    tab_to(page, word)
    page.keyboard.press("Enter")
    page.get_by_text("To put your name on an exception").wait_for()
    page.keyboard.press("Escape")
    press(page, "Take it")
    field = page.get_by_label("Postcode")
    tab_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("12345")
    press(page, "Rehearse")
    page.get_by_text("This would stop again").wait_for()
    tab_to(page, page.get_by_label("Postcode"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(ANSWER)
    press(page, "Rehearse")
    page.get_by_text("This would go through").wait_for()
    press(page, "Save and send back")
    page.get_by_text("SEKO has accepted the order").or_(page.get_by_text("the order at")).first.wait_for()
    press(page, "Look five minutes later")
    page.get_by_text("What you have learnt").wait_for()
    expect(page.locator("#now")).to_contain_text(PROOF)


def test_it_works_without_scripts_on_a_phone(people: Any, signed_in: Any) -> None:
    page = signed_in("ops", scripts=False)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Start the practice").click()
    page.get_by_role("link", name="This is not a UK postcode").click()
    page.get_by_role("button", name="Take it", exact=True).click()
    page.get_by_label("Postcode").fill(ANSWER)
    page.get_by_role("button", name="Rehearse", exact=True).click()
    page.get_by_role("button", name="Save and send back").click()
    page.get_by_role("button", name="Look five minutes later").click()
    expect(page.locator("#now")).to_contain_text(PROOF)
    word = page.get_by_role("button", name="read back", exact=True)
    word.click()
    expect(page.get_by_text("To look at the other side again")).to_be_visible()
