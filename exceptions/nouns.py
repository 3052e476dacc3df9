"""What exceptions are about, in a word: orders, stock levels, stock files, or nothing so tangible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from exceptions.models import ExceptionRecord
from sync.states import Kind

Noun = tuple[str, str]

ORDER: Final[Noun] = ("order", "orders")
ANY: Final[Noun] = ("exception", "exceptions")
OF_KIND: Final[dict[str, Noun]] = {
    Kind.LISTING: ("stock level", "stock levels"),
    Kind.STOCK_FILE: ("stock file", "stock files"),
}


def noun_of(records: Iterable[ExceptionRecord]) -> Noun:
    """One and several of what these exceptions are about; where they differ, or nothing is held, "exception"."""
    found = {_noun(record) for record in records}
    return found.pop() if len(found) == 1 else ANY


def _noun(record: ExceptionRecord) -> Noun:
    if record.order_key or record.order_number:
        return ORDER
    return OF_KIND.get(record.item.kind, ANY) if record.item else ANY


def counted(number: int, noun: Noun) -> str:
    """A number with its noun: "1 order", "3 stock levels"."""
    return f"{number:,} {noun[number != 1]}"
