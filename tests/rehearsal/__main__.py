"""`make rehearse`: a whole day with faults on, and its report."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.rehearsal.day import Day, Plan
from tests.rehearsal.judge import Verdict


def report(verdict: Verdict) -> str:
    """Every count, then every broken rule."""
    width = max((len(name) for name in verdict.counts), default=0)
    lines = [f"  {name:<{width}}  {number:>7,}" for name, number in sorted(verdict.counts.items())]
    lines += [f"VIOLATION: {text}" for text in verdict.violations[:50]]
    return "\n".join([*lines, f"{len(verdict.violations)} violations"])


def main() -> int:
    """Run one day; exit code 1 when a rule was broken."""
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="business hours with orders and faults")
    parser.add_argument("--quiet-hours", type=float, default=6.0, help="business hours afterwards, without either")
    parser.add_argument("--speed", type=float, default=240.0, help="how many times faster than real time")
    parser.add_argument("--orders-per-day", type=float, default=400.0)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--multi-shipment", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--folder", type=Path, help="keep ledgers and log here")
    told = parser.parse_args()
    plan = Plan(
        hours=told.hours, quiet_hours=told.quiet_hours, speed=told.speed, orders_per_day=told.orders_per_day,
        several=told.multi_shipment, seed=told.seed,
    )  # fmt: skip
    folder = told.folder or Path(tempfile.mkdtemp(prefix="rehearsal-"))
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"Ledgers and log: {folder}\n")
    verdict = Day(folder, plan, say=lambda text: sys.stdout.write(f"\r{text}   ")).run()
    sys.stdout.write(f"\n{report(verdict)}\n")
    return 1 if verdict.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
