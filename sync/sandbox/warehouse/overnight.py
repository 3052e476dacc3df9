"""The overnight snapshot: every product's quantities at midnight of the centre's own time (SEKO contract 6.6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..store import Document
from .lifecycle import BEING_PICKED, CONFIRMED, PICK_COMPLETE, TO_BE_PICKED, TO_DISPATCH, status_at
from .stock import GRN_PENDING, PUT_AWAY, QC, QUARANTINE, QUERY, RETURNS, Stock

CENTRE = ZoneInfo("Europe/London")
COLUMN_OF = {
    CONFIRMED: "QuantityInAllocated",
    TO_BE_PICKED: "QuantityInAllocated",
    BEING_PICKED: "QuantityInAllocated",
    PICK_COMPLETE: "QuantityInPick",
    TO_DISPATCH: "QuantityToDispatch",
}


def last_midnight(now: datetime) -> datetime:
    """The last 00:00 at the distribution centre."""
    return datetime.combine(now.astimezone(CENTRE).date(), time(), CENTRE)


def end_of_day(midnight: datetime) -> datetime:
    """The last second of the day that ends at `midnight`."""
    day: date = midnight.date() - timedelta(days=1)
    return datetime.combine(day, time(23, 59, 59), CENTRE)


def snapshot(
    stock: Stock, orders: Iterable[Mapping[str, Any]], now: datetime, *, unseen: Mapping[str, int]
) -> list[Document]:
    """One row per product, none where every value is 0. Negative values are not shown, they count as 0.

    What is on hand is free stock; allocated, picked and packed goods stand in columns of their own (SEKO contract 7.1).
    """
    at_work: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for order in orders:
        column = COLUMN_OF.get(status_at(order, now))
        if column:
            for line in order["lines"]:
                at_work[line["product"]][column] += line["held"]
    rows = []
    for code in stock.opening:
        row = _row(stock, code, at_work.get(code, Counter()), unseen=unseen.get(code, 0))
        if any(row.values()):
            rows.append({"ProductCode": code, **row})
    return rows


def _row(stock: Stock, code: str, at_work: Mapping[str, int], *, unseen: int) -> dict[str, int]:
    places, shown = stock.places(code), stock.elsewhere(code)
    return {
        "QuantityOnHand": max(0, stock.free(code) + unseen),
        "QuantityInCrossDock": 0,
        "QuantityInQuarantine": shown.get(QUARANTINE, 0),
        "QuantityInReturns": shown.get(RETURNS, 0),
        "QuantityInPutAway": places.get(PUT_AWAY, 0),
        "QuantityInPick": at_work.get("QuantityInPick", 0),
        "QuantityInAllocated": at_work.get("QuantityInAllocated", 0),
        "QuantityToDispatch": at_work.get("QuantityToDispatch", 0),
        "QuantityGrnPendingConfirmed": places.get(GRN_PENDING, 0),
        "QuantityInQC": shown.get(QC, 0),
        "QuantityInQuery": shown.get(QUERY, 0),
    }
