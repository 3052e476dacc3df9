"""The demo by the name that Django's people look for; `make demo` sets everything up first."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from jlseko.env import PROJECT


class Command(BaseCommand):
    """Hands over to ``python -m jlseko.demo``, which starts and ends every process of the demo by itself."""

    help = "Run the whole loop with two simulated partners; options as of `python -m jlseko.demo --help`."

    def run_from_argv(self, argv: list[str]) -> None:
        """Become the demo, with whatever options were given; returns only where that is not possible."""
        os.chdir(PROJECT)
        os.execv(sys.executable, [sys.executable, "-m", "jlseko.demo", *argv[2:]])  # noqa: S606  our own command line

    def handle(self, *_: Any, **__: Any) -> None:
        """Called from code: the same without options."""
        self.run_from_argv([sys.argv[0], "demo"])
