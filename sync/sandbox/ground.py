"""What both simulated partners stand on: their settings, and the opened clock, store, ledger and faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from .clock import SandboxClock, parse_instant, show_instant
from .faults import NEVER, Faults, Windows
from .ledger import Ledger
from .scenarios import Plan
from .store import Store

TABLE, KEY = "meta", "world"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings that both partners know.

    `data` is the folder of the world; `orders` a file in the Online Retail format (None = the generator's own orders).
    `epoch` and `speed` time the clock: None = the epoch of the first start, remembered in the world. `clock_file`
    overrules both. `key` is the API key that is accepted. `tick_seconds` (real time) is how often the world moves on.
    """

    data: Path
    key: str
    seed: int = 7
    speed: float = 1.0
    epoch: datetime | None = None
    clock_file: Path | None = None
    orders: Path | None = None
    ledger: Path | None = None
    faults: Path | None = None
    plan: Plan = field(default_factory=Plan)
    outage: Windows = NEVER
    refuse_key: Windows = NEVER
    timeout_seconds: float = 3.0
    tick_seconds: float = 0.2


@dataclass
class Ground:
    """The opened pieces. `started` is the simulated instant of the world's very first start."""

    settings: Settings
    clock: SandboxClock
    store: Store
    ledger: Ledger
    faults: Faults
    started: datetime

    def close(self) -> None:
        """Close the files."""
        self.ledger.close()
        self.store.close()


def open_ground(settings: Settings, *, name: str) -> Ground:
    """Open (or make) the world called `name` in the data folder, with the clock going on where it was.

    Raises OSError when the folder cannot be written.
    """
    store = Store(settings.data / f"{name}.sqlite3")
    meta = store.get(TABLE, KEY) or {}
    epoch = settings.epoch or (parse_instant(meta["epoch"]) if "epoch" in meta else datetime.now(UTC))
    clock = SandboxClock(epoch, settings.speed, settings.clock_file)
    if not meta:
        meta = {"epoch": show_instant(epoch), "started": show_instant(clock.now()), "seed": settings.seed}
        store.put(TABLE, KEY, meta)
    ledger = Ledger(settings.ledger or settings.data / f"{name}.jsonl", clock)
    faults = Faults(settings.faults, store, seed=settings.seed)
    return Ground(settings, clock, store, ledger, faults, parse_instant(meta["started"]))
