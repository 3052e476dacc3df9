#!/usr/bin/env python
"""Runs one command of the project; starts the embedded servers first where no real ones are set."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from jlseko import embedded


def main() -> None:
    """Runs the command named in the arguments."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jlseko.settings")
    if embedded.wanted_by(sys.argv[1:]):
        embedded.ensure()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
