"""``manage.py work``: the small install, everything in one process without RQ."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.loop import workshop


class Command(BaseCommand):
    """Ticker and workers in one process; run it beside the web process."""

    help = "Run the whole loop in one process: ticker, flows and lanes, without RQ."

    def add_arguments(self, parser: CommandParser) -> None:
        """The one option."""
        parser.add_argument("--pause", type=float, default=1.0, help="Seconds to rest when nothing is due.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM or SIGINT; a step that is under way is finished first."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("work: started")
        workshop.run(stop, pause=options["pause"])
        self.stdout.write("work: stopped")
