"""The frame of every page: policy, preferences, navigation, banners, error pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Value
from django.db.models.expressions import Combinable, RawSQL
from django.http import HttpRequest
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory

from jlseko import navigation
from jlseko.clock import business_now
from jlseko.env import PROJECT
from jlseko.ui import registry
from sync.models import PartnerState, Pause, Side
from tests.factories.engine import ConnectionFactory
from tests.sync.pages import browser

FRAME = 3  # the session, the person with groups and rights, counts and banners together
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(PROJECT / "templates").as_posix())
def test_templates_have_no_inline_style_or_script_and_parse(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]*\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=\"", text)
    get_template(path.relative_to(PROJECT / "templates").as_posix())


def test_the_sign_in_page_stands_under_the_strict_policy(client: Client, db: None) -> None:
    response = client.get("/sign-in/")
    assert response.status_code == 200
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert 'autocomplete="current-password"' in response.content.decode()


def test_a_wrong_password_is_answered_with_what_to_do(client: Client, db: None) -> None:
    page = client.post("/sign-in/", {"username": "x", "password": "y"}).content.decode()
    assert "Check the user name and the password" in page


def test_the_page_of_parts_is_for_staff(client: Client, staff: Client) -> None:
    assert staff.get("/ui/").status_code == 200
    client.force_login(User.objects.create_user("guest"))
    refused = client.get("/ui/")
    assert refused.status_code == 403
    assert "for the people who build and run the desk" in refused.content.decode()


def test_a_wrong_address_gets_our_own_page(staff: Client) -> None:
    response = staff.get("/nowhere/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html"])
def test_the_pages_for_the_worst_moments_need_no_context(name: str) -> None:
    assert "Back to Today" in render_to_string(name)


@pytest.mark.parametrize(("name", "value"), [("theme", "dark"), ("density", "compact")])
def test_a_preference_is_remembered_without_javascript(client: Client, db: None, name: str, value: str) -> None:
    response = client.post("/ui/preferences", {name: value, "next": "/sign-in/"})
    assert response["Location"] == "/sign-in/"
    assert response.cookies[name].value == value
    client.force_login(User.objects.create_superuser("root"))
    assert f'data-{name}="{value}"' in client.get("/nowhere/").content.decode()


def test_an_unknown_preference_changes_nothing_and_a_foreign_address_is_not_followed(client: Client) -> None:
    response = client.post("/ui/preferences", {"theme": "<b>", "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert not response.cookies


def test_a_forged_cookie_counts_as_the_default(client: Client, db: None) -> None:
    client.cookies["theme"] = "x"
    assert 'data-theme="auto"' in client.get("/sign-in/").content.decode()


def request_for(user: User | AnonymousUser, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


def entries_for(user: User, path: str = "/") -> list[dict[str, Any]]:
    return navigation.navigation(request_for(user, path), registry.Told({}, []))


def test_navigation_shows_only_what_a_person_may_open(db: None) -> None:
    everything = {entry["label"] for entry in entries_for(User.objects.create_superuser("root"))}
    little = {entry["label"] for entry in entries_for(User.objects.create_user("guest"))}
    assert everything == {entry.label for entry in navigation.ENTRIES}
    assert little < everything


def test_one_entry_is_the_current_one_the_longest_that_fits(db: None) -> None:
    root = User.objects.create_superuser("root")
    entries = entries_for(root, "/exceptions/runbooks/unknown-sku/")
    assert [entry["label"] for entry in entries if entry["active"]] == ["Runbooks"]


def test_an_entry_whose_page_does_not_exist_is_left_out() -> None:
    assert navigation.place("sync:no-such-page") is None


def source(answer: Combinable, tell: Callable[[Any], Any]) -> registry.Source[Any]:
    return registry.Source(lambda request: answer, tell)


def test_counts_and_banners_that_the_database_refuses_do_not_take_the_page_down(
    transactional_db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = RawSQL("1 / 0", ())
    monkeypatch.setattr(registry, "_counters", {"home": source(broken, registry.Count)})
    client.force_login(User.objects.create_superuser("root"))
    assert "There is nothing at this address" in client.get("/nowhere/").content.decode()


def test_the_answers_of_all_sources_come_in_one_statement(
    db: None, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(registry, "_counters", {
        "home": source(Value(7), lambda found: registry.Count(found, hot=found > 5)),
        "sync:health": source(Value(0), lambda found: None),
    })  # fmt: skip
    monkeypatch.setattr(registry, "_banners", {
        "away": source(Value("SEKO"), lambda found: [registry.Banner(f"{found} does not answer.")]),
        "nothing": registry.Source(lambda request: None, lambda found: [registry.Banner("never")]),
    })  # fmt: skip
    request = request_for(User.objects.create_superuser("root"))
    with django_assert_num_queries(1):
        told = registry.told(request)
    assert told.counts == {"home": registry.Count(7, hot=True)}
    assert [banner.title for banner in told.banners] == ["SEKO does not answer."]


def test_a_banner_reaches_every_page(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    banner = registry.Banner("SEKO does not answer.", "18 orders wait.", url="/x/")
    monkeypatch.setattr(registry, "_banners", {"away": source(Value(1), lambda found: [banner])})
    assert "SEKO does not answer." in staff.get("/nowhere/").content.decode()


def test_the_frame_takes_three_queries_however_much_it_has_to_tell(db: None, django_assert_num_queries: Any) -> None:
    shop, ops = ConnectionFactory(), browser("Operations")
    with django_assert_num_queries(FRAME):  # a page that asks nothing for itself
        ops.get("/nowhere/")
    Pause.objects.create(connection=shop, flow="stock", reason="Stock take", since=business_now())
    PartnerState.objects.create(connection=shop, side=Side.WAREHOUSE, is_open=True, opened_at=business_now())
    with django_assert_num_queries(FRAME):
        page = ops.get("/nowhere/").content.decode()
    assert "Stock take" in page
    assert "does not answer since" in page
