"""An admin pauses a flow and resumes it, and writes down what a partner answered."""

from typing import Any

import pytest
from playwright.sync_api import expect

from sync.connections import onboarding
from sync.loop import feeds
from sync.models import Connection, Pause
from tests.factories.engine import ConnectionFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

REASON = "SEKO counts the whole warehouse today"
FLOW = "Stock to John Lewis"
SETTING = "phone_required"


@pytest.fixture
def shop(people: Any, live_server: Any) -> Connection:
    """A connection; nothing runs."""
    made = ConnectionFactory(name="shop")
    feeds.ensure_states()
    return made


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_flow_is_paused_with_a_reason_that_everybody_sees_and_resumed(shop, signed_in, live_server, scripts):
    admin = signed_in("admin", scripts=scripts)
    admin.goto(f"{live_server.url}/connections/shop/")
    admin.get_by_role("link", name=f"Pause {FLOW}", exact=True).click()
    admin.get_by_label("Reason").fill(REASON)
    admin.get_by_role("button", name="Pause").click()
    for name in ("ops", "finance"):
        other = signed_in(name, scripts=scripts)
        expect(other.get_by_text(REASON).first).to_be_visible()
    admin.goto(f"{live_server.url}/connections/shop/")
    admin.get_by_role("button", name=f"Resume {FLOW}", exact=True).click()
    admin.wait_for_load_state()
    assert not Pause.objects.in_force().exists()
    other.goto(live_server.url)
    expect(other.get_by_text(REASON)).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_answer_ends_that_its_setting_is_provisional(shop, signed_in, live_server, scripts):
    assert SETTING in onboarding.flags(shop).settings
    admin = signed_in("admin", scripts=scripts)
    admin.goto(f"{live_server.url}/connections/shop/settings/")
    row = admin.locator(f"#{SETTING}")
    expect(row.get_by_text("Provisional")).to_be_visible()
    row.get_by_role("link", name="What to ask").click()
    slug = admin.url.rpartition("#")[2]
    admin.locator(f"#{slug}").get_by_role("link", name="Answer").click()
    admin.get_by_label("What the partner said").fill("No phone number is needed, says SEKO client services.")
    admin.get_by_role("button", name="Save the answer").click()
    admin.goto(f"{live_server.url}/connections/shop/settings/")
    expect(row.get_by_text("Provisional")).to_have_count(0)
    expect(row.get_by_role("link", name="Confirmed")).to_be_visible()
    assert SETTING not in onboarding.flags(Connection.objects.get(pk=shop.pk)).settings
