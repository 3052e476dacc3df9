"""Reads order lines in the Online Retail format: real order flow, with its dirt, for the simulated partners.

Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country. Codes and texts are
kept verbatim. Cancellations (``C...``), corrections (price 0 or quantity not above 0) and fee codes make no order;
corrections and cancellations of goods move the first stock of their product.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "UnitPrice")
FEE_CODES = frozenset(
    {"POST", "BANK CHARGES", "AMAZONFEE", "D", "M", "DOT", "CRUK", "S", "PADS", "C2", "B", "ADJUST", "ADJUST2", "TEST"}
)
VOUCHER = "GIFT_"
STOCK_FLOOR = 100


@dataclass(frozen=True)
class RetailLine:
    """One line of an order: what, how many, unit price in pounds."""

    code: str
    title: str
    quantity: int
    price: Decimal


@dataclass
class RetailOrder:
    """The goods lines of one invoice, in the order of the file."""

    invoice: str
    lines: list[RetailLine] = field(default_factory=list)


@dataclass
class RetailProduct:
    """One product of the file with the stock that it starts with."""

    code: str
    title: str
    price: Decimal
    ordered: int = 0
    adjusted: int = 0

    @property
    def stock(self) -> int:
        """Three times what the file orders, and a floor, moved by what the file corrects; never below 0."""
        return max(0, self.ordered * 3 + STOCK_FLOOR + self.adjusted)


@dataclass
class Retail:
    """What a file holds: orders in row order, products in order of first sight, and rows that could not be read."""

    orders: list[RetailOrder]
    products: list[RetailProduct]
    unreadable: int


@lru_cache(maxsize=4)
def read_retail(path: Path) -> Retail:
    """Read a file of order lines.

    Raises OSError when it cannot be opened, ValueError when a needed column is missing. Rows with a quantity or price
    that is no number are counted, not used.
    """
    orders: dict[str, RetailOrder] = {}
    products: dict[str, RetailProduct] = {}
    unreadable = 0
    for row in _rows(path):
        try:
            quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
        except (ValueError, InvalidOperation, TypeError):
            unreadable += 1
            continue
        code, invoice = row["StockCode"], row["InvoiceNo"].strip()
        if is_fee(code) or not code.strip():
            continue
        product = products.setdefault(code, RetailProduct(code, row["Description"] or "", price))
        if invoice.upper().startswith("C") or price <= 0 or quantity <= 0:
            product.adjusted += quantity if price <= 0 else abs(quantity)
            continue
        product.title, product.price = row["Description"] or product.title, price
        product.ordered += quantity
        line = RetailLine(code, row["Description"] or "", quantity, price)
        orders.setdefault(invoice, RetailOrder(invoice)).lines.append(line)
    return Retail(list(orders.values()), list(products.values()), unreadable)


def is_fee(code: str) -> bool:
    """Whether a code stands for postage, charges, discounts or vouchers: nothing that a warehouse can pick."""
    plain = code.strip().upper()
    return plain in FEE_CODES or plain.startswith(VOUCHER)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # the original publication is in Latin-1
        text = raw.decode("latin-1")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}; it must be in the Online Retail format")
    yield from reader
