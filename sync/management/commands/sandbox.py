"""``manage.py sandbox marketplace|warehouse``: one simulated partner."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.sandbox.command import main


class Command(BaseCommand):
    """Hands every option to the simulated partners' own command line, so that there is one list of options."""

    help = "Run one simulated partner. Options: manage.py sandbox marketplace --help"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Everything after the command's name."""
        parser.add_argument("told", nargs=argparse.REMAINDER, metavar="marketplace|warehouse [option ...]")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until a signal comes."""
        main(options["told"], program="manage.py sandbox")
