"""The pushes as documents: their sequence numbers, states and bodies (SEKO contract 6.1).

States: ``waiting``, ``sent``, ``refused`` (answered 400: never tried again), ``given_up`` (all retries used), ``lost``
(never sent at all). Every service counts its own sequence numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..ground import Ground
from ..scenarios import chance
from ..store import Document
from .lifecycle import moment, stamp
from .settings import WarehouseSettings

PUSH, BODY, LOSE = "push", "push_body", "push_lose"
Build = Callable[..., dict[str, Any]]


class PushBook:
    """Every push ever made; bodies stay on disk, for a push may be asked for again at any time."""

    def __init__(self, ground: Ground, *, settings: WarehouseSettings) -> None:
        self.settings = settings
        self._store = ground.store
        self._ledger = ground.ledger
        self._faults = ground.faults
        self.pushes: dict[str, Document] = dict(self._store.all(PUSH))
        self._waiting = {key: push for key, push in self.pushes.items() if push["state"] == "waiting"}

    def make(
        self, service: str, build: Build, now: datetime, *,
        number: str, call: str, part: int, total: int, scenario: str | None = None,
    ) -> None:  # fmt: skip
        """Make one push. `build` gets sequence, part and total; `number` is what it is about; `call` joins pushes."""
        sequence = self._store.counter(f"sequence {service}")
        push: Document = {
            "service": service, "sequence": sequence, "number": number, "call": call,
            "made_at": stamp(now), "next_at": stamp(now), "tries": 0, "state": "waiting",
            "early": False, "twice": False,
        }  # fmt: skip
        self._store.put(BODY, key_of(service, sequence), build(sequence=sequence, part=part, total=total))
        self.keep(push, **self._fate(push, scenario, now))
        if push["state"] == "lost":
            self._ledger.write(
                direction="world", method="", path="", operation=service, natural_key=number, applied=False,
                status=None, note=f"sequence {sequence} lost",
            )  # fmt: skip

    def keep(self, push: Document, **changes: Any) -> None:
        """Write a push."""
        push |= changes
        key = key_of(push["service"], push["sequence"])
        self.pushes[key] = push
        if push["state"] == "waiting":
            self._waiting[key] = push
        else:
            self._waiting.pop(key, None)
        self._store.put(PUSH, key, push)

    def body(self, push: Document) -> Document:
        """What a push says. Raises KeyError for a push that was never made."""
        body = self._store.get(BODY, key_of(push["service"], push["sequence"]))
        if body is None:
            raise KeyError(key_of(push["service"], push["sequence"]))
        return body

    def find(self, service: str, sequence: int) -> Document | None:
        """One push by its number."""
        return self.pushes.get(key_of(service, sequence))

    def due(self, now: datetime) -> list[Document]:
        """What the scheduler sends in a run at `now`."""
        return [push for push in self._waiting.values() if moment(push["next_at"]) <= now]

    def lose_next(self, service: str, times: int = 1) -> None:
        """Lose the next pushes of a service: their sequence numbers are used, nothing is sent."""
        self._store.put(LOSE, service, {"left": times})

    def counts(self) -> dict[str, int]:
        """How many pushes are in each state."""
        found: dict[str, int] = {}
        for push in self.pushes.values():
            found[push["state"]] = found.get(push["state"], 0) + 1
        return found

    def of(self, number: str) -> list[Document]:
        """The pushes about one order, product or delivery."""
        return [dict(push) for push in self.pushes.values() if push["number"] == number]

    def _fate(self, push: Document, scenario: str | None, now: datetime) -> dict[str, Any]:
        """What becomes of a push on its way: lost, before its turn and again, twice, or late by one to three runs."""
        service, sequence, seed = push["service"], push["sequence"], self.settings.seed
        rule = self._faults.take(service, push["number"], "inside")
        kind = rule.kind if rule else self._drawn(service, sequence)
        alone = f"{push['call']}-{sequence}"
        if scenario == "lost_push" or kind == "gap" or self._loses(service):
            return {"state": "lost"}
        if scenario == "naughty_push":
            return {"early": True, "twice": True}
        if kind == "duplicate":
            return {"twice": True, "call": alone}
        if kind == "out_of_order":
            runs = 1 + int(chance(seed, "late push", service, sequence) * 3)
            return {"next_at": stamp(now + self.settings.push_interval * runs), "call": alone}
        return {}

    def _drawn(self, service: str, sequence: int) -> str:
        if chance(self.settings.seed, "lose push", service, sequence) < self.settings.lose_pushes:
            return "gap"
        lot = chance(self.settings.seed, "shuffle push", service, sequence)
        if lot >= self.settings.shuffle_pushes:
            return ""
        return "duplicate" if lot < self.settings.shuffle_pushes / 2 else "out_of_order"

    def _loses(self, service: str) -> bool:
        left = int((self._store.get(LOSE, service) or {"left": 0})["left"])
        if left > 0:
            self._store.put(LOSE, service, {"left": left - 1})
        return left > 0


def key_of(service: str, sequence: int) -> str:
    """The name of a push on disk."""
    return f"{service}:{sequence:09d}"
