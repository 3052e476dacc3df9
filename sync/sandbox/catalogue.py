"""The seller's products, the same in both simulated partners, from a seed or from a file of real order lines.

Shapes follow figures measured in 1,306 invoices (3,094 lines, 2,598 goods codes) of D. Chen, "Online Retail", UCI
Machine Learning Repository, https://doi.org/10.24432/C5BW33, CC BY 4.0. No row of it is copied: names and codes are
invented. Measured:

- codes are five digits, 682 of 2,598 (26 %) with a letter behind; 37 pairs (1.4 %) differ by letter case only;
- of 3,094 texts 486 (16 %) end in blanks, 55 (1.8 %) hold a comma, 24 (0.8 %) a double quote; 35 characters at most;
- unit prices by decile: 0.72, 1.25, 1.65, 1.95, 2.55, 3.29, 4.21, 5.91, 8.47 pounds, the dearest 649.50.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from .retail import read_retail

PRODUCTS = 600
PRICE_DECILES = ("0.29", "0.72", "1.25", "1.65", "1.95", "2.55", "3.29", "4.21", "5.91", "8.47", "39.95")
STYLES = ("VINTAGE", "RETRO", "ENAMEL", "WICKER", "CERAMIC", "FELT", "GLASS", "WOODEN", "ZINC", "KNITTED", "QUILTED")
COLOURS = ("RED", "CREAM", "SAGE", "NAVY", "OCHRE", "ROSE", "SLATE", "IVORY", "MINT", "CORAL")
THINGS = ("TEA TOWEL", "MUG", "LANTERN", "CAKE TIN", "DOORMAT", "CUSHION", "JUG", "APRON", "NIGHT LIGHT", "PEG BAG",
          "TRINKET BOX", "PHOTO FRAME", "WREATH", "NOTEBOOK", "CANDLE", "BUNTING", "EGG CUP", "PLANTER",
          "CLOCK")  # fmt: skip


@dataclass(frozen=True)
class Product:
    """One product: the seller's code exactly as written, its text, EAN-13, unit price in pounds and first stock."""

    code: str
    title: str
    ean: str
    price: Decimal
    stock: int


def build_catalogue(seed: int, orders_file: Path | None = None) -> list[Product]:
    """The products that both partners hold: those of the order file when one is given, else the generator's own.

    Codes are verbatim (letter case, blanks). Pairs that differ by case only stand as two products; a warehouse in which
    case does not matter must treat the two as one. Raises what `read_retail` raises.
    """
    if orders_file is not None:
        goods = read_retail(orders_file).products
        return [Product(g.code, g.title, ean_of(i), g.price, g.stock) for i, g in enumerate(goods)]
    return _generated(seed)


def clash_codes(products: list[Product]) -> list[str]:
    """Codes that another code equals when letter case is ignored, in catalogue order."""
    seen: dict[str, set[str]] = {}
    for product in products:
        seen.setdefault(product.code.casefold(), set()).add(product.code)
    return [product.code for product in products if len(seen[product.code.casefold()]) > 1]


def ean_of(number: int) -> str:
    """A valid EAN-13 in a range that GS1 leaves for use inside a company (prefix 29)."""
    body = f"29{number:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def spread(draw: random.Random, deciles: tuple[str, ...]) -> float:
    """A value drawn from a distribution given by its minimum, nine deciles and a maximum."""
    place = draw.random() * (len(deciles) - 1)
    low = int(place)
    return float(deciles[low]) + (place - low) * (float(deciles[low + 1]) - float(deciles[low]))


def _generated(seed: int) -> list[Product]:
    draw = random.Random(f"catalogue {seed}")
    codes: list[str] = []
    for number in draw.sample(range(20_000, 95_000), PRODUCTS):
        kind = draw.random()
        if kind < 0.014:
            letter = draw.choice("ABCDE")
            codes += [f"{number}{letter}", f"{number}{letter.lower()}"]
        else:
            codes.append(f"{number}{draw.choice('ABCDEFGL')}" if kind < 0.27 else str(number))
    if not any(code[-1].islower() for code in codes):
        codes += ["84990B", "84990b"]
    return [
        Product(code, _title(draw), ean_of(i), Decimal(f"{spread(draw, PRICE_DECILES):.2f}"), _stock(draw))
        for i, code in enumerate(codes)
    ]


def _title(draw: random.Random) -> str:
    words = f"{draw.choice(STYLES)} {draw.choice(COLOURS)} {draw.choice(THINGS)}"
    kind = draw.random()
    if kind < 0.02:
        words = f'{words} 12"'
    elif kind < 0.05:
        words = f"{draw.choice(THINGS)},{draw.choice(COLOURS)}/{draw.choice(COLOURS)} {draw.choice(STYLES)}"
    elif kind < 0.07:
        words = f"SET/6 {draw.choice(THINGS)} #{draw.randrange(1, 9)} + BOX"
    return words + (" " if draw.random() < 0.16 else "")


def _stock(draw: random.Random) -> int:
    """A comfortable level; about one product in a hundred is out of stock (and is never ordered)."""
    return 0 if draw.random() < 0.01 else draw.randrange(800, 6000)
