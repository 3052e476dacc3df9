"""A machine that disappears in the middle of a transaction holds nothing for long."""

from __future__ import annotations

import pytest
from django.db import connection

from jlseko.env import Environment


@pytest.mark.django_db
def test_the_database_ends_a_transaction_that_nobody_goes_on_with() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)


def test_both_ends_of_a_line_look_whether_the_other_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://desk@db.example/desk")
    options = Environment().database()["OPTIONS"]
    ours = options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"]
    assert ours <= 60
    assert "tcp_keepalives_idle=30" in options["options"]


def test_an_address_may_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://desk@db.example/desk?connect_timeout=30&sslmode=require")
    options = Environment().database()["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"], options["keepalives_idle"]) == (30, "require", 30)
