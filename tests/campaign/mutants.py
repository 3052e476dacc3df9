"""`make campaign TIER=mutants`: each broken build lives seeds until the judge finds it; one not found is red."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from jlseko.env import PROJECT
from tests.campaign.builds import desk, reads, small, writes
from tests.campaign.builds.build import Build
from tests.campaign.days.results import commit
from tests.campaign.judge.judging import judge

KEPT = PROJECT / ".data" / "campaign" / "mutants.jsonl"
ENOUGH = 15
BUILDS: tuple[Build, ...] = (*writes.BUILDS, *reads.BUILDS, *desk.BUILDS, *small.BUILDS)


@dataclass(frozen=True)
class Found:
    """What became of one build: the seed and the invariants by which it was found, and the judge's first words.

    ``silent`` tells whether the judge had nothing to say about the sound product under the same circumstances.
    """

    name: str
    seed: int
    tried: int
    invariants: list[str]
    words: str
    silent: bool
    seconds: float
    commit: str = ""

    @property
    def caught(self) -> bool:
        """Whether the judge has found it, and found it because it was broken."""
        return bool(self.invariants) and self.silent


def hunt(build: Build, *, most: int = 60, scratch: Path) -> Found:
    """Live the build's seeds until the judge says no, and the same day with the sound product afterwards."""
    began, tried = time.monotonic(), 0
    for seed in build.chosen()[:most]:
        tried += 1
        invariants, words = lived(build, seed, wounded=True, folder=scratch / f"{seed}-broken")
        if not build.breaks & set(invariants):
            continue
        silent = not lived(build, seed, wounded=False, folder=scratch / f"{seed}-sound")[0]
        return Found(build.name, seed, tried, invariants, words, silent, round(time.monotonic() - began, 1))
    return Found(build.name, 0, tried, [], "", True, round(time.monotonic() - began, 1))


def lived(build: Build, seed: int, *, wounded: bool, folder: Path) -> tuple[list[str], str]:
    """The invariants that a day broke, and the first words of the judge."""
    build.live(folder, seed, wounded=wounded)
    verdict = judge(folder)
    expected = [text for invariant, text in verdict.violations if invariant in build.breaks]
    return verdict.broken, (expected or [text for _, text in verdict.violations] or [""])[0]


def table(found: Iterable[Found]) -> str:
    """Build, invariant and seed of each."""
    lines = [f"{'mutant':36} {'caught by':14} {'seed':>4} {'tried':>5} {'seconds':>7}"]
    for each in found:
        by = ",".join(each.invariants) if each.caught else "not silent" if each.invariants else "NOT CAUGHT"
        lines.append(f"{each.name:36} {by:14} {each.seed:4} {each.tried:5} {each.seconds:7.1f}")
        if each.words:
            lines.append(f"    {each.words[:110]}")
    return "\n".join(lines)


def known(file: Path) -> dict[str, Found]:
    """What was found before on the present commit, the last word on each build."""
    if not file.exists():
        return {}
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {row["name"]: Found(**row) for row in rows if row["commit"] == commit()}


def main(arguments: list[str]) -> int:
    """Hunt what has not been caught yet, print the table; exit code 1 unless every build is caught."""
    parser = argparse.ArgumentParser(prog="make campaign TIER=mutants", description=__doc__)
    parser.add_argument("--only", default="", help="part of the name of the builds to hunt")
    parser.add_argument("--most", type=int, default=60, help="seeds for each build")
    parser.add_argument("--resume", type=Path, help="folder of the results (default .data/campaign)")
    parser.add_argument("--afresh", action="store_true", help="also hunt what was caught before")
    told, _ = parser.parse_known_args(arguments)
    file = told.resume / KEPT.name if told.resume else KEPT
    file.parent.mkdir(parents=True, exist_ok=True)
    before = {} if told.afresh else known(file)
    chosen = [build for build in BUILDS if told.only in build.name]
    for build in chosen:
        if build.name in before and before[build.name].caught:
            continue
        with tempfile.TemporaryDirectory(prefix="campaign-mutant-") as scratch:
            found = replace(hunt(build, most=told.most, scratch=Path(scratch)), commit=commit())
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(found)) + "\n")
        sys.stdout.write(f"{table([found])}\n")
        sys.stdout.flush()
    results = known(file)
    caught = [results[build.name] for build in chosen if build.name in results]
    number = sum(each.caught for each in caught)
    sys.stdout.write(f"\n{table(caught)}\n{number} of {len(chosen)} mutants caught\n")
    return 0 if number == len(chosen) >= (ENOUGH if not told.only else 1) else 1
