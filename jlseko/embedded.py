"""PostgreSQL and Valkey for an installation without servers of its own.

Where `DATABASE_URL` or `REDIS_URL` is missing, the first process starts a guardian (jlseko/guardian.py) that runs the
embedded servers; every process of the installation holds a shared lock on one file, and the guardian stops the servers
once nobody holds it any more. The kernel drops the lock of a process however it ends, so a crash needs no tidying up.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import json
import os
import secrets
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from jlseko.env import PROJECT, data_dir, is_production

START_SECONDS = 90
STOP_SECONDS = 30
MARK = "JLSEKO_EMBEDDED"  # names the variables that came from here, for the processes that inherit them
WITHOUT_SERVERS = frozenset({"", "help", "version", "--help", "-h", "--version", "collectstatic", "sandbox", "demo"})

_held: dict[Path, int] = {}
_guardians: list[subprocess.Popen[bytes]] = []


def wanted_by(arguments: Sequence[str]) -> bool:
    """Whether a manage.py command line needs the servers."""
    first = arguments[0] if arguments else ""
    return first not in WITHOUT_SERVERS and not {"--help", "-h"} & set(arguments)


def missing() -> list[str]:
    """The variables that no real server fills; none in production, where they must be set."""
    if is_production():
        return []
    ours = os.environ.get(MARK, "").split(",")
    return [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name, "").strip() or name in ours]


def ensure(data: Path | None = None, *, durable: bool = True) -> None:
    """Fills `DATABASE_URL` and `REDIS_URL` with embedded servers where they are missing, starting these when needed.

    Args:
        data: the installation's folder; the usual one when left out.
        durable: False lets PostgreSQL skip flushing to disk, for tests only.

    Raises:
        SystemExit: the servers do not start; the message says why.
    """
    names = missing()
    if not names:
        return
    data = (data or data_dir()).absolute()
    os.environ["JLSEKO_DATA_DIR"] = str(data)
    found = join(home(data), durable=durable)
    for name in names:
        os.environ[name] = found[name]
    os.environ[MARK] = ",".join(names)


def home(data: Path) -> Path:
    """The servers' own folder: inside `data`, or linked from there to /var/lib when PostgreSQL could not reach it.

    PostgreSQL refuses to run as root, so root runs it as another user, who must be able to pass every parent folder.
    Opening a parent that its owner closed is not for us to do.
    """
    data.mkdir(parents=True, exist_ok=True)
    place = data / "embedded"
    if os.geteuid() == 0 and not place.exists() and not passable(data):
        name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
        elsewhere = Path("/var/lib") / f"jlseko-{name}"
        elsewhere.mkdir(exist_ok=True)
        elsewhere.chmod(0o711)
        link = data / f"embedded.{secrets.token_hex(4)}"
        link.symlink_to(elsewhere)
        link.replace(place)  # in one step, whoever else is at it; also over a link whose folder is gone
    place.mkdir(exist_ok=True)
    return place.resolve()


def passable(folder: Path) -> bool:
    """Whether any user of the machine may walk down to `folder`."""
    resolved = folder.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (resolved, *resolved.parents))


def join(place: Path, *, durable: bool) -> dict[str, str]:
    """Becomes a user of the servers in `place` and returns their addresses; starts the guardian when there is none."""
    with open(place / "start.lock", "a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if place not in _held:
            _held[place] = os.open(place / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(_held[place], fcntl.LOCK_SH)  # waits while a guardian is just stopping
            atexit.register(leave, place, wait=False)
        state = place / "state.json"
        guardian = None
        if not _guarded(place):
            state.unlink(missing_ok=True)
            guardian = _start_guardian(place, durable=durable)
        deadline = time.monotonic() + START_SECONDS
        while not state.exists():
            gone = not _guarded(place) if guardian is None else guardian.poll() is not None
            if gone or time.monotonic() > deadline:
                raise SystemExit(f"The embedded servers did not start:\n{_tail(place)}")
            time.sleep(0.05)
        return {str(name): str(url) for name, url in json.loads(state.read_text(encoding="utf-8")).items()}


def leave(place: Path, *, wait: bool) -> None:
    """Ends this process's use of the servers; with `wait`, returns once they stopped, unless others still use them."""
    handle = _held.pop(place, None)
    if handle is None:
        return
    os.close(handle)
    deadline = time.monotonic() + STOP_SECONDS
    grace = time.monotonic() + 1.5
    while wait and _guarded(place) and time.monotonic() < deadline:
        if (place / "state.json").exists() and time.monotonic() > grace:
            return  # the guardian goes on: somebody else is at work
        time.sleep(0.05)
    while wait and _guardians:
        _guardians.pop().wait(timeout=STOP_SECONDS)


def idle(place: Path) -> bool:
    """Whether no servers run in `place`; gives a guardian that is just stopping a moment."""
    deadline = time.monotonic() + 5
    while _guarded(place) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not _guarded(place)


def _guarded(place: Path) -> bool:
    """Whether a guardian lives: it holds its lock for life."""
    with open(place / "guardian.lock", "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _start_guardian(place: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "jlseko.guardian", str(place)]
    with open(place / "guardian.log", "wb") as log:
        guardian = subprocess.Popen(
            command if durable else [*command, "--not-durable"],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the commands; the guardian leaves when they have left
        )
    _guardians.append(guardian)
    return guardian


def _tail(place: Path) -> str:
    lines: list[str] = []
    for name in ("guardian.log", "postgres.log"):
        path = place / name
        if path.exists():
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    return "\n".join(lines) or f"no log was written in {place}"
