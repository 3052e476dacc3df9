"""The embedded servers start once for everybody, stop after the last, and come back after any crash."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from jlseko import embedded
from tests.house.sources import PROJECT

USER = """
import os, sys
from jlseko import embedded
embedded.ensure(durable=False)
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
sys.stdin.read()
"""

# Finds the home of each folder in turn, at the same instants as everybody who was told the same first instant.
AT_ONCE = """
import sys, time
from pathlib import Path
from jlseko import embedded
first, *folders = sys.argv[1:]
for turn, folder in enumerate(folders):
    while time.time() < float(first) + turn * 0.004:
        pass
    print(embedded.home(Path(folder)))
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that any user may pass, as under most projects; its servers have ended when the test ends."""
    folder = Path(tempfile.mkdtemp(prefix="jls-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    ended = gone(folder)
    for process in servers(folder):
        process.kill()
    shutil.rmtree(embedded.home(folder))
    shutil.rmtree(folder)
    assert ended, "a server outlived its users"


class User:
    """A process that uses the servers until it is told to go."""

    def __init__(self, folder: Path) -> None:
        names = {"PATH": os.environ["PATH"], "JLSEKO_DATA_DIR": str(folder)}
        command = [sys.executable, "-c", USER]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=PROJECT, env=names, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout is not None
        self.database, self.redis = self.process.stdout.readline().split()

    def leave(self) -> None:
        self.process.communicate(timeout=30)


@pytest.fixture
def enter(data: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def make() -> User:
        users.append(User(data))
        return users[-1]

    yield make
    for user in users:
        user.process.kill()
        user.process.communicate()


def servers(folder: Path) -> list[psutil.Process]:
    place = str(embedded.home(folder))
    return [
        each for each in psutil.process_iter(["cmdline"]) if any(place in part for part in each.info["cmdline"] or [])
    ]


def gone(folder: Path) -> bool:
    deadline = time.monotonic() + 15
    while servers(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not servers(folder)


def remember(address: str, word: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def kept(address: str) -> list[str]:
    with psycopg.connect(address) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept ORDER BY word")]


def test_two_processes_share_the_servers_and_the_last_one_stops_them(data: Path, enter: Callable[[], User]) -> None:
    first, second = enter(), enter()
    assert (first.database, first.redis) == (second.database, second.redis)
    remember(first.database, "one")
    first.leave()
    assert kept(second.database) == ["one"]
    second.leave()
    assert gone(data)
    assert kept(enter().database) == ["one"]


def test_a_crash_of_everything_leaves_nothing_in_the_way(data: Path, enter: Callable[[], User]) -> None:
    user = enter()
    remember(user.database, "one")
    for process in [psutil.Process(user.process.pid), *servers(data)]:
        process.kill()
    assert (embedded.home(data) / "postgres" / "postmaster.pid").exists()
    assert kept(enter().database) == ["one"]


def test_servers_whose_guardian_was_killed_are_taken_over(data: Path, enter: Callable[[], User]) -> None:
    user = enter()
    remember(user.database, "one")
    guardian = next(each for each in servers(data) if "jlseko.guardian" in each.info["cmdline"])
    guardian.kill()
    assert embedded.idle(embedded.home(data))
    again = enter()
    assert kept(again.database) == ["one"]
    user.leave()
    again.leave()
    assert gone(data)


def test_the_number_of_a_dead_server_may_belong_to_somebody_else(data: Path, enter: Callable[[], User]) -> None:
    enter().leave()
    assert gone(data)
    stale = embedded.home(data) / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n5432\n/tmp\n\n  1  1\nready\n")
    assert enter().database


def test_a_server_that_dies_is_started_again(data: Path, enter: Callable[[], User]) -> None:
    user = enter()
    remember(user.database, "one")
    number = int((embedded.home(data) / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(number, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while True:
        try:
            assert kept(user.database) == ["one"]
            return
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_closed_folders_stay_closed_and_the_data_lies_elsewhere(data: Path, enter: Callable[[], User]) -> None:
    data.chmod(0o700)
    before = {parent: parent.stat().st_mode for parent in data.parents}
    user = enter()
    remember(user.database, "one")
    assert embedded.home(data).parent == Path("/var/lib")
    assert (data.stat().st_mode & 0o777, {parent: parent.stat().st_mode for parent in data.parents}) == (0o700, before)
    user.leave()
    assert gone(data)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_first_commands_at_the_same_instant_agree_where_the_data_lies(data: Path) -> None:
    data.chmod(0o700)
    folders = [data / str(number) for number in range(100)]
    command = [sys.executable, "-c", AT_ONCE, str(time.time() + 1), *map(str, folders)]
    pipe = subprocess.PIPE
    try:
        both = [subprocess.Popen(command, cwd=PROJECT, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
        (first, first_error), (second, second_error) = [each.communicate(timeout=30) for each in both]
        assert (first_error, second_error) == ("", "")
        assert first == second
        assert {Path(home).parent for home in first.split()} == {Path("/var/lib")}
    finally:
        for folder in folders:
            shutil.rmtree(embedded.home(folder))


def test_with_both_addresses_set_nothing_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(embedded.MARK, raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgres://desk@db.example/desk")
    monkeypatch.setenv("REDIS_URL", "redis://queue.example/0")
    assert embedded.missing() == []
    monkeypatch.delenv("REDIS_URL")
    assert embedded.missing() == ["REDIS_URL"]


@pytest.mark.parametrize("line", ["help", "", "sandbox warehouse", "collectstatic", "migrate --help"])
def test_commands_that_need_no_servers_start_none(line: str) -> None:
    assert not embedded.wanted_by(line.split())


@pytest.mark.parametrize("line", ["migrate", "work", "connect demo", "account_for --json"])
def test_commands_that_need_servers_get_them(line: str) -> None:
    assert embedded.wanted_by(line.split())
