"""The partner clock: simulated time that may run faster than real time, and be changed while running."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; an instant without a zone is taken as UTC. Raises ValueError on anything else."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def show_instant(moment: datetime) -> str:
    """The partners' form of an instant: UTC, ``Z``, milliseconds only when not zero (John Lewis contract 1.2)."""
    moment = moment.astimezone(UTC)
    millis = moment.microsecond // 1000
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{millis:03d}Z" if millis else "Z")


class SandboxClock:
    """Simulated time: ``epoch + (real - epoch) * speed``.

    When `file` is given (JSON ``{"epoch": iso, "factor": n}``) it overrules `epoch` and `speed`, and is read again
    whenever it changes, so that several processes can be re-timed together. A missing or half-written file leaves
    the last good values in force.
    """

    def __init__(self, epoch: datetime, speed: float = 1.0, file: Path | None = None) -> None:
        if epoch.tzinfo is None:
            raise ValueError("the clock's epoch needs a time zone")
        if speed <= 0:
            raise ValueError("the clock's speed must be above 0")
        self.epoch = epoch.astimezone(UTC)
        self.speed = float(speed)
        self._file = file
        self._seen: tuple[int, int, int] | None = None
        self._reload()

    def now(self) -> datetime:
        """The simulated instant, aware, in UTC."""
        self._reload()
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        """The simulated instant that belongs to a real one."""
        return self.epoch + (real - self.epoch) * self.speed

    def real_seconds(self, span: timedelta) -> float:
        """How many real seconds a simulated span takes at the present speed."""
        self._reload()
        return span.total_seconds() / self.speed

    def _reload(self) -> None:
        if self._file is None:
            return
        try:
            stat = self._file.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp == self._seen:
                return
            told = json.loads(self._file.read_text(encoding="utf-8"))
            epoch, speed = parse_instant(told["epoch"]), float(told["factor"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        if speed > 0:
            self.epoch, self.speed, self._seen = epoch, speed, stamp
