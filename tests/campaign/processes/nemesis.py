"""Breaks a living stack in one way after the other, drawn from a seed, and puts everything right at the end."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import redis

from jlseko.failpoints import POINTS
from tests.campaign.processes.evidence import Diary
from tests.campaign.processes.journey import FailPoint
from tests.campaign.processes.proxy import FAIR, Proxy, Weather
from tests.campaign.processes.stack import QUEUES, Stack

PARTNERS = ("marketplace", "warehouse")
WEATHERS = {
    "delayed": Weather(delay=3.0), "dripping": Weather(drip=0.02), "refused": Weather(refuse=True),
    "silent": Weather(silent=True),
}  # fmt: skip
BAD_WEATHER_SECONDS = 5.0


@dataclass
class Nemesis:
    """One thread that does harm about every ``pause`` seconds; ``zombie`` = seconds that a stopped horse stands still,
    longer than a lease.
    """

    stack: Stack
    diary: Diary
    draw: random.Random
    pause: float
    zombie: float
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.point = FailPoint(self.stack.order)
        self._armed = ""
        self._over = threading.Event()
        self._sleepers: dict[int, float] = {}
        self._thread = threading.Thread(target=self._run, name="nemesis", daemon=True)
        self.deeds: dict[str, Callable[[], int]] = {
            "kill horse": lambda: self._kill(horse=True, parent=False),
            "kill parent": lambda: self._kill(horse=False, parent=True),
            "kill both": lambda: self._kill(horse=True, parent=True),
            "terminate, then kill": self._terminate_and_kill,
            "zombie": self._stop_horse,
            "kill web": lambda: self._kill_program("web"),
            "kill ticker": lambda: self._kill_program("ticker"),
            "kill at a point": self._arm,
            "flushall": self._flush,
            "valkey away": lambda: self._valkey_away(self.draw.uniform(1, 6)),
            "valkey line cut": self.stack.proxies["valkey"].cut,
            "valkey line slow": lambda: self._weather("valkey", Weather(delay=2.0)),
            "postgres line reset": self.stack.proxies["postgres"].reset,
            "postgres connections terminated": self._terminate_connections,
            "commit of unknown outcome": self._trip,
            "postgres restarted": self._restart_postgres,
            "postgres read-only": self._read_only,
            **{f"http {name}": lambda name=name: self._weather(self._partner(), WEATHERS[name]) for name in WEATHERS},
            "http cut": lambda: self._at_partner(Proxy.cut),
            "http reset": lambda: self._at_partner(Proxy.reset),
            "http half-closed": lambda: self._at_partner(Proxy.half_close),
        }  # fmt: skip

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Do no more harm, and undo what is still in force."""
        self._over.set()
        self._thread.join(timeout=60)
        self.point.disarm()
        for proxy in self.stack.proxies.values():
            proxy.set(FAIR)
        self._wake_sleepers(all_of_them=True)

    def _run(self) -> None:
        order: list[str] = []
        while not self._over.wait(self.draw.uniform(0.5, 1.5) * self.pause):
            self._wake_sleepers()
            self._note_point()
            if not order:  # each in turn, in a new order each time: none is left out
                order = self.draw.sample(list(self.deeds), len(self.deeds))
            name = order.pop()
            self.diary.armed(name)
            try:
                hit = self.deeds[name]()
            except (OSError, psycopg.Error, redis.RedisError) as error:  # what is away already cannot be broken
                self.said.append(f"{name}: {type(error).__name__}")
                continue
            if hit:
                self.diary.fired(name)
            self.said.append(f"{time.time():.1f} {name}: {hit}")

    def _partner(self) -> str:
        return self.draw.choice(PARTNERS)

    def _at_partner(self, deed: Callable[[Proxy], int]) -> int:
        return deed(self.stack.proxies[self._partner()])

    def _worker(self) -> str:
        names = [name for name in self.stack.keeper.programs if name.split("-")[0] in QUEUES]
        busy = [name for name in names if self.stack.program(name).children()]
        return self.draw.choice(busy or names)

    def _kill(self, *, horse: bool, parent: bool) -> int:
        program = self.stack.program(self._worker())
        pids = (program.children() if horse else []) + ([program.pid] if parent else [])
        return sum(_signal(pid, signal.SIGKILL) for pid in reversed(pids))

    def _terminate_and_kill(self) -> int:
        program = self.stack.program(self._worker())
        pid = program.pid
        sent = _signal(pid, signal.SIGTERM)
        time.sleep(self.draw.uniform(0.1, 2))
        _signal(pid, signal.SIGKILL)
        return sent

    def _stop_horse(self) -> int:
        horses = self.stack.program(self._worker()).children()
        for pid in horses:
            if _signal(pid, signal.SIGSTOP):
                self._sleepers[pid] = time.monotonic() + self.zombie
        return len(horses)

    def _wake_sleepers(self, *, all_of_them: bool = False) -> None:
        for pid, until in list(self._sleepers.items()):
            if all_of_them or time.monotonic() >= until:
                _signal(pid, signal.SIGCONT)
                del self._sleepers[pid]

    def _kill_program(self, name: str) -> int:
        names = [each for each in self.stack.keeper.programs if each.split("-")[0] == name]
        program = self.stack.program(self.draw.choice(names))
        pids = [program.pid, *program.children()] if self.draw.random() < 0.5 else [program.pid]
        return sum(_signal(pid, signal.SIGKILL) for pid in pids)

    def _arm(self) -> int:
        self._note_point()
        self._armed = self.draw.choice(POINTS)
        self.diary.armed(f"point {self._armed}")
        self.point.arm(self._armed, self.draw.choice(("horse", "parent", "all")))
        return 1

    def _note_point(self) -> None:
        if self._armed and self.point.fired():
            self.diary.fired(f"point {self._armed}")
            self._armed = ""
            self.point.disarm()

    def _flush(self) -> int:
        with redis.Redis.from_url(self.stack.valkey.url()) as client:
            client.flushall()
        return 1

    def _valkey_away(self, seconds: float) -> int:
        self.stack.restart_valkey(away=seconds)
        return 1

    def _weather(self, name: str, weather: Weather) -> int:
        proxy = self.stack.proxies[name]
        proxy.set(weather)
        self._over.wait(BAD_WEATHER_SECONDS)
        proxy.set(FAIR)
        return 1

    def _terminate_connections(self) -> int:
        rows = self.stack.witness.ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(rows[0][0])

    def _trip(self) -> int:
        line = self.stack.proxies["postgres"]
        line.trip(b"COMMIT")
        ends = time.monotonic() + 5
        while not line.tripped and time.monotonic() < ends:
            time.sleep(0.02)
        return int(line.tripped)

    def _restart_postgres(self) -> int:
        self.stack.restart_postgres(abrupt=self.draw.random() < 0.5, away=self.draw.uniform(0, 2))
        return 1

    def _read_only(self) -> int:
        ask = self.stack.witness.ask
        try:
            ask("ALTER SYSTEM SET default_transaction_read_only = on")
            ask("SELECT pg_reload_conf()")
            self._over.wait(3)
        finally:
            ask("ALTER SYSTEM RESET default_transaction_read_only")
            ask("SELECT pg_reload_conf()")
        return 1


def _signal(pid: int, number: signal.Signals) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return 1
    return 0
