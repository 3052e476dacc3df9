"""How an order leaves the warehouse: in which dispatches, with which lines, lots and tracking (SEKO contract 6.2)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ..store import Document
from .shipping import EVERYDAY, MALFORMED_TRACKING, Courier, courier_for, tracking_number, tracking_url

Rows = list[Document]


def plan_dispatches(
    lines: Sequence[Mapping[str, Any]],
    scenario: str | None,
    *,
    asked: Courier,
    draw: random.Random,
    later: tuple[float, float],
) -> list[Document]:
    """The dispatches of accepted lines: one, but for the scenario two_parcels. Known from the start, told when they go.

    `asked` is the courier that the order named; `later` bounds the hours between the two parcels.
    """
    courier = courier_for(scenario, asked=asked, draw=draw)
    parcel = tracking_number(courier.name, draw)
    if scenario == "tracking_missing":
        parcel = ""
    elif scenario == "tracking_malformed":
        parcel = MALFORMED_TRACKING
    parts = _parts(_rows(lines, scenario, draw), scenario)
    planned = [make_dispatch(courier, parcel, rows=parts[0], draw=draw)]
    for rows in parts[1:]:
        other = draw.choice([offered for offered in EVERYDAY if offered.name != courier.name])
        second = make_dispatch(other, tracking_number(other.name, draw), rows=rows, draw=draw)
        planned.append(second | {"after_minutes": round(draw.uniform(*later) * 60)})
    return planned


def make_dispatch(
    courier: Courier, parcel: str, *, rows: Rows, draw: random.Random, left_at: str | None = None
) -> Document:
    """One dispatch with its tracking number; without `left_at` it leaves when the order's time has come."""
    return {
        "dispatch_id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        "dispatch_number": "",
        "courier": courier.name,
        "service": courier.service,
        "tracking_number": parcel,
        "tracking_url": tracking_url(courier.name, parcel),
        "lines": rows,
        "after_minutes": 0,
        "left_at": left_at,
        "timeline": None,
        "pushed": False,
    }


def row_of(line: Mapping[str, Any], sent: int, *, lot: str = "") -> Document:
    """One line of a dispatch: of an order line, the quantity that is sent."""
    return {
        "line": line["line"], "product": line["product"], "ordered": line["quantity"], "sent": sent, "lot": lot,
    }  # fmt: skip


def sent_by_line(dispatches: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """How many units of each order line the given dispatches carry together."""
    sent: dict[int, int] = {}
    for shipment in dispatches:
        for row in shipment["lines"]:
            sent[row["line"]] = sent.get(row["line"], 0) + row["sent"]
    return sent


def _rows(lines: Sequence[Mapping[str, Any]], scenario: str | None, draw: random.Random) -> Rows:
    rows = [row_of(line, line["quantity"]) for line in lines]
    if scenario == "short_dispatch" and len(rows) > 1:
        rows[-1]["sent"] = 0
    many = next((place for place, row in enumerate(rows) if row["sent"] > 1), None)
    if many is not None and scenario == "partial_dispatch":
        rows[many]["sent"] -= 1
    if many is not None and scenario == "split_lots":
        rows[many : many + 1] = _split(rows[many], draw)
    return rows


def _split(row: Document, draw: random.Random) -> Rows:
    """Two lots of one product stand on two lines with the same product (SEKO contract 6.2)."""
    first = draw.randint(1, row["sent"] - 1)
    lot = draw.randint(2001, 2898)
    return [row | {"sent": first, "lot": f"L{lot}"}, row | {"sent": row["sent"] - first, "lot": f"L{lot + 1}"}]


def _parts(rows: Rows, scenario: str | None) -> list[Rows]:
    """The rows of each parcel. What goes in another parcel is not named as a line of 0: it is not short."""
    if scenario != "two_parcels":
        return [rows]
    if len(rows) > 1:
        middle = (len(rows) + 1) // 2
        return [rows[:middle], rows[middle:]]
    [row] = rows
    if row["sent"] < 2:
        return [rows]
    later = row["sent"] // 2
    return [[row | {"sent": row["sent"] - later}], [row | {"sent": later}]]
