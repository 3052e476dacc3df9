"""The error report of a stock file (STO03). Its header names are not documented (John Lewis contract 3.1)."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from sync.partners.answers import Reply
from sync.partners.strict_json import storable_text
from sync.shapes import StockError

_LINE_NAMES = ("error-line", "line", "line-number", "error-line-number")
_REASON_NAMES = ("error-message", "error-reason", "reason", "message", "error")
_SKU_NAMES = ("offer-sku", "sku", "shop-sku")
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class _Columns:
    line: int
    reason: int
    sku: int | None


def read_report(reply: Reply) -> list[StockError]:
    """The refused lines. Columns are found by the names seen in the wild, else by the documented order: line, reason,
    then the columns of the file that was sent.

    Raises:
        Unclear: the report is empty, a web page, no text, or has fewer than two columns.
    """
    rows = _rows(reply)
    columns, has_header = _columns(rows[0])
    return [_error(row, columns) for row in rows[1 if has_header else 0 :]]


def _rows(reply: Reply) -> list[list[str]]:
    if reply.is_markup:
        raise reply.unclear(f"The error report is a web page instead of a table (HTTP {reply.status}).")
    try:
        text = storable_text(reply.content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise reply.unclear("The error report is not a table of text.") from None
    rows = max((_parsed(text, delimiter) for delimiter in ";,"), key=lambda rows: len(rows[0]) if rows else 0)
    if not rows or len(rows[0]) < 2:
        raise reply.unclear("The error report has no columns for line and reason.")
    return rows


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    """The rows that are not blank; none at all when the text is no table with this delimiter."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [row for row in rows if any(cell.strip() for cell in row)]
    except csv.Error:
        return []


def _columns(first: Sequence[str]) -> tuple[_Columns, bool]:
    """Where to find what, and whether the first row is a header at all."""
    names = [cell.strip().lower().replace("_", "-").replace(" ", "-") for cell in first]
    line, reason, sku = (_place(names, known) for known in (_LINE_NAMES, _REASON_NAMES, _SKU_NAMES))
    others = [place for place in range(len(names)) if place not in (line, reason)]
    line = others.pop(0) if line is None else line
    reason = others.pop(0) if reason is None else reason
    if sku is None:
        sku = others[0] if others else None
    return _Columns(line=line, reason=reason, sku=sku), not first[0].strip().isdigit()


def _place(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _error(row: Sequence[str], columns: _Columns) -> StockError:
    line = _cell(row, columns.line)
    return StockError(
        line=int(line) if line.isascii() and line.isdigit() and len(line) < 10 else None,
        sku=_cell(row, columns.sku),
        reason=_cell(row, columns.reason)[:_LONGEST_REASON],
    )


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""
