"""SEKO does not know a code of our account: distribution centre, courier, currency."""

from __future__ import annotations

from exceptions.category import Category, Resubmit
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item


class WarehouseSetup(Category):
    """A setting is wrong, so every order stops; all go on together."""

    slug = "warehouse_setup"
    title = "SEKO set-up not accepted"
    detect_text = "SEKO answers Invalid Mapping, refuses the courier or the currency, or does not know the address."
    next_move = "have the setting put right, then send the orders back"
    ask = "Please tell us which code is right for our account: distribution centre, courier and currency."
    codes = frozenset({Code.WAREHOUSE_SETUP})
    side = Blame.OUR_MAPPING
    owner_role = OwnerRole.MAPPING
    rank = 15
    base_severity = Severity.CRITICAL
    resubmit = Resubmit.CAUSE
    scenario = ""
    alike = "The same setting with the same value"
    runbook = """
SEKO refuses a code that we send with every order, such as the distribution centre or the courier. Nothing can be loaded
until it is right.

## First check
Which code is named? Was anything changed on the connection, or told by SEKO, in the last days?

## Steps
1. Ask SEKO for the codes that our account may use.
2. Ask an admin to set them on the connection (*distribution centre code*, *courier*, *courier service*).
3. Send back. Every order that stopped for the same reason goes on.

## Who to call
SEKO client services for the list of codes; then an admin, who may change the connection.

## How you know it is fixed
SEKO shows the orders when they are read back.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One code is one cause."""
        return f"{failure.field or 'setup'} {failure.value}".strip()

    def headline(self, failure: Failure, item: Item | None) -> str:
        """SEKO's words without the order number in front."""
        return f"SEKO does not accept our {failure.field.replace('_', ' ') or 'set-up'} {failure.value}".strip()
