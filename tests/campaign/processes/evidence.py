"""Gathers the folder that the judge reads: the ledgers, the product's exports and the plan of what was done to it."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import redis

from tests.campaign.judge.evidence import world
from tests.campaign.processes.stack import CARRIERS, KEY, Stack
from tests.rehearsal.ledgers import read

# Name of the file, and the command that writes it. What a version of the product cannot export yet is left out.
EXPORTS = {
    "accounts.json": ("account_for", "--json"),
    "exceptions.json": ("export_exceptions", "--json"),
    "audit.jsonl": ("export_audit",),
    "levels.json": ("stock_levels", "--json"),
}
# Time-outs, leases and back-offs stay real: what takes so long is that much later by a business clock that runs faster.
REAL_MINUTES = 5
MARKED = 20  # customers whose data is looked for where it does not belong
AT_CHECKPOINTS = ("accounts.json", "exceptions.json", "audit.jsonl")


@dataclass
class Diary:
    """What the runner did, in plain words; becomes plan.json."""

    tier: str
    started: datetime
    orders: int = 0
    faults: dict[str, dict[str, int]] = field(default_factory=dict)
    people: list[dict[str, str]] = field(default_factory=list)
    expected: list[dict[str, str]] = field(default_factory=list)
    faults_ended: datetime | None = None
    checkpoints: int = 0

    def armed(self, kind: str) -> None:
        """A fault of this kind is about to happen."""
        self.faults.setdefault(kind, {"armed": 0, "fired": 0})["armed"] += 1

    def fired(self, kind: str, times: int = 1) -> None:
        """It has happened."""
        self.faults.setdefault(kind, {"armed": 0, "fired": 0})["fired"] += times

    def acted(self, stack: Stack, who: str, act: str, order: str) -> None:
        """A person did something."""
        self.people.append({"at": stack.business_now().isoformat(), "who": who, "act": act, "order": order})

    def plan(self, stack: Stack) -> dict[str, Any]:
        """The content of plan.json."""
        now, terms = stack.business_now(), stack.terms
        return {
            "tier": self.tier, "seed": terms.seed, "orders": self.orders, "naive": terms.naive,
            "several": terms.several, "policy": dict(stack.settings), "started": self.started.isoformat(),
            "faults_ended": (self.faults_ended or now).isoformat(), "ended": now.isoformat(),
            "carriers": [[*pair, code, stack.mapped_at.isoformat(), None] for pair, code in CARRIERS.items()],
            "approved": {}, "expected": self.expected,
            "people": self.people, "faults": self.faults,
            "canaries": [KEY, stack.push_url.rstrip("/").rpartition("/")[2], *_marked_customers(stack)],
            "lag_minutes": terms.lag_minutes + terms.skew_minutes, "speed": terms.speed, "settle_minutes": 10,
            "watch_minutes": 1 + (terms.speed - 1) * REAL_MINUTES,
        }  # fmt: skip


def gather(stack: Stack, folder: Path, diary: Diary) -> Path:
    """Write the whole folder; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in stack.ledgers.items():  # first: what is told afterwards is in the exports all the same
        shutil.copyfile(path, folder / f"{name}.jsonl")
    _export(stack, folder, EXPORTS)
    for path in stack.folder.glob("*.log"):
        shutil.copyfile(path, folder / path.name)
    (folder / "redis.txt").write_bytes(b"\n".join(_held_by_valkey(stack)))
    (folder / "processes.txt").write_text("\n".join(_command_lines()))
    (folder / "plan.json").write_text(json.dumps(diary.plan(stack), indent=1))
    return folder


def _marked_customers(stack: Stack) -> list[str]:
    """The streets of the first customers, which stand in no log, no job, no export and no command line."""
    addresses = world(read(stack.ledgers["marketplace"]), "address")[:MARKED]
    return sorted({line.details()["street_1"] for line in addresses})


def _held_by_valkey(stack: Stack) -> Iterator[bytes]:
    """Every key with what it holds; jobs unpacked."""
    with redis.Redis.from_url(stack.valkey.url()) as client:
        readers: dict[bytes, Callable[[bytes], Any]] = {
            b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
            b"list": lambda key: client.lrange(key, 0, -1), b"zset": lambda key: client.zrange(key, 0, -1),
        }  # fmt: skip
        for key in client.scan_iter():
            held = readers.get(client.type(key), lambda key: b"")(key)
            parts = [held] if isinstance(held, bytes) else [*held, *held.values()] if isinstance(held, dict) else held
            yield key
            yield from map(_unpacked, parts)


def _unpacked(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error:
        return part


def _command_lines() -> Iterator[str]:
    """Of the product's programs; a simulated partner is told its own key there."""
    for program in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            line = " ".join(program.cmdline())
            if "sandbox" not in line:
                yield line


def checkpoint(stack: Stack, folder: Path, diary: Diary) -> None:
    """The same exports at a quiet point during the day, with how long the ledgers were then."""
    diary.checkpoints += 1
    place = folder / "checkpoints" / f"{diary.checkpoints:02d}"
    place.mkdir(parents=True, exist_ok=True)
    lengths = {name: _length(path) for name, path in stack.ledgers.items()}
    _export(stack, place, {name: EXPORTS[name] for name in AT_CHECKPOINTS})
    (place / "at.json").write_text(json.dumps({**lengths, "time": stack.business_now().isoformat()}))


def _export(stack: Stack, folder: Path, wanted: Mapping[str, tuple[str, ...]]) -> None:
    for name, command in wanted.items():
        found = stack.try_to_run(*command)
        if found["code"] in (0, 1):
            (folder / name).write_text(found["out"], encoding="utf-8")
        elif "Unknown command" not in found["err"]:
            raise RuntimeError(f"{command[0]}: {found['err']}")


def _length(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)
