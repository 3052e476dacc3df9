"""Exceptions opened against what was injected: precision and recall of each category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.campaign.judge.evidence import Evidence

Pair = tuple[str, str]


@dataclass
class Score:
    """One category: pairs of seed and order that were expected and opened, opened for nothing, or missed."""

    right: set[Pair] = field(default_factory=set)
    false: set[Pair] = field(default_factory=set)
    missed: set[Pair] = field(default_factory=set)

    @property
    def precision(self) -> float:
        """The share of what was opened that had been injected."""
        opened = len(self.right) + len(self.false)
        return len(self.right) / opened if opened else 1.0

    @property
    def recall(self) -> float:
        """The share of what was injected that was opened."""
        expected = len(self.right) + len(self.missed)
        return len(self.right) / expected if expected else 1.0


def scores(evidence: Evidence) -> dict[str, Score]:
    """The score of every category that was expected for an order or opened for one, open or closed by now.

    ``expected`` of the plan may hold entries with ``"may": true``: allowed and not demanded.
    """
    seed = str(evidence.plan.get("seed", ""))
    must, may = set(), set()
    for entry in evidence.plan.get("expected", ()):
        (may if entry.get("may") else must).add((entry["category"], entry["order"]))
    opened = {
        (fault["category"], row["order"])
        for row in evidence.exceptions if row["subject"].startswith("order ")
        for fault in row["faults"]
    }  # fmt: skip
    found: dict[str, Score] = defaultdict(Score)
    for category, order in must | opened:
        score, pair = found[category], (seed, order)
        if (category, order) not in opened:
            score.missed.add(pair)
        elif (category, order) in must:
            score.right.add(pair)
        elif (category, order) not in may:
            score.false.add(pair)
    return dict(found)


def together(parts: Iterable[dict[str, Score]]) -> dict[str, Score]:
    """The scores of many runs as one."""
    found: dict[str, Score] = defaultdict(Score)
    for part in parts:
        for category, score in part.items():
            found[category].right |= score.right
            found[category].false |= score.false
            found[category].missed |= score.missed
    return dict(found)


def table(found: dict[str, Score]) -> str:
    """The scores as text, with the first orders that are wrong."""
    lines = [f"{'category':28} {'expected':>8} {'opened':>8} {'precision':>9} {'recall':>7}"]
    for category, score in sorted(found.items()):
        expected, opened = len(score.right) + len(score.missed), len(score.right) + len(score.false)
        lines.append(f"{category:28} {expected:8,} {opened:8,} {score.precision:9.1%} {score.recall:7.1%}")
        for word, wrong in (("opened for nothing", score.false), ("missed", score.missed)):
            if wrong:
                some = ", ".join(f"{order} (seed {seed})" for seed, order in sorted(wrong)[:5])
                lines.append(f"  {word}: {len(wrong)}: {some}")
    return "\n".join(lines)
