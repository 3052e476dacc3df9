"""What was wrong with a run between real processes: the judge's word on its folder, and faults in the product's log."""

from __future__ import annotations

import json
from pathlib import Path

from tests.campaign.judge.judging import judge

# The product's words for a fault that no partner, no Redis and no database led to
OUR_OWN = ("flow failed", "step failed", "errand failed", "a record of a run failed")


def violations(folder: Path) -> list[str]:
    """Judge one folder, and leave the verdict in it; faults of the product's own that nobody else would notice, since
    what they stopped was tried again, come last.
    """
    verdict = judge(folder)
    (folder / "verdict.json").write_text(json.dumps(verdict.as_dict(), indent=1))
    return [*(f"{invariant}: {text}" for invariant, text in verdict.violations), *_our_own_faults(folder)]


def _our_own_faults(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.glob("*.log")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            numbered = [(number, line) for number, line in enumerate(lines, 1) if "[error" in line]
        found += [
            f"internal fault: {words}, {path.name} line {number}"
            for number, line in numbered
            for words in OUR_OWN
            if words in line
        ]
    return found
