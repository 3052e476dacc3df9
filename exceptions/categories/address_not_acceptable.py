"""SEKO or its carriers cannot use the delivery address."""

from __future__ import annotations

from typing import cast

from exceptions.category import Category
from exceptions.fixes.address_form import AddressForm
from exceptions.fixes.fix_form import FixForm
from exceptions.states import Blame, OwnerRole
from sync.failures import Code, Failure
from sync.models import Item


class AddressNotAcceptable(Category):
    """Fixed field by field; the customer's original stays as it came."""

    slug = "address_not_acceptable"
    title = "Address not acceptable"
    detect_text = "A field of the address is missing, too long, or has characters that carriers cannot print."
    next_move = "put the wrong fields right and send it back"
    codes = frozenset({Code.ADDRESS_INVALID})
    side = Blame.MARKETPLACE_FEED
    owner_role = OwnerRole.OPERATIONS
    rank = 40
    scenario = "bad_address"
    alike = "The same address rule and field"
    form_class = AddressForm
    runbook = """
SEKO does not check addresses well: a bad one fails at the label, days later. So we check first, and list every wrong
field at once.

## First check
Read the whole address. Is it one that a postman would find?

## Steps
1. Put the wrong fields right. What is too long can often move to the next line.
2. A name or town in another script: write it in Latin letters as the customer would.
3. You cannot tell what is meant: ask the customer through John Lewis, and set *waiting on customer* with a chase time.
4. Save and send back. The customer's original is kept beside your correction.

## Who to call
Customer care, for a question to the customer. Never guess a house number.

## How you know it is fixed
SEKO shows the order when it is read back. The exception closes by itself.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One rule on one field is one cause, such as emoji in names."""
        return f"{failure.rule or 'SEKO'} {failure.field or 'address'}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """The rule's own words; a refusal by SEKO is quoted."""
        return failure.text if failure.rule else f"SEKO refuses the address: {failure.text}"

    def corrections(self, form: FixForm) -> dict[str, str]:
        """The address fields."""
        return cast("AddressForm", form).corrections()
