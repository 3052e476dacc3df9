"""Cells of CSV files that people open in a spreadsheet."""

from __future__ import annotations

from typing import Final

FORMULA: Final = ("=", "+", "-", "@")
BLANK_FIRST: Final = ("\t", "\r", "\n")


def harmless(value: object) -> object:
    """A cell that no spreadsheet runs: text that begins like a formula, also behind blanks, gets an apostrophe."""
    if not isinstance(value, str):
        return value
    runs = value.startswith(BLANK_FIRST) or value.lstrip().startswith(FORMULA)
    return f"'{value}" if runs else value
