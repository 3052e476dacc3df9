"""Notes and the runbook on an exception, by keyboard and without JavaScript."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from exceptions.models import ExceptionRecord, Mention, RunbookStep
from sync import pipeline
from sync.failures import Code, Failure
from tests.factories.engine import ConnectionFactory, OrderFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

PATIENCE = 30_000  # milliseconds; a busy machine draws a page slowly


@pytest.fixture
def address(live_server, people) -> str:
    """The page of one stalled order."""
    order = OrderFactory(connection=ConnectionFactory(name="shop"))
    pipeline.stall(order.item, [Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")])
    return live_server.url + reverse("exceptions:detail", args=[ExceptionRecord.objects.get().pk])


def test_a_name_is_suggested_while_it_is_typed_and_a_step_is_ticked_in_place(sign_in, page, people, address):
    sign_in("ops")
    page.goto(address)
    page.get_by_role("button", name="Step 1 done").press("Enter")
    expect(page.get_by_role("button", name="Step 1 done")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Step 1 done")).to_be_focused(timeout=PATIENCE)
    assert page.url == address
    assert RunbookStep.objects.get().by == people["ops"]

    area = page.get_by_label("Note", exact=True)
    area.press_sequentially("Which town, @man")
    expect(page.get_by_role("listbox", name="People").get_by_role("option")).to_have_count(1, timeout=PATIENCE)
    area.press("Enter")
    expect(area).to_have_value("Which town, @manager ")
    expect(page.get_by_role("listbox", name="People")).to_have_count(0, timeout=PATIENCE)
    page.get_by_role("button", name="Add note").press("Enter")
    expect(page.get_by_text(re.compile("The note is added"))).to_be_visible(timeout=PATIENCE)
    assert Mention.objects.get().user == people["manager"]


def test_without_javascript_people_are_chosen_and_steps_ticked_all_the_same(signed_in, people, address):
    page = signed_in("ops", scripts=False)
    page.goto(address)
    page.get_by_role("button", name="Step 1 done").click()
    expect(page.get_by_role("button", name="Step 1 done")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    page.get_by_role("link", name="Choose people from a list").click()
    page.get_by_label("Note", exact=True).fill("Please decide")
    page.get_by_label(re.compile(r"@manager\)")).check()
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text(re.compile("The note is added"))).to_be_visible(timeout=PATIENCE)
    assert Mention.objects.get().user == people["manager"]
