"""An installation of the first version is brought to the present one with its data in it: nothing is lost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database

from exceptions.accounting import balance
from sync.failures import Unclear
from sync.models import Order
from sync.states import Stage, Status
from tests.sync.conftest import Engine, engine  # noqa: F401 - the real loop between two doubles
from tests.sync.doubles import HOME, an_order

FIRST = {"exceptions": "0001", "sync": "0001", "carriers": "0001"}
OURS = ("carriers_", "exceptions_", "sync_")


@pytest.fixture
def first_version(engine: Engine) -> Iterator[Engine]:  # noqa: F811
    """A busy installation, taken back to the tables of the first version; the present ones return at the end."""
    for number in range(12):
        good = number % 4 != 3
        address = HOME if good else type(HOME)(**{f: "" if f == "city" else getattr(HOME, f) for f in HOME.__slots__})
        engine.marketplace.put(an_order(f"JL{number:02}-A", address=address, BAG=1 + number % 3, HAT=1))
    engine.warehouse.after["websubmit"] = [Unclear("no answer in time")]
    engine.poll()
    engine.run(5)
    for number in (0, 1, 2):
        engine.dispatch(f"JL{number:02}-A", number=f"1550123456789{number}", courier="Donkey" if number == 2 else "DPD")
    engine.run(6)
    try:
        for app, name in FIRST.items():
            call_command("migrate", app, name, verbosity=0)
        yield engine
    finally:
        call_command("migrate", verbosity=0)


def rows() -> dict[str, dict[Any, dict[str, Any]]]:
    """Every row of ours by table and key, as PostgreSQL itself tells it."""
    found = {}
    with database.cursor() as cursor:
        for table in sorted(name for name in database.introspection.table_names(cursor) if name.startswith(OURS)):
            cursor.execute(f'SELECT to_jsonb(t) FROM "{table}" t')
            told = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
            found[table] = {row.get("id", json.dumps(row, sort_keys=True)): row for row in told}
    return found


@pytest.mark.timeout(300)
def test_every_row_of_the_first_version_is_there_afterwards_and_goes_on(first_version: Engine) -> None:
    before = rows()
    assert sum(len(table) for table in before.values()) > 100
    filled = {table for table, kept in before.items() if kept}
    assert {"sync_order", "sync_item", "sync_attempt", "sync_event", "exceptions_fault"} <= filled
    call_command("migrate", verbosity=0)
    after = rows()
    for table, kept in before.items():
        assert set(kept) == set(after[table]), table
        for key, row in kept.items():
            now = after[table][key]
            changed = {name for name in row if name in now and row[name] != now[name]}
            assert not changed, (table, key, changed)
            gone = set(row) - set(now)
            assert not gone, (table, gone)
    shop = first_version
    assert balance(shop.connection).faults == []
    assert not Order.objects.filter(postcode_key="").exists()  # the first version kept none
    assert shop.order("JL00-A").item.stage == Stage.CONFIRMED
    shop.marketplace.change("JL00-A", state="RECEIVED")
    shop.poll()
    shop.run(6)
    assert shop.order("JL00-A").item.status == Status.DONE
