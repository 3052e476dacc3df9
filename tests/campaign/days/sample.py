"""The seeds of the tests, spread over four files so that two processes share them evenly.

Many short days: with the ORM's part a day costs some eight seconds of processor time and a quarter of a second more
for each order, so that sixty seeds of 150 orders belong to `make campaign`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tests.campaign.days import results

SEEDS = 60
ORDERS = 15
FILES = 4
LARGEST = 60  # orders of a day that every run of the tests can bear; `make campaign` lives the larger ones
REGRESSIONS = Path(__file__).resolve().parent.parent / "regressions.txt"


def part(number: int) -> list[int]:
    """The seeds of one file."""
    return list(range(1, SEEDS + 1))[number::FILES]


def lived(seed: int, folder: Path, *, orders: int = ORDERS) -> results.Result:
    """Live a day; fails with all that was wrong and the command that lives it again."""
    result = results.live(seed, orders=orders, folder=folder)
    assert not result.is_wrong, f"\n{result.line()}"
    # Who comes before the first stock file has arrived finds nothing and leaves; a file waits for orders that were read
    assert result.orders >= orders / 3
    assert sum(fault["fired"] for fault in result.faults.values()) > 0
    return result


def together(lines: Iterable[str]) -> tuple[str, list[str]]:
    """The table of all days of one run of the tests, and what all of them together never brought about."""
    days = [results.Result(**json.loads(line)) for line in lines]
    if len(days) < SEEDS:
        return "", []
    return results.table(days, wanted=SEEDS), [*results.never_fired(days), *results.unseen(days)]


def regressions() -> list[tuple[int, int]]:
    """Seed and number of orders of each day that once found something, as far as it is not too large."""
    lines = [line.split() for line in REGRESSIONS.read_text(encoding="utf-8").splitlines()]
    days = [(int(words[0]), int(words[1])) for words in lines if words and not words[0].startswith("#")]
    return [(seed, orders) for seed, orders in days if orders <= LARGEST]
