"""Measure what the engine takes at size."""

import json
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
        try:
            found = benchmark.run(options["rows"], rounds=options["rounds"])
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        floor = found[0]
        if options["json"]:
            rows = [{"part": m.name, "min_ms": m.least, "median_ms": m.median, "note": m.note} for m in found]
            self.stdout.write(json.dumps({"rows": options["rows"], "parts": rows}))
            return
        self.stdout.write(f"{options['rows']:,} products, {options['rounds']} rounds, milliseconds\n")
        self.stdout.write(f"{'':<28}{'min':>10}{'median':>10}{'x scan':>9}\n")
        for part in found:
            ratio = part.median / floor.median
            self.stdout.write(f"{part.name:<28}{part.least:>10,.0f}{part.median:>10,.0f}{ratio:>9,.1f}  {part.note}\n")
