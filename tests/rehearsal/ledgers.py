"""The two partners' ledgers as a judge reads them: lines of JSON, nothing of the product."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

WHOLE = ("slow", "unknown_field")  # faults under which an answer arrives late or larger, and can be believed
CHANGE = re.compile(r"(-?\d+) -> (-?\d+) ?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line of a ledger. ``at`` is the partner's own (simulated) time, ``wall`` the real one."""

    seq: int
    at: datetime
    direction: str
    operation: str
    key: str
    body: str
    applied: bool
    status: int | None
    answer: str
    note: str
    wall: datetime | None = None
    path: str = ""

    @property
    def spoilt_after(self) -> bool:
        """Whether it took effect and its answer was then lost or spoilt. A 204 has no body that could be."""
        _, struck, kind = self.note.partition("fault after effect: ")
        return self.applied and bool(struck) and not kind.startswith(WHOLE) and self.status != 204

    def details(self) -> dict[str, Any]:
        """A note that is JSON."""
        found: dict[str, Any] = json.loads(self.note)
        return found


def read(path: Path) -> list[Line]:
    """All lines of a ledger, in order."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(text)
        lines.append(
            Line(
                told["seq"], datetime.fromisoformat(told["sim_time"]), told["direction"], told["operation"],
                told["natural_key"], told["body_sha256"], told["applied"], told["status"], told["answer"], told["note"],
                datetime.fromisoformat(told["wall_time"]) if "wall_time" in told else None, told.get("path", ""),
            )
        )  # fmt: skip
    return lines


@dataclass(frozen=True)
class Step:
    """A quantity that changed: from what to what, when, and why in the partner's words."""

    at: datetime
    before: int
    after: int
    why: str


@dataclass
class Levels:
    """How a quantity of each key went over time, from the ``world`` lines of one operation."""

    steps: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, lines: Iterable[Line], operation: str) -> Levels:
        """Collect the steps of ``offer`` (marketplace) or ``free`` (warehouse)."""
        found = cls()
        for line in lines:
            if line.direction == "world" and line.operation == operation:
                match = CHANGE.fullmatch(line.note)
                if match:
                    found.steps[line.key].append(Step(line.at, int(match[1]), int(match[2]), match[3]))
        return found

    def at(self, key: str, moment: datetime) -> int | None:
        """The quantity at an instant; before the first step what that step began with; None for an unknown key."""
        steps = self.steps.get(key)
        if not steps:
            return None
        place = bisect_right([step.at for step in steps], moment)
        return steps[place - 1].after if place else steps[0].before

    def most(self, key: str, start: datetime, end: datetime) -> int | None:
        """The largest quantity that held at any instant of a stretch of time."""
        first = self.at(key, start)
        if first is None:
            return None
        return max([first, *(step.after for step in self.between(key, start, end))])

    def between(self, key: str, start: datetime, end: datetime) -> Iterator[Step]:
        """The steps after ``start`` and not after ``end``."""
        return (step for step in self.steps.get(key, ()) if start < step.at <= end)
