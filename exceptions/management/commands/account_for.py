"""Where every order is."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exceptions.accounting import balance
from exceptions.management.choosing import connection_named
from jlseko.snapshots import one_snapshot


class Command(BaseCommand):
    """Counts the orders; exit code 1 when the books do not balance."""

    help = "Say of every order whether it is moving, done or stalled with an open exception; exit code 1: not balanced."

    def add_arguments(self, parser: CommandParser) -> None:
        """Output form and connection."""
        parser.add_argument("--json", action="store_true", help="one list with an entry for each order")
        parser.add_argument("--connection", default="", help="name of one connection; without it all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count in one snapshot, so that an order on its way between two states is seen in one of them."""
        with one_snapshot():
            books = balance(connection_named(options["connection"]))
        if options["json"]:
            self.stdout.write(json.dumps([account.as_dict() for account in books.accounts], indent=1))
        else:
            self._summary(books.totals, books.accounts)
        for fault in books.faults:
            self.stderr.write(fault)
        if books.faults:
            sys.exit(1)

    def _summary(self, totals: dict[str, int], accounts: list[Any]) -> None:
        self.stdout.write(f"{len(accounts)} orders")
        for state in ("moving", "done", "stalled"):
            self.stdout.write(f"  {state:8} {totals.get(state, 0):6}")
        for account in accounts:
            if account.state == "stalled":
                held = account.exception_category or "no exception"
                self.stdout.write(f"    {account.order_id:24} {account.stage:12} {held:26} {account.owner or 'nobody'}")
