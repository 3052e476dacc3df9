"""A desk as people meet it: the web process over the test database, both simulated partners as processes, a browser."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from playwright.sync_api import expect

from jlseko.env import PROJECT
from sync import lanes, partners_of
from sync.connections import connecting
from sync.loop import feeds, work
from sync.models import Connection, FlowState, Item
from sync.states import Lane
from tests.system.ports import free_port

PASSWORD = "try-the-desk-0"
SPEED = 600.0
expect.set_options(timeout=15_000)  # a page of a busy machine; an expectation that holds does not wait


class Partner:
    """One simulated partner in a process of its own."""

    def __init__(self, name: str, folder: Path, *arguments: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ledger = folder / f"{name}.jsonl"
        log = (folder / f"{name}.log").open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "sync.sandbox", name, "--port", str(self.port), "--data", str(folder / name),
                "--ledger", str(self.ledger), *arguments,
            ],
            cwd=PROJECT, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )  # fmt: skip
        until(self.answers, seconds=20, what=f"the {name} sandbox")

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return bool(self.ask("/_sandbox/state"))
        except OSError:
            return False

    def ask(self, path: str, data: dict[str, Any] | None = None) -> Any:
        """Call one of its doors for tests."""
        body = None if data is None else dumps(data).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return loads(answer.read())

    def requests(self) -> list[dict[str, Any]]:
        """What its ledger holds."""
        return [loads(line) for line in self.ledger.read_text().splitlines()]

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(timeout=20)


def until(true: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """Wait for something that must come."""
    ends = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < ends, f"not within {seconds} s: {what}"
        time.sleep(0.2)
    return found


class Loop:
    """The engine, driven by the test in its own thread."""

    def __init__(self, connection: Connection, marketplace: Partner, warehouse: Partner) -> None:
        self.connection, self.marketplace, self.warehouse = connection, marketplace, warehouse

    def turn(self) -> None:
        """One round of everything that a minute brings."""
        FlowState.objects.update(due_at=timezone.now())
        feeds.run_due()
        Item.objects.filter(status__in=["ready", "waiting", "unknown"]).update(due_at=timezone.now())
        for lane in Lane:
            work.drain(lane, seconds=3, threads=1)
        lanes.sweep()

    def until(self, true: Callable[[], Any], *, what: str, seconds: float = 60) -> Any:
        """Turn until something is true."""

        def turned() -> Any:
            self.turn()
            return true()

        return until(turned, seconds=seconds, what=what)


@pytest.fixture
def people(transactional_db: None) -> dict[str, User]:
    """One person for each group."""
    found = {}
    for name, group in (("ops", "Operations"), ("manager", "Manager"), ("admin", "Admin"), ("finance", "Finance")):
        user = User.objects.create_user(name, password=PASSWORD, first_name=name.capitalize(), last_name="Person")
        user.groups.add(Group.objects.get(name=group))
        found[name] = user
    return found


@pytest.fixture
def loop(people: dict[str, User], live_server: Any, tmp_path: Path, settings: Any, monkeypatch: Any) -> Iterator[Loop]:
    """Both partners, one connection, time 600 times as fast for all of them."""
    clock = tmp_path / "clock.json"
    clock.write_text(dumps({"epoch": datetime.now(UTC).isoformat(), "factor": SPEED}))
    settings.CLOCK_FILE = str(clock)
    shared = ("--clock-file", str(clock), "--scenario-rates", "none", "--orders-per-day", "0", "--burst", "0")
    connection_name = "shop"
    secret = "s" * 43
    push = f"{live_server.url}/push/{connection_name}/{secret}/"
    marketplace = Partner("marketplace", tmp_path, *shared, "--debit-minutes", "1")
    warehouse = Partner("warehouse", tmp_path, *shared[:4], "--push-url", push, "--push-minutes", "2")
    settings.ALLOWED_REMOTE_HOSTS = [url.removeprefix("http://") for url in (marketplace.url, warehouse.url)]
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    monkeypatch.setattr(Connection, "new_push_secret", staticmethod(lambda: secret))
    connection = connecting.connect(
        connection_name,
        marketplace=connecting.Address("mirakl", marketplace.url),
        warehouse=connecting.Address("seko", f"{warehouse.url}/api/"),
        status_url="",
        marketplace_key="sandbox-key",
        warehouse_key="sandbox-key",
        settings_text=["visibility_minutes=1"],
    )
    yield Loop(connection, marketplace, warehouse)
    partners_of._open.clear()
    warehouse.stop()
    marketplace.stop()


def _enter(page: Any, url: str, name: str) -> Any:
    page.goto(f"{url}/sign-in/")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")
    return page


@pytest.fixture
def sign_in(page: Any, live_server: Any) -> Callable[[str], Any]:
    """Sign somebody in through the form; returns the page, on Today."""
    return lambda name: _enter(page, live_server.url, name)


@pytest.fixture
def signed_in(browser: Any, browser_context_args: dict[str, Any], live_server: Any) -> Iterator[Callable[..., Any]]:
    """Several people at once, each in a browser of their own, ``scripts`` on or off; returns the page, on Today."""
    contexts = []

    def go(name: str, *, scripts: bool = True, **more: Any) -> Any:
        contexts.append(browser.new_context(**browser_context_args, java_script_enabled=scripts, **more))
        return _enter(contexts[-1].new_page(), live_server.url, name)

    yield go
    for context in contexts:
        context.close()
