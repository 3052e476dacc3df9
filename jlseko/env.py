"""Reads the settings from the environment; every mistake becomes one line that says what to set."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import environ
from cryptography.fernet import Fernet

Value = TypeVar("Value")

PROJECT = Path(__file__).resolve().parent.parent
CONNECT_SECONDS = 5  # a database that does not take a connection in this time is away
# A machine that disappears says no goodbye. Both ends miss it within a minute, so that neither a lock of its last
# transaction nor a worker that waits for an answer stands for hours; no transaction of ours waits for anybody else.
LINE: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "options": "-c idle_in_transaction_session_timeout=60s"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
}


def data_dir() -> Path:
    """The folder of this installation: embedded servers, generated keys, the demo's worlds.

    `JLSEKO_DATA_DIR` where it is set, else the demo's folder once a demo was made, else `.data/local`, so that
    a command typed beside a running demo speaks to the demo's database.
    """
    chosen = os.environ.get("JLSEKO_DATA_DIR", "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    demo = PROJECT / ".data" / "demo"
    return demo if (demo / "clock.json").exists() else PROJECT / ".data" / "local"


def is_production() -> bool:
    """True under `JLSEKO_ENV=production`."""
    return os.environ.get("JLSEKO_ENV", "development").strip().lower() == "production"


class Environment:
    """Typed reading that collects every problem first, so that one start shows the whole list."""

    def __init__(self) -> None:
        self._env = environ.Env()
        self._problems: list[str] = []
        self.production = is_production()
        if os.environ.get("JLSEKO_ENV", "development").strip().lower() not in {"production", "development"}:
            self.problem("JLSEKO_ENV", "set it to production, or leave it out for development")

    def problem(self, name: str, advice: str) -> None:
        """Notes one wrong setting; `finish` prints it."""
        self._problems.append(f"{name}: {advice}")

    def _read(self, name: str, reader: Callable[[], Value], *, fallback: Value, advice: str) -> Value:
        if not os.environ.get(name, "").strip():
            return fallback
        try:
            return reader()
        except (ValueError, TypeError, environ.ImproperlyConfigured):
            self.problem(name, advice)
            return fallback

    def text(self, name: str, fallback: str = "") -> str:
        """A text setting without surrounding blanks."""
        return os.environ.get(name, "").strip() or fallback

    def flag(self, name: str) -> bool:
        """A yes/no setting."""

        def strict() -> bool:
            word = os.environ[name].strip().lower()
            if word not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
                raise ValueError(word)
            return word in {"1", "true", "yes", "on"}

        return self._read(name, strict, fallback=False, advice="set it to 1 or 0")

    def number(self, name: str, fallback: float, *, least: float, most: float) -> float:
        """A number between `least` and `most`."""
        value = self._read(name, lambda: self._env.float(name), fallback=fallback, advice="set it to a number")
        if not least <= value <= most:
            self.problem(name, f"set it to a number from {least:g} to {most:g}")
            return fallback
        return value

    def names(self, name: str, fallback: list[str] | None = None) -> list[str]:
        """A comma-separated list, blanks and empty places dropped."""
        parts = [part.strip() for part in os.environ.get(name, "").split(",")]
        return [part for part in parts if part] or list(fallback or [])

    def moment(self, name: str) -> datetime | None:
        """A point in time in ISO 8601 with its offset, e.g. `2026-03-01T09:00:00+00:00`."""

        def aware() -> datetime:
            value = datetime.fromisoformat(os.environ[name].strip())
            if value.tzinfo is None:
                raise ValueError(name)
            return value

        advice = "set it to a time with its offset, like 2026-03-01T09:00:00+00:00"
        return self._read(name, aware, fallback=None, advice=advice)

    def database(self) -> dict[str, Any]:
        """`DATABASE_URL` as Django's setting; PostgreSQL only."""
        fallback = {"ENGINE": "django.db.backends.postgresql", "NAME": "jlseko"}
        advice = "set it to postgres://user:password@host:5432/name"
        found = dict(
            self._read("DATABASE_URL", lambda: self._env.db_url("DATABASE_URL"), fallback=fallback, advice=advice)
        )
        if found.get("ENGINE") != "django.db.backends.postgresql" or not found.get("NAME"):
            self.problem("DATABASE_URL", advice)
            return fallback
        given: Any = found.get("OPTIONS", {})
        options = {**LINE, **given}
        if "host" in options:  # libpq's way to name the folder of a unix socket
            found["HOST"] = options.pop("host")
        return found | {"OPTIONS": options}

    def redis_url(self) -> str:
        """`REDIS_URL`: a Redis or Valkey server by TCP, TLS or unix socket."""
        url = self.text("REDIS_URL", "redis://127.0.0.1:6379/0")
        if url.split("://")[0] not in {"redis", "rediss", "unix"}:
            self.problem("REDIS_URL", "set it to redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket")
        return url

    def secret_key(self) -> str:
        """`DJANGO_SECRET_KEY`; development makes one and keeps it."""
        key = self.text("DJANGO_SECRET_KEY")
        if self.production and len(key) < 50:
            self.problem("DJANGO_SECRET_KEY", "set it to at least 50 random characters, and keep them secret")
        if key or self.production:
            return key or "refused"
        return _kept("secret-key", lambda: secrets.token_urlsafe(64))

    def field_keys(self) -> list[str]:
        """`JLSEKO_FIELD_KEYS`: Fernet keys, the newest first; development makes one and keeps it."""
        keys = self.names("JLSEKO_FIELD_KEYS")
        if not keys and not self.production:
            keys = [_kept("field-key", lambda: Fernet.generate_key().decode("ascii"))]
        try:
            [Fernet(key) for key in keys]
        except ValueError:
            keys = []
        if not keys:
            self.problem("JLSEKO_FIELD_KEYS", "set it to one or more Fernet keys of 44 characters, comma-separated")
        return keys

    def require(self, *settings: str) -> None:
        """Production starts only with each of these set."""
        for name in settings:
            if self.production and not os.environ.get(name, "").strip():
                self.problem(name, "production needs it; the README lists what each setting holds")

    def forbid(self, *settings: str) -> None:
        """Production starts only without these: they are for rehearsals."""
        for name in settings:
            if self.production and os.environ.get(name, "").strip():
                self.problem(name, "production refuses it; unset it")

    def finish(self) -> None:
        """Stops the process with one line for each wrong setting.

        Raises:
            SystemExit: when anything was wrong; its message goes to standard error.
        """
        if self._problems:
            raise SystemExit("\n".join(f"Wrong setting {line}" for line in dict.fromkeys(self._problems)))


def _kept(name: str, make: Callable[[], str]) -> str:
    """A generated secret, made once in the installation's folder, readable by its owner only."""
    path = data_dir() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{name}.{os.getpid()}")
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(make() + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secret is the one
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
