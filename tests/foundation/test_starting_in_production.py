"""Production starts only with its secrets, and says in one line each what is missing."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from tests.house.sources import PROJECT

COMPLETE = {
    "JLSEKO_ENV": "production",
    "DJANGO_SECRET_KEY": "k3" * 40,
    "JLSEKO_FIELD_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "desk.example",
    "CSRF_TRUSTED_ORIGINS": "https://desk.example",
    "DATABASE_URL": "postgres://desk@db.example/desk",
    "REDIS_URL": "rediss://queue.example:6379/0",
    "ALLOWED_REMOTE_HOSTS": "partner.example",
}
SHOW = (
    "import jlseko.settings as s; "
    "print(s.DEBUG, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS)"
)


def start(environment: dict[str, str], code: str = SHOW) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)


def test_a_complete_environment_starts_with_the_strict_settings() -> None:
    done = start(COMPLETE)
    assert done.stdout.split() == ["False", "__Host-sessionid", "__Host-csrftoken", "True", "31536000"], done.stderr


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "JLSEKO_ENV"])
def test_each_missing_setting_stops_the_start(name: str) -> None:
    done = start({key: value for key, value in COMPLETE.items() if key != name})
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if line.startswith(f"Wrong setting {name}: ")]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DJANGO_SECRET_KEY", "short"),
        ("JLSEKO_FIELD_KEYS", "not-a-key"),
        ("DATABASE_URL", "sqlite:///file.db"),
        ("REDIS_URL", "http://queue.example"),
        ("JLSEKO_TIME_FACTOR", "120"),
        ("JLSEKO_EPOCH", "2026-03-01T09:00:00+00:00"),
        ("JLSEKO_CLOCK_FILE", "clock.json"),
        ("JLSEKO_ALLOW_LOOPBACK_PARTNERS", "1"),
        ("JLSEKO_DEBUG", "1"),
        ("JLSEKO_FAILPOINTS", "fail.json"),
        ("JLSEKO_LOG_LEVEL", "CHATTY"),
    ],
)
def test_each_wrong_setting_stops_the_start_with_one_line(name: str, value: str) -> None:
    done = start(COMPLETE | {name: value})
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if line.startswith(f"Wrong setting {name}: ")] != []
    assert len(done.stderr.splitlines()) == 1


def test_every_wrong_setting_is_named_at_one_start() -> None:
    done = start({"JLSEKO_ENV": "production"})
    assert len(done.stderr.splitlines()) == len(COMPLETE) - 1


def test_production_starts_no_servers_of_its_own() -> None:
    done = start({"JLSEKO_ENV": "production"}, "from jlseko import embedded; print(embedded.missing())")
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "value"),
    [("JLSEKO_TIME_FACTOR", "fast"), ("JLSEKO_TIME_FACTOR", "-3"), ("JLSEKO_EPOCH", "noon"), ("JLSEKO_ENV", "live")],
)
def test_development_names_a_wrong_setting_too(name: str, value: str, tmp_path) -> None:
    done = start({"JLSEKO_DATA_DIR": str(tmp_path), name: value})
    assert done.returncode != 0
    assert f"Wrong setting {name}: " in done.stderr


def test_development_makes_its_keys_once_and_hides_them(tmp_path) -> None:
    code = "import jlseko.settings as s; print(s.SECRET_KEY, s.FIELD_KEYS)"
    environment = {"JLSEKO_DATA_DIR": str(tmp_path)}
    first = start(environment, code)
    assert first.stdout == start(environment, code).stdout != ""
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "secret-key": 0o600,
        "field-key": 0o600,
    }
