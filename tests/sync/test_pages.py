"""The engine's pages: who may open them, what they hide, how many questions they ask the database."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from sync.models import Connection, Event
from tests.sync.doubles import HOME, an_order
from tests.sync.pages import MOST


@pytest.fixture
def people(engine) -> dict[str, User]:
    found = {}
    for name, group in (("ops", "Operations"), ("manager", "Manager"), ("admin", "Admin"), ("finance", "Finance")):
        found[name] = User.objects.create_user(name, password="x")
        found[name].groups.add(Group.objects.get(name=group))
    return found


@pytest.fixture
def order(engine):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    return engine.order()


def page(client, people, name, path):
    client.force_login(people[name])
    return client.get(path)


@pytest.mark.parametrize("path", ["/orders/", "/orders/shop/JL1-A/", "/sync/"])
@pytest.mark.parametrize("name", ["ops", "manager", "admin", "finance"])
def test_everybody_on_the_desk_reads_orders_and_health(client, people, order, path, name):
    assert page(client, people, name, path).status_code == 200


def test_customer_data_are_shown_to_those_who_need_them_only(client, people, order):
    shown = page(client, people, "ops", "/orders/shop/JL1-A/").content.decode()
    assert HOME.line1 in shown
    for name in ("admin", "finance"):
        hidden = page(client, people, name, "/orders/shop/JL1-A/").content.decode()
        assert HOME.line1 not in hidden
        assert HOME.postcode not in hidden
        assert "Hidden for your role" in hidden


def test_an_unknown_order_is_not_found(client, people, order):
    assert page(client, people, "ops", "/orders/shop/JL9-A/").status_code == 404
    assert page(client, people, "ops", "/orders/elsewhere/JL1-A/").status_code == 404


def test_the_search_box_opens_the_one_hit(client, people, order):
    answer = page(client, people, "ops", "/search/?q=JL1-A")
    assert (answer.status_code, answer["Location"]) == (302, "/orders/shop/JL1-A/")
    assert page(client, people, "ops", "/search/?q=BAG").status_code == 302


@pytest.mark.parametrize("text", ["", "a", "%00", "' OR 1=1 --", "x" * 5000, "\u202e"])
def test_an_odd_search_finds_nothing_and_breaks_nothing(client, people, order, text):
    client.force_login(people["ops"])
    assert client.get("/search/", {"q": text}).status_code in (200, 302)
    assert client.get("/orders/", {"q": text, "where": "nowhere", "stage": "?", "after": "garbage"}).status_code == 200


@pytest.mark.parametrize("path", ["/orders/", "/orders/shop/JL1-A/", "/sync/"])
def test_a_page_asks_the_same_few_questions_for_one_order_and_for_many(client, people, engine, order, path):
    client.force_login(people["ops"])
    client.get(path)
    with CaptureQueriesContext(
        database,
    ) as one:
        client.get(path)
    engine.marketplace.put(*(an_order(f"JL{number}-A") for number in range(2, 30)))
    engine.poll()
    with CaptureQueriesContext(database) as many:
        client.get(path)
    assert len(many) <= len(one) + 1
    assert len(many) <= MOST


def test_only_managers_and_admins_see_connections_and_only_admins_change_them(client, people, order):
    assert page(client, people, "ops", "/connections/").status_code == 403
    assert page(client, people, "manager", "/connections/shop/").status_code == 200
    assert page(client, people, "manager", "/connections/shop/settings/change/").status_code == 403
    assert page(client, people, "admin", "/connections/shop/settings/change/").status_code == 200


def test_a_key_and_the_push_secret_never_stand_on_the_page(client, people, engine, order):
    Connection.objects.update(marketplace_key="m-secret-canary-1234", push_secret="p-secret-canary-9999")
    shown = page(client, people, "admin", "/connections/shop/keys/").content.decode()
    assert "1234" in shown
    assert "canary" not in shown


def test_the_push_url_is_shown_to_an_admin_on_request_and_noted(client, people, engine, order):
    client.force_login(people["admin"])
    answer = client.post("/connections/shop/push-url/")
    assert engine.connection.push_secret in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert Event.objects.filter(kind="push_url_shown", actor=people["admin"]).count() == 1
