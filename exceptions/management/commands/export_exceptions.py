"""Every exception, for judges outside."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exceptions.exports import records
from exceptions.management.choosing import connection_named
from jlseko.snapshots import one_snapshot


class Command(BaseCommand):
    """``export_exceptions --json``: each record with its state, owner and next action, and all that was found wrong."""

    help = "Lists every exception, open and closed: what is wrong, whose it is, what comes next, what was sent back."

    def add_arguments(self, parser: CommandParser) -> None:
        """Output form and connection."""
        parser.add_argument("--json", action="store_true", help="one list with an entry for each exception")
        parser.add_argument("--connection", default="", help="name of one connection; without it all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it, as it is at one instant."""
        with one_snapshot():
            found = list(records.export(connection_named(options["connection"])))
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1))
            return
        for told in found:
            self.stdout.write(f"{told['id']:8} {told['state']:12} {told['category']:26} {told['subject']}")
