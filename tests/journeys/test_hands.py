"""How often a hand moves, from opening Today until the work is sent back.

What counts as one: a click or a tap; a key press, a chord such as Ctrl+K included; one value typed into one field,
however long it is, for nobody can save its letters; one option chosen from a list. Reading, scrolling and waiting are
no work of the hand. The page counts its own clicks and keys beside us, so that none goes by uncounted.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from carriers.models import CarrierMapping
from exceptions import services
from exceptions.models import ExceptionRecord, ResubmitRun, RunItemState
from exceptions.states import State
from sync.corrections import effective_address
from sync.models import Item
from sync.states import Kind, Status
from tests.journeys import held

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PARCELS = 200
MOST_FOR_PARCELS, MOST_FOR_ADDRESS = 6, 5
PATIENCE = 60_000  # milliseconds; a busy machine plans two hundred slowly
WITNESS = """
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, (event) => {
  if (event.isTrusted) sessionStorage.setItem("hands", Number(sessionStorage.getItem("hands")) + 1);
}, true);
"""


class Hands:
    """Works a page and counts; see above for what is one."""

    def __init__(self, page: Page) -> None:
        page.add_init_script(WITNESS)
        page.reload()  # Today, opened with the witness in it
        self.page, self.moves, self.values = page, 0, 0

    def click(self, there: Locator) -> None:
        """One click."""
        there.click()
        self.moves += 1

    def press(self, key: str) -> None:
        """One key, or one chord."""
        self.page.keyboard.press(key)
        self.moves += 1

    def write(self, field: Locator, value: str) -> None:
        """One value into one field."""
        field.fill(value)
        self.values += 1

    def choose(self, field: Locator, value: str) -> None:
        """One option."""
        field.select_option(value)
        self.values += 1

    @property
    def counted(self) -> int:
        """All of it, after the page has agreed on the clicks and keys."""
        assert self.moves == int(self.page.evaluate("sessionStorage.getItem('hands')") or 0)
        return self.moves + self.values


def test_two_hundred_parcels_of_an_unmapped_carrier_go_with_six_moves_at_most(
    people: Any, signed_in: Any, record_property: Any
) -> None:
    connection = held.shop()
    for number in range(PARCELS):
        held.parcel(connection, within=timedelta(hours=2, minutes=number))
    hands = Hands(signed_in("manager"))

    hands.click(hands.page.get_by_role("link", name=f"Fix {held.COURIER}"))
    hands.choose(hands.page.get_by_role("combobox", name="John Lewis carrier"), "DPD_UK")
    hands.click(hands.page.get_by_role("button", name="Fix, then see what goes"))
    expect(hands.page.locator("#plan")).to_contain_text(f"{PARCELS} ", timeout=PATIENCE)
    assert not CarrierMapping.objects.filter(courier=held.COURIER).exists()
    hands.click(hands.page.get_by_role("button", name=f"Yes, release {PARCELS}"))
    hands.page.wait_for_url(re.compile(r"/exceptions/runs/\d+/"), timeout=PATIENCE)
    record_property("hands", f"{PARCELS} parcels of an unmapped carrier: {hands.counted} of {MOST_FOR_PARCELS} at most")

    assert hands.counted <= MOST_FOR_PARCELS
    run = ResubmitRun.objects.get()
    assert CarrierMapping.objects.get(courier=held.COURIER, service=held.SERVICE).carrier_code == "DPD_UK"
    services.work_off(120)  # the loop's part: nobody's hand
    assert run.items.filter(state=RunItemState.SENT).count() == run.items.count() == PARCELS
    assert ExceptionRecord.objects.filter(state=State.RESUBMITTED).count() == PARCELS
    assert Item.objects.filter(kind=Kind.DISPATCH, status=Status.READY).count() == PARCELS


def test_one_address_is_put_right_and_sent_back_with_five_moves_at_most(
    people: Any, signed_in: Any, record_property: Any
) -> None:
    record = held.address(held.shop(), within=timedelta(hours=2))
    hands = Hands(signed_in("ops"))

    hands.click(hands.page.get_by_role("link", name=record.order_number).first)
    hands.write(hands.page.get_by_role("textbox", name="Town or city"), "Llanfairpwll")
    hands.click(hands.page.get_by_role("button", name="Save and send back", exact=True))
    expect(hands.page.get_by_text("1 order is on its way again.")).to_be_visible(timeout=PATIENCE)
    record_property("hands", f"one address: {hands.counted} of {MOST_FOR_ADDRESS} at most")

    assert hands.counted <= MOST_FOR_ADDRESS
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED
    assert record.item is not None
    assert record.item.status == Status.READY
    found = effective_address(record.item.order)
    assert found is not None
    assert found.city == "Llanfairpwll"
