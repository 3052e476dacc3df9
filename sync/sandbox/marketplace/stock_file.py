"""Stock files: what is read from one, and the report of what could not be taken (John Lewis contract 3.1)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

SKU, QUANTITY, WAREHOUSE, ACTION = "offer-sku", "quantity", "warehouse-code", "update-delete"
LARGEST = 1_000_000_000
WHOLE = re.compile(r"[+-]?\d+")

Row = dict[str, str]


class Unreadable(Exception):
    """The file as a whole cannot be used; the import fails without a report."""


@dataclass
class Reading:
    """What a file holds: quantities by SKU, the columns, and (line number, reason, fields) of every line in error."""

    columns: list[str]
    quantities: dict[str, int] = field(default_factory=dict)
    errors: list[tuple[int, str, list[str]]] = field(default_factory=list)


def read_stock(text: str, delimiter: str, fault_of: Callable[[Row], str | None]) -> Reading:
    """Read a stock file; the header is line 1. `fault_of` says what else is wrong with a line.

    Raises Unreadable when the header does not name the SKU and the quantity, as with another delimiter.
    """
    rows = _rows(text, delimiter)
    columns = next(rows, (0, []))[1]
    names = [name.strip().lower() for name in columns]
    if not {SKU, QUANTITY} <= set(names):
        raise Unreadable
    reading, seen = Reading(columns), set()
    for number, fields in rows:
        row = dict(zip(names, fields, strict=False))
        key = (row.get(SKU, ""), row.get(WAREHOUSE, ""))
        fault = "The line occurs twice in the file" if key in seen else _fault(row) or fault_of(row)
        seen.add(key)
        if fault is None:
            reading.quantities[row[SKU]] = int(row[QUANTITY])
        else:
            reading.errors.append((number, fault, fields))
    return reading


def first_skus(text: str, delimiter: str, most: int) -> list[str]:
    """The SKUs of the first `most` lines, for a glance at a file."""
    found: list[str] = []
    for _, fields in _rows(text, delimiter):
        if len(found) > most:
            break
        found.append(fields[0] if fields else "")
    return found[1:]


def report(columns: list[str], errors: list[tuple[int, str, list[str]]], delimiter: str) -> str:
    """The error report: line number and reason in front of the columns as they came, ready to be mended and resent."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["error-line", "error-message", *columns])
    writer.writerows([str(number), reason, *fields] for number, reason, fields in errors)
    return text.getvalue()


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for fields in reader:
            if fields:
                yield reader.line_num, fields
    except csv.Error:
        raise Unreadable from None


def _fault(row: Row) -> str | None:
    quantity, action = row.get(QUANTITY, "").strip(), row.get(ACTION, "").strip()
    if not row.get(SKU):
        return "The offer SKU is mandatory"
    if not quantity:
        return "The quantity is mandatory"
    if WHOLE.fullmatch(quantity) is None:
        return f"The quantity '{quantity}' is not a whole number"
    if not 0 <= int(quantity) <= LARGEST:
        return f"The quantity '{quantity}' must be between 0 and {LARGEST}"
    if action not in ("", "update"):
        return f"The value '{action}' is not allowed for update-delete"
    if row.get(WAREHOUSE, "").strip():
        return f"Warehouse with code {row[WAREHOUSE].strip()} does not exist"
    return None
