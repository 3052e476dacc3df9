"""The way of a handful of orders through a living stack, in four parts, each of which a fault may fall into."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.campaign.processes.evidence import Diary
from tests.campaign.processes.person import Person
from tests.campaign.processes.stack import CARRIERS, Stack

ORDERS = 3
HAS_LEFT = frozenset({"confirmed", "delivered"})
AT_SEKO = frozenset({"injected", "dispatched", *HAS_LEFT})
# Refused once by the warehouse in words that nobody knows, taken when a person sends it back.
STALLS = "unknown_reply"


@dataclass(frozen=True)
class Part:
    """One part of the way: what is done to the stack, and what it then has to come to."""

    name: str
    do: Callable[[], None]
    wait: Callable[[], None]


@dataclass
class Journey:
    """A few orders from their making to their confirmation; with ``stalls`` one of them needs a person."""

    stack: Stack
    diary: Diary
    draw: random.Random
    stalls: bool = False
    stock: bool = False
    patience: float = 90.0
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    stalled: str = ""

    def parts(self) -> list[Part]:
        """The parts in their order."""
        found = [Part("orders", self._order, self._until_at_seko)]
        if self.stalls:
            found.append(Part("resubmit", self._send_back, self._until_all_at_seko))
        if self.stock:
            found.append(Part("stock", self._sell_elsewhere, self._until_told))
        return [*found, Part("dispatch", self._dispatch, self._until_confirmed)]

    @property
    def ids(self) -> list[str]:
        """The order ids."""
        return list(self.lines)

    def rest(self) -> None:
        """Wait until nothing of it is under way or uncertain any more."""
        ask = self.stack.witness
        self._until(lambda: ask.busy(self.ids) == 0 and ask.open() == (0, 0), "the stack came to rest")

    def _until(self, true: Callable[[], Any], what: str) -> None:
        def safely() -> Any:
            try:
                return true()
            except (OSError, psycopg.Error):  # the database may be away
                return False

        self.stack.until(safely, f"not within {self.patience:.0f} s: {what}", seconds=self.patience)

    def _order(self) -> None:
        skus = self._skus()
        for number in range(ORDERS + self.stalls):
            told: dict[str, Any] = {"lines": [
                {"sku": sku, "quantity": self.draw.randint(1, 3)} for sku in self.draw.sample(skus, 2)
            ]}  # fmt: skip
            if number == ORDERS:
                told["scenario"] = STALLS
            made = self.stack.ask("marketplace", "order", told)
            self.lines[made["order_id"]] = made["lines"]
            if number == ORDERS:
                self.stalled = made["order_id"]
        self.diary.orders += len(self.lines)

    def _skus(self) -> list[str]:
        offers = self.stack.ask("marketplace", "offers")
        clashes = {sku.casefold() for sku in offers if sum(other.casefold() == sku.casefold() for other in offers) > 1}
        return sorted(sku for sku, left in offers.items() if left and left >= 10 and sku.casefold() not in clashes)

    def _until_at_seko(self) -> None:
        def all_there() -> bool:
            found = self.stack.witness.stages(self.ids)
            return len(found) == len(self.ids) and all(
                stage in AT_SEKO or (key == self.stalled and status == "stalled")
                for key, (status, stage) in found.items()
            )

        self._until(all_there, "the orders were loaded at the warehouse")

    def _send_back(self) -> None:
        """Nothing is left to do where the worker died before the refusal was kept, and the next try was taken."""
        if self.stack.witness.stages([self.stalled])[self.stalled][0] != "stalled":
            return
        pressed = Person(self.stack).send_back(self.stalled, times=self.draw.choice((1, 2)))
        for _ in range(pressed):
            self.diary.acted(self.stack, "ops", "resubmit", self.stalled)

    def _until_all_at_seko(self) -> None:
        self._until(
            lambda: all(stage in AT_SEKO for _, stage in self.stack.witness.stages(self.ids).values()),
            "the order that was sent back was loaded at the warehouse",
        )

    def _sell_elsewhere(self) -> None:
        """Stock goes down for a reason of its own: John Lewis has to be told."""
        self._files = self._files_done()
        for sku in self.draw.sample(self._skus(), 3):
            self.stack.ask("warehouse", "adjust", {"product": sku, "quantity": -self.draw.randint(1, 5)})
        self.stack.ask("warehouse", "run", {})

    def _until_told(self) -> None:
        self._until(lambda: self._files_done() > self._files, "the stock file was settled")

    def _files_done(self) -> int:
        return int(
            self.stack.witness.ask(
                "SELECT count(*) FROM sync_item WHERE kind = 'stock_file' AND status = 'done'"
            )[0][0]
        )  # fmt: skip

    def _dispatch(self) -> None:
        """The first order leaves in two parcels, the others in one each."""
        for place, order_id in enumerate(self.ids):
            courier, service = self.draw.choice(list(CARRIERS))
            told: dict[str, Any] = {"SalesOrderNumber": order_id, "courier": courier, "service": service}
            if place == 0:
                rows = [{"line": number + 1, "quantity": line["quantity"]}
                        for number, line in enumerate(self.lines[order_id])]  # fmt: skip
                told = {"SalesOrderNumber": order_id, "parcels": [
                    {"courier": courier, "service": service, "lines": rows[:1]},
                    {"courier": courier, "service": service, "lines": rows[1:]},
                ]}  # fmt: skip
            self.stack.ask("warehouse", "dispatch", told)

    def _until_confirmed(self) -> None:
        self._until(
            lambda: all(stage in HAS_LEFT for _, stage in self.stack.witness.stages(self.ids).values()),
            "every parcel was confirmed",
        )


class FailPoint:
    """The order to die at one point, for the processes of one stack."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def arm(self, point: str, process: str, *, stop: bool = False) -> None:
        """From now on, once."""
        self.disarm()
        told: dict[str, Any] = {"point": point, "process": process, "times": 1, "spare": [os.getpid()]}
        if stop:
            told["signal"] = "STOP"
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(told))
        os.replace(draft, self._path)

    def disarm(self) -> None:
        """No more."""
        self._path.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)

    @property
    def _mark(self) -> Path:
        return self._path.with_name(f"{self._path.name}.fired-1")

    def fired(self) -> dict[str, Any] | None:
        """Who reached it, and when; None while nobody has."""
        try:
            return dict(json.loads(self._mark.read_text()))
        except (OSError, ValueError):
            return None
