"""`make campaign`: many seeds of a tier, judged; what is done already is not done again."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import argparse
import sys
from importlib import import_module

import django

TIERS = {
    "core": "tests.campaign.days.command", "mutants": "tests.campaign.mutants",
    "crash": "tests.campaign.processes.crash", "storm": "tests.campaign.processes.storm",
    "soak": "tests.campaign.soak",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Hand over to the tier; exit code 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="make campaign", description=__doc__, add_help=False)
    parser.add_argument("--tier", choices=sorted(TIERS), default="core")
    told, rest = parser.parse_known_args(arguments)
    django.setup()
    return int(import_module(TIERS[told.tier]).main(rest))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
