"""What was looked at, how often, and what was wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.rehearsal.judge import Verdict as Report

INVARIANTS = {
    "I1": "each order is in exactly one place, none is missing, none is invented",
    "I2": "no order is loaded twice",
    "I3": "after a lost answer a reading comes before the next write",
    "I4": "what the warehouse took is what was ordered, with the corrections laid over",
    "I5": "each parcel is confirmed at most once, with its own carrier and tracking number",
    "I6": "nothing is confirmed without a dispatch, or with a carrier that is not mapped and approved",
    "I7": "no level is told that was not free, none goes back to older figures, none is too old",
    "I8": "each open exception has one owner, one category, one next action, and is the only one of its subject",
    "I9": "what was cancelled before it was loaded is not loaded",
    "I10": "the trail is complete and append-only, and tells how everything stands",
    "I11": "after the last fault nothing is left undone",
    "I12": "no call comes before its time",
    "I13": "no correction by a person is lost",
    "I14": "no key and no customer shows up where it does not belong",
    "I15": "what is late becomes an exception in time",
}
SHOWN = 40


@dataclass
class Verdict:
    """The checks of each invariant, the violations, and what else was counted."""

    checks: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(INVARIANTS, 0)))
    violations: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def look(self, invariant: str, fine: bool, text: str) -> None:
        """One check: ``text`` says what is wrong where it is not ``fine``."""
        self.checks[invariant] += 1
        if not fine:
            self.violations.append((invariant, text))

    def adopt(self, invariant: str, report: Report, *, checks: int) -> None:
        """Take over what a check of the rehearsal has found."""
        self.checks[invariant] += checks
        self.violations += [(invariant, text) for text in report.violations]
        self.counts.update({name: number for name, number in report.counts.items() if number})

    @property
    def broken(self) -> list[str]:
        """The invariants that were broken, in order."""
        found = {invariant for invariant, _ in self.violations}
        return [invariant for invariant in INVARIANTS if invariant in found]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: checks per invariant, counts, and the first violations of each invariant."""
        told: Counter[str] = Counter()
        some = []
        for invariant, text in self.violations:
            told[invariant] += 1
            if told[invariant] <= SHOWN:
                some.append([invariant, text])
        return {
            "checks": dict(self.checks), "counts": dict(self.counts), "violations": some,
            "violations_by_invariant": dict(told),
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [
            f"  {invariant:4} {self.checks[invariant]:9,} checks  {what}" for invariant, what in INVARIANTS.items()
        ]
        lines += [f"VIOLATION {invariant}: {text}" for invariant, text in self.violations[:SHOWN]]
        return "\n".join([*lines, f"{len(self.violations)} violations"])
