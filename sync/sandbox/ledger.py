"""The ledger: one JSON line for every request taken and every push sent, append-only, numbered across restarts."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .clock import SandboxClock, show_instant

ANSWER_LENGTH = 500
SECRET = re.compile(r"(?i)\b(api_key|token|key|secret)=[^&\s]*")
WRITTEN = json.JSONEncoder(ensure_ascii=False)
NOTHING = hashlib.sha256(b"").hexdigest()
PUSH_SECRET = re.compile(r"(/push/[^/\s]+/)[^/\s]+")


def redact(path: str) -> str:
    """Take keys out of a path: query parameters that hold one, and the secret part of a push address."""
    return PUSH_SECRET.sub(r"\1***", SECRET.sub(r"\1=***", path))


class Ledger:
    """Append-only JSON lines. Without a path nothing is written, but the sequence still counts."""

    def __init__(self, path: Path | None, clock: SandboxClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seq = 0
        self._handle: int | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._seq = _recover(path)
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(
        self,
        *,
        direction: str,
        method: str,
        path: str,
        operation: str = "",
        natural_key: str = "",
        body: bytes = b"",
        applied: bool,
        status: int | None,
        answer: bytes | str = b"",
        note: str = "",
    ) -> int:
        """Append one line and return its sequence number.

        `direction` is ``in`` (a request that was taken) or ``push`` (one that was sent); what the world does by itself
        is written by `write_world`. `applied` tells whether the world changed; `status` is None where no answer was
        given or received. The first 500 characters of `answer` are kept. The line is one write, so that a killed
        process leaves at most one torn line, which the next start cuts off.
        """
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        with self._lock:
            line = self._line(
                direction=direction,
                method=method,
                path=redact(path),
                operation=operation,
                natural_key=natural_key,
                body_sha256=hashlib.sha256(body).hexdigest(),
                applied=applied,
                status=status,
                answer=text[:ANSWER_LENGTH],
                note=note,
            )
            self._append([line])
            return self._seq

    def write_world(self, operation: str, notes: Iterable[tuple[str, str]]) -> None:
        """Append one line for each (natural key, note): what the world did by itself, at this moment.

        Their `direction` is ``world``; nobody asked, so that there is no path, no status and no answer. Many lines go
        out in few writes.
        """
        now, real = show_instant(self._clock.now()), show_instant(datetime.now(UTC))
        same = {"direction": "world", "method": "", "path": "", "operation": operation, "body_sha256": NOTHING,
                "applied": True, "status": None, "answer": ""}  # fmt: skip
        with self._lock:
            lines = []
            for key, note in notes:
                self._seq += 1
                lines.append({"seq": self._seq, "sim_time": now, "wall_time": real, **same, "natural_key": key,
                              "note": note})  # fmt: skip
            self._append(lines)

    def _line(self, **told: Any) -> dict[str, Any]:
        self._seq += 1
        now, real = show_instant(self._clock.now()), show_instant(datetime.now(UTC))
        return {"seq": self._seq, "sim_time": now, "wall_time": real, **told}

    def _append(self, lines: list[dict[str, Any]]) -> None:
        if self._handle is None or not lines:
            return
        left = memoryview("".join(WRITTEN.encode(line) + "\n" for line in lines).encode("utf-8"))
        while left:
            left = left[os.write(self._handle, left) :]

    def close(self) -> None:
        """Close the file; later lines are counted but not written."""
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None


def _recover(path: Path) -> int:
    """Cut off a line that a killed process left half-written, and return the last sequence number."""
    if not path.exists():
        return 0
    with path.open("r+b") as file:
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) != len(content):
            file.truncate(len(whole))
    last = whole.rstrip(b"\n").rpartition(b"\n")[2]
    return int(json.loads(last)["seq"]) if last else 0
