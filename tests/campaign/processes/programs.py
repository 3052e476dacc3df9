"""Programs that are kept running: started again when they die, and ended by their own keeper and no other."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[3]
PR_SET_PDEATHSIG = 1
PAUSE = 0.3  # seconds between a death and the next start, as a supervisor pauses


def end_in_order() -> None:
    """Let SIGTERM end this process as an error does, so that every block ends what it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _end_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass
class Program:
    """One program in a session of its own, so that whatever it leaves behind can be found."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    kept: bool = True
    clears: bool = False  # end what it left behind before it is started again, as a service manager does
    process: subprocess.Popen[bytes] | None = None
    died_at: float = 0.0
    sessions: set[int] = field(default_factory=set)

    def start(self) -> None:
        """Start it, or start it again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=PROJECT, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_end_with_parent,  # noqa: PLW1509  it calls the kernel and nothing else
            )  # fmt: skip
        self.sessions.add(self.process.pid)
        self.died_at = 0.0

    @property
    def pid(self) -> int:
        """The process itself; for a worker the parent of its horses."""
        assert self.process is not None
        return self.process.pid

    def children(self) -> list[int]:
        """What it has started and what still runs."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(self.pid).children(recursive=True)]
        return []


class Keeper:
    """Starts programs, starts again what dies, and ends all of them with everything that they left behind."""

    def __init__(self) -> None:
        self.programs: dict[str, Program] = {}
        self.deaths: Counter[str] = Counter()
        self._over = threading.Event()
        self._lock = threading.RLock()
        self._asked: list[tuple[Program, threading.Event]] = []
        # The kernel ties the end of a child to the thread that started it: one thread starts them all, to the end
        self._thread = threading.Thread(target=self._watch, daemon=True, name="keeper")
        self._thread.start()

    def start(self, program: Program) -> None:
        """Start a program and keep it."""
        done = threading.Event()
        with self._lock:
            self._asked.append((program, done))
        done.wait(timeout=30)

    def let_die(self, name: str) -> None:
        """Start it no more when it dies."""
        self.programs[name].kept = False

    def stop(self, name: str, *, seconds: float = 15.0) -> None:
        """Ask one program to end, and wait."""
        self.let_die(name)
        program = self.programs[name]
        if program.process is not None:
            _ask(program.process, signal.SIGTERM, seconds=seconds)

    def close(self) -> None:
        """End everything, the newest first."""
        self._over.set()
        self._thread.join(timeout=10)
        found = [each for each in reversed(self.programs.values()) if each.process is not None]
        for program in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(program.pid, signal.SIGTERM)
        for program in found:
            if program.process is not None:
                _ask(program.process, signal.SIGTERM, seconds=10)
        _kill(self.left_behind())

    def left_behind(self) -> list[int]:
        """Living processes of any session that was started here, other than the programs themselves."""
        sessions = {session for program in self.programs.values() for session in program.sessions}
        current = {each.process.pid for each in self.programs.values() if each.process is not None}
        return [pid for pid in _in_sessions(sessions) if pid not in current]

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            with self._lock:
                asked, self._asked = self._asked, []
            for program, done in asked:
                program.start()
                self.programs[program.name] = program
                done.set()
            for program in list(self.programs.values()):
                self._look_at(program)

    def _look_at(self, program: Program) -> None:
        if not program.kept or program.process is None or program.process.poll() is None:
            return
        if not program.died_at:
            program.died_at = time.monotonic()
            self.deaths[program.name] += 1
        elif time.monotonic() - program.died_at >= PAUSE:
            if program.clears:
                _kill(_in_sessions(program.sessions))
            program.start()


def _ask(process: subprocess.Popen[bytes], number: signal.Signals, *, seconds: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _kill(pids: Iterable[int]) -> None:
    for pid in list(pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _in_sessions(sessions: set[int]) -> Iterator[int]:
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) in sessions and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                yield pid
