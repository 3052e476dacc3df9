"""What customers can buy: a new order takes only what its offers still show."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..catalogue import Product
from .flow import FlowLine, FlowOrder

# These orders are about their own lines, so that they are bought even where an offer shows too little.
NEEDS_ITS_LINES = frozenset(
    {"unknown_sku", "sku_case_clash", "same_product_twice", "short_dispatch", "two_parcels", "partial_dispatch",
     "split_lots"}
)  # fmt: skip
KEPT = 2  # pieces of a line that is bought whatever its offer shows: enough to be parted
LOOKS = 50  # how many other products a customer looks at before giving up


def bought(
    flow: FlowOrder, *, left: Callable[[str], int | None], products: Sequence[Product], draw: random.Random, keep: bool
) -> FlowOrder | None:
    """The order as it can be bought; None when nothing of it can.

    A line takes less where its offer shows less, and another product where it shows nothing. `left` tells what an offer
    shows (None = there is no such offer, and the line stays as it is). With `keep` every line stays, with
    2 pieces where it asks for as many.
    """
    taken: Counter[str] = Counter()
    lines: list[FlowLine] = []

    def free(sku: str) -> int | None:
        shown = left(sku)
        return None if shown is None else max(0, shown - taken[sku])

    for line in flow.lines:
        shown = free(line.sku)
        if shown is None:
            lines.append(line)
            continue
        fitting = min(line.quantity, max(shown, KEPT if keep else 0))
        chosen = replace(line, quantity=fitting) if fitting else _another(line, free, products, draw)
        if chosen is not None:
            taken[chosen.sku] += chosen.quantity
            lines.append(chosen)
    return replace(flow, lines=tuple(lines)) if lines else None


def _another(
    line: FlowLine, free: Callable[[str], int | None], products: Sequence[Product], draw: random.Random
) -> FlowLine | None:
    for _ in range(min(LOOKS, len(products))):
        product = draw.choice(products)
        shown = free(product.code) or 0
        if shown > 0:
            return FlowLine(product.code, product.title, min(line.quantity, shown), product.price)
    return None
