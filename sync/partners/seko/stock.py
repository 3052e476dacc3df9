"""Stock quantities as SEKO answers them (SEKO contract 7.1)."""

from collections.abc import Mapping
from typing import Any

from sync.partners.seko.wire import loose_text, many, whole_number
from sync.shapes import StockAnswer, StockRow


def stock_answer(body: Mapping[str, Any]) -> StockAnswer:
    """The rows of an answer. It is complete only when it holds a list and every row of it could be read.

    A quantity that is missing, negative, a fraction or over a million makes its row a skipped one: a wrong figure would
    be sold.
    """
    if "List" not in body:
        return StockAnswer((), complete=False)
    held = body["List"]
    entries = many(held.get("StockQuantityLineItem")) if isinstance(held, dict) else many(held)
    rows = [_row(entry) for entry in entries]
    skipped = sum(row is None for row in rows)
    return StockAnswer(tuple(row for row in rows if row is not None), complete=not skipped, skipped=skipped)


def _row(entry: Any) -> StockRow | None:
    if not isinstance(entry, dict):
        return None
    code, location = loose_text(entry.get("ProductCode")), loose_text(entry.get("LocationType"))
    try:
        quantity = whole_number(entry.get("Quantity"))
    except ValueError:
        return None
    if not code or not location or len(code) > 200:
        return None
    return StockRow(
        product_code=code,
        dc_code=loose_text(entry.get("DCCode"))[:100],
        location_type=location[:100],
        quantity=quantity,
    )
