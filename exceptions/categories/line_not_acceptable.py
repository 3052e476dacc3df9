"""The lines of an order cannot be sent as they are."""

from __future__ import annotations

from exceptions.category import Category, Mover
from exceptions.states import Blame, OwnerRole
from sync.failures import Code


class LineNotAcceptable(Category):
    """Nothing to enter: the lines are John Lewis's, and change there."""

    slug = "line_not_acceptable"
    title = "Order lines not acceptable"
    detect_text = "An order without a line to send, a product twice, or a quantity that SEKO does not take."
    mover = Mover.JOHN_LEWIS
    next_move = "correct the lines of the order"
    ask = "Please correct the lines of this order, or cancel it."
    codes = frozenset({Code.LINE_INVALID})
    side = Blame.MARKETPLACE_FEED
    owner_role = OwnerRole.OPERATIONS
    rank = 35
    scenario = ""
    runbook = """
SEKO takes whole orders only: one bad line holds all of them.

## First check
Open the order on John Lewis and compare its lines with the ones shown here. Was a line cancelled?

## Steps
1. All lines were cancelled: cancel the rest of the order on John Lewis. This closes by itself at the next reading.
2. SEKO says that a product is on the order twice: two SKUs mean the same product. Put the alias of one of them right.
3. Otherwise copy SEKO's words to client services, and set *waiting on SEKO*.
4. Send the order back when the lines are right.

## Who to call
John Lewis partner support for a line that makes no sense; SEKO client services for their refusal.

## How you know it is fixed
SEKO shows the order when it is read back.
"""
