"""What John Lewis was told of stock, and on what ground: for judges outside."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.models import Connection
from sync.stock import account


class Command(BaseCommand):
    """``stock_levels --json``: every line of every stock file, and the levels that stand now."""

    help = "Lists every level told to John Lewis with the figure that it cites, and what is published now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which shop, in which form."""
        parser.add_argument("--connection", default="", help="the shop's name; all shops unless you say otherwise")
        parser.add_argument("--json", action="store_true", help="everything, for a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        shops = Connection.objects.all()
        if options["connection"]:
            shops = shops.filter(name=options["connection"])
            if not shops:
                raise CommandError(f"There is no shop named {options['connection']}.")
        if options["json"]:
            self.stdout.write(json.dumps([account.export(shop) for shop in shops], default=str))
            return
        for shop in shops:
            totals = account.totals(shop)
            self.stdout.write(f"{shop.name}: " + ", ".join(f"{count} {name}" for name, count in totals.items()))
