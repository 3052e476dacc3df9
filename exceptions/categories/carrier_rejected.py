"""John Lewis does not take the carrier code."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from exceptions.category import Category, Resubmit
from exceptions.fixes.carrier_form import CarrierForm, courier_of
from exceptions.fixes.fix_form import FixForm
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class CarrierRejected(Category):
    """A mapped code is refused, or is not on the approved list: the next parcels will stop too."""

    slug = "carrier_rejected"
    title = "Carrier rejected"
    detect_text = "John Lewis refuses the carrier code, or the mapped code is not on its approved list."
    next_move = "choose a code from the approved list"
    ask = "Please tell us which carrier code is right for this courier, and why ours is refused."
    codes = frozenset({Code.CARRIER_REJECTED, Code.CARRIER_NOT_APPROVED})
    side = Blame.OUR_MAPPING
    owner_role = OwnerRole.MAPPING
    rank = 33
    base_severity = Severity.HIGH
    resubmit = Resubmit.CAUSE
    permission = "edit_mapping"
    scenario = "carrier_rejected"
    alike = "The same courier, service and John Lewis code"
    form_class = CarrierForm
    runbook = """
The mapping names a carrier code that John Lewis does not take. Every parcel of this courier will stop until the row is
right.

## First check
Is the code on the approved list? The list is read once a day; a code may have been taken off it.

## Steps
1. Choose a code that is on the list, save and send back. All dispatches that stopped for this courier go on.
2. The code is on the list and still refused: ask John Lewis why, and use another code *for this dispatch only* if they
   say so.
3. The list was never read: tell an admin, and send back once it is there.

## Who to call
John Lewis partner support. Quote the order number, the code and their words.

## How you know it is fixed
John Lewis shows the orders as shipped when they are read back.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One courier with one code is one cause."""
        return f"courier {courier_of(item)} code {failure.facts.get('carrier_code') or failure.value}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the code and the courier."""
        code = failure.facts.get("carrier_code") or failure.value
        verb = "is not approved by" if failure.code == Code.CARRIER_NOT_APPROVED else "is refused by"
        return f"Carrier code {code or '(none)'} for {courier_of(item)} {verb} John Lewis"

    def corrections(self, form: FixForm) -> dict[str, str]:
        """Only where the choice is for this dispatch alone."""
        return cast("CarrierForm", form).corrections()

    def apply(self, form: FixForm, *, by: User) -> None:
        """Write the mapping row."""
        cast("CarrierForm", form).save_mapping(by=by)

    def releases(self, form: FixForm) -> Resubmit:
        """A row releases all; a choice for one dispatch releases that one."""
        return Resubmit.CAUSE if cast("CarrierForm", form).for_the_table else Resubmit.ITEM

    def describe(self, form: FixForm) -> str:
        """What means what."""
        return cast("CarrierForm", form).sentence()
