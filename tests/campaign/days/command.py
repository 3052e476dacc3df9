"""The core tier from the command line: seeds in processes of their own, results kept, a table at the end."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from jlseko.env import PROJECT
from tests.campaign.days import results

KEPT = PROJECT / ".data" / "campaign"


def main(arguments: list[str]) -> int:
    """Run what is missing, print the table; exit code 1 when a rule was broken or a fault never fired."""
    parser = argparse.ArgumentParser(prog="make campaign TIER=core", description=__doc__)
    parser.add_argument("--seeds", default="1:60", help="FIRST:LAST, or seeds separated by commas")
    parser.add_argument("--orders", type=int, default=150)
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--folder", type=Path, help="keep the evidence of each seed here")
    parser.add_argument("--resume", type=Path, default=KEPT, help="folder of the results (default .data/campaign)")
    parser.add_argument("--afresh", action="store_true", help="also run what has a result already")
    parser.add_argument("--without-table", action="store_true")
    told = parser.parse_args(arguments)
    file, seeds = told.resume / "core.jsonl", seeds_of(told.seeds)
    known = {} if told.afresh else results.known(file, orders=told.orders)
    missing = [seed for seed in seeds if seed not in known]
    if told.jobs > 1 and len(missing) > 1:
        _spread(missing, told)
    else:
        for seed in missing:
            _one(seed, told.orders, told.folder, file)
    known = results.known(file, orders=told.orders)
    found = [known[seed] for seed in seeds if seed in known]
    if not told.without_table:
        sys.stdout.write(results.table(found, wanted=len(seeds)))
    return 1 if results.wrong(found) or len(found) < len(seeds) else 0


def seeds_of(text: str) -> list[int]:
    """The seeds that FIRST:LAST, or a list separated by commas, stands for. Raises ValueError on anything else."""
    if ":" in text:
        first, _, last = text.partition(":")
        return list(range(int(first), int(last) + 1))
    return [int(seed) for seed in text.split(",")]


def _one(seed: int, orders: int, folder: Path | None, file: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="campaign-evidence-") as scratch:
        result = results.live(seed, orders=orders, folder=(folder or Path(scratch)) / str(seed))
    results.keep(file, result)
    sys.stdout.write(result.line())
    sys.stdout.flush()


def _spread(seeds: list[int], told: argparse.Namespace) -> None:
    """Every process takes each n-th seed, so that a long run can be ended and taken up again at any time."""
    running = []
    for start in range(told.jobs):
        own = ",".join(str(seed) for seed in seeds[start :: told.jobs])
        options = ["--seeds", own, "--orders", str(told.orders), "--resume", str(told.resume), "--without-table"]
        options += ["--folder", str(told.folder)] if told.folder else []
        options += ["--afresh"] if told.afresh else []
        running.append(subprocess.Popen([sys.executable, "-m", "tests.campaign", *options], cwd=PROJECT))
    for process in running:
        process.wait()
