"""Prints how far the orders of a demo have come, a line whenever the figures change."""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

SECONDS = 4
CONFIRMED = frozenset({"confirmed", "delivered", "settled"})


def summary(accounts: list[dict[str, Any]]) -> str:
    """One line out of the accounts of all orders."""
    stages = Counter("confirmed" if each["stage"] in CONFIRMED else str(each["stage"]) for each in accounts)
    stalled = Counter(str(each["exception_category"]) for each in accounts if each["state"] == "stalled")
    done = sum(each["state"] == "done" for each in accounts)
    figures = [
        f"{len(accounts)} orders in",
        f"{stages['injected'] + stages['dispatched']} at SEKO",
        f"{stages['confirmed']} confirmed",
        f"{done} done",
        f"{stalled.total()} stalled" + (f" of {len(stalled)} kinds" if len(stalled) > 1 else ""),
    ]
    return ", ".join(figures)


class Command(BaseCommand):
    """Runs until it is stopped."""

    help = "Print the progress of a demo."

    def handle(self, *_: Any, **__: Any) -> None:
        """Asks `account_for` every few seconds."""
        last = ""
        while True:
            line = self._line()
            if line != last:
                self.stdout.write(line)
                last = line
            time.sleep(SECONDS)

    def _line(self) -> str:
        output = io.StringIO()
        balanced = True
        try:
            call_command("account_for", "--json", stdout=output, stderr=self.stderr)
        except SystemExit:  # its way to say that an order is unaccounted for
            balanced = False
        line = summary(json.loads(output.getvalue() or "[]"))
        return line if balanced else f"{line}; THE BOOKS DO NOT BALANCE"
