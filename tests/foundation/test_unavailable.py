"""Without its database the desk says so on every page, and nothing is ever half-written."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, InternalError, OperationalError
from django.db import connection as database
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from psycopg import errors

from jlseko.unavailable import RETRY_SECONDS
from sync.inbound import keep
from sync.models import Connection, InboundMessage, Item, SecurityEvent

WITHOUT_DATABASE = {"/livez", "/readyz"}  # they have tests of their own


def addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Every address that takes no arguments."""
    for each in resolver.url_patterns:
        route = str(each.pattern)
        if "<" in route or "(" in route:
            continue
        if isinstance(each, URLPattern):
            yield prefix + route
        else:
            yield from addresses(each, prefix + route)


PAGES = sorted(set(addresses(get_resolver())) - WITHOUT_DATABASE)


def fault(cause: type[Exception] | None, kind: type[Exception] = OperationalError) -> Exception:
    made = kind("connection to server failed: secret host name")
    if cause:
        made.__cause__ = cause("secret host name")
    return made


def failing(made: Exception, *, when: Callable[[str], bool] = lambda sql: True):
    """The database fails at every statement that ``when`` says."""

    def execute(execute, sql, params, many, context):
        if when(sql):
            raise made
        return execute(sql, params, many, context)

    return database.execute_wrapper(execute)


@pytest.fixture
def person(db) -> Client:
    """A signed-in person whose browser shows what the server answers."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_says_that_the_database_is_away(person: Client, address: str, method: str) -> None:
    with failing(fault(None)):
        answer = getattr(person, method)(address)
    assert answer.status_code in ({503, 405} if method == "post" else {503, 405, 302}), address
    if answer.status_code == 503:
        text = answer.content.decode()
        assert "The database does not answer" in text
        assert f"Try again in {RETRY_SECONDS} seconds" in text
        assert "secret" not in text
        assert (answer["Retry-After"], answer["Cache-Control"]) == (str(RETRY_SECONDS), "no-store")


def test_nearly_every_page_is_a_page_that_needs_the_database(person: Client) -> None:
    with failing(fault(None)):
        said = [page for page in PAGES if person.get(page).status_code == 503]
    assert len(said) >= len(PAGES) * 0.8


@pytest.mark.parametrize(
    ("cause", "kind", "words"),
    [
        (errors.DiskFull, OperationalError, "The database has no room left"),
        (errors.AdminShutdown, OperationalError, "The database does not answer"),
        (errors.TooManyConnections, OperationalError, "The database does not answer"),
        (errors.DeadlockDetected, OperationalError, "The database does not answer"),
        (errors.ReadOnlySqlTransaction, InternalError, "The database does not answer"),
        (None, InterfaceError, "The database does not answer"),
        (None, psycopg.OperationalError, "The database does not answer"),  # as it comes while rows are streamed
        (None, psycopg.InterfaceError, "The database does not answer"),
        (None, errors.DiskFull, "The database has no room left"),
    ],
)
def test_the_page_tells_what_is_the_matter(person: Client, cause, kind, words: str) -> None:
    with failing(fault(cause, kind)):
        answer = person.get("/")
    assert (answer.status_code, words in answer.content.decode()) == (503, True)


def test_a_fault_of_our_own_is_still_a_fault_of_our_own(person: Client, monkeypatch) -> None:
    monkeypatch.setattr("jlseko.home.conservation", lambda: 1 / 0)
    answer = person.get("/")
    assert (answer.status_code, "Something broke on our side" in answer.content.decode()) == (500, True)


@pytest.fixture
def shop(db) -> Connection:
    made = Connection(
        name="shop", marketplace_kind="mirakl", marketplace_url="https://m.example", marketplace_key="k",
        warehouse_kind="seko", warehouse_url="https://w.example", warehouse_key="k",
    )  # fmt: skip
    made.push_secret = "s" * 40
    made.save()
    return made


def push(body: bytes = b'{"a": 1}'):
    client = Client(raise_request_exception=False)
    return client.post(f"/push/shop/{'s' * 40}/", body, content_type="application/json")


@pytest.mark.parametrize("cause", [None, errors.DiskFull, errors.AdminShutdown])
def test_seko_is_told_to_send_again_and_then_it_is_taken(shop: Connection, cause) -> None:
    with failing(fault(cause)):
        answer = push()
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_SECONDS))
    assert answer.json() == {"message": "Not stored. Send it again."}
    assert not Item.objects.exists()
    assert push().status_code == 200
    assert InboundMessage.objects.count() == 1


def test_a_message_of_which_only_a_part_finds_room_is_not_stored_at_all(shop: Connection) -> None:
    with failing(fault(errors.DiskFull), when=lambda sql: 'INSERT INTO "sync_inboundmessage"' in sql):
        assert push().status_code == 503
    assert (Item.objects.count(), InboundMessage.objects.count(), SecurityEvent.objects.count()) == (0, 0, 0)
    assert keep(shop, b'{"a": 1}', path="", content_type="")
