"""``manage.py ticker``: rings the workers when something is due."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.loop import ticker


class Command(BaseCommand):
    """Runs until it is told to stop. Any number may run; Postgres elects one leader."""

    help = "Ring the workers when something is due; one leader is elected among several."

    def add_arguments(self, parser: CommandParser) -> None:
        """The one option."""
        parser.add_argument("--pause", type=float, default=1.0, help="Seconds between two rounds.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Tick until SIGTERM or SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("ticker: started")
        ticker.run_forever(pause=options["pause"], stopping=stop.is_set)
        self.stdout.write("ticker: stopped")
