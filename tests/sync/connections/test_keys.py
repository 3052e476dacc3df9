"""Keys: written, never read; tested before they are kept; never sent to an address that they were not given for."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from jlseko.clock import business_now
from sync import partners_of
from sync.connections import connecting
from sync.failures import NotSent, PartnerError, Reach, Throttled, Unauthorised, Unclear
from sync.models import Connection, Event, PartnerState, Side
from sync.partners_of import Partners
from tests.factories.engine import ConnectionFactory
from tests.sync.doubles import MarketplaceDouble, WarehouseDouble
from tests.sync.pages import browser, person

pytestmark = pytest.mark.django_db

CANARY = "canary-key-7777-never-shown-1234"
HOSTS = ["marketplace.example", "warehouse.example", "other.example:8443"]


class Partner(MarketplaceDouble):
    """Answers every ping as told, and remembers with what it was made."""

    def __init__(self) -> None:
        super().__init__()
        self.error: PartnerError | None = None
        self.entered: list[connecting.Entered] = []

    def ping(self) -> None:
        if self.error:
            raise self.error


@pytest.fixture
def connection(settings) -> Connection:
    settings.ALLOWED_REMOTE_HOSTS = HOSTS
    return ConnectionFactory()


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    """The partner behind every client, stored key or not; the host guard stays the real one."""
    made = Partner()
    real = connecting.client_with

    def client_with(connection: Connection, entered: connecting.Entered) -> Partner:
        real(connection, entered).close()
        made.entered.append(entered)
        return made

    monkeypatch.setattr(connecting, "client_with", client_with)
    monkeypatch.setattr(partners_of, "_build", lambda _: Partners(made, WarehouseDouble()))
    partners_of._open.clear()
    yield made
    partners_of._open.clear()


def address(side: str = "marketplace") -> str:
    return reverse("sync:connection-key", args=["shop", side])


def sent(**changes: str) -> dict[str, str]:
    return {"key": CANARY, "url": "https://marketplace.example", "do": "test"} | changes


def test_a_good_key_is_tested_then_saved_with_who_and_when(connection, partner):
    page = browser("Admin").post(address(), sent(), follow=True).content.decode()
    assert "John Lewis: answers, and the key is accepted. Saved." in page
    assert CANARY not in page
    assert "1234" in page
    connection.refresh_from_db()
    assert connection.marketplace_key == CANARY
    assert connection.marketplace_key_set_by == person("Admin")
    assert business_now() - connection.marketplace_key_set_at < timedelta(minutes=1)
    assert connection.warehouse_key == "warehouse-key-9c1e"
    assert [event.kind for event in Event.objects.order_by("id")] == ["tested", "key_set"]


@pytest.mark.parametrize(
    ("error", "reach", "words"),
    [
        (Unauthorised("x"), None, "the key is refused"),
        (NotSent("x"), Reach.NAME, "DNS"),
        (NotSent("x"), Reach.TLS, "TLS"),
        (NotSent("x"), Reach.REFUSED, "the connection is refused"),
        (Unclear("x"), Reach.TIMEOUT, "no answer in time"),
        (Unclear("x"), Reach.BROKEN, "the connection broke"),
        (NotSent("x"), Reach.PRIVATE, "private network"),
        (Unclear("x"), None, "answers something else"),
        (Throttled("x", retry_after=3), None, "asks for a pause"),
    ],
)
def test_a_key_that_fails_its_test_is_not_saved_and_not_drawn_again(connection, partner, error, reach, words):
    error.reach = reach
    partner.error = error
    answer = browser("Admin").post(address(), sent())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Nothing was saved" in page
    assert CANARY not in page
    assert answer["Cache-Control"] == "no-store"
    connection.refresh_from_db()
    assert connection.marketplace_key == "marketplace-key-4f2a"
    event = Event.objects.get()
    assert (event.kind, words in event.title) == ("tested", True)


def test_a_key_may_be_saved_without_a_test_while_the_partner_is_down(connection, partner):
    partner.error = NotSent("x")
    rest = timezone.now() + timedelta(hours=1)
    PartnerState.objects.create(
        connection=connection, side=Side.MARKETPLACE, is_open=True, credentials_refused=True, retry_at=rest
    )
    page = browser("Admin").post(address(), sent(do="save"), follow=True).content.decode()
    assert "Saved. Not tested." in page
    connection.refresh_from_db()
    assert connection.marketplace_key == CANARY
    state = PartnerState.objects.get()
    assert state.is_open
    assert state.retry_at <= timezone.now()
    assert not Event.objects.filter(kind="tested").exists()


def test_a_good_test_of_a_new_key_ends_credentials_refused(connection, partner):
    PartnerState.objects.create(connection=connection, side=Side.MARKETPLACE, is_open=True, credentials_refused=True)
    PartnerState.objects.create(connection=connection, side=Side.WAREHOUSE, is_open=True, credentials_refused=True)
    browser("Admin").post(address(), sent())
    open_sides = {row.side: row.is_open for row in PartnerState.objects.all()}
    assert open_sides == {"marketplace": False, "warehouse": True}
    assert not PartnerState.objects.get(side="marketplace").credentials_refused
    assert Event.objects.filter(kind="partner_back").count() == 1


def test_an_empty_field_keeps_the_stored_key(connection, partner):
    page = browser("Admin").post(address(), sent(key=""), follow=True).content.decode()
    assert "Nothing was entered; the stored key stays" in page
    connection.refresh_from_db()
    assert connection.marketplace_key == "marketplace-key-4f2a"
    assert connection.marketplace_key_set_at is None
    assert not Event.objects.filter(kind="key_set").exists()


@pytest.mark.parametrize("do", ["test", "save"])
def test_a_key_never_follows_to_another_host(connection, partner, do):
    answer = browser("Admin").post(address(), sent(key="", url="https://other.example:8443", do=do))
    assert answer.status_code == 422
    assert "never follows to another address" in answer.content.decode()
    assert partner.entered == []
    connection.refresh_from_db()
    assert connection.marketplace_url == "https://marketplace.example"


@pytest.mark.parametrize("do", ["test", "save"])
def test_nor_does_it_follow_to_another_address_of_status_readings(connection, partner, do):
    values = {"key": "", "url": "https://warehouse.example/api/", "status_url": "https://other.example:8443/api/"}
    answer = browser("Admin").post(address("warehouse"), values | {"do": do})
    assert answer.status_code == 422
    assert "never follows" in answer.content.decode()
    assert partner.entered == []


def test_another_address_with_its_own_key_is_taken(connection, partner):
    values = {"key": CANARY, "url": "https://other.example:8443/api/", "status_url": "", "do": "test"}
    browser("Admin").post(address("warehouse"), values)
    connection.refresh_from_db()
    assert (connection.warehouse_url, connection.warehouse_status_url) == ("https://other.example:8443/api/", "")
    event = Event.objects.get(kind="key_set")
    assert "https://other.example:8443/api/" in event.detail
    assert CANARY not in event.title + event.detail


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/", "http://127.0.0.1/", "https://evil.example", "https://marketplace.example@evil.example",
        "file:///etc/passwd", "", "https://marketplace.example:22",
    ],
)  # fmt: skip
@pytest.mark.parametrize("do", ["test", "save"])
def test_an_address_is_picked_never_typed(connection, partner, url, do):
    answer = browser("Admin").post(address(), sent(url=url, do=do))
    assert answer.status_code == 422
    assert answer.context["form"].errors["url"]
    assert partner.entered == []


def test_an_address_that_is_not_allowed_any_more_is_said_so(connection, partner, settings):
    settings.ALLOWED_REMOTE_HOSTS = ["other.example:8443"]
    answer = browser("Admin").post(address(), sent())
    assert answer.status_code == 422
    assert "ALLOWED_REMOTE_HOSTS" in answer.content.decode()
    assert partner.entered == []


@pytest.mark.parametrize("key", ["two words", "tab\tinside", "ключ", "a\x00b", "x" * 501])
def test_a_key_with_blanks_or_strange_signs_is_refused(connection, partner, key):
    answer = browser("Admin").post(address(), sent(key=key))
    assert answer.status_code == 422
    assert answer.context["form"].errors["key"]
    assert key not in answer.content.decode()
    connection.refresh_from_db()
    assert connection.marketplace_key == "marketplace-key-4f2a"


def test_blanks_around_a_key_are_cut_off(connection, partner):
    browser("Admin").post(address(), sent(key=f"  {CANARY}\n"))
    connection.refresh_from_db()
    assert connection.marketplace_key == CANARY


@pytest.mark.parametrize("group", ["Operations", "Finance", "Manager"])
def test_only_admins_touch_keys_and_the_push_url(connection, partner, group):
    desk = browser(group)
    renew = reverse("sync:connection-push-url-renew", args=["shop"])
    assert {desk.get(address()).status_code, desk.post(address(), sent()).status_code} == {403}
    assert {desk.get(renew).status_code, desk.post(renew).status_code} == {403}
    assert not Event.objects.exists()


def test_the_form_is_write_only_and_not_kept(connection):
    answer = browser("Admin").get(address())
    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert 'autocomplete="off"' in page
    assert 'type="password"' in page
    assert "marketplace-key" not in page


def test_no_key_stands_in_any_page_event_or_log_line(connection, partner, caplog):
    caplog.set_level(logging.DEBUG)
    admin = browser("Admin")
    partner.error = Unauthorised(f"the partner says {CANARY}")
    pages = [admin.post(address(), sent()), admin.post(address(), sent(do="save"), follow=True)]
    pages += [admin.post(reverse("sync:connection-test", args=["shop"]), follow=True)]
    names = ("connection", "connection-keys", "connection-history", "connection-settings", "connection-discovered")
    pages += [admin.get(reverse(f"sync:{name}", args=["shop"])) for name in names]
    assert all(CANARY not in page.content.decode() for page in pages)
    told = " ".join(f"{event.title} {event.detail}" for event in Event.objects.all())
    assert CANARY not in told
    assert CANARY not in caplog.text


def test_an_unknown_side_is_not_found(connection):
    assert browser("Admin").get(address("moon")).status_code == 404
    assert browser("Admin").post(address("moon")).status_code == 404


def test_a_test_is_kept_with_what_was_asked_how_long_it_took_and_by_whom(connection, partner):
    admin = browser("Admin")
    admin.post(reverse("sync:connection-test", args=["shop"]))
    page = admin.get(reverse("sync:connection", args=["shop"])).content.decode()
    assert "Answers, and the key is accepted." in page
    assert "Asked for the account of the shop (A01)" in page
    assert "Admin Person" in page
    assert Event.objects.filter(kind="tested").count() == 2


def test_a_test_of_the_stored_key_counts_as_any_other_call(connection, partner):
    url = reverse("sync:connection-test", args=["shop"])
    partner.error = Unclear("x")
    browser("Admin").post(url)
    assert PartnerState.objects.get(side="marketplace").failures_in_a_row == 1
    partner.error = Unauthorised("x")
    browser("Admin").post(url)
    state = PartnerState.objects.get(side="marketplace")
    assert (state.is_open, state.credentials_refused) == (True, True)
    partner.error = None
    browser("Admin").post(url)
    state.refresh_from_db()
    assert (state.is_open, state.failures_in_a_row) == (False, 0)


def test_the_push_url_is_made_anew_after_a_confirmation_and_the_old_one_lives_for_a_day(connection, client):
    admin = browser("Admin")
    url = reverse("sync:connection-push-url-renew", args=["shop"])
    old = connection.push_secret
    page = admin.get(url).content.decode()
    assert "another 24 hours" in page
    assert old not in page
    connection.refresh_from_db()
    assert connection.push_secret == old
    answer = admin.post(url)
    connection.refresh_from_db()
    assert connection.push_secret != old
    assert f"/push/shop/{connection.push_secret}/" in answer.content.decode()
    assert old not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert connection.push_secret_matches(connection.push_secret)
    assert connection.push_secret_matches(old)
    connection.push_secret_before_until = business_now() - timedelta(seconds=1)
    assert not connection.push_secret_matches(old)
    assert Event.objects.get().actor == person("Admin")
    assert "still works until" in admin.get(reverse("sync:connection-keys", args=["shop"])).content.decode()


def test_no_secret_never_opens_the_push_door(connection):
    connection.push_secret_before_until = business_now() + timedelta(hours=1)
    assert not connection.push_secret_matches("")


def test_the_command_notes_that_it_was_the_command_line(settings, monkeypatch):
    settings.ALLOWED_REMOTE_HOSTS = HOSTS
    monkeypatch.setenv("JLSEKO_MARKETPLACE_KEY", CANARY)
    monkeypatch.setenv("JLSEKO_WAREHOUSE_KEY", CANARY)
    hosts = ["--marketplace-url", "https://marketplace.example", "--warehouse-url", "https://warehouse.example/api/"]
    call_command("connect", "new", *hosts)
    made = Connection.objects.get(name="new")
    assert made.marketplace_key_set_at
    assert made.marketplace_key_set_by is None
    event = Event.objects.get(kind="connect")
    assert (event.title, event.actor) == ("Connected from the command line", None)
    assert CANARY not in event.detail
    monkeypatch.delenv("JLSEKO_WAREHOUSE_KEY")
    before = made.warehouse_key_set_at
    call_command("connect", "new", *hosts)
    made.refresh_from_db()
    assert made.warehouse_key_set_at == before
    assert Event.objects.filter(kind="connect").last().detail == "New key: John Lewis."
    page = browser("Manager").get(reverse("sync:connection-keys", args=["new"])).content.decode()
    assert "from the command line" in page


def test_the_command_keeps_no_key_when_the_status_address_moves(settings, monkeypatch):
    settings.ALLOWED_REMOTE_HOSTS = HOSTS
    made = ConnectionFactory()
    with pytest.raises(ValueError, match="JLSEKO_WAREHOUSE_KEY"):
        connecting.connect(
            "shop", marketplace=connecting.Address("mirakl", made.marketplace_url),
            warehouse=connecting.Address("seko", made.warehouse_url), status_url="https://other.example:8443/api/",
            marketplace_key="", warehouse_key="",
        )  # fmt: skip
