"""The proof pack as CSV: one heading, one row for each fact, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Final

from exceptions.proof_pack.facts import Facts, Row
from jlseko.ui.spreadsheets import harmless
from jlseko.ui.times import london

HEADINGS: Final = (
    "Part", "Time in London", "Time in UTC", "Who", "What", "Detail", "Outcome", "SHA-256",
    "Content without customer data",
)  # fmt: skip
MARK: Final = "\ufeff"  # spreadsheets know UTF-8 by it


def utc(moment: datetime | None) -> str:
    """ "2026-03-02 09:00:05 UTC"; empty for no moment."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def as_csv(facts: Facts) -> bytes:
    """The file, in UTF-8 with a mark."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([harmless(cell) for cell in _cells(row)] for row in facts.rows)
    return (MARK + text.getvalue()).encode("utf-8", "replace")


def _cells(row: Row) -> tuple[str, ...]:
    at = london(row.at) if row.at else ""
    return (row.part, at, utc(row.at), row.who, row.what, row.detail, row.outcome, row.digest, row.content)
