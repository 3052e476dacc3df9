"""Every address of the application stands here with what each role may do there; a new one fails until it does too."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.urls import URLPattern, URLResolver, get_resolver

# What a person may do before signing in: theme and density are kept in a cookie.
OPEN = {"live", "ready", "sign-in", "sign-out", "push", "ui:preferences"}
EVERYBODY = frozenset({"ops", "manager", "admin", "finance"})
ROLES = {"ops": "Operations", "manager": "Manager", "admin": "Admin", "finance": "Finance"}
# Who may read each page without arguments; pages about one thing are proved where the thing is.
READERS: dict[str, frozenset[str]] = {
    "home": EVERYBODY,
    "exceptions:list": EVERYBODY,
    "exceptions:views": EVERYBODY,
    "exceptions:runbooks": EVERYBODY,
    "exceptions:practice": EVERYBODY,
    "exceptions:practice-order": EVERYBODY,
    "glossary": EVERYBODY,
    "exceptions:people": frozenset({"ops", "manager", "admin"}),
    "exceptions:roles": EVERYBODY,
    "exceptions:runs": EVERYBODY,
    "exceptions:run-plan": EVERYBODY,
    "exceptions:run-start": EVERYBODY,
    "exceptions:owners": frozenset({"admin"}),
    "sync:order-list": EVERYBODY,
    "sync:stock-list": EVERYBODY,
    "sync:stock-unlisted": EVERYBODY,
    "sync:stock-files": EVERYBODY,
    "sync:stock-rules": EVERYBODY,
    "sync:stock-rule-new": frozenset({"ops", "manager"}),
    "search": EVERYBODY,
    "palette": EVERYBODY,
    "sync:health": EVERYBODY,
    "sync:connections": frozenset({"manager", "admin"}),
    "carriers:mapping-list": EVERYBODY,
    "carriers:mapping-new": EVERYBODY,
    "carriers:coverage": EVERYBODY,
    "carriers:approved-list": EVERYBODY,
    "carriers:version-list": EVERYBODY,
    "carriers:try-it": EVERYBODY,
    "carriers:review": EVERYBODY,
}
STAFF_ONLY = {"ui:gallery"}
WISHES = {"exceptions:shortcuts", "exceptions:practice-away", "exceptions:looked"}  # everybody's own, posted only
DEEDS = {"exceptions:take-next"}  # posted only, proved where they are done


def addresses(
    patterns: list[URLPattern | URLResolver], namespace: str = "", before: str = ""
) -> Iterator[tuple[str, str]]:
    """Name and path of everything in the resolver; arguments are filled with something that does not exist."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner, route)
        else:
            name = f"{namespace}{pattern.name}" if pattern.name else "push"
            yield name, filled(route)


def filled(route: str) -> str:
    """A route with its arguments filled."""
    parts = []
    for piece in route.split("/"):
        if not piece.startswith("<"):
            parts.append(piece)
        else:
            parts.append("0" if piece.startswith("<int") else "nothing")
    return "/" + "/".join(parts)


ALL = list(addresses(get_resolver().url_patterns))


@pytest.fixture
def people(db) -> dict[str, User]:
    found = {}
    for name, group in ROLES.items():
        found[name] = User.objects.create_user(name, password="x")
        found[name].groups.add(Group.objects.get(name=group))
    return found


def test_every_page_without_arguments_stands_in_the_matrix():
    plain = {name for name, path in ALL if "nothing" not in path and "/0" not in path}
    assert plain - OPEN - STAFF_ONLY - WISHES - DEEDS == set(READERS)


@pytest.mark.parametrize(("name", "path"), ALL, ids=[f"{name} {path}" for name, path in ALL])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_stranger_gets_nowhere(client, db, name, path, method):
    answer = getattr(client, method)(path)
    if name in OPEN:
        assert answer.status_code in (200, 302, 400, 401, 403, 405, 503)
        return
    assert answer.status_code in (302, 401, 403, 405), (name, answer.status_code)
    if answer.status_code == 302:
        assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", READERS)
def test_a_role_reads_what_the_matrix_says(client, people, name, role):
    path = next(path for known, path in ALL if known == name)
    client.force_login(people[role])
    answer = client.get(path + ("?q=JL1" if name == "search" else ""))
    wanted = {200, 302} if role in READERS[name] else {403}
    assert answer.status_code in wanted, (name, role, answer.status_code)


@pytest.mark.parametrize("name", STAFF_ONLY)
def test_the_component_page_is_for_staff(client, people, name):
    path = next(path for known, path in ALL if known == name)
    client.force_login(people["manager"])
    assert client.get(path).status_code in (302, 403)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_anything_about_what_does_not_exist(client, people, role):
    client.force_login(people[role])
    for name, path in ALL:
        if name not in OPEN and ("nothing" in path or "/0" in path):
            assert client.post(path).status_code in (302, 403, 404, 405), name
