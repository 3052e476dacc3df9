"""The demo's processes, as a configuration for supervisor, which restarts what dies."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from jlseko.demo.installation import HOST, Ports, World, keys
from jlseko.env import PROJECT

LANES = ("orders", "dispatches", "feeds")
FIRST_ORDERS = 60  # within the first twenty minutes of business time, every kind of stall among them
ORDERS_PER_DAY = 300  # afterwards: one in five minutes of business time
FULFIL_HOURS = "0.4:1.5"
STOCK_EVENTS_PER_DAY = 200  # counts, damage, quarantine and put-away in the warehouse
STRAY_OFFERS, LOCKED_OFFERS = 2, 2  # a listing without product, and a level that is refused until the desk pushes it
UNLOCK_HOURS = 4  # a little after the fast hours
OUTAGE = "75:25"  # minutes after the world's start, and for how long the warehouse is away


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its name on the console and its command line."""

    name: str
    command: tuple[str, ...]
    patience: int = 10  # seconds to end by itself when asked
    whole_group: bool = False  # ask its children as well


def programs(folder: Path, where: Ports, made: World, *, push_url: str, reload: bool) -> list[Program]:
    """Everything that runs in the demo, in the order of its start."""
    python = sys.executable
    manage = (python, str(PROJECT / "manage.py"))
    marketplace_key, warehouse_key = keys(folder)
    sandbox = (*manage, "sandbox")
    quiet = ("--verbosity", "0")  # warnings only: the bell rings every few seconds
    orders = ("--orders", made.orders) if made.orders else ()
    shared = ("--seed", str(made.seed), "--clock-file", str(folder / "clock.json"), "--force-all", *orders)
    granian = (
        *(str(Path(python).parent / "granian"), "--interface", "wsgi", "--host", HOST, "--port", str(where.web)),
        *("--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "jlseko.wsgi:application"),
    )
    runserver = (*manage, "runserver", f"{HOST}:{where.web}")
    return [
        Program(
            "marketplace",
            (
                *(*sandbox, "marketplace", "--port", str(where.marketplace), "--key", marketplace_key, *shared),
                "--multi-shipment" if made.multi_shipment else "--no-multi-shipment",
                *("--burst", str(FIRST_ORDERS), "--orders-per-day", str(ORDERS_PER_DAY)),
                *("--stray-offers", str(STRAY_OFFERS), "--locked-offers", str(LOCKED_OFFERS)),
                *("--unlock-hours", str(UNLOCK_HOURS), "--ledger", str(folder / "marketplace.jsonl")),
                *("--data", str(folder / "marketplace")),
            ),
        ),
        Program(
            "warehouse",
            (
                *(*sandbox, "warehouse", "--port", str(where.warehouse), "--key", warehouse_key, *shared),
                *("--ledger", str(folder / "warehouse.jsonl"), "--data", str(folder / "warehouse")),
                *("--push-url", push_url, "--outage", OUTAGE),
                *("--fulfil-hours", FULFIL_HOURS, "--push-minutes", "10"),
                *("--stock-pushes", "--stock-events-per-day", str(STOCK_EVENTS_PER_DAY)),
            ),
        ),
        Program("web", runserver if reload else granian, whole_group=reload),
        Program("ticker", (*manage, "ticker")),
        *(
            Program(
                lane, (*manage, "rqworker", lane, "--serializer", "rq.serializers.JSONSerializer", *quiet), patience=15
            )
            for lane in LANES
        ),
        Program("progress", (*manage, "demo_progress")),
    ]


def log_of(folder: Path, name: str) -> Path:
    """Where a program's output goes; the console follows it."""
    return folder / "log" / f"{name}.log"


def _escaped(value: object) -> str:
    return str(value).replace("%", "%%")


def configuration(folder: Path, wanted: list[Program]) -> str:
    """The supervisor configuration of these programs."""
    lines = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"logfile={_escaped(log_of(folder, 'supervisor'))}",
        "logfile_maxbytes=2MB",
        "logfile_backups=1",
        "loglevel=info",
        f"pidfile={_escaped(folder / 'supervisor.pid')}",
        f"directory={_escaped(PROJECT)}",
    ]
    for order, program in enumerate(wanted):
        lines += [
            "",
            f"[program:{program.name}]",
            f"command={_escaped(shlex.join(program.command))}",
            f"directory={_escaped(PROJECT)}",
            f"priority={100 + order}",
            "autorestart=true",
            "startsecs=1",
            "startretries=1000",
            f"stopwaitsecs={program.patience}",
            f"stopasgroup={'true' if program.whole_group else 'false'}",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={_escaped(log_of(folder, program.name))}",
            "stdout_logfile_maxbytes=5MB",
            "stdout_logfile_backups=1",
        ]
    return "\n".join(lines) + "\n"
