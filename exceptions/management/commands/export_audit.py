"""The whole trail, for judges outside."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exceptions.exports import trail
from exceptions.management.choosing import connection_named
from jlseko.snapshots import one_snapshot


class Command(BaseCommand):
    """``export_audit``: events, the history of exceptions, corrections and attempts as JSON lines, by time."""

    help = "Prints one JSON line for everything that ever happened: who did what, when, and what it changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which connection."""
        parser.add_argument("--connection", default="", help="name of one connection; without it all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print line after line, as it is at one instant."""
        with one_snapshot():
            for line in trail.trail(connection_named(options["connection"])):
                self.stdout.write(json.dumps(line, ensure_ascii=False))
