"""The demo's output: the lines of every process on one screen, each with its name in front."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

WIDTH = 11


def say(text: str, *, name: str = "demo") -> None:
    """Prints lines with a name in front."""
    for line in text.splitlines() or [""]:
        sys.stdout.write(f"{name:<{WIDTH}} | {line}\n")
    sys.stdout.flush()


class Follower:
    """Prints what is added to a set of log files."""

    def __init__(self, logs: Iterable[tuple[str, Path]]) -> None:
        self._logs = list(logs)
        self._read: dict[Path, int] = {}
        self._rest: dict[Path, str] = {}
        for _, path in self._logs:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._read[path] = path.stat().st_size if path.exists() else 0

    def follow(self) -> None:
        """Prints the complete lines that have come since the last call."""
        for name, path in self._logs:
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                continue
            if size < self._read[path]:  # rotated away
                self._read[path] = 0
            if size == self._read[path]:
                continue
            with open(path, encoding="utf-8", errors="replace") as log:
                log.seek(self._read[path])
                text = self._rest.pop(path, "") + log.read()
                self._read[path] = log.tell()
            *lines, rest = text.split("\n")
            self._rest[path] = rest
            for line in lines:
                say(line, name=name)
