"""The lines of an order on its page: what was ordered and cancelled, what SEKO sent, what John Lewis knows of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync import skus
from sync.failures import Code
from sync.models import Order, OrderLine
from sync.rules.state_pairs import Side, marketplace_side

PROBLEMS: Final = {Code.UNKNOWN_SKU: "SEKO has no such product", Code.SKU_CASE_CLASH: "differs by case only"}


@dataclass(frozen=True, slots=True)
class LineRow:
    """One order line: ``product`` is SEKO's code, empty with the ``problem`` in words; ``sent`` and ``confirmed`` in
    pieces, None = no news yet.
    """

    line: OrderLine
    product: str
    problem: str
    sent: int | None
    confirmed: int | None


def rows(order: Order, lines: Sequence[Any], dispatches: Iterable[Any]) -> list[LineRow]:
    """A row for each line of :func:`sync.skus.with_spellings`, in one query for the products."""
    dispatches = list(dispatches)
    resolved = skus.resolve_lines(order.connection, lines)
    left = _sent(dispatches)
    news = set(left)
    last = {skus.key_of(resolved[line.sku].product_code or line.sku): line.pk for line in lines}
    told = _confirmed(order, lines, dispatches)
    found = []
    for line in lines:
        product = resolved[line.sku]
        key = skus.key_of(product.product_code or line.sku)
        # SEKO knows one line for each product: what it sent is told line by line, any surplus on the last
        sent = left.get(key, 0) if last[key] == line.pk else min(left.get(key, 0), line.open_quantity)
        left[key] = left.get(key, 0) - sent
        problem = PROBLEMS.get(product.problem, "") if product.problem else ""
        pieces = sent if key in news else None
        found.append(LineRow(line, product.product_code, problem, pieces, told.get(line.line_id)))
    return found


def _sent(dispatches: Iterable[Any]) -> dict[str, int]:
    sent: dict[str, int] = {}
    for dispatch in dispatches:
        for part in dispatch.parts:
            sent[part["product_key"]] = sent.get(part["product_key"], 0) + part["dispatched"]
    return sent


def _confirmed(order: Order, lines: Iterable[Any], dispatches: Iterable[Any]) -> dict[str, int]:
    """Pieces that John Lewis shows as shipped, by line: shipment by shipment, else the whole order at once."""
    shipments = [dispatch for dispatch in dispatches if dispatch.shipment_id]
    if not shipments:
        whole = order.confirmed_at or marketplace_side(order) == Side.SENT
        return {line.line_id: line.open_quantity for line in lines} if whole else {}
    told: dict[str, int] = {}
    for dispatch in shipments:
        for line_id, pieces in dispatch.told_lines.items() if dispatch.confirmed_at else ():
            told[line_id] = told.get(line_id, 0) + pieces
    return told
