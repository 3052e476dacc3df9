"""The command line of the two simulated partners."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from . import marketplace, warehouse, warehouse_settings
from .clock import parse_instant
from .faults import Windows
from .marketplace_settings import ACCEPTANCE, MarketSettings
from .scenarios import SCENARIOS, Plan
from .server import run

PORTS = {"marketplace": 8001, "warehouse": 8002}


def parser(program: str = "python -m sync.sandbox") -> argparse.ArgumentParser:
    """The whole command line: ``marketplace`` and ``warehouse``, each with its options."""
    top = argparse.ArgumentParser(prog=program, description="Run one simulated partner on the loopback address.")
    partners = top.add_subparsers(dest="partner", required=True)
    market = partners.add_parser("marketplace", help="John Lewis' marketplace, in Mirakl's shape")
    _add_shared(market)
    _add_market(market)
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
            app = marketplace.build(MarketSettings(**shared, **_market(told)))
        else:
            own = warehouse_settings.from_arguments(told)
            app = warehouse.build(warehouse_settings.WarehouseSettings(**shared, **own))
    except (ValueError, OSError) as error:
        reader.exit(2, f"{reader.prog} {told.partner}: {error}\n")
    port = told.port or PORTS[told.partner]
    sys.stdout.write(f"sandbox {told.partner} on http://{told.host}:{port}, world in {told.data}\n")
    sys.stdout.flush()
    run(app, told.host, port)
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


def _add_market(options: argparse.ArgumentParser) -> None:
    options.add_argument("--acceptance", choices=ACCEPTANCE, default="manual", help="who accepts new orders")
    options.add_argument("--orders-per-day", type=float, default=200.0, help="simulated days")
    options.add_argument("--burst", type=int, default=0, help="orders within the first 20 simulated minutes")
    options.add_argument("--max-orders", type=int, help="orders at most")
    options.add_argument(
        "--accept-hours", type=float, default=72.0, help="hours until a new order is refused by itself"
    )
    options.add_argument("--debit-minutes", type=float, default=10.0, help="minutes until the customer has paid")
    options.add_argument("--received-hours", type=float, default=48.0, help="hours from sent to received")
    options.add_argument("--closed-hours", type=float, default=336.0, help="hours from received to closed")
    options.add_argument("--refuse-confirmation-hours", type=float, default=6.0, help="scenario confirmation_rejected")
    options.add_argument("--unregistered-carriers", action="store_true", help="take carriers outside the approved list")


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


def _market(told: argparse.Namespace) -> dict[str, Any]:
    return {
        "acceptance": told.acceptance,
        "orders_per_day": told.orders_per_day,
        "burst": told.burst,
        "max_orders": told.max_orders,
        "accept_within": timedelta(hours=told.accept_hours),
        "debit_delay": timedelta(minutes=told.debit_minutes),
        "received_after": timedelta(hours=told.received_hours),
        "closed_after": timedelta(hours=told.closed_hours),
        "confirmation_refused_for": timedelta(hours=told.refuse_confirmation_hours),
        "unregistered_carriers": told.unregistered_carriers,
    }
