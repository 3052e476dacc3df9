"""Triage by hand in a browser: one key for each thing, a panel that follows, a list that refreshes in place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from exceptions import services
from exceptions.models import ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Failure
from tests.factories.engine import ConnectionFactory, OrderFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

# Every movement of anything on the page that nobody asked for by a key or a click
WATCH = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
  }).observe({ type: "layout-shift", buffered: false });
}"""
PLACES = (
    "() => [...document.querySelectorAll('#triage tbody tr')].map((row) => [row.id, row.getBoundingClientRect().top])"
)


@pytest.fixture
def stalled(people: dict[str, User]) -> list[ExceptionRecord]:
    """Twelve orders, each stopped by something that only needs a decision, the first one most urgent."""
    shop = ConnectionFactory(name="shop")
    found = []
    for place in range(12):
        order = OrderFactory(connection=shop)
        pipeline.stall(order.item, [Failure(Code.NO_FREE_STOCK, "SEKO has 0 of BAG", facts={"product": "BAG"})])
        record = ExceptionRecord.objects.get(order_key=order.order_id)
        moment = business_now() + timedelta(hours=5, minutes=place)
        ExceptionRecord.objects.filter(pk=record.pk).update(deadline=moment, act_by=moment)
        found.append(record)
    return found


def states(records: list[ExceptionRecord]) -> list[str]:
    return [ExceptionRecord.objects.get(pk=record.pk).state for record in records]


def refresh(page: Any, *, own: bool = False) -> None:
    """Let the list ask the server now, as it does by itself every twenty seconds."""
    page.evaluate(
        """(own) => new Promise((done) => {
          addEventListener("jlseko:refreshed", done, { once: true });
          document.dispatchEvent(new CustomEvent("jlseko:refresh", { detail: { own } }));
        })""",
        own,
    )


def test_every_key_does_its_work_without_leaving_the_list(stalled: Any, signed_in: Any, live_server: Any) -> None:
    page = signed_in("ops")
    page.goto(f"{live_server.url}/exceptions/?view=open")
    first, second, third = stalled[:3]
    keys = page.keyboard
    keys.press("j")
    expect(page.locator("tr.is-current")).to_have_attribute("id", f"row-{first.pk}")
    keys.press("a")
    page.get_by_text(f"{first.order_number} is yours now.").wait_for()
    assert states([first, second]) == [State.CLAIMED, State.OPEN]
    keys.press("j")
    keys.press("x")
    keys.press("j")
    keys.press("x")
    assert (
        f"2 selected: {second.order_number}, {third.order_number}"
        in page.locator("[data-selection-words]").inner_text()
    )
    keys.press("s")
    page.get_by_role("button", name="In 1 hour").wait_for()
    keys.press("Enter")
    page.get_by_text("2 are asleep until").wait_for()
    page.wait_for_function(f"() => !document.getElementById('row-{second.pk}')")
    assert states([second, third]) == [State.SNOOZED, State.SNOOZED]
    expect(page.locator("tr.is-current")).to_have_attribute("id", f"row-{stalled[3].pk}")
    keys.press("r")
    page.get_by_text("is on its way again").wait_for()
    keys.press("?")
    expect(page.locator("#keys[open]")).to_be_visible()
    keys.press("Escape")
    keys.press("/")
    assert page.evaluate("() => document.activeElement.matches('[data-filter-search]')")
    assert page.url == f"{live_server.url}/exceptions/?view=open"


def test_keys_are_silent_where_a_person_switched_them_off(stalled: Any, signed_in: Any, live_server: Any) -> None:
    page = signed_in("ops")
    page.goto(f"{live_server.url}/exceptions/?view=open")
    page.evaluate("() => { document.body.dataset.shortcuts = 'off' }")
    for key in "jax?":
        page.keyboard.press(key)
    expect(page.locator("tr.is-current, #keys[open]")).to_have_count(0)
    assert set(states(stalled)) == {State.OPEN}


def test_the_panel_follows_and_moves_no_row(stalled: Any, signed_in: Any, live_server: Any) -> None:
    page = signed_in("ops")
    page.goto(f"{live_server.url}/exceptions/?view=open")
    page.keyboard.press("j")
    before = page.evaluate(PLACES)
    page.keyboard.press("ArrowRight")
    page.locator(f"#peek [data-peeked='{stalled[0].pk}']").wait_for()
    assert page.evaluate(PLACES) == before
    assert page.url.endswith(f"?view=open&peek={stalled[0].pk}")
    for key, record in (("ArrowDown", stalled[1]), ("j", stalled[2]), ("ArrowUp", stalled[1])):
        page.keyboard.press(key)
        page.locator(f"#peek [data-peeked='{record.pk}']").wait_for()
    page.reload()
    expect(page.locator(f"#peek [data-peeked='{stalled[1].pk}']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()
    assert page.url.endswith("?view=open")
    assert page.evaluate(PLACES) == before


def test_a_refresh_loses_nothing_and_moves_nothing(stalled: Any, people: Any, signed_in: Any, live_server: Any) -> None:
    page = signed_in("ops")
    page.goto(f"{live_server.url}/exceptions/?view=open")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.locator(f"#peek [data-peeked='{stalled[1].pk}']").wait_for()
    page.evaluate("() => scrollTo(0, 120)")
    page.wait_for_timeout(700)  # what follows counts as unasked for half a second after the last key
    page.evaluate(WATCH)
    before = page.evaluate(PLACES)
    services.claim(stalled[3], by=people["manager"])
    services.snooze(stalled[4], until=business_now() + timedelta(hours=1), by=people["manager"])
    fresh = OrderFactory(connection=stalled[0].connection)
    pipeline.stall(fresh.item, [Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")])

    refresh(page)

    expect(page.locator(f"#row-{stalled[3].pk}").get_by_text("In work")).to_be_visible()
    expect(page.locator(f"#row-{stalled[4].pk}")).to_contain_class("is-gone")
    assert page.evaluate(PLACES) == before
    expect(page.locator(f"#row-{stalled[0].pk} input[data-row]")).to_be_checked()
    expect(page.locator("tr.is-current")).to_have_attribute("id", f"row-{stalled[1].pk}")
    assert page.evaluate("() => document.activeElement.closest('tr')?.id") == f"row-{stalled[1].pk}"
    assert page.evaluate("() => scrollY") == 120
    expect(page.locator("#peek")).to_be_visible()
    page.wait_for_timeout(300)
    shifted = sum(page.evaluate("() => window.shifts"))
    assert shifted == 0, f"layout shift {shifted}"
    page.evaluate(f"() => {{ document.querySelector('#row-{stalled[3].pk} td').style.height = '120px' }}")
    page.wait_for_function("() => window.shifts.length > 0")  # so that a measurement which sees nothing cannot pass

    page.get_by_role("button", name="1 new – show").click()
    page.get_by_text("Town is missing.").first.wait_for()
    expect(page.locator(".is-gone")).to_have_count(0)
    expect(page.locator(f"#row-{stalled[0].pk} input[data-row]")).to_be_checked()


@pytest.mark.parametrize("own", [True, False])
def test_a_click_is_not_lost_to_a_refresh(stalled: Any, signed_in: Any, live_server: Any, own: bool) -> None:
    page = signed_in("ops")
    page.goto(f"{live_server.url}/exceptions/?view=open")
    services.claim(stalled[0], by=User.objects.get(username="manager"))
    page.evaluate("() => addEventListener('jlseko:refreshed', () => (window.refreshed = true))")
    page.locator(f"#row-{stalled[0].pk} td.primary a").first.hover()
    page.mouse.down()
    ask = "(own) => document.dispatchEvent(new CustomEvent('jlseko:refresh', { detail: { own } }))"
    with page.expect_response("**/exceptions/?view=open"):
        page.evaluate(ask, own)
    page.wait_for_timeout(300)
    assert not page.evaluate("window.refreshed")
    page.mouse.up()
    page.wait_for_url(f"**/exceptions/{stalled[0].pk}/", timeout=30_000)


def test_a_refresh_waits_while_somebody_types_or_has_a_menu_open(
    stalled: Any, signed_in: Any, live_server: Any
) -> None:
    page = signed_in("ops")
    page.goto(f"{live_server.url}/exceptions/?view=open")
    services.claim(stalled[0], by=User.objects.get(username="manager"))
    row = page.locator(f"#row-{stalled[0].pk}")
    page.locator("[data-filter-search]").focus()
    page.evaluate("() => document.dispatchEvent(new CustomEvent('jlseko:refresh'))")
    page.wait_for_timeout(900)
    expect(row.get_by_text("In work")).to_have_count(0)
    page.locator(f"#row-{stalled[5].pk} .row-menu summary").click()
    page.evaluate("() => document.dispatchEvent(new CustomEvent('jlseko:refresh'))")
    page.wait_for_timeout(900)
    expect(row.get_by_text("In work")).to_have_count(0)
    page.keyboard.press("Escape")
    refresh(page)
    expect(row.get_by_text("In work")).to_be_visible()


def test_the_whole_of_it_works_without_scripts(stalled: Any, signed_in: Any, live_server: Any) -> None:
    page = signed_in("ops", scripts=False)
    page.goto(f"{live_server.url}/exceptions/?view=open")
    page.locator(f"#row-{stalled[0].pk}").get_by_label("Look at").click()
    expect(page.locator(f"[data-peeked='{stalled[0].pk}']")).to_be_visible()
    page.locator("#peek [data-peek-close]").click()
    page.locator(f"#row-{stalled[0].pk}").get_by_role("button", name="Take").click()
    expect(page.get_by_text(f"{stalled[0].order_number} is yours now.")).to_be_visible()
    page.locator(f"#row-{stalled[1].pk} .row-menu summary").click()
    page.locator(f"#row-{stalled[1].pk}").get_by_role("button", name="Snooze…").click()
    page.get_by_role("button", name="In 3 hours").click()
    expect(page.get_by_text(f"{stalled[1].order_number} is asleep until")).to_be_visible()
    page.get_by_label("Select all 11 that match").check()
    page.get_by_role("region", name="What is selected").get_by_role("button", name="Take").click()
    expect(page.get_by_text("11 are yours now.")).to_be_visible()


def test_a_card_on_a_phone_takes_assigns_and_snoozes(stalled: Any, signed_in: Any, live_server: Any) -> None:
    page = signed_in("manager")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/exceptions/?view=open")
    card = page.locator(f"#row-{stalled[0].pk}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    card.get_by_role("button", name="Take").click()
    page.get_by_text(f"{stalled[0].order_number} is yours now.").wait_for()
    card.locator(".row-menu summary").click()
    card.get_by_role("button", name="Assign…").click()
    page.get_by_role("button", name="Ops Person").click()
    page.get_by_text(f"{stalled[0].order_number} has a new owner: Ops Person.").wait_for()
    assert ExceptionRecord.objects.get(pk=stalled[0].pk).owner.username == "ops"
