"""Whether a well-formed order can be taken: duplicate number, products, free stock, and scenarios that refuse it.

The order of the checks is that of SEKO contract 10.3; texts E1 and the proposed ones of SEKO contract 3.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from ..store import Document
from .forms import Line, WebOrder
from .lifecycle import CANCELLED
from .reader import Rejected
from .world import World

UNKNOWN_REPLY = "Allocation profile 7 is not active for this client account."


def submit(world: World, web: WebOrder) -> Document:
    """Take an order, or raise `Rejected` with the first fault found."""
    _check_number(world, web)
    products = _products(world, web)
    _check_stock(world, web, products)
    if world.scenario(web.number) == "unknown_reply":
        before = world.tried(web.number, "unknown_reply")
        if before < world.settings.unknown_reply_times:
            _reject(web, UNKNOWN_REPLY)
    return world.add(web, products=products)


def _reject(web: WebOrder, reason: str) -> NoReturn:
    raise Rejected(f"Error Submitting SalesOrder: {web.number} - Error. {reason}")


def _check_number(world: World, web: WebOrder) -> None:
    if world.settings.naive:
        return
    if world.scenario(web.number) == "duplicate_number" and web.number not in world.by_number:
        _order_made_by_hand(world, web)
    same = world.by_number.get(web.number, [])
    if world.settings.reuse_after_cancel:
        same = [order for order in same if world.status(order) != CANCELLED]
    if same:
        _reject(web, "Sales Order Number already exists.")
    if web.invoice and web.invoice in world.invoices:
        _reject(web, "Sales Invoice Number already exists.")
    if web.guid and web.guid.casefold() in world.by_guid:
        _reject(web, "GUID already exists.")


def _order_made_by_hand(world: World, web: WebOrder) -> None:
    """Somebody at the warehouse has made an order of this number with other content (scenario duplicate_number)."""
    products = [world.stock.find(line.code) for line in web.lines]
    known = next((code for code in products if code), None) or world.stock.codes()[0]
    delivery = dict.fromkeys(web.delivery, "") | {
        "FirstName": "Counter", "LastName": "Sale", "Line1": "Unit 4, Trade Park", "City": "Milton Keynes",
        "PostcodeZip": "MK9 1AA", "CountryCode": "GB",
    }  # fmt: skip
    other = replace(
        web, guid="", invoice="", reference="by hand", delivery=delivery, lines=(Line(1, known, 1),), cut=()
    )
    world.add(other, products={1: known}, by_hand=True)


def _products(world: World, web: WebOrder) -> dict[int, str]:
    """The product of each line. A product may stand on one line only, whatever its letter case (SEKO contract 4.3)."""
    found = {line.number: world.stock.find(line.code) for line in web.lines}
    seen: set[str] = set()
    for line in web.lines:
        key = found[line.number] or line.code.casefold()
        if key in seen:
            _reject(web, f"Duplicate Product Code {line.code}.")
        seen.add(key)
    products: dict[int, str] = {}
    for line in web.lines:
        code = found[line.number]
        if code is None:
            _reject(web, f"Product {line.code} does not exist.")
        products[line.number] = code
    return products


def _check_stock(world: World, web: WebOrder, products: dict[int, str]) -> None:
    if world.scenario(web.number) == "no_free_stock" and not world.tried(web.number, "no_free_stock"):
        rarest = min(products.values(), key=lambda code: (world.demand[code], world.stock.opening[code], code))
        hours = world.settings.stock_out_hours * world.draw("stock out", web.number).uniform(0.7, 1.3)
        world.reserve_away(rarest, until=world.now() + timedelta(hours=hours))
    if world.settings.back_orders:
        return
    needed: Counter[str] = Counter()
    for line in web.lines:
        needed[products[line.number]] += line.quantity
        if needed[products[line.number]] > world.stock.free(products[line.number]):
            _reject(web, f"Product {line.code} has no free stock.")
