"""The whole product and both simulated partners as processes of their own, as the documentation runs them.

Web, ticker and one `rqworker` for each queue, PostgreSQL and Valkey, each reached through a proxy that can be told to
misbehave. What dies is started again. Everything lies in one folder and is ended by the stack itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from jlseko import embedded
from jlseko.servers import Account, Postgres, Valkey, socket_folder
from tests.campaign.processes.programs import PROJECT, Keeper, Program
from tests.campaign.processes.proxy import Proxy
from tests.campaign.processes.witness import Witness
from tests.system.ports import free_port

HOST = "127.0.0.1"
KEY = "a-campaign-key-00000"
SHOP = "campaign"
PASSWORD = "the-campaign-tries-the-desk"
QUEUES = ("orders", "dispatches", "feeds")
# SEKO's courier and service, and the code of the simulated marketplace for it.
CARRIERS = {
    ("DPD", "Next Day"): "DPD_UK", ("Royal Mail", "Tracked 24"): "RM24", ("Royal Mail", "Tracked 48"): "RM48",
    ("Hermes", "Standard"): "EVRI", ("DHL", "Next Day"): "DHL_UK",
}  # fmt: skip
PEOPLE = {"ops": "Operations", "manager": "Manager"}
PATIENCE = 90.0


class DidNotCome(Exception):
    """Something did not happen in time; the message says what."""


@dataclass(frozen=True)
class Terms:
    """How a stack is made. ``lease`` in real seconds; ``speed`` = business seconds in a real one; ``workers`` of each
    queue; ``tickers`` processes; ``market`` and ``warehouse`` are further options of the two sandboxes; the clock of
    the last worker of each queue is ``skew_minutes`` of business time ahead.
    """

    seed: int = 5
    lease: float = 10.0
    speed: float = 120.0
    several: bool = False
    naive: bool = True
    workers: int = 1
    tickers: int = 1
    threads: int = 8
    lag_minutes: float = 5.0
    skew_minutes: float = 0.0
    market: tuple[str, ...] = ()
    warehouse: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


class Stack:
    """One installation. Use it as a context: whatever happens, its processes end with it."""

    def __init__(self, folder: Path, terms: Terms, *, say: Callable[[str], None] = lambda text: None) -> None:
        self.folder, self.terms, self.say = folder.absolute(), terms, say
        self.clock = self.folder / "clock.json"
        self.order = self.folder / "failpoint.json"
        self.faults = {name: self.folder / f"{name}-faults.json" for name in ("marketplace", "warehouse")}
        self.ledgers = {name: self.folder / f"{name}.jsonl" for name in ("marketplace", "warehouse")}
        self.keeper = Keeper()
        self.proxies: dict[str, Proxy] = {}
        self._clerk: subprocess.Popen[str] | None = None
        self._servers: list[Postgres | Valkey] = []

    def __enter__(self) -> Self:
        try:
            self._up()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, name: str) -> str:
        """Where ``marketplace``, ``warehouse`` or ``web`` listens itself, past every proxy."""
        return f"http://{HOST}:{self.ports[name]}"

    def program(self, name: str) -> Program:
        """A program by name: web, ticker, ticker-2, orders, dispatches, feeds, marketplace, warehouse."""
        return self.keeper.programs[name]

    def run(self, *command: str) -> str:
        """Run one command of the product; its output. Raises RuntimeError when it fails."""
        found = self.try_to_run(*command)
        if found["code"] not in (0, 1):
            raise RuntimeError(f"{command[0]}: {found['err']}")
        return str(found["out"])

    def try_to_run(self, *command: str) -> dict[str, Any]:
        """Run one command of the product; what it wrote and its exit code."""
        assert self._clerk is not None
        assert self._clerk.stdin is not None
        assert self._clerk.stdout is not None
        self._clerk.stdin.write(json.dumps(command) + "\n")
        self._clerk.stdin.flush()
        answer = self._clerk.stdout.readline()
        if not answer:
            raise RuntimeError(f"the clerk ended during {command[0]}; see {self.folder / 'clerk.log'}")
        return dict(json.loads(answer))

    def ask(self, name: str, path: str, told: object = None) -> Any:
        """Ask a sandbox's own paths (``/_sandbox/...``); with ``told`` it is a POST."""
        body = None if told is None else json.dumps(told).encode()
        request = urllib.request.Request(f"{self.url(name)}/_sandbox/{path}", data=body)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def business_now(self) -> datetime:
        """The simulated instant."""
        told = json.loads(self.clock.read_text())
        epoch = datetime.fromisoformat(told["epoch"])
        return epoch + (datetime.now(UTC) - epoch) * float(told["factor"])

    def until(self, true: Callable[[], Any], what: str, *, seconds: float = PATIENCE, pause: float = 0.1) -> Any:
        """Wait until something is true. Raises DidNotCome."""
        ends = time.monotonic() + seconds
        while not (found := true()):
            if time.monotonic() > ends:
                raise DidNotCome(what)
            time.sleep(pause)
        return found

    def restart_valkey(self, *, away: float = 0.0) -> None:
        """Stop Valkey, stay away for so many seconds, start it again, empty."""
        self.valkey.stop()
        time.sleep(away)
        self.valkey.clear()
        self.valkey.start()

    def restart_postgres(self, *, away: float = 0.0, abrupt: bool = True) -> None:
        """End PostgreSQL (as a crash, or in order) and start it again."""
        if abrupt:
            self.postgres.clear()  # SIGQUIT: no checkpoint, its journal is read at the next start
        else:
            self.postgres.stop()
        time.sleep(away)
        self.postgres.clear()
        self.postgres.start()

    def _up(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.faults.values():
            path.write_text("[]")
        self.order.unlink(missing_ok=True)
        self._start_clock()
        self._start_servers()
        self.ports = {name: free_port() for name in ("marketplace", "warehouse", "web")}
        for name in ("marketplace", "warehouse"):
            self.proxies[name] = Proxy(port=self.ports[name])
        self.environment = self._environment()
        self._start_clerk()
        self.push_url = self._prepare()
        self._start_partners()
        self._start_product()
        self._settle()

    def _start_clock(self) -> None:
        now, factor = datetime.now(UTC), self.terms.speed
        ahead = timedelta(minutes=self.terms.skew_minutes) / (factor - 1)
        for path, epoch in ((self.clock, now), (self.folder / "clock-ahead.json", now - ahead)):
            path.write_text(json.dumps({"epoch": epoch.isoformat(), "factor": factor}))

    def _start_servers(self) -> None:
        place = self.folder / "servers"
        place.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            place = _reachable(place)
        account = Account.choose()
        sockets = socket_folder(place, account)
        self.postgres = Postgres(place, sockets, account, durable=True)
        self.valkey = Valkey(place, sockets)
        self.postgres.clear()
        self.postgres.prepare()
        self.postgres.start()
        self._servers.append(self.postgres)
        self.valkey.clear()
        self.valkey.start()
        self._servers.append(self.valkey)
        self.proxies["postgres"] = Proxy(path=sockets / ".s.PGSQL.5432")
        self.proxies["valkey"] = Proxy(path=self.valkey.socket)
        self.witness = Witness(self.postgres.url())

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JLSEKO_", "DJANGO_"))}
        return kept | {
            "DATABASE_URL": f"postgresql://postgres@{HOST}:{self.proxies['postgres'].listen}/jlseko",
            "REDIS_URL": f"redis://{HOST}:{self.proxies['valkey'].listen}/0",
            "ALLOWED_REMOTE_HOSTS": ",".join(f"{HOST}:{self.proxies[n].listen}" for n in ("marketplace", "warehouse")),
            "JLSEKO_DATA_DIR": str(self.folder / "product"),
            "JLSEKO_ALLOW_LOOPBACK_PARTNERS": "1",
            "JLSEKO_MARKETPLACE_KEY": KEY,
            "JLSEKO_WAREHOUSE_KEY": KEY,
            "JLSEKO_CLOCK_FILE": str(self.clock),
            "JLSEKO_PUBLIC_URL": self.url("web"),
            "JLSEKO_LEASE_SECONDS": str(self.terms.lease),
            "JLSEKO_WORKER_THREADS": str(self.terms.threads),
            "JLSEKO_FAILPOINTS": str(self.order),
            "PYTHONUNBUFFERED": "1",
        }

    def _start_clerk(self) -> None:
        code = (Path(__file__).parent / "clerk.py").read_text(encoding="utf-8")
        past_the_proxies = {"DATABASE_URL": self.postgres.url(), "REDIS_URL": self.valkey.url()}
        environment = {**self.environment, **past_the_proxies}
        del environment["JLSEKO_FAILPOINTS"]
        with (self.folder / "clerk.log").open("ab") as log:
            self._clerk = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code], cwd=PROJECT, env=environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
            )  # fmt: skip
        assert self._clerk.stdout is not None
        if self._clerk.stdout.readline() != "ready\n":
            raise RuntimeError(f"the clerk did not come up; see {self.folder / 'clerk.log'}")

    def _prepare(self) -> str:
        self.run("migrate", "--verbosity", "0", "--no-input")
        terms = self.terms
        self.settings = {
            "poll_minutes": "5", "stock_minutes": "30", "stock_publish_minutes": "1", "offers_hours": "12",
            "no_dispatch_hours": "200", "debit_hours": "100", "confirm_hours": "48", "orphan_minutes": "600",
            "visibility_minutes": str(terms.lag_minutes), "stock_import_minutes": "60", "stock_stale_minutes": "600",
            "catalogue_complete": "true",
        } | dict(terms.settings)  # fmt: skip
        said = self.run(
            "connect", SHOP, "--marketplace", "mirakl", "--marketplace-url",
            f"http://{HOST}:{self.proxies['marketplace'].listen}",
            "--warehouse", "seko", "--warehouse-url", f"http://{HOST}:{self.proxies['warehouse'].listen}/api/",
            *(part for name, value in self.settings.items() for part in ("--set", f"{name}={value}")),
        )  # fmt: skip
        people = "\n".join(
            f"u, _ = U.objects.get_or_create(username={name!r}); u.set_password({PASSWORD!r}); u.save(); "
            f"u.groups.add(Group.objects.get_or_create(name={group!r})[0])"
            for name, group in PEOPLE.items()
        )
        self.run("python", f"from django.contrib.auth.models import Group, User as U\n{people}")
        self.witness.install()
        return said.split("Push URL for SEKO: ")[1].split()[0]

    def _start_partners(self) -> None:
        terms = self.terms
        shared = (
            "--key", KEY, "--seed", str(terms.seed), "--clock-file", str(self.clock), "--timeout-seconds", "1",
        )  # fmt: skip
        for name, options in {
            "marketplace": (
                "--debit-minutes", "1", "--multi-shipment" if terms.several else "--no-multi-shipment",
                "--received-hours", "2000", "--poll-minutes", "0.5", *terms.market,
            ),
            "warehouse": (
                "--naive" if terms.naive else "--no-naive", "--push-url", self.push_url,
                "--stock-lag-minutes", str(terms.lag_minutes), "--push-minutes", "15", "--stock-pushes",
                *terms.warehouse,
            ),
        }.items():  # fmt: skip
            self._keep(
                name, sys.executable, "-m", "sync.sandbox", name, "--port", str(self.ports[name]),
                "--data", str(self.folder / name), "--ledger", str(self.ledgers[name]),
                "--faults", str(self.faults[name]), *shared, *options,
            )  # fmt: skip
        for name in ("marketplace", "warehouse"):
            self.until(lambda name=name: self._answers(f"{self.url(name)}/_sandbox/state"), f"{name} did not come up")

    def _start_product(self) -> None:
        granian = str(Path(sys.executable).parent / "granian")
        self._keep(
            "web", granian, "--interface", "wsgi", "--host", HOST, "--port", str(self.ports["web"]),
            "--blocking-threads", "4", "--log-level", "warning", "jlseko.wsgi:application", clears=True,
        )  # fmt: skip
        manage = (sys.executable, "manage.py")
        for number in range(self.terms.tickers):
            self._keep("ticker" if not number else f"ticker-{number + 1}", *manage, "ticker")
        for number in range(self.terms.workers):
            for queue in QUEUES:
                ahead = self.terms.skew_minutes and number == self.terms.workers - 1
                self._keep(
                    queue if not number else f"{queue}-{number + 1}",
                    *manage, "rqworker", queue, "--serializer", "rq.serializers.JSONSerializer", "--verbosity", "0",
                    more={"JLSEKO_CLOCK_FILE": str(self.folder / "clock-ahead.json")} if ahead else {},
                )  # fmt: skip
        self.until(lambda: self._answers(f"{self.url('web')}/livez"), "web did not come up")

    def _settle(self) -> None:
        """Wait for the first readings, then fill the carrier table as a manager would."""
        first = "SELECT count(*) FROM sync_flowstate WHERE flow = ANY(%s) AND last_good_at IS NOT NULL"
        flows = ["read-carriers", "read-profile", "read-stock", "read-offers", "poll-orders"]
        self.until(lambda: self.witness.ask(first, [flows])[0][0] == len(flows), "the first readings did not come")
        rows = "\n".join(
            f"save_mapping({SHOP!r}, {courier!r}, {service!r}, {code!r}, by=None)"
            for (courier, service), code in CARRIERS.items()
        )
        self.mapped_at = self.business_now()
        self.run("python", f"from carriers.services import save_mapping\n{rows}")
        files = "SELECT count(*) FROM sync_item WHERE kind = 'stock_file' AND status = 'done'"
        self.until(lambda: self.witness.ask(files)[0][0] > 0, "the first stock file did not go through")

    def _keep(self, name: str, *command: str, clears: bool = False, more: Mapping[str, str] | None = None) -> None:
        environment = {**self.environment, **(more or {})}
        self.keeper.start(Program(name, command, environment, self.folder / f"{name}.log", clears=clears))

    @staticmethod
    def _answers(url: str) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stand_still(self) -> None:
        """End what works by itself, so that exports which are made one after the other tell of one moment."""
        for name in [name for name in self.keeper.programs if name.startswith(("ticker", *QUEUES))]:
            self.keeper.stop(name)

    def close(self) -> None:
        """End everything: the product first, the servers last."""
        self.keeper.close()
        if self._clerk is not None:
            assert self._clerk.stdin is not None
            self._clerk.stdin.close()
            try:
                self._clerk.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._clerk.kill()
                self._clerk.wait()
        for proxy in self.proxies.values():
            proxy.close()
        for server in reversed(self._servers):
            server.stop()


def _reachable(place: Path) -> Path:
    """PostgreSQL runs as another user where we are root: a folder that this user can pass."""
    return embedded.home(place)
