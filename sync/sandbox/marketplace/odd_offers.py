"""Offers that give a seller work: some that no warehouse knows, and some whose level cannot be changed for a while."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from ..catalogue import Product, clash_codes, ean_of

LOCKED = "The offer is locked while its product is under review"
STRAY_CODES = range(95_000, 99_000)  # above the codes that the catalogue makes up
STRAY_EANS = 900_000
STRAY_STOCK = 6


def strays(products: Sequence[Product], *, seed: int, count: int) -> list[Product]:
    """Products that are on offer and nowhere else; nobody orders them."""
    draw = random.Random(f"stray offers {seed}")
    taken = {product.code.casefold() for product in products}
    codes = [str(code) for code in STRAY_CODES if str(code) not in taken]
    models = draw.sample(list(products), count)
    return [
        replace(
            model, code=code, title=f"{model.title.strip()} GIFT SET", ean=ean_of(STRAY_EANS + i), stock=STRAY_STOCK
        )
        for i, (code, model) in enumerate(zip(draw.sample(codes, count), models, strict=True))
    ]


def locked(products: Sequence[Product], *, seed: int, count: int) -> frozenset[str]:
    """SKUs of products with stock; none of them differs from another by letter case only."""
    clashes = set(clash_codes(list(products)))
    fit = [product.code for product in products if product.stock and product.code not in clashes]
    return frozenset(random.Random(f"locked offers {seed}").sample(fit, count))
