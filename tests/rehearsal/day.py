"""A day of business between two simulated partners and the product, all as processes of their own, with faults on.

Nothing of the product is imported: it is run by its commands and judged by the partners' ledgers and its own exports.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.rehearsal import judge
from tests.rehearsal.ledgers import Line, read
from tests.system.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
KEY = "a-rehearsal-key-0000"
SHOP = "day"
UP = "the database is up"
DATABASE = 1  # the first process holds it up
# SEKO's courier and service, and the code of the simulated marketplace for it.
CARRIERS = {
    ("DPD", "Next Day"): "DPD_UK", ("Royal Mail", "Tracked 24"): "RM24", ("Royal Mail", "Tracked 48"): "RM48",
    ("Hermes", "Standard"): "EVRI", ("DHL", "Next Day"): "DHL_UK",
}  # fmt: skip
# A push that never comes is known by the reading an hour after SEKO shows the order as dispatched.
SETTLING = timedelta(hours=2)
POLLED = timedelta(hours=1)  # what was bought later may not have been polled yet
# The flow of orders follows the hour in London. From five o'clock on it neither stands still, as at night, nor brings
# a short day's customers all at once, before anything is on offer.
OPENS = 17
LONDON = ZoneInfo("Europe/London")
SPOILT = ("timeout", "reset", "500", "truncated")
DISPATCH = "PushDispatchConfirmation"
MARKETPLACE_WRITES = ("OR04", "OR21", "OR23", "OR24", "OR30", "ST01", "ST23", "ST24", "STO01")
WAREHOUSE_WRITES = ("websubmit", "cancel")


@dataclass(frozen=True)
class Plan:
    """How the day goes. ``hours`` of business time with orders and faults, then ``quiet_hours`` without either.

    ``failing`` is the share of stock levels that are refused (and a third of it the share of whole files that fail, and
    another third of files that are turned away), ``lost`` the share of pushes that never leave, ``spoilt`` the share of
    writes whose answer is lost after they took effect.
    """

    hours: float = 24.0
    quiet_hours: float = 6.0
    speed: float = 240.0
    orders_per_day: float = 400.0
    several: bool = False
    seed: int = 11
    failing: float = 0.25
    lost: float = 0.1
    spoilt: float = 0.2
    lag_minutes: float = 5.0
    scenarios: str = "two_parcels=0.06,partial_dispatch=0.04,split_lots=0.04,short_dispatch=0.03"


def opening(real: datetime, speed: float) -> datetime:
    """The epoch of a clock that shows the next opening hour at the instant ``real``; ``speed`` is above 1."""
    opens = real.astimezone(LONDON).replace(hour=OPENS, minute=0, second=0, microsecond=0)
    if opens < real:
        opens += timedelta(days=1)
    return real - (opens - real) / (speed - 1)


@dataclass
class Processes:
    """What was started; ended by its own hand and no other."""

    log: Path
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *command: str) -> None:
        """Start a process that stays."""
        with self.log.open("ab") as log:
            self.running.append(
                subprocess.Popen(command, cwd=PROJECT, env=dict(self.environment), stdout=log, stderr=log)
            )

    def run(self, *arguments: str, seconds: float = 120, may_fail: bool = False) -> str:
        """Run one command of the product to its end; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=dict(self.environment), capture_output=True,
            text=True, timeout=seconds, check=False,
        )  # fmt: skip
        if done.returncode and not may_fail:
            raise RuntimeError(f"manage.py {arguments[0]}: {done.stderr[-2000:]}")
        return done.stdout

    def stop(self, *, but: int = 0) -> None:
        """End everything but the first ``but`` that were started, one after the other, the newest first."""
        for process in reversed(self.running[but:]):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=45)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Day:
    """One day, from empty folders to a verdict."""

    def __init__(self, folder: Path, plan: Plan, *, say: Callable[[str], None] = lambda text: None) -> None:
        self.folder, self.plan, self.say = folder, plan, say
        self.ports = {name: free_port() for name in ("marketplace", "warehouse", "web")}
        self.clock = folder / "clock.json"
        self.faults = {name: folder / f"{name}-faults.json" for name in ("marketplace", "warehouse")}
        self.ledgers = {name: folder / f"{name}.jsonl" for name in ("marketplace", "warehouse")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JLSEKO_", "DJANGO_"))}
        for name in ("DATABASE_URL", "REDIS_URL"):
            kept.pop(name, None)
        hosts = ",".join(f"127.0.0.1:{self.ports[name]}" for name in ("marketplace", "warehouse"))
        self.processes = Processes(
            folder / "log.txt",
            kept
            | {
                "JLSEKO_DATA_DIR": str(folder / "product"), "JLSEKO_ALLOW_LOOPBACK_PARTNERS": "1",
                "ALLOWED_REMOTE_HOSTS": hosts, "JLSEKO_MARKETPLACE_KEY": KEY, "JLSEKO_WAREHOUSE_KEY": KEY,
                "JLSEKO_CLOCK_FILE": str(self.clock), "JLSEKO_PUBLIC_URL": self._url("web"),
                "PYTHONUNBUFFERED": "1",
            },
        )  # fmt: skip

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def run(self) -> judge.Verdict:
        """Live the day and judge it. Raises RuntimeError when a process does not come up."""
        (self.folder / "product").mkdir(parents=True, exist_ok=True)
        self._set_clock(opening(datetime.now(UTC), self.plan.speed), self.plan.speed)
        try:
            push_url = self._prepare()
            self._start(push_url)
            self._pass(self.plan.hours, "busy")
            for path in self.faults.values():
                path.write_text("[]")
            self._pass(self.plan.quiet_hours, "quiet")
            # The ledgers and the exports must tell of the same instant: a file told between them would look unknown
            self.processes.stop(but=DATABASE)
            accounts = json.loads(self.processes.run("account_for", "--json", may_fail=True) or "[]")
            told = json.loads(self.processes.run("stock_levels", "--json") or "[]")
        finally:
            self.processes.stop()
        return self._judge(accounts, told)

    def _set_clock(self, epoch: datetime, factor: float) -> None:
        draft = self.clock.with_suffix(".draft")
        draft.write_text(json.dumps({"epoch": epoch.isoformat(), "factor": factor}))
        os.replace(draft, self.clock)

    def _prepare(self) -> str:
        # Holds the database up from the first command to the last, so that it is not started and stopped for each.
        idle = f"import time; print({UP!r}, flush=True); time.sleep(86400)"
        self.processes.start(sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", idle)
        self._until(lambda: UP in self.processes.log.read_text(), "the database did not come up")
        self.processes.run("migrate", "--verbosity", "0")
        said = self.processes.run(
            "connect", SHOP, "--marketplace", "mirakl", "--marketplace-url", self._url("marketplace"),
            "--warehouse", "seko", "--warehouse-url", f"{self._url('warehouse')}/api/",
            "--set", "poll_minutes=5", "--set", "offers_hours=4", "--set", "no_dispatch_hours=6",
            "--set", f"visibility_minutes={self.plan.lag_minutes}",
        )  # fmt: skip
        rows = "; ".join(
            f"save_mapping({SHOP!r}, {courier!r}, {service!r}, {code!r}, by=None)"
            for (courier, service), code in CARRIERS.items()
        )
        self.mapping = f"from carriers.services import save_mapping; {rows}"
        return said.split("Push URL for SEKO: ")[1].split()[0]

    def _start(self, push_url: str) -> None:
        plan = self.plan
        self._write_faults()
        shared = (
            "--key", KEY, "--seed", str(plan.seed), "--clock-file", str(self.clock), "--scenario-rates", plan.scenarios,
        )  # fmt: skip
        for name, options in self._partners(push_url).items():
            self.processes.start(
                sys.executable, "-m", "sync.sandbox", name, "--port", str(self.ports[name]),
                "--data", str(self.folder / name), "--ledger", str(self.ledgers[name]),
                "--faults", str(self.faults[name]), *shared, *options,
            )  # fmt: skip
        for name in ("marketplace", "warehouse"):
            self._wait_for(f"{self._url(name)}/_sandbox/state", name)
        granian = str(Path(sys.executable).parent / "granian")
        self.processes.start(
            granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.ports["web"]), "--workers", "1",
            "--blocking-threads", "2", "--no-ws", "--log-level", "warning", "jlseko.wsgi:application",
        )  # fmt: skip
        self._wait_for(f"{self._url('web')}/livez", "web")
        self.processes.start(sys.executable, "manage.py", "work")
        self._until_carriers_are_read()
        self.processes.run("shell", "--verbosity", "0", "-c", self.mapping)

    def _partners(self, push_url: str) -> dict[str, Sequence[str]]:
        plan = self.plan
        return {
            "marketplace": (
                "--orders-per-day", str(plan.orders_per_day),
                "--max-orders", str(round(plan.orders_per_day * plan.hours / 24)),
                "--acceptance", "automatic", "--debit-minutes", "3",
                "--multi-shipment" if plan.several else "--no-multi-shipment", "--offer-quantity", "0",
            ),
            "warehouse": (
                "--naive", "--push-url", push_url, "--fulfil-hours", "0.5:1.5", "--push-minutes", "15",
                "--stock-lag-minutes", str(plan.lag_minutes), "--stock-pushes", "--stock-events-per-day", "2000",
                "--lose-pushes", str(plan.lost), "--shuffle-pushes", "0.1",
            ),
        }  # fmt: skip

    def _write_faults(self) -> None:
        plan = self.plan
        each = plan.spoilt / len(SPOILT)
        for name, operations in (("marketplace", MARKETPLACE_WRITES), ("warehouse", WAREHOUSE_WRITES)):
            rules: list[dict[str, Any]] = [
                {"operation": operation, "kind": kind, "effect": "after", "times": 0, "share": each, "seconds": 0.3}
                for operation in operations
                for kind in SPOILT
            ]
            if name == "marketplace":
                rules += [
                    {"operation": "STO01", "kind": kind, "times": times, "share": share, "effect": effect}
                    for kind, times, share, effect in (
                        ("line_errors", 2, plan.failing, "after"),  # the first files name lines, whatever is drawn
                        ("503", 0, plan.failing / 3, "before"), ("import_failed", 0, plan.failing / 3, "after"),
                        ("line_errors", 0, plan.failing, "after"),
                    )
                ]  # fmt: skip
            self.faults[name].write_text(json.dumps(rules))

    def _wait_for(self, url: str, what: str) -> None:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"{what} did not come up; see {self.processes.log}")

    def _until_carriers_are_read(self) -> None:
        def are_read() -> bool:
            lines = read(self.ledgers["marketplace"])
            return any(line.operation == "SH21" and line.status == 200 for line in lines)

        self._until(are_read, "the approved carriers were not read")
        time.sleep(1)

    def _until(self, true: Callable[[], bool], otherwise: str) -> None:
        ends = time.monotonic() + 60
        while not true():
            if time.monotonic() > ends:
                raise RuntimeError(f"{otherwise}; see {self.processes.log}")
            time.sleep(0.3)

    def _pass(self, hours: float, what: str) -> None:
        """Let business time pass; a process that ends by itself ends the day."""
        ends = time.monotonic() + hours * 3600 / self.plan.speed
        while time.monotonic() < ends:
            time.sleep(min(5, max(ends - time.monotonic(), 0)))
            gone = [process.args for process in self.processes.running if process.poll() is not None]
            if gone:
                raise RuntimeError(f"{gone[0]} ended by itself; see {self.processes.log}")
            self.say(f"{what}: {max(ends - time.monotonic(), 0):.0f} real seconds left")

    def _judge(self, accounts: list[dict[str, Any]], told: list[dict[str, Any]]) -> judge.Verdict:
        market, depot = read(self.ledgers["marketplace"]), read(self.ledgers["warehouse"])
        verdict = judge.Verdict()
        rows = [judge.Told.of(row) for shop in told for row in shop["told"]]
        lag, slack = timedelta(minutes=self.plan.lag_minutes), timedelta(seconds=self.plan.speed)
        judge.stock(verdict, marketplace=market, warehouse=depot, told=rows, lag=lag, slack=slack)
        judge.promises(verdict, marketplace=market, warehouse=depot, told=rows)
        judge.repeats(verdict, market, partner="marketplace")
        judge.repeats(verdict, depot, partner="warehouse")
        judge.injections(verdict, depot)
        orders = _world(market, "order")
        made = {line.key: line.details()["lines"] for line in orders}
        polled = max(line.at for line in market) - POLLED
        old_enough = [line.key for line in orders if line.at < polled]
        judge.conservation(verdict, created=made, expected=old_enough, accounts=accounts)
        ordered = _without_cancelled(made, _world(market, "cancelled"))
        judge.confirmations(
            verdict,
            sent=[_parcel(line, CARRIERS) for line in _world(depot, "dispatch")],
            confirmed=[_parcel(line, {}) for line in _world(market, "shipped")],
            ordered=ordered,
            hidden=_hidden(depot, ordered),
            waiting=frozenset(account["order_id"] for account in accounts if account["exception_category"]),
            several=self.plan.several,
            settled_before=max(line.at for line in depot) - SETTLING,
        )
        verdict.counts["pushes lost"] = sum(
            line.operation.startswith("Push") and line.note.endswith(" lost") for line in depot
        )  # fmt: skip
        files = [line for line in market if line.operation == "STO01" and line.direction == "in"]
        verdict.counts["stock files"] = len(files)
        verdict.counts["stock files that went wrong"] = sum("fault" in line.note for line in files)
        for shop in told:
            verdict.counts["levels told"] += len(shop["told"])
            verdict.counts["levels refused"] += sum(row["outcome"] == "refused" for row in shop["told"])
        return verdict


def _world(lines: Sequence[Line], operation: str) -> list[Line]:
    return [line for line in lines if line.direction == "world" and line.operation == operation]


def _parcel(line: Line, carriers: Mapping[tuple[str, str], str]) -> judge.Parcel:
    told = line.details()
    carrier = carriers.get((told.get("courier", ""), told.get("service", "")), told.get("carrier", ""))
    lines = tuple(sorted((sku, quantity) for sku, quantity in told["lines"].items() if quantity))
    return judge.Parcel(line.key, carrier, told["tracking"], lines, line.at)


def _hidden(depot: Sequence[Line], ordered: Mapping[str, Mapping[str, int]]) -> frozenset[str]:
    """Orders that SEKO has neither sent nor written off whole, with a parcel whose message was lost."""
    sent = _world(depot, "dispatch")
    short = {line.key for line in sent if 0 in line.details()["lines"].values()}
    lost = {line.key for line in depot if line.operation == DISPATCH and line.note.endswith(" lost")}
    return frozenset(
        order
        for order in lost - short
        if not judge.covers([_parcel(line, {}) for line in sent if line.key == order], ordered.get(order, {}))
    )


def _without_cancelled(made: Mapping[str, Mapping[str, int]], cancelled: Sequence[Line]) -> dict[str, dict[str, int]]:
    left = {order: dict(lines) for order, lines in made.items()}
    for line in cancelled:
        for sku, quantity in line.details()["lines"].items():
            left[line.key][sku] -= quantity
    return left
