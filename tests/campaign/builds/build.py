"""What a broken build is, and the small day in which it is lived."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from sync.sandbox.faults import Rule
from tests.campaign.days import evidence, partners
from tests.campaign.days.day import Day
from tests.campaign.days.seeds import Plan

Patches = Iterable[AbstractContextManager[Any]]
MOST_SEEDS = 60
ORDERS = 8


def none(day: SmallDay) -> Patches:
    """Nothing."""
    return ()


@dataclass(frozen=True)
class Build:
    """One way to break the product. ``breaks`` are the invariants by which it should be found.

    ``wound`` breaks the product; ``world`` is what happens around it, to the sound product as well. ``rules`` are
    faults of the two partners, ``mix`` the shares of their scenarios, ``policy`` settings of the shop, and ``seeds``
    which of the seeds have what it takes: (divisor, remainder) pairs.
    """

    name: str
    what: str
    breaks: frozenset[str]
    wound: Callable[[SmallDay], Patches]
    world: Callable[[SmallDay], Patches] = none
    rules: Sequence[tuple[str, Rule]] = ()
    mix: Mapping[str, float] = field(default_factory=dict)
    policy: Mapping[str, float] = field(default_factory=dict)
    seeds: Callable[[Plan], bool] = lambda plan: True
    orders: int = ORDERS
    hours: float = 3.5
    lived: Callable[[Build, Path, int, bool], None] | None = None

    def chosen(self) -> list[int]:
        """The seeds to try, in turn."""
        return [seed for seed in range(1, MOST_SEEDS + 1) if self.seeds(Plan(seed=seed, orders=self.orders))]

    def live(self, folder: Path, seed: int, *, wounded: bool) -> None:
        """Live a day with the build, or with the sound product under the same circumstances."""
        if self.lived is not None:
            self.lived(self, folder, seed, wounded)
            return
        SmallDay(folder, self, seed, wounded=wounded).run()


class SmallDay(Day):
    """A short day with few orders and the faults of one build alone; ``people`` of the build may act in each round."""

    def __init__(self, folder: Path, build: Build, seed: int, *, wounded: bool) -> None:
        hours = timedelta(hours=build.hours)
        plan = Plan(
            seed=seed, orders=build.orders, faults=False, mixed=False, arrivals=timedelta(minutes=40), length=hours,
            troubled=hours / 2,
        )  # fmt: skip
        plan = _with(plan, build.policy)
        super().__init__(folder, plan)
        self.build, self.wounded = build, wounded
        self.told: dict[str, Any] = {}
        self.each_round: list[Callable[[], None]] = []

    def run(self) -> None:
        with mock.patch.object(partners, "_rates", return_value=dict(self.build.mix)):
            super().run()
            if self.told:
                path = self.folder / "plan.json"
                evidence.write(path, {**_read(path), **self.told})

    def _live(self) -> None:
        with ExitStack() as stack:
            for patch in self.build.world(self):
                stack.enter_context(patch)
            for patch in self.build.wound(self) if self.wounded else ():
                stack.enter_context(patch)
            super()._live()

    def _connect(self) -> None:
        super()._connect()
        self.people.next = self.plan.start + 2 * self.plan.length  # the core's people stay at home
        for place, (side, rule) in enumerate(self.build.rules):
            world = self.partners.market if side == "marketplace" else self.partners.depot
            fresh = Rule(**{name: getattr(rule, name) for name in Rule.__dataclass_fields__})
            world.ground.faults.arm(f"build {place}", fresh)

    def _round(self) -> list[tuple[str, str, datetime]]:
        for act in self.each_round:
            act()
        return super()._round()


def _with(plan: Plan, policy: Mapping[str, float]) -> Plan:
    return replace(plan, policy={**plan.policy, **policy})


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
