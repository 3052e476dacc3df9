"""What a judge reads in a ledger beside the requests: orders made and cancelled, parcels sent, shipments confirmed.

Each is a line with direction ``world``, the order's number as natural key, and a note in JSON. Lines name SKUs or
product codes with whole quantities; the same SKU on two order lines is added up.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from .ledger import Ledger


def order_made(ledger: Ledger, order_id: str, lines: Iterable[tuple[str, int]]) -> None:
    """A customer has ordered."""
    _write(ledger, "order", order_id, lines)


def cancelled(ledger: Ledger, order_id: str, lines: Iterable[tuple[str, int]]) -> None:
    """Some of an order, or all of it, will not be sent."""
    _write(ledger, "cancelled", order_id, lines)


def shipped(
    ledger: Ledger, order_id: str, lines: Iterable[tuple[str, int]], *, carrier: str | None, tracking: str | None
) -> None:
    """The marketplace took a confirmation; without lines where it knows one shipment for an order."""
    _write(ledger, "shipped", order_id, lines, carrier=carrier or "", tracking=tracking or "")


def dispatched(
    ledger: Ledger, number: str, lines: Iterable[tuple[str, int]], *, courier: str, service: str, tracking: str
) -> None:
    """A parcel has left the warehouse."""
    _write(ledger, "dispatch", number, lines, courier=courier, service=service, tracking=tracking)


def _write(ledger: Ledger, operation: str, key: str, lines: Iterable[tuple[str, int]], **told: str) -> None:
    sums: Counter[str] = Counter()
    for code, quantity in lines:
        sums[code] += quantity
    note: Mapping[str, object] = {**told, "lines": dict(sums)}
    ledger.write_world(operation, [(key, json.dumps(note, ensure_ascii=False))])
