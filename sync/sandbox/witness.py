"""What a judge reads in a ledger beside the requests: what became of each order on either side, and with what in it.

Each is a line with direction ``world``, the order's number as natural key, and a note in JSON. Lines name SKUs or
product codes with whole quantities; the same SKU on two order lines is added up. Customers are made up, so that their
names and addresses may stand in a ledger.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from .ledger import Ledger


def order_made(ledger: Ledger, order_id: str, lines: Iterable[tuple[str, int]]) -> None:
    """A customer has ordered."""
    _write(ledger, "order", order_id, lines)


def entered(ledger: Ledger, order_id: str, state: str) -> None:
    """The marketplace has put an order into a state."""
    _write(ledger, "state", order_id, (), state=state)


def sent_to(ledger: Ledger, order_id: str, address: Mapping[str, object]) -> None:
    """The marketplace shows from now on where an order goes; empty places of the address are left out."""
    _write(ledger, "address", order_id, (), **_filled(address))


def taken(
    ledger: Ledger, number: str, lines: Iterable[tuple[str, int]], *, guid: str, delivery: Mapping[str, object]
) -> None:
    """The warehouse has taken an order that it was sent."""
    _write(ledger, "taken", number, lines, guid=guid, delivery=_filled(delivery))


def cancelled(ledger: Ledger, order_id: str, lines: Iterable[tuple[str, int]]) -> None:
    """Some of an order, or all of it, will not be sent; on either side."""
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


def _filled(address: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in address.items() if value}


def _write(ledger: Ledger, operation: str, key: str, lines: Iterable[tuple[str, int]], **told: object) -> None:
    sums: Counter[str] = Counter()
    for code, quantity in lines:
        sums[code] += quantity
    note: Mapping[str, object] = {**told, "lines": dict(sums)}
    ledger.write_world(operation, [(key, json.dumps(note, ensure_ascii=False))])
