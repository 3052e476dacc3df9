"""The day of an operations assistant, from the brief at 07:45 to the close at 16:30.

Once with a hand on the mouse or the glass, once with the keyboard alone, once in a browser without JavaScript; at a
desk, on a small screen and on a phone. The engine's part, what SEKO took and shows, is announced as the engine does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect

from exceptions.models import ExceptionRecord
from exceptions.states import State
from jlseko import clock
from jlseko.ui.times import LONDON
from sync import pipeline
from sync.corrections import effective_address
from sync.states import Milestone, Status
from tests.journeys import held

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

SIZES = {1440: 900, 1024: 768, 390: 844}
PHONE = 390
PATIENCE = 30_000  # milliseconds; a busy machine draws a page slowly
MOST_TABS = 150
PACE = 0.99  # business seconds in a real one: a clock of another pace can be set to any hour
SHORT_TOWN = "Llanfairpwll"
WITNESS = "addEventListener('pointerdown', () => sessionStorage.setItem('pointed', 'yes'), true)"


class Pointer:
    """A mouse, or a finger on the glass."""

    def __init__(self, page: Page, *, touch: bool) -> None:
        self.page, self.touch = page, touch

    def use(self, there: Locator) -> None:
        """Press a link or a button."""
        if self.touch:
            there.tap()
        else:
            there.click()

    def write(self, field: Locator, value: str) -> None:
        """Replace what a field holds."""
        field.fill(value)

    def row(self, row: Locator, name: str, key: str) -> None:
        """Do something to a row without opening it."""
        self.use(row.get_by_role("button", name=name).first)

    def open(self, row: Locator) -> None:
        """Open a row."""
        self.use(row.locator("td.primary a").first)


class Keyboard(Pointer):
    """Keys alone: Tab walks to each place as it does for everybody, and everything else is pressed."""

    def walk(self, there: Locator) -> None:
        """Press Tab until a place has the focus."""
        there.wait_for()
        for _ in range(MOST_TABS):
            if there.evaluate("place => place === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {there} in {MOST_TABS} steps")

    def use(self, there: Locator) -> None:
        self.walk(there)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, value: str) -> None:
        self.walk(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(value)

    def row(self, row: Locator, name: str, key: str) -> None:
        if not row.evaluate("row => row.classList.contains('is-current')"):
            self.page.keyboard.press("j")
        expect(row).to_have_class(re.compile("is-current"))
        self.page.keyboard.press(key)

    def open(self, row: Locator) -> None:
        self.page.keyboard.press("Enter")  # the row that was worked on is the current one


class Day:
    """One clerk at one screen."""

    def __init__(self, page: Page, hand: Pointer, url: str, hour: Callable[[int, int], None]) -> None:
        self.page, self.hand, self.url, self.hour = page, hand, url, hour

    def link(self, name: str) -> Locator:
        """A link that can be seen, by how its words begin."""
        return self.page.get_by_role("link", name=re.compile(f"^{name}")).filter(visible=True).first

    def rows(self) -> list[str]:
        """The rows of the list from top to bottom."""
        found: list[str] = self.page.locator("#triage tbody tr").evaluate_all("rows => rows.map(row => row.id)")
        return found

    def row(self, record: ExceptionRecord) -> Locator:
        """The row of a record."""
        return self.page.locator(f"#row-{record.pk}")

    def says(self, text: str) -> None:
        """Wait for words that can be seen."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible(timeout=PATIENCE)

    def view(self, name: str, slug: str) -> None:
        """Open one of the views of the list from the navigation."""
        self.hand.use(self.link("Exceptions"))
        self.page.wait_for_url("**/exceptions/**", timeout=PATIENCE)
        self.hand.use(self.link(name))
        self.page.wait_for_url(f"**view={slug}*", timeout=PATIENCE)

    def put_right(self, record: ExceptionRecord) -> None:
        """On the page of an address: read what is wrong, write what is right, send it back."""
        self.page.wait_for_url(f"**{reverse('exceptions:detail', args=[record.pk])}", timeout=PATIENCE)
        expect(self.page.get_by_role("region", name="Where it is stuck")).to_be_visible()
        self.says(held.TOWN.text)
        self.hand.write(self.page.get_by_role("textbox", name="Town or city"), SHORT_TOWN)
        self.hand.use(self.page.get_by_role("button", name="Save and send back", exact=True))
        self.says("1 order is on its way again.")
        record.refresh_from_db()
        assert record.state == State.RESUBMITTED
        assert record.item.status == Status.READY
        assert effective_address(record.item.order).city == SHORT_TOWN


def proved(record: ExceptionRecord) -> None:
    """SEKO took the order and shows it: what the engine announces once it has read it back."""
    record.refresh_from_db()
    for milestone in (Milestone.TAKEN, Milestone.INJECTION_VERIFIED):
        pipeline.announce(record.item, milestone)
    record.refresh_from_db()
    assert record.state == State.VERIFIED


@pytest.fixture
def hour(tmp_path: Path, settings: Any) -> Callable[[int, int], None]:
    """Sets the clock of the business to an hour of today in London."""
    file = tmp_path / "clock.json"

    def at(hours: int, minutes: int) -> None:
        real = datetime.now(UTC)
        wanted = real.astimezone(LONDON).replace(hour=hours, minute=minutes, second=0, microsecond=0).astimezone(UTC)
        epoch = real + (wanted - real) / (1 - PACE)  # business = epoch + (real - epoch) * pace
        file.write_text(json.dumps({"epoch": epoch.isoformat(), "factor": PACE}))
        settings.CLOCK_FILE = str(file)
        clock.forget()

    return at


@pytest.fixture
def clerk(people: Any, browser: Browser, browser_context_args: Any, live_server: Any) -> Iterator[Any]:
    """Opens a browser of a width in which the clerk has signed in; ``scripts`` on or off."""
    contexts = []

    def sit_down(width: int, *, scripts: bool) -> Page:
        client = Client()
        client.force_login(people["ops"])
        options = browser_context_args | {
            "viewport": {"width": width, "height": SIZES[width]}, "has_touch": width == PHONE,
            "java_script_enabled": scripts,
        }  # fmt: skip
        context = browser.new_context(**options)
        contexts.append(context)
        name = configured.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.add_init_script(WITNESS)
        return page

    yield sit_down
    for context in contexts:
        context.close()


@pytest.mark.parametrize("way", ["by hand", "keyboard alone", "without JavaScript"])
@pytest.mark.parametrize("width", SIZES)
def test_nothing_is_late_at_the_end_of_the_day(clerk: Any, hour: Any, live_server: Any, width: int, way: str) -> None:
    hour(7, 45)
    shop = held.shop()
    later = held.address(shop, within=timedelta(hours=4))
    first = held.address(shop, within=timedelta(hours=2))
    page = clerk(width, scripts=way != "without JavaScript")
    hand = Keyboard(page, touch=False) if way == "keyboard alone" else Pointer(page, touch=width == PHONE)
    day = Day(page, hand, live_server.url, hour)

    morning(day, first, later)
    midday(day, held.stock)
    close(day)
    if way == "keyboard alone":
        assert page.evaluate("sessionStorage.getItem('pointed')") is None


def morning(day: Day, first: ExceptionRecord, later: ExceptionRecord) -> None:
    """The brief, the inbox by deadline, two causes fixed, and the proof of both."""
    day.page.goto(day.url)
    expect(day.page.get_by_role("heading", level=1)).to_contain_text("2 orders are at risk before 17:00")
    day.hand.use(day.link("Work my queue"))
    day.page.wait_for_url("**view=my-queue*", timeout=PATIENCE)
    assert day.rows() == [f"row-{first.pk}", f"row-{later.pk}"]

    day.hand.row(day.row(first), "Take", "a")
    day.says(f"{first.order_number} is yours now.")
    first.refresh_from_db()
    assert (first.state, first.owner.username) == (State.CLAIMED, "ops")
    day.hand.open(day.row(first))
    day.put_right(first)
    proved(first)

    day.hand.use(day.link("Next in my queue"))
    day.put_right(later)
    assert later.owner.username == "ops"
    proved(later)
    day.page.reload()
    day.says("Verified")


def midday(day: Day, comes: Callable[..., ExceptionRecord]) -> None:
    """The sweep before the carriers' last collection: one more has stopped, and goes back without being opened."""
    day.hour(12, 30)
    late = comes(held.shop(), within=timedelta(hours=3))
    day.view("Due today", "due-today")
    assert day.rows() == [f"row-{late.pk}"]
    day.hand.row(day.row(late), "Resubmit", "r")
    day.says("is on its way again")
    late.refresh_from_db()
    assert late.state == State.RESUBMITTED
    assert late.item.status == Status.READY
    proved(late)


def close(day: Day) -> None:
    """What was closed today is there to be read, and nothing is at risk any more."""
    day.hour(16, 30)
    day.view("Closed today", "closed-today")
    assert len(day.rows()) == ExceptionRecord.objects.filter(state=State.VERIFIED).count() == 3
    day.hand.use(day.link("Today"))
    expect(day.page.get_by_role("heading", level=1)).to_have_text("Nothing is at risk before 17:00.", timeout=PATIENCE)
    expect(day.page.get_by_role("link", name=re.compile("Verified today"))).to_contain_text("3")
