"""SEKO has dispatched and John Lewis does not know it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django import forms

from exceptions.category import Category
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.partner_away import FACT, back_again, paused_facts, paused_words, resumed, sides_away
from exceptions.states import Blame, OwnerRole, Severity
from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.flows.unshown import ORDER_OPEN
from sync.intake import AFTER_SHIPPING
from sync.looks import MARKETPLACE_STATES
from sync.loop import pausing
from sync.models import Connection, Item, Side
from sync.states import Kind, Lane, Status

if TYPE_CHECKING:
    from exceptions.models import ExceptionRecord

LOOK_AGAIN = "Look again at what John Lewis shows"
GONE = "shipment_gone"  # John Lewis took our shipment and does not show it any more


class ConfirmForm(DecisionForm):
    """How to try again."""

    ways = (
        ("again", "Try again as it is"),
        ("number", "Try again with the tracking number below"),
        ("accept", "John Lewis is right: take the order as confirmed"),
    )
    needs = {"number": ("tracking_number",)}

    def details(self) -> None:
        """The tracking number, starting with the one used; accepting only where John Lewis shows it shipped. An order
        without a parcel that could be told again can only be looked at again.
        """
        choice = cast("forms.ChoiceField", self.fields["way"])
        if self.item.kind == Kind.ORDER:
            choice.choices = [("again", LOOK_AGAIN)]
            return
        if not self._is_shown_as_over():
            choice.choices = [way for way in self.ways if way[0] != "accept"]
        self.fields["tracking_number"] = forms.CharField(
            label="Tracking number",
            required=False,
            max_length=200,
            initial=self.corrected("tracking_number", self.item.dispatch.tracking_number),
            help_text="Only for another tracking number.",
        )

    def _is_shown_as_over(self) -> bool:
        rules = {fault.rule for fault in self.faults}
        order = self.item.dispatch.order
        is_shipped = order is not None and order.marketplace_state in AFTER_SHIPPING
        return "conflict" in rules or (GONE in rules and is_shipped)


# News that comes late, after an outage of SEKO's pushes, is first given the chance to go through by itself.
LATE_NEWS = timedelta(minutes=30)


class DispatchNotConfirmed(Category):
    """The clock runs from the physical dispatch, not from the first error."""

    slug = "dispatch_not_confirmed"
    title = "Dispatched, not confirmed"
    detect_text = "The confirmation window has passed, or John Lewis refused the confirmation."
    next_move = "send the confirmation again, with the right tracking number"
    ask = "Please tell us why the confirmation is not taken. The parcel has left; the evidence is below."
    codes = frozenset({Code.NOT_CONFIRMED, Code.CONFIRMATION_REJECTED})
    side = Blame.MARKETPLACE_FEED
    owner_role = OwnerRole.OPERATIONS
    rank = 38
    base_severity = Severity.CRITICAL
    scenario = "confirmation_rejected"
    form_class = ConfirmForm
    runbook = """
The parcel has left, and John Lewis counts the order as late until it is confirmed. An order that stays unconfirmed may
be cancelled without payment.

## First check
What does John Lewis show for the order now: SHIPPING, SHIPPED, cancelled? The words of the refusal are in the attempts.

## Steps
1. SHIPPING and no reason given: send back. Both steps, tracking and confirmation, are read before anything is sent.
2. The refusal is about the tracking number: enter the right one.
3. Shipped with other data than ours: somebody confirmed it by hand. Choose *John Lewis is right*.
4. The shipment of this parcel is gone from John Lewis: try again to have it made anew. Where the order is shown as
shipped all the same, choose *John Lewis is right*.
5. Cancelled on John Lewis, sent by SEKO all the same: have SEKO call it back, then choose *John Lewis is right*.
6. Every parcel has ended and the order is still open: confirm on John Lewis by hand what its shipments do not show, or
cancel it there. This closes by itself at the next reading.
7. It comes back twice: set *waiting on John Lewis* and send the evidence (dispatch time, tracking number, answers).

## Who to call
John Lewis partner support. Quote the order number and the time of dispatch.

## How you know it is fixed
John Lewis shows the order as shipped when it is read back.
"""

    def watch(self, connection: Connection) -> Iterator[tuple[Item, list[Failure]]]:
        """Dispatches whose own deadline has passed without a confirmation that was read back."""
        now = business_now()
        rows = Item.objects.filter(
            connection=connection, kind=Kind.DISPATCH,
            status__in=[Status.READY, Status.WAITING, Status.UNKNOWN],
            deadline__lt=now, created_at__lt=now - LATE_NEWS,
            dispatch__confirmed_at__isnull=True, dispatch__order__isnull=False,
        )  # fmt: skip
        facts = {FACT: Side.MARKETPLACE.value} if Side.MARKETPLACE in sides_away(connection) else {}
        held_until = pausing.last_end(connection, Lane.DISPATCHES)
        if held_until and held_until > now - LATE_NEWS:
            return  # what waited goes through by itself
        pauses = pausing.in_force(connection, Lane.DISPATCHES)
        facts |= paused_facts(pauses)
        text = f"Dispatched more than {connection.policy.confirm_hours:g} hours ago and not confirmed at John Lewis."
        text += paused_words(pauses)
        for item in rows.select_related("connection").iterator(chunk_size=500):
            yield item, [Failure(Code.NOT_CONFIRMED, text, rule="window", facts=facts)]

    def relieved(self, connection: Connection) -> Iterator[tuple[Item, str]]:
        """John Lewis answers again, or the pause is over."""
        yield from back_again(connection, self.slug)
        yield from resumed(connection, self.slug)

    def headline(self, failure: Failure, item: Item | None) -> str:
        """The clock, what John Lewis shows, or its words."""
        if failure.rule == ORDER_OPEN:
            shown = MARKETPLACE_STATES.get(failure.value, failure.value)
            return f"Every parcel has ended, and John Lewis still shows the order as {shown}"
        if failure.code == Code.CONFIRMATION_REJECTED:
            return f"John Lewis refuses the confirmation: {failure.text}"
        return failure.text

    def move(self, record: ExceptionRecord) -> str:
        """Where no parcel is left that could be told again, the way on is at John Lewis."""
        if record.item is not None and record.item.kind == Kind.ORDER:
            return "confirm on John Lewis by hand what its shipments do not show, or cancel the order there"
        return self.next_move

    def corrections(self, form: FixForm) -> dict[str, str]:
        """Another number, or a person's word that the order is confirmed."""
        way = cast("DecisionForm", form).way
        if way == "accept":
            return {"confirmation.accept": "yes"}
        if way == "again" and any(fault.rule == GONE for fault in form.faults):
            return {"shipment.again": business_now().isoformat()}
        return {"tracking_number": str(form.cleaned_data["tracking_number"]).strip()} if way == "number" else {}

    def describe(self, form: FixForm) -> str:
        """The choice."""
        return LOOK_AGAIN if form.item.kind == Kind.ORDER else cast("DecisionForm", form).way_label
