"""Pause, resume and run now on the page: who may, what is asked, and that everybody sees it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from jlseko.clock import business_now
from sync.loop import feeds, pausing
from sync.models import Connection, Event, Pause
from tests.factories.engine import ConnectionFactory
from tests.sync.pages import browser, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    made = ConnectionFactory()
    feeds.ensure_states()
    return made


def address(what: str, flow: str = "orders", name: str = "shop") -> str:
    return reverse(f"sync:flow-{what}", args=[name, flow])


@pytest.mark.parametrize("what", ["pause", "resume", "run"])
@pytest.mark.parametrize("group", ["Operations", "Finance", "Manager"])
def test_only_admins_touch_a_flow(connection: Connection, what: str, group: str) -> None:
    sent = {"reason": "x", "ending": "1h"}
    assert browser(group).post(address(what), sent).status_code == 403
    assert not Pause.objects.exists()
    assert not Event.objects.exists()


def test_managers_see_the_flows_and_no_buttons(connection: Connection) -> None:
    page = browser("Manager").get(reverse("sync:connection", args=["shop"])).content.decode()
    assert "Orders from John Lewis" in page
    assert "Dispatch confirmations" in page
    assert "/flows/" not in page


def test_an_admin_can_stop_everything_but_the_question_to_an_absent_partner(connection: Connection) -> None:
    page = browser("Admin").get(reverse("sync:connection", args=["shop"])).content.decode()
    for flow in (*pausing.LANES, *feeds.FEEDS):
        assert address("run", flow) in page
        assert (address("pause", flow) in page) == (flow != "probe-partners")


def test_a_pause_is_seen_by_everybody_on_every_page(connection: Connection) -> None:
    admin = browser("Admin")
    assert "Pause “Orders into SEKO”" in admin.get(address("pause")).content.decode()
    answer = admin.post(address("pause"), {"reason": "Stock count <b>", "ending": "4h"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("sync:connection", args=["shop"])
    assert address("resume") in answer.content.decode()
    pause = Pause.objects.get()
    assert pause.by == person("Admin")
    assert timedelta(hours=3, minutes=59) < pause.until - business_now() <= timedelta(hours=4)
    for group in ("Operations", "Finance", "Manager", "Admin"):
        for url in ("/", reverse("sync:health")):
            page = browser(group).get(url).content.decode()
            assert "“Orders into SEKO” is paused by Admin Person since" in page
            assert "Stock count &lt;b&gt;" in page
    event = Event.objects.get(kind="paused")
    assert event.actor == person("Admin")
    assert "Stock count" in event.detail


def test_resuming_takes_the_banner_away(connection: Connection) -> None:
    pausing.pause(connection, "read-stock", reason="Stock count")
    admin = browser("Admin")
    page = admin.post(address("resume", "read-stock"), follow=True).content.decode()
    assert "goes on" in page
    assert "is paused by" not in page
    assert "is not paused any more" in admin.post(address("resume", "read-stock"), follow=True).content.decode()


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"ending": "1h"}, "reason", "Say why"),
        ({"reason": "   ", "ending": "1h"}, "reason", "Say why"),
        ({"reason": "x" * 301, "ending": "1h"}, "reason", "300"),
        ({"reason": "x"}, "ending", "required"),
        ({"reason": "x", "ending": "for ever"}, "ending", "valid choice"),
        ({"reason": "x", "ending": "at"}, "at", "Enter the date"),
        ({"reason": "x", "ending": "at", "at": "2020-01-01T08:00"}, "at", "time to come"),
        ({"reason": "x", "ending": "at", "at": "soon"}, "at", "valid date"),
        ({"reason": "a\x00b", "ending": "1h"}, "reason", "Null"),
    ],
)
def test_bad_input_gets_its_message_and_pauses_nothing(connection, sent, field, words) -> None:
    answer = browser("Admin").post(address("pause"), sent)
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[field])
    assert not Pause.objects.exists()


def test_an_end_that_is_not_chosen_is_not_used(connection: Connection) -> None:
    browser("Admin").post(address("pause"), {"reason": "x", "ending": "open", "at": "2020-01-01T08:00"})
    assert Pause.objects.get().until is None


def test_who_comes_second_is_told_and_changes_nothing(connection: Connection) -> None:
    pausing.pause(connection, "orders", reason="First")
    answer = browser("Admin").post(address("pause"), {"reason": "Second", "ending": "1h"})
    assert answer.status_code == 422
    assert "is paused by the command line" in answer.content.decode()
    assert Pause.objects.get().reason == "First"


def test_the_probe_cannot_be_paused_by_a_written_address_either(connection: Connection) -> None:
    answer = browser("Admin").post(address("pause", "probe-partners"), {"reason": "x", "ending": "1h"})
    assert answer.status_code == 422
    assert "cannot be paused" in answer.content.decode()


@pytest.mark.parametrize("what", ["pause", "resume", "run"])
def test_what_does_not_exist_is_not_found(connection: Connection, what: str) -> None:
    admin = browser("Admin")
    assert admin.post(address(what, "no-such-flow")).status_code == 404
    assert admin.post(address(what, name="nobody")).status_code == 404


def test_run_now_says_when(connection: Connection) -> None:
    page = browser("Admin").post(address("run", "poll-orders"), follow=True).content.decode()
    assert "Orders from John Lewis runs now" in page
    pausing.pause(connection, "poll-orders", reason="x")
    page = browser("Admin").post(address("run", "poll-orders"), follow=True).content.decode()
    assert "Resume it first" in page


def test_health_says_paused_instead_of_late(connection: Connection) -> None:
    pausing.pause(connection, "read-stock", reason="Stock count")
    pausing.pause(connection, "orders", reason="Move of the warehouse")
    answer = browser("Finance").get(reverse("sync:health"))
    words = {line.slug: line.word for line in answer.context["flows"]}
    assert words["read-stock"] == "Paused"
    assert words["poll-orders"] != "Paused"
    assert [lane.slug for lane in answer.context["lanes"] if lane.pauses] == ["orders"]


def test_many_pauses_do_not_push_the_page_away(connection: Connection) -> None:
    for flow in ("orders", "dispatches", "inbound", "stock", "read-stock"):
        pausing.pause(connection, flow, reason="x")
    page = browser("Finance").get(reverse("sync:order-list")).content.decode()
    assert page.count("is paused by") == 3
    assert "2 more paused." in page
