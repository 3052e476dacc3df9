"""Connections: secrets stay secret, settings change together or not at all, and a test asks each partner once."""

from dataclasses import fields

import pytest
from django.urls import reverse

from sync import partners_of
from sync.connections.forms import fingerprint
from sync.connections.policy_groups import GROUPS
from sync.failures import NotSent, Throttled, Unauthorised, Unclear
from sync.models import Budget, Connection, Event
from sync.partners_of import Partners
from sync.policy import Policy
from tests.factories.engine import ConnectionFactory
from tests.sync.doubles import MarketplaceDouble, WarehouseDouble
from tests.sync.pages import MOST, browser, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return ConnectionFactory(settings={"poll_minutes": 5, "county_filler": "n/a"})


PAGES = ("connection", "connection-discovered", "connection-settings", "connection-keys", "connection-history")


def address(name: str, *, of: str = "shop") -> str:
    return reverse(f"sync:{name}", args=[of])


def filled(connection: Connection, **changes: str) -> dict[str, str]:
    """The settings form as the browser sends it."""
    page = browser("Admin").get(address("connection-settings-change"))
    fields = page.context["form"].fields
    values = {name: page.context["form"][name].value() for name in fields}
    return {name: str(value) for name, value in values.items() if value is not False} | changes


@pytest.mark.parametrize("name", [*PAGES, "connections"])
def test_operations_and_finance_do_not_see_connections(connection: Connection, name: str) -> None:
    url = reverse("sync:connections") if name == "connections" else address(name)
    codes = {group: browser(group).get(url).status_code for group in ("Operations", "Finance", "Manager", "Admin")}
    assert codes == {"Operations": 403, "Finance": 403, "Manager": 200, "Admin": 200}


@pytest.mark.parametrize("name", ["connection-settings-change", "connection-test", "connection-push-url"])
def test_only_admins_change_test_and_reveal(connection: Connection, name: str) -> None:
    for group in ("Operations", "Finance", "Manager"):
        assert browser(group).post(address(name)).status_code == 403
    assert not Event.objects.exists()
    assert not Budget.objects.exists()


def test_a_page_never_shows_more_than_the_end_of_a_key(connection: Connection) -> None:
    for group in ("Manager", "Admin"):
        desk = browser(group)
        keys = desk.get(address("connection-keys")).content.decode()
        assert "4f2a" in keys
        assert "9c1e" in keys
        page = "".join(desk.get(address(name)).content.decode() for name in PAGES)
        for secret in ("key-4f2a", "key-9c1e", connection.push_secret):
            assert secret not in page


def test_every_setting_is_shown_with_its_meaning_and_whether_it_is_provisional(connection: Connection) -> None:
    answer = browser("Manager").get(address("connection-settings"))
    rows = {row["name"]: row for _, group in answer.context["groups"] for row in group}
    assert len(rows) == len(fields(Policy))
    assert (
        rows["Time between two readings of new orders"]["value"],
        rows["Time between two readings of new orders"]["is_default"],
    ) == ("5", False)
    assert rows["Time between two readings of new orders"]["provisional"]
    assert not rows["Time between two readings of stock"]["provisional"]
    assert answer.content.decode().count("Provisional") == sum(row["provisional"] for row in rows.values())
    assert "Nothing has been read" in browser("Manager").get(address("connection-discovered")).content.decode()


def test_the_push_url_is_shown_on_request_only_and_looking_is_noted(connection: Connection) -> None:
    admin = browser("Admin")
    assert admin.get(address("connection-push-url")).status_code == 405
    answer = admin.post(address("connection-push-url"))
    assert f"/push/shop/{connection.push_secret}/" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    event = Event.objects.get(kind="push_url_shown")
    assert event.actor == person("Admin")
    assert connection.push_secret not in event.title + event.detail
    assert "The push URL was shown" in admin.get(address("connection-history")).content.decode()


def test_a_changed_setting_is_saved_noted_and_the_rest_left_alone(connection: Connection) -> None:
    answer = browser("Admin").post(
        address("connection-settings-change"),
        filled(connection, stock_minutes="45", phone_required="on", county_filler=""),
    )
    assert answer.status_code == 302
    connection.refresh_from_db()
    assert connection.settings == {"poll_minutes": 5, "stock_minutes": 45, "phone_required": True}
    event = Event.objects.get(kind="settings")
    changed = "time between two readings of stock, county where the customer gave none, phone number is required"
    assert event.title == f"Settings changed: {changed}"
    assert "time between two readings of stock: 30 → 45" in event.detail
    assert event.actor == person("Admin")


def test_saving_without_a_change_writes_nothing(connection: Connection) -> None:
    browser("Admin").post(address("connection-settings-change"), filled(connection))
    connection.refresh_from_db()
    assert connection.settings == {"poll_minutes": 5, "county_filler": "n/a"}
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("poll_minutes", "often"), ("poll_minutes", "0"), ("poll_minutes", "-3"), ("poll_minutes", "NaN"),
        ("poll_minutes", "1e999"), ("poll_minutes", ""), ("unknown_reads", "2.5"), ("unknown_reads", "0"),
        ("dc_code", "x" * 101), ("dc_code", "a\x00b"), ("warehouse_key_parameter", "a b"),
        ("warehouse_key_parameter", ""), ("push_aliases", "QtySent"), ("push_aliases", "Colour=Hue"),
        ("warehouse_versions", "v4"), ("warehouse_versions", "orders=v-4"), ("warehouse_versions", "labels=v1"),
    ],
)  # fmt: skip
def test_a_bad_value_gets_its_message_and_nothing_is_saved(connection: Connection, field: str, value: str) -> None:
    sent = filled(connection, stock_minutes="45") | {field: value}
    answer = browser("Admin").post(address("connection-settings-change"), sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert f'id="id_{field}-error"' in answer.content.decode()
    connection.refresh_from_db()
    assert "stock_minutes" not in connection.settings
    assert not Event.objects.exists()


def test_whoever_was_overtaken_overwrites_nothing(connection: Connection) -> None:
    drawn = filled(connection, stock_minutes="45")
    Connection.objects.update(settings={"poll_minutes": 10})
    answer = browser("Admin").post(address("connection-settings-change"), drawn)
    assert answer.status_code == 422
    assert "Somebody has changed the settings meanwhile" in answer.content.decode()
    connection.refresh_from_db()
    assert connection.settings == {"poll_minutes": 10}
    assert answer.context["form"]["seen"].value() != fingerprint(connection.policy)


class Sulking(MarketplaceDouble):
    """Raises on every ping."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def ping(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, "answers, and the key is accepted"),
        (Unauthorised("secret words"), "the key is refused"),
        (NotSent("secret words"), "cannot be reached"),
        (Unclear("secret words"), "answers something else than it should"),
        (Throttled("secret words", retry_after=3), "answers, but asks for a pause"),
    ],
)
def test_a_test_tells_the_class_of_result_and_nothing_else(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, error: Exception | None, words: str
) -> None:
    marketplace = Sulking(error) if error else MarketplaceDouble()
    monkeypatch.setattr(partners_of, "_build", lambda _: Partners(marketplace, WarehouseDouble()))
    partners_of._open.clear()
    page = browser("Admin").post(address("connection-test"), follow=True).content.decode()
    partners_of._open.clear()
    assert f"John Lewis: {words}" in page
    assert "SEKO: answers, and the key is accepted" in page
    assert "secret words" not in page
    assert set(Budget.objects.values_list("operation", "spent")) == {("test", 1)}


def test_a_test_stays_within_its_budget(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partners_of, "_build", lambda _: Partners(MarketplaceDouble(), WarehouseDouble()))
    partners_of._open.clear()
    admin = browser("Admin")
    admin.post(address("connection-test"))
    Budget.objects.update(tokens=-1000.0)
    page = admin.post(address("connection-test"), follow=True).content.decode()
    partners_of._open.clear()
    assert "tested a moment ago" in page


def test_an_address_that_is_not_allowed_is_said_so(connection: Connection) -> None:
    partners_of._open.clear()
    page = browser("Admin").post(address("connection-test"), follow=True).content.decode()
    assert "marketplace.example" in page
    assert "ALLOWED_REMOTE_HOSTS" in page


def test_an_unknown_connection_is_not_found() -> None:
    admin = browser("Admin")
    for name in (*PAGES, "connection-settings-change"):
        assert admin.get(address(name, of="nobody")).status_code == 404
    for name in ("connection-test", "connection-push-url", "connection-settings-change"):
        assert admin.post(address(name, of="nobody")).status_code == 404


def test_the_pages_stay_within_their_queries(connection: Connection, django_assert_max_num_queries) -> None:
    admin = browser("Admin")
    for url in (reverse("sync:connections"), *map(address, PAGES), address("connection-settings-change")):
        admin.get(url)
        with django_assert_max_num_queries(MOST):
            admin.get(url)


def test_every_setting_stands_in_exactly_one_group() -> None:
    held = [name for group in GROUPS for name in group.names]
    assert sorted(held) == sorted(setting.name for setting in fields(Policy))


def test_the_settings_form_is_one_form_under_the_headings_of_its_groups(connection: Connection) -> None:
    page = browser("Admin").get(address("connection-settings-change")).content.decode()
    body = page[page.index('id="content"') : page.index("Save settings")]
    assert body.count("<form") == 1
    assert [body.count(f'id="{group.slug}"') for group in GROUPS] == [1] * len(GROUPS)
    assert all(f'name="{setting.name}"' in body for setting in fields(Policy))
