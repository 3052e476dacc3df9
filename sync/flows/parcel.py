"""One dispatch on its way to John Lewis: what a step knows of it, and the ways in which it ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from jlseko.clock import business_now
from sync import dispatching, effects, pipeline, timeline
from sync.failures import Code, Failure
from sync.flows.context import Context
from sync.intake import AFTER_SHIPPING
from sync.models import Attempt, Dispatch, EventLane, Item, Order, Outcome
from sync.rules.parcels import SURPLUS, TELL_NOTHING
from sync.shapes import MarketplaceOrder
from sync.states import Milestone, Stage, Status


@dataclass(frozen=True, slots=True)
class Parcel:
    """A dispatch and its order, with the order as John Lewis shows it now (``current``)."""

    item: Item
    dispatch: Dispatch
    order: Order
    current: MarketplaceOrder
    context: Context
    corrections: Mapping[str, str]

    @property
    def numbers(self) -> set[str]:
        """The tracking numbers that are this parcel's: SEKO's, and the one that a person entered."""
        found = (self.dispatch.tracking_number, self.corrections.get("tracking_number", ""))
        return {number.strip() for number in found if number.strip()}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was in it: SEKO sent lines of zero only, or a person said that nothing of it counts."""
        quantities = list(self.dispatch.lines.values_list("dispatched", flat=True))
        return self.corrections.get(SURPLUS) == TELL_NOTHING or (bool(quantities) and not any(quantities))

    @property
    def is_shipped(self) -> bool:
        """Whether John Lewis shows the whole order as shipped."""
        return self.current.state in AFTER_SHIPPING

    @property
    def is_accepted_as_shown(self) -> bool:
        """Whether a person said that John Lewis is right as it is."""
        return self.corrections.get("confirmation.accept") == "yes"

    @property
    def is_overdue(self) -> bool:
        """Whether John Lewis should have shown it by now."""
        return business_now() - self.dispatch.dispatched_at > self.context.policy.minutes("confirm_hours")


def settle(parcel: Parcel, attempt: Attempt, *, applied: bool, reading: str) -> None:
    """Settle an announced call whose answer was lost, by what was read; the item goes on at once."""
    with transaction.atomic():
        outcome = Outcome.APPLIED if applied else Outcome.NOT_APPLIED
        effects.settle_by_reading(attempt, outcome, by="read-back", reason=reading)
        title = f"Read back {attempt.operation}: {'it was applied' if applied else 'it was not applied'}"
        timeline.record(parcel.item, "read_back", title, lane=EventLane.MARKETPLACE, detail=reading, attempt=attempt)
        pipeline.go_on(parcel.item)


def _hold(parcel: Parcel) -> None:
    """The end of a parcel is news for its order: both are locked, the order first."""
    pipeline.hold([parcel.order.item_id, parcel.item.pk])


def confirmed(parcel: Parcel, *, shown: str, note: str = "") -> None:
    """John Lewis shows that this parcel has left: its own end, and news for its order."""
    item, order = parcel.item, parcel.order
    with transaction.atomic():
        _hold(parcel)
        Dispatch.objects.filter(pk=parcel.dispatch.pk).update(confirmed_at=business_now())
        timeline.record(
            item, "confirmed", f"Read back: John Lewis shows {shown}", lane=EventLane.MARKETPLACE, detail=note,
            tone="good",
        )  # fmt: skip
        pipeline.must_move(item, to=Status.DONE, stage=Stage.CONFIRMED)
        pipeline.announce(item, Milestone.CONFIRMED)
        dispatching.parcel_ended(order, why="John Lewis shows a parcel of the order as shipped")


def nothing_to_tell(parcel: Parcel) -> None:
    """Nothing was in the parcel: it ends without a word to John Lewis, and the order looks at what is short."""
    with transaction.atomic():
        _hold(parcel)
        title = "Nothing was in this dispatch; John Lewis is told nothing of it"
        timeline.record(parcel.item, "empty", title, lane=EventLane.WAREHOUSE, tone="warn")
        pipeline.must_move(parcel.item, to=Status.DONE)
        pipeline.announce(parcel.item, Milestone.PROCESSED)
        dispatching.parcel_ended(parcel.order, why="SEKO closed a dispatch with nothing in it")


def order_is_cancelled(parcel: Parcel) -> None:
    """The order item carries the exception; the dispatch has nobody left to tell. A parcel that came after the order
    was closed as cancelled is a case of its own: nobody looks at the order any more, and nobody pays for what has left.
    """
    closed_at = parcel.order.item.finished_at
    if closed_at and parcel.item.created_at > closed_at and not parcel.is_accepted_as_shown:
        text = "John Lewis has cancelled this order, and SEKO has sent it all the same."
        pipeline.stall(parcel.item, [Failure(Code.CONFIRMATION_REJECTED, text, rule="conflict")])
        return
    with transaction.atomic():
        _hold(parcel)
        title = "Not confirmed: John Lewis has cancelled the order"
        timeline.record(parcel.item, "cancelled", title, lane=EventLane.MARKETPLACE, tone="warn")
        pipeline.must_move(parcel.item, to=Status.CANCELLED)
        pipeline.announce(parcel.item, Milestone.CANCELLED)
        dispatching.wake_order(parcel.order, why="John Lewis cancelled the order")


def shown_with_other_data(parcel: Parcel) -> None:
    """John Lewis has it as shipped, and not by us: a person decides who is right."""
    current = parcel.current
    text = f"John Lewis already shows this order as shipped with tracking number {current.tracking_number or 'none'}."
    facts = {"carrier_code": current.carrier_code, "tracking_number": current.tracking_number}
    pipeline.stall(parcel.item, [Failure(Code.CONFIRMATION_REJECTED, text, rule="conflict", facts=facts)])
