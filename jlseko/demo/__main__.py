"""`python -m jlseko.demo`: what `make demo` runs."""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from jlseko import embedded
from jlseko.demo import installation
from jlseko.demo.clockwork import Clockwork
from jlseko.demo.console import Follower, say
from jlseko.demo.installation import FOLDER, HOST, CannotRun, Ports, World
from jlseko.demo.processes import Supervised, end_leftovers
from jlseko.demo.programs import configuration, log_of, programs
from jlseko.env import PROJECT, is_production

STOP_SECONDS = 30


class Stopped(Exception):
    """Somebody asked the demo to end."""


def _stop(number: int, _frame: object) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # once is enough; ending takes a moment
    raise Stopped(signal.Signals(number).name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where the desk is served")
    parser.add_argument("--seed", type=int, help="which invented orders to make")
    parser.add_argument("--speed", type=float, default=120.0, help="how many times faster business time runs at first")
    parser.add_argument("--orders", help="a CSV file in the Online Retail format instead of invented orders")
    parser.add_argument(
        "--multi-shipment", action=argparse.BooleanOptionalAction, default=None,
        help="whether the marketplace knows several shipments for one order",
    )  # fmt: skip
    parser.add_argument("--fresh", action="store_true", help="drop the last demo and start anew")
    parser.add_argument("--data", type=Path, default=FOLDER, help="the folder in which it keeps everything")
    parser.add_argument("--reload", action="store_true", help="serve with code reloading, for work on the project")
    options = parser.parse_args()
    if not 1 <= options.speed <= 100_000:
        parser.error("SPEED is a number from 1 to 100000")
    if not 1 <= options.port <= 65_000:
        parser.error("PORT is a number from 1 to 65000")
    return options


def _prepare(where: Ports) -> str:
    """Tables, people and the connection; returns the address at which the warehouse delivers its messages."""
    done = subprocess.run(
        [
            *(sys.executable, str(PROJECT / "manage.py"), "demo_prepare"),
            *("--marketplace-url", f"http://{HOST}:{where.marketplace}"),
            *("--warehouse-url", f"http://{HOST}:{where.warehouse}/api/"),
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in done.stdout.splitlines() if "/push/" in line]
    if done.returncode or not lines:
        raise CannotRun(f"The demo could not be prepared.\n{done.stdout}")
    return lines[-1].split()[-1]


def _announce(where: Ports, people: str) -> None:
    say("")
    say(f"The desk is open:  http://{HOST}:{where.web}/")
    say(people)
    say("Ctrl-C stops everything; `make demo` goes on from there.")
    say("")


def _serves(port: int) -> bool:
    asked = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        asked.request("GET", "/livez")
        return asked.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _watch(supervised: Supervised, follower: Follower, clockwork: Clockwork, where: Ports, folder: Path) -> None:
    """Keeps the clock and the console going until supervisor ends or somebody asks."""
    people = (folder / "sign-ins.txt").read_text(encoding="utf-8")
    announced = False
    turn = 0
    while supervised.running():
        time.sleep(0.25)
        follower.follow()
        turn += 1
        if turn % 4:
            continue
        if clockwork.tick():
            say(f"The first hours are over; business time now runs {clockwork.factor:g} times as fast as real time.")
        if not announced and _serves(where.web):
            announced = True
            _announce(where, people)
        if turn % 8 == 0:
            supervised.remember()
    say(f"The process manager ended by itself; its log is {log_of(folder, 'supervisor')}")


def _run(options: argparse.Namespace) -> None:
    folder: Path = options.data
    end_leftovers(folder)
    if options.fresh:
        installation.wipe(folder)
    made: World = installation.world(
        folder, seed=options.seed, orders=options.orders, multi_shipment=options.multi_shipment
    )
    where = installation.ports(options.port)
    os.environ.update(installation.environment(folder, where))
    say("Starting PostgreSQL and Valkey ..." if embedded.missing() else "Using your own PostgreSQL and Redis.")
    embedded.ensure(folder)
    clockwork = Clockwork(folder, speed=options.speed)
    clockwork.start()
    say("Preparing tables, people and the connection ...")
    push_url = _prepare(where)
    wanted = programs(folder, where, made, push_url=push_url, reload=options.reload)
    follower = Follower((program.name, log_of(folder, program.name)) for program in wanted)
    say(f"Business time runs {clockwork.factor:g} times as fast as real time. Starting {len(wanted)} processes ...")
    supervised = Supervised(folder, configuration(folder, wanted))
    try:
        _watch(supervised, follower, clockwork, where, folder)
    finally:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        say("Stopping ...")
        supervised.stop(seconds=STOP_SECONDS)
        clockwork.stop()
        follower.follow()


def main() -> int:
    """Runs the demo until it is stopped."""
    options = _options()
    if is_production():
        sys.stderr.write("The demo does not run with JLSEKO_ENV=production.\n")
        return 1
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _stop)
    try:
        installation.lock(options.data)
        _run(options)
        return 1
    except Stopped:
        say("Stopped.")
        return 0
    except CannotRun as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    finally:
        embedded.leave(embedded.home(options.data), wait=True)


if __name__ == "__main__":
    raise SystemExit(main())
