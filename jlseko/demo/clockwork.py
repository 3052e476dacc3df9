"""The demo's clock: fast at first, slower afterwards, never jumping and never going back."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

BURST = timedelta(hours=3, minutes=45)  # business time: long enough for every kind of stall to come up
SLOWER = 12  # after the burst business time runs at SPEED / 12
STILL = 1.0001  # while nothing runs; exactly 1 could not stand apart from real time


def epoch_for(*, factor: float, real: datetime, business: datetime) -> datetime:
    """The epoch with which a factor shows `business` at `real`: business = epoch + (real - epoch) * factor."""
    return real - (business - real) / (factor - 1)


class Clockwork:
    """Writes the clock file that every process of the demo reads, and remembers where business time stopped."""

    def __init__(self, folder: Path, *, speed: float) -> None:
        self.path = folder / "clock.json"
        self.memory = folder / "clock.state.json"
        self.speed = speed
        now = datetime.now(UTC)
        remembered = self._remembered()
        self.business, self.origin = remembered or (now, now)
        self.real = now
        self.factor = STILL

    def _remembered(self) -> tuple[datetime, datetime] | None:
        try:
            found = json.loads(self.memory.read_text(encoding="utf-8"))
            return datetime.fromisoformat(found["business"]), datetime.fromisoformat(found["origin"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def bursting(self) -> bool:
        """Whether the first, fast hours are still going on."""
        return self.business - self.origin < BURST

    def wanted(self) -> float:
        """The factor for this stage of the demo; never exactly 1."""
        factor = self.speed if self.bursting else max(self.speed / SLOWER, 1.0)
        return STILL if factor == 1 else factor

    def start(self) -> None:
        """Sets business time going from where it stopped."""
        self.real = datetime.now(UTC)
        self._anchor(self.wanted())

    def tick(self) -> bool:
        """Remembers the business time of now; True when the burst has just ended and the clock was slowed down."""
        self._advance()
        if self.factor != self.wanted():
            self._anchor(self.wanted())
            return True
        self._remember()
        return False

    def stop(self) -> None:
        """Lets business time go on at the pace of real time, so that commands typed later see sensible ages."""
        self._advance()
        self._anchor(STILL)

    def _advance(self) -> None:
        now = datetime.now(UTC)
        self.business += (now - self.real) * self.factor
        self.real = now

    def _anchor(self, factor: float) -> None:
        self.factor = factor
        epoch = epoch_for(factor=factor, real=self.real, business=self.business)
        _replace(self.path, {"epoch": epoch.isoformat(), "factor": factor})
        self._remember()

    def _remember(self) -> None:
        _replace(self.memory, {"business": self.business.isoformat(), "origin": self.origin.isoformat()})


def _replace(path: Path, content: dict[str, object]) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content), encoding="utf-8")
    os.replace(draft, path)
