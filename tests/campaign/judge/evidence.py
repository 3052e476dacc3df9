"""The folder that a run leaves behind, read: the partners' ledgers, the product's exports, what the runner did."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.rehearsal.ledgers import Line, read

Row = dict[str, Any]
SETTLING = timedelta(hours=2)


@dataclass(frozen=True)
class Checkpoint:
    """The product's exports at a quiet moment; ``marketplace`` and ``warehouse`` are how long the ledgers were."""

    name: str
    at: datetime
    marketplace: int
    warehouse: int
    accounts: list[Row]
    exceptions: list[Row]
    audit: list[Row]


@dataclass
class Evidence:
    """Everything that the judge knows."""

    plan: Row = field(default_factory=dict)
    market: list[Line] = field(default_factory=list)
    depot: list[Line] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    exceptions: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    levels: list[Row] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    folder: Path | None = None

    @classmethod
    def read(cls, folder: Path) -> Evidence:
        """Read a folder. A file that is not there is as good as empty, but for the plan and the ledgers.

        ``skew`` of the plan says by how many minutes a partner's clock is ahead of ours.
        """
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        ahead = plan.get("skew", {})
        return cls(
            plan=plan,
            market=_by_our_clock(read(folder / "marketplace.jsonl"), ahead.get("marketplace", 0)),
            depot=_by_our_clock(read(folder / "warehouse.jsonl"), ahead.get("warehouse", 0)),
            levels=_list(folder / "levels.json"),
            checkpoints=[_checkpoint(path) for path in sorted((folder / "checkpoints").glob("*/at.json"))],
            folder=folder,
            **_exports(folder),
        )

    def upto(self, point: Checkpoint) -> Evidence:
        """What was known at a checkpoint."""
        return replace(
            self, market=[line for line in self.market if line.seq <= point.marketplace],
            depot=[line for line in self.depot if line.seq <= point.warehouse],
            accounts=point.accounts, exceptions=point.exceptions, audit=point.audit, levels=[], checkpoints=[],
            plan={**self.plan, "ended": point.at.isoformat()},
        )  # fmt: skip

    def unheard(self, side: str) -> frozenset[int]:
        """The lines of a partner's ledger whose answer reached nobody alive."""
        return frozenset(self.plan.get("unheard", {}).get(side, ()))

    def number(self, name: str, otherwise: float) -> float:
        """A figure of the plan, or of the shop's settings in it."""
        found = self.plan.get(name, self.plan.get("policy", {}).get(name, otherwise))
        return float(found)

    @cached_property
    def ended(self) -> datetime:
        """When the run was over."""
        told = self.plan.get("ended")
        return datetime.fromisoformat(told) if told else max(line.at for line in [*self.market, *self.depot])

    @cached_property
    def settled(self) -> datetime:
        """What happened later may still be on its way at the end."""
        minutes = self.number("settle_minutes", SETTLING / timedelta(minutes=1))
        return self.ended - timedelta(minutes=minutes)

    @cached_property
    def made(self) -> dict[str, Line]:
        """The marketplace's orders, each by the line that tells of its birth."""
        return {line.key: line for line in world(self.market, "order")}

    @cached_property
    def products(self) -> frozenset[str]:
        """The warehouse's product codes, in small letters."""
        return frozenset(line.key.casefold() for line in world(self.depot, "free"))

    @cached_property
    def taken(self) -> dict[str, list[Line]]:
        """What the warehouse took, by order of the marketplace."""
        found: dict[str, list[Line]] = defaultdict(list)
        for line in world(self.depot, "taken"):
            found[self.order_of(line.key)].append(line)
        return dict(found)

    @cached_property
    def states(self) -> dict[str, list[tuple[datetime, str]]]:
        """When each order entered which state at the marketplace."""
        found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for line in world(self.market, "state"):
            found[line.key].append((line.at, line.details()["state"]))
        return dict(found)

    @cached_property
    def corrections(self) -> dict[str, list[Row]]:
        """The corrections of each order, each with ``made`` and ``over`` (None = in force)."""
        over = {
            (row["id"]): datetime.fromisoformat(row["at"]) for row in self.audit if row["kind"] == "correction_over"
        }
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.audit:
            if row["kind"] == "correction":
                made = datetime.fromisoformat(row["at"])
                found[row["order"]].append({**row, "made": made, "over": over.get(row["id"])})
        return dict(found)

    @cached_property
    def waiting(self) -> frozenset[str]:
        """The orders with an open exception by the product's books."""
        return frozenset(row["order_id"] for row in self.accounts if row["exception_category"])

    def order_of(self, number: str) -> str:
        """The order behind a number at the warehouse: its own, or one with a tail for a second try."""
        if number in self.made:
            return number
        head, _, _ = number.rpartition("-")
        return head if head in self.made else number

    def in_force(self, order: str, moment: datetime) -> dict[str, Row]:
        """The corrections of an order at an instant, by path."""
        rows = self.corrections.get(order, ())
        return {
            row["path"]: row for row in rows if row["made"] <= moment and (row["over"] is None or row["over"] > moment)
        }

    def state_at(self, order: str, moment: datetime) -> str:
        """The state of an order at the marketplace at an instant."""
        steps = self.states.get(order, [])
        place = bisect_left([at for at, _ in steps], moment)
        return steps[place - 1][1] if place else ""


def world(lines: Iterable[Line], operation: str) -> list[Line]:
    """The lines that tell of one kind of thing in a partner's own world."""
    return [line for line in lines if line.direction == "world" and line.operation == operation]


def requests(lines: Iterable[Line]) -> list[Line]:
    """What the product asked."""
    return [line for line in lines if line.direction == "in"]


def answered(line: Line) -> bool:
    """Whether a request got a whole answer that can be believed."""
    return line.status == 200 and "fault" not in line.note and "window" not in line.note


def cancelled_until(lines: Iterable[Line], order: str, moment: datetime) -> Mapping[str, int]:
    """What the marketplace had cancelled of an order by an instant, by SKU."""
    found: dict[str, int] = defaultdict(int)
    for line in world(lines, "cancelled"):
        if line.key == order and line.at <= moment:
            for sku, quantity in line.details()["lines"].items():
                found[sku] += quantity
    return found


def _by_our_clock(lines: list[Line], ahead: float) -> list[Line]:
    return [replace(line, at=line.at - timedelta(minutes=ahead)) for line in lines] if ahead else lines


def _exports(folder: Path) -> dict[str, list[Row]]:
    path = folder / "audit.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {
        "accounts": _list(folder / "accounts.json"), "exceptions": _list(folder / "exceptions.json"),
        "audit": [json.loads(line) for line in lines if line.strip()],
    }  # fmt: skip


def _list(path: Path) -> list[Row]:
    found: list[Row] = json.loads(path.read_text(encoding="utf-8") or "[]") if path.exists() else []
    return found


def _checkpoint(path: Path) -> Checkpoint:
    at = json.loads(path.read_text(encoding="utf-8"))
    return Checkpoint(
        path.parent.name, datetime.fromisoformat(at["time"]), at["marketplace"], at["warehouse"],
        **_exports(path.parent),
    )  # fmt: skip
