"""What is done to the stack in the middle of a journey: kills at a point, and states of Redis and PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable

import psycopg
import redis

from tests.campaign.processes.cases import Case
from tests.campaign.processes.journey import FailPoint, Part
from tests.campaign.processes.proxy import FAIR, Weather
from tests.campaign.processes.stack import DidNotCome, Stack

READ_ONLY_SECONDS = 5.0
CUTS = 10
FIRES_WITHIN = 40.0


class Disturbance:
    """One disturbance of one part. ``at`` = when the kill came, or when what was away had returned."""

    def __init__(self, stack: Stack, case: Case) -> None:
        self.stack, self.case = stack, case
        self.point = FailPoint(stack.order)
        self.at = 0.0
        self.hit = 0
        self.who = ""

    def live(self, part: Part) -> None:
        """Do the part, disturbed."""
        if self.case.strikes == "kill":
            self._kill(part)
            return
        ways: dict[str, Callable[[Part], None]] = {
            "flushall idle": self._flush_idle, "flushall mid-job": self._flush_mid_job,
            "flushall between commit and ring": self._flush_between,
            "down 5 s": lambda part: self._valkey_down(part, 5.0),
            "down 20 s": lambda part: self._valkey_down(part, 20.0),
            "connections cut or slow": self._valkey_line,
            "restart idle": self._restart_idle, "restart mid-claim": self._restart_mid_claim,
            "restart mid-commit": self._restart_mid_commit, "connections terminated": self._terminate,
            "read-only or timing out": self._hinder, "connections cut": self._cut_postgres,
        }  # fmt: skip
        ways[self.case.name](part)
        part.wait()

    def _kill(self, part: Part) -> None:
        if self.case.name.startswith("poll."):
            part.do()
            self._arm()
        else:
            self._arm()
            part.do()
        self._has_fired()
        part.wait()

    def _arm(self) -> None:
        self._before = {program.pid: name for name, program in self.stack.keeper.programs.items()}
        self.point.arm(self.case.name, self.case.kind)

    def _has_fired(self) -> None:
        told = self.stack.until(
            self.point.fired,
            f"{self.case.name} was not reached in {FIRES_WITHIN:.0f} s",
            seconds=FIRES_WITHIN,
            pause=0.02,
        )
        self.at, self.hit = float(told["at"]), 1
        self.who = self._before.get(told["pid"]) or self._before.get(told["parent"], "?")

    def _leased(self) -> bool:
        with contextlib.suppress(psycopg.Error):
            return any(subject.isdigit() for subject in self.stack.witness.leased())
        return False

    def _mid_job(self) -> None:
        with contextlib.suppress(DidNotCome):  # then the work was done before anybody could look
            self.stack.until(self._leased, "nothing is leased", seconds=3, pause=0.005)

    def _flush(self) -> None:
        with redis.Redis.from_url(self.stack.valkey.url()) as client:
            client.flushall()
        self.at, self.hit = time.time(), 1

    def _flush_idle(self, part: Part) -> None:
        self._flush()
        part.do()

    def _flush_mid_job(self, part: Part) -> None:
        part.do()
        self._mid_job()
        self._flush()

    def _flush_between(self, part: Part) -> None:
        """Whoever has committed stands still before it rings; meanwhile everything in Redis goes."""
        self.point.arm("ring.before", "horse", stop=True)
        doing = threading.Thread(target=part.do)
        doing.start()
        told = self.stack.until(self.point.fired, "ring.before was not reached", seconds=FIRES_WITHIN, pause=0.02)
        self._flush()
        os.kill(int(told["pid"]), signal.SIGCONT)
        doing.join(timeout=FIRES_WITHIN)

    def _valkey_down(self, part: Part, seconds: float) -> None:
        going = threading.Thread(target=self.stack.restart_valkey, kwargs={"away": seconds})
        going.start()
        time.sleep(0.5)
        part.do()
        going.join(timeout=seconds + 30)
        self.at, self.hit = time.time(), 1

    def _valkey_line(self, part: Part) -> None:
        line = self.stack.proxies["valkey"]
        if self.case.repeat == 2:
            line.set(Weather(delay=2.0))
            part.do()
            time.sleep(10)
            line.set(FAIR)
            self.hit = 1
        else:
            part.do()
            for _ in range(CUTS):
                self.hit += line.cut() if self.case.repeat == 1 else line.reset()
                time.sleep(0.3)
        self.at = time.time()

    def _restart_idle(self, part: Part) -> None:
        self._restart()
        part.do()

    def _restart(self) -> None:
        self.stack.restart_postgres(abrupt=self.case.repeat != 3)
        self.at, self.hit = time.time(), 1

    def _restart_mid_claim(self, part: Part) -> None:
        self._restart_after(part, b"WITH due AS MATERIALIZED")

    def _restart_mid_commit(self, part: Part) -> None:
        self._restart_after(part, b"COMMIT")

    def _restart_after(self, part: Part, said: bytes) -> None:
        """The statement reaches PostgreSQL, its answer nobody; then PostgreSQL goes."""
        line = self.stack.proxies["postgres"]
        line.trip(said)
        part.do()
        self.stack.until(lambda: line.tripped, "nobody said it", seconds=FIRES_WITHIN, pause=0.005)
        self._restart()

    def _terminate(self, part: Part) -> None:
        part.do()
        self._mid_job()
        ended = self.stack.witness.ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        self.at, self.hit = time.time(), int(ended[0][0])

    def _hinder(self, part: Part) -> None:
        """Nothing can be written for a while, or every statement runs into its time-out."""
        setting = "statement_timeout = '1ms'" if self.case.repeat == 3 else "default_transaction_read_only = on"
        part.do()
        self._mid_job()
        ask = self.stack.witness.ask
        ask(f"ALTER SYSTEM SET {setting}")
        ask("SELECT pg_reload_conf()")
        time.sleep(READ_ONLY_SECONDS)
        ask(f"ALTER SYSTEM RESET {setting.split()[0]}")
        ask("SELECT pg_reload_conf()")
        self.at, self.hit = time.time(), 1

    def _cut_postgres(self, part: Part) -> None:
        line = self.stack.proxies["postgres"]
        part.do()
        self._mid_job()
        for _ in range(CUTS):
            self.hit += line.reset() if self.case.repeat == 2 else line.cut()
            time.sleep(0.3)
        self.at = time.time()
