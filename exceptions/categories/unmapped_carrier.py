"""SEKO shipped by a courier that has no John Lewis carrier code."""

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


class UnmappedCarrier(Category):
    """Fixed once for every dispatch by this courier and service, by a row of the mapping table."""

    slug = "unmapped_carrier"
    title = "Unmapped carrier"
    detect_text = "The courier and service of a dispatch have no row in the carrier mapping."
    next_move = "choose the John Lewis carrier for this courier"
    ask = "Please tell us which carrier code we have to use for this courier and service."
    codes = frozenset({Code.UNMAPPED_CARRIER})
    side = Blame.OUR_MAPPING
    owner_role = OwnerRole.MAPPING
    rank = 32
    base_severity = Severity.HIGH
    resubmit = Resubmit.CAUSE
    permission = "edit_mapping"
    scenario = "unmapped_carrier"
    alike = "The same courier and service"
    form_class = CarrierForm
    runbook = """
The parcel is on its way, but John Lewis cannot be told: nobody has said which of its carrier codes stands for this
courier and service. The order looks late until it is confirmed.

## First check
Who drives the parcel? The label or SEKO's carrier list says so.

## Steps
1. Choose the carrier from John Lewis' approved list.
2. Read how many dispatches saving will release, then save and send back.
3. The carrier is not on the list at all: ask SEKO not to use it for John Lewis, and John Lewis whether this parcel may
   be confirmed under another code. Use *for this dispatch only* for that.

## Who to call
SEKO client services for the courier behind a name; John Lewis partner support for a carrier that is not approved.

## How you know it is fixed
John Lewis shows the orders as shipped when they are read back.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One courier and service is one cause."""
        return f"courier {courier_of(item)}"

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Names the courier."""
        return f"{courier_of(item)} has no John Lewis carrier code"

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
