"""Measure what the engine takes at size."""

import json
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.stock import benchmark


class Command(BaseCommand):
    """``benchmark stock --rows 200000``: time of each part of the stock engine, as a ratio to a scan of the table."""

    help = "Measures the stock engine on made-up products in this database; nothing of them stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, how many, how often."""
        parser.add_argument("suite", choices=["stock"])
        parser.add_argument("--rows", type=int, default=200_000, help="products; 200,000 unless you say otherwise")
        parser.add_argument("--rounds", type=int, default=3, help="how often each part is measured")
        parser.add_argument("--json", action="store_true", help="figures for a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        if options["rows"] < 1 or options["rounds"] < 1:
            raise CommandError("Rows and rounds are whole numbers above 0.")
        before = os.getloadavg()[0]
        try:
            found = benchmark.run(options["rows"], rounds=options["rounds"])
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        load = (before, os.getloadavg()[0])
        if options["json"]:
            self._tell_machine(found, options["rows"], load)
        else:
            self._tell_person(found, options, load)

    def _tell_machine(self, found: list[benchmark.Measure], rows: int, load: tuple[float, float]) -> None:
        parts = [
            {"part": each.name, "min_ms": each.least, "median_ms": each.median,
             "scans": benchmark.ratio(each, found[0]), "note": each.note}
            for each in found
        ]  # fmt: skip
        self.stdout.write(json.dumps({"rows": rows, "load_average": load, "parts": parts}))

    def _tell_person(self, found: list[benchmark.Measure], options: dict[str, Any], load: tuple[float, float]) -> None:
        say, floor = self.stdout.write, found[0]
        say(f"{options['rows']:,} products, {options['rounds']} rounds, milliseconds\n")
        say(f"{'':<28}{'min':>10}{'median':>10}{'x scan':>9}\n")
        for part in found:
            note = f"  {part.note}" if part.note else ""
            say(
                f"{part.name:<28}{part.least:>10,.0f}{part.median:>10,.0f}{benchmark.ratio(part, floor):>9,.1f}{note}\n"
            )
        say(f"load average {load[0]:.1f} before, {load[1]:.1f} after, on {os.cpu_count()} processors\n")
        scans = next(benchmark.ratio(part, floor) for part in found if part.name == benchmark.GATED)
        verdict = "passed" if scans <= benchmark.GATE else "MISSED"
        say(f"{benchmark.GATED}: {scans:.1f} x scan; gate {benchmark.GATE:.0f} {verdict}, goal {benchmark.GOAL:.0f}\n")
