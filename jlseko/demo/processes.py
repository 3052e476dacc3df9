"""Supervisor and all that it starts: begun, remembered and ended, also what a killed demo left behind."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from jlseko.env import PROJECT

PR_SET_PDEATHSIG = 1
LIST = "processes.json"


def _end_with_parent() -> None:
    """On Linux: the kernel asks supervisor to end when the demo's own process is gone, however it went."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Supervised:
    """Supervisor in a session of its own, so that Ctrl-C reaches the demo alone, which then ends it in order."""

    def __init__(self, folder: Path, configuration: str) -> None:
        self._list = folder / LIST
        self._known: dict[int, float] = {}
        path = folder / "supervisor.conf"
        path.touch(mode=0o600)  # it holds the partners' keys
        path.write_text(configuration, encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)],
            cwd=PROJECT,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  one thread only
        )
        self.remember()

    def running(self) -> bool:
        """Whether supervisor lives."""
        return self._process.poll() is None

    def remember(self) -> None:
        """Notes every process below supervisor, for the day on which supervisor cannot end them itself."""
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(self._process.pid)
            for each in (top, *top.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    self._known[each.pid] = each.create_time()
        self._known = {pid: born for pid, born in self._known.items() if _same(pid, born)}
        draft = self._list.with_suffix(".draft")
        draft.write_text(json.dumps(self._known), encoding="utf-8")
        os.replace(draft, self._list)

    def stop(self, *, seconds: float) -> None:
        """Asks supervisor to end everything, waits, and ends what is left."""
        self.remember()
        if self.running():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=seconds)
        _end(self._known)
        self._process.wait()
        self._list.unlink(missing_ok=True)


def end_leftovers(folder: Path) -> None:
    """Ends the processes of a demo that was killed before it could do so."""
    try:
        noted = json.loads((folder / LIST).read_text(encoding="utf-8"))
        found = {int(pid): float(born) for pid, born in noted.items()}
    except (OSError, ValueError, AttributeError):
        return
    _end(found)


def _same(pid: int, born: float) -> bool:
    """Whether this is still the process that was noted: a number may come back, a birth time does not."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - born) < 0.05)
    except psutil.NoSuchProcess:
        return False


def _end(known: dict[int, float]) -> None:
    alive = [psutil.Process(pid) for pid, born in known.items() if _same(pid, born)]
    for ask in ("terminate", "kill"):
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                getattr(process, ask)()
        _, alive = psutil.wait_procs(alive, timeout=5)
