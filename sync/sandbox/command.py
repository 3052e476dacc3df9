"""The command line of the two simulated partners."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .clock import parse_instant
from .faults import Windows
from .marketplace import app as marketplace
from .marketplace import options as marketplace_options
from .marketplace.settings import MarketSettings
from .scenarios import SCENARIOS, Plan
from .server import run
from .warehouse import app as warehouse
from .warehouse import settings as warehouse_settings

PORTS = {"marketplace": 8001, "warehouse": 8002}


def parser(program: str = "python -m sync.sandbox") -> argparse.ArgumentParser:
    """The whole command line: ``marketplace`` and ``warehouse``, each with its options."""
    top = argparse.ArgumentParser(prog=program, description="Run one simulated partner on the loopback address.")
    partners = top.add_subparsers(dest="partner", required=True)
    market = partners.add_parser("marketplace", help="John Lewis' marketplace, in Mirakl's shape")
    _add_shared(market)
    marketplace_options.add_arguments(market)
    store = partners.add_parser("warehouse", help="SEKO's warehouse, in iHub's shape")
    _add_shared(store)
    warehouse_settings.add_arguments(store)
    return top


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m sync.sandbox") -> int:
    """Parse, open the world and serve until a signal comes. Returns the exit code; wrong options exit with 2."""
    reader = parser(program)
    told = reader.parse_args(arguments)
    try:
        shared = _shared(told)
        if told.partner == "marketplace":
            app = marketplace.build(MarketSettings(**shared, **marketplace_options.from_arguments(told)))
        else:
            own = warehouse_settings.from_arguments(told)
            app = warehouse.build(warehouse_settings.WarehouseSettings(**shared, **own))
    except (ValueError, OSError) as error:
        reader.exit(2, f"{reader.prog} {told.partner}: {error}\n")
    port = told.port or PORTS[told.partner]
    sys.stdout.write(f"sandbox {told.partner} on http://{told.host}:{port}, world in {told.data}\n")
    sys.stdout.flush()
    run(app, told.host, port, dates=told.partner == "marketplace")
    return 0


def _add_shared(options: argparse.ArgumentParser) -> None:
    options.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    options.add_argument("--port", type=int, help="port to listen on (default: marketplace 8001, warehouse 8002)")
    options.add_argument("--data", type=Path, default=Path(".data/sandbox"), help="folder of the world on disk")
    options.add_argument("--key", default="sandbox-key", help="the API key that is accepted (default: %(default)s)")
    options.add_argument("--seed", type=int, default=7, help="everything made up follows from it")
    options.add_argument("--speed", type=float, default=1.0, help="how many times faster than real time")
    options.add_argument("--epoch", type=parse_instant, help="instant at which simulated and real time are equal")
    options.add_argument("--clock-file", type=Path, help='JSON {"epoch": iso, "factor": n}; overrules --epoch, --speed')
    options.add_argument("--orders", type=Path, help="order lines in the Online Retail format")
    options.add_argument("--ledger", type=Path, help="JSON lines of every request (default: in the data folder)")
    options.add_argument("--faults", type=Path, help="JSON list of fault rules, read again when it changes")
    options.add_argument("--scenarios", type=Path, help='JSON {"rates": {name: share}, "forced": [name]}')
    options.add_argument("--scenario-rates", help="name=share,... (others 0) or none; names: " + ", ".join(SCENARIOS))
    options.add_argument("--force-all", action="store_true", help="the first orders walk through every scenario")
    options.add_argument("--outage", help="START:LENGTH minutes (simulated, from the first start), comma separated")
    options.add_argument("--refuse-key", help="START:LENGTH minutes in which the key is refused")
    options.add_argument("--timeout-seconds", type=float, default=3.0, help="real seconds until a lost answer ends")


def _shared(told: argparse.Namespace) -> dict[str, Any]:
    if told.scenarios is not None:
        plan = Plan.load(told.scenarios, force_all=told.force_all)
    else:
        plan = Plan.parse(told.scenario_rates, force_all=told.force_all)
    names = ("data", "key", "seed", "speed", "epoch", "clock_file", "orders", "ledger", "faults", "timeout_seconds")
    return {
        **{name: getattr(told, name) for name in names},
        "plan": plan,
        "outage": Windows.parse(told.outage),
        "refuse_key": Windows.parse(told.refuse_key),
    }
