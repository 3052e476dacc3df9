"""The demo keeps its world, says clearly why it cannot run, and leaves no process behind."""

from __future__ import annotations

import configparser
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from jlseko.demo.console import Follower
from jlseko.demo.installation import CannotRun, Ports, World, environment, keys, lock, ports, world
from jlseko.demo.processes import LIST, Supervised, end_leftovers
from jlseko.demo.programs import Program, configuration, log_of, programs
from jlseko.env import PROJECT
from jlseko.management.commands.demo_progress import summary

PORTS = Ports(web=18170, marketplace=18171, warehouse=18172)


def test_a_demo_remembers_what_it_was_made_with(tmp_path: Path) -> None:
    assert world(tmp_path, seed=7, orders=None) == World(seed=7, orders="")
    assert world(tmp_path, seed=None, orders=None) == World(seed=7, orders="")
    with pytest.raises(CannotRun, match=r"SEED=7.*FRESH=1"):
        world(tmp_path, seed=8, orders=None)


def test_a_demo_remembers_whether_an_order_may_have_several_shipments(tmp_path: Path) -> None:
    assert world(tmp_path, seed=None, orders=None, multi_shipment=True).multi_shipment
    assert world(tmp_path, seed=None, orders=None).multi_shipment
    with pytest.raises(CannotRun, match=r"MULTI_SHIPMENT=1.*FRESH=1"):
        world(tmp_path, seed=None, orders=None, multi_shipment=False)


@pytest.mark.parametrize("several", [True, False])
def test_the_simulated_marketplace_is_told_how_many_shipments_an_order_may_have(tmp_path: Path, several: bool) -> None:
    made = World(seed=3, orders="", multi_shipment=several)
    commands = {p.name: p.command for p in programs(tmp_path, PORTS, made, push_url="http://x/push/", reload=False)}
    assert ("--multi-shipment" in commands["marketplace"]) == several
    assert ("--no-multi-shipment" in commands["marketplace"]) != several


def test_the_demo_has_offers_that_give_the_stock_desk_work(tmp_path: Path) -> None:
    made = World(seed=3, orders="")
    commands = {p.name: p.command for p in programs(tmp_path, PORTS, made, push_url="http://x/push/", reload=False)}
    command = commands["marketplace"]
    told = {name: float(command[command.index(name) + 1]) for name in ("--stray-offers", "--locked-offers")}
    assert all(1 <= count <= 3 for count in told.values()), told  # some, and not so many that they drown the desk


def test_the_demo_goes_by_the_name_of_a_command_too() -> None:
    done = subprocess.run(
        [sys.executable, PROJECT / "manage.py", "demo", "--help"], capture_output=True, text=True, check=True
    )
    assert "--multi-shipment" in done.stdout


def test_a_missing_orders_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"ORDERS: there is no file .*none\.csv"):
        world(tmp_path, seed=None, orders=str(tmp_path / "none.csv"))
    assert not (tmp_path / "world.json").exists()


def test_an_orders_file_belongs_to_the_world(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    made = world(tmp_path, seed=None, orders=str(tmp_path / "a.csv"))
    assert made.orders == str(tmp_path / "a.csv")
    (tmp_path / "b.csv").touch()
    with pytest.raises(CannotRun):
        world(tmp_path, seed=None, orders=str(tmp_path / "b.csv"))


def test_a_taken_web_port_is_named_and_taken_partner_ports_are_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"Port {port} is taken"):
            ports(port)
        found = ports(port - 1)
        assert port < found.marketplace < found.warehouse


def test_two_demos_cannot_share_a_folder(tmp_path: Path) -> None:
    handle = lock(tmp_path / "demo")
    code = "import sys; from pathlib import Path; from jlseko.demo.installation import lock; lock(Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "demo"], capture_output=True, text=True, check=False)
    os.close(handle)
    assert "already running" in done.stderr


def test_the_processes_get_one_clock_and_reach_the_partners_only(tmp_path: Path) -> None:
    found = environment(tmp_path, PORTS)
    assert found["JLSEKO_CLOCK_FILE"] == str(tmp_path / "clock.json")
    assert found["ALLOWED_REMOTE_HOSTS"] == "127.0.0.1:18171,127.0.0.1:18172"
    assert keys(tmp_path) == (found["JLSEKO_MARKETPLACE_KEY"], found["JLSEKO_WAREHOUSE_KEY"])
    assert (tmp_path / "partner-keys.json").stat().st_mode & 0o777 == 0o600


def test_supervisor_gets_every_command_line_whole(tmp_path: Path) -> None:
    made = World(seed=3, orders="/data/100 % real.csv")
    wanted = programs(tmp_path, PORTS, made, push_url="http://127.0.0.1:18170/push/demo/x/", reload=False)
    parsed = configparser.RawConfigParser()
    parsed.read_string(configuration(tmp_path, wanted))
    for program in wanted:
        section = parsed[f"program:{program.name}"]
        assert tuple(shlex.split(section["command"].replace("%%", "%"))) == program.command
        assert section["autorestart"] == "true"
    names = {program.name for program in wanted}
    assert names == {"marketplace", "warehouse", "web", "ticker", "orders", "dispatches", "feeds", "progress"}


def test_the_simulated_partners_share_seed_clock_and_orders(tmp_path: Path) -> None:
    wanted = programs(tmp_path, PORTS, World(seed=3, orders="/data/o.csv"), push_url="http://x/push/", reload=False)
    partners = [program.command for program in wanted if "sandbox" in program.command]
    assert len(partners) == 2
    for command in partners:
        for option, value in {
            "--seed": "3",
            "--clock-file": str(tmp_path / "clock.json"),
            "--orders": "/data/o.csv",
        }.items():
            assert command[command.index(option) + 1] == value


def sleeper() -> tuple[str, ...]:
    return (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def started(folder: Path) -> tuple[Supervised, list[psutil.Process]]:
    (folder / "log").mkdir()
    supervised = Supervised(folder, configuration(folder, [Program("one", sleeper()), Program("two", sleeper())]))
    wait_for(
        lambda: all(log_of(folder, name).exists() and log_of(folder, name).stat().st_size for name in ("one", "two"))
    )
    supervised.remember()
    children = psutil.Process().children(recursive=True)
    return supervised, [each for each in children if "time.sleep(600)" in " ".join(each.cmdline())]


def test_stopping_ends_every_process(tmp_path: Path) -> None:
    supervised, children = started(tmp_path)
    assert len(children) == 2
    supervised.stop(seconds=15)
    assert not any(child.is_running() for child in children)
    assert not (tmp_path / LIST).exists()


def test_what_dies_is_restarted(tmp_path: Path) -> None:
    supervised, children = started(tmp_path)
    try:
        children[0].kill()
        wait_for(lambda: sum(log_of(tmp_path, name).read_text().count("up") for name in ("one", "two")) == 3)
    finally:
        supervised.stop(seconds=15)


def test_what_a_killed_supervisor_left_is_ended_by_the_next_demo(tmp_path: Path) -> None:
    supervised, children = started(tmp_path)
    supervised._process.kill()
    supervised._process.wait()
    assert all(child.is_running() for child in children)
    end_leftovers(tmp_path)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)


def test_every_line_carries_the_name_of_its_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "web.log"
    log.write_text("old\n")
    follower = Follower([("web", log)])
    with log.open("a") as added:
        added.write("first\nsec")
    follower.follow()
    with log.open("a") as added:
        added.write("ond\n")
    follower.follow()
    assert capsys.readouterr().out == "web         | first\nweb         | second\n"


def test_progress_is_one_readable_line() -> None:
    accounts = [
        {"order_id": "1", "state": "moving", "stage": "received", "exception_category": None},
        {"order_id": "2", "state": "moving", "stage": "injected", "exception_category": None},
        {"order_id": "3", "state": "done", "stage": "delivered", "exception_category": None},
        {"order_id": "4", "state": "stalled", "stage": "dispatched", "exception_category": "unmapped_carrier"},
        {"order_id": "5", "state": "stalled", "stage": "validated", "exception_category": "unknown_sku"},
    ]
    assert summary(accounts) == "5 orders in, 2 at SEKO, 1 confirmed, 1 done, 2 stalled of 2 kinds"
