"""SEKO sent less than was ordered."""

from __future__ import annotations

from exceptions.category import Category
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item


class ShortDispatch(Category):
    """A whole order is confirmed or none: never round up."""

    slug = "short_dispatch"
    title = "Short dispatch"
    detect_text = "What all dispatches of the order carried does not cover every line."
    codes = frozenset({Code.SHORT_DISPATCH})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.WAREHOUSE
    rank = 36
    base_severity = Severity.HIGH
    scenario = "short_dispatch"
    runbook = """
SEKO packed less than was ordered. Confirming now would tell John Lewis, and the customer, that everything has left.

## First check
Which line is short? SEKO closes an order at dispatch, so the rest does not follow by itself.

## Steps
1. SEKO finds the rest and dispatches it: the second dispatch completes the order, and both are confirmed.
2. The rest cannot be sent: cancel the missing quantity on John Lewis with the true reason. The next poll reads the new
   quantity; then send back, and what has left is confirmed.
3. The parcel was whole and the message wrong: ask SEKO for a corrected dispatch message, and set *waiting on SEKO*.

## Who to call
SEKO client services for the missing pieces; customer care to tell the customer.

## How you know it is fixed
John Lewis shows the order as shipped when it is read back.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """What is short."""
        return failure.text
