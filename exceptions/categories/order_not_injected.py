"""An order that should be at SEKO by now and is not, although nobody reported a fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from exceptions.category import Category
from exceptions.models import Fault
from exceptions.partner_away import FACT, back_again, paused_facts, paused_words, resumed, sides_away
from exceptions.states import Blame, OwnerRole, Severity
from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.loop import pausing
from sync.models import Connection, Item, Side
from sync.states import Kind, Lane, Stage, Status

DEBIT = ("WAITING_DEBIT", "WAITING_DEBIT_PAYMENT")
BEFORE_ACCEPTANCE_ENDS = timedelta(hours=2)
HELD_BY = ("poll-orders", Lane.ORDERS)  # what loads orders at SEKO, and what tells of payment and state


class OrderNotInjected(Category):
    """The orphan: the most dangerous one, because nobody is at it."""

    slug = "order_not_injected"
    title = "Order not at SEKO"
    detect_text = "Ready to ship, waiting for payment or for acceptance for too long, and no fault was reported."
    next_move = "find out why it did not reach SEKO, and send it back"
    ask = "Please tell us whether you have received an order with this number."
    codes = frozenset({Code.NOT_INJECTED})
    side = Blame.NETWORK
    owner_role = OwnerRole.OPERATIONS
    rank = 60
    base_severity = Severity.HIGH
    scenario = "debit_stuck"
    runbook = """
The order is known to us, and SEKO does not have it. No partner has said why.

## First check
Read the timeline. Which step came last, and how long ago?

## Steps
1. It waits for payment: John Lewis has not taken the money. Ask partner support; it goes on by itself once it is paid.
2. It is ready to ship: send it back. The loop checks it again and loads it at SEKO.
3. It comes back at once: look at *Sync health*. Tell an admin when a flow stands still.

## Who to call
John Lewis partner support for a payment that hangs. Quote the order number and the commercial number.

## How you know it is fixed
SEKO shows the order when it is read back.
"""

    def watch(self, connection: Connection) -> Iterator[tuple[Item, list[Failure]]]:
        """Orders past our patience; those behind a partner that rests or a pause only past their own deadline."""
        now = business_now()
        away, pauses = sides_away(connection), pausing.in_force(connection, *HELD_BY)
        held_until = pausing.last_end(connection, *HELD_BY)
        for item in self._waiting(connection):
            text = self._problem(item, now, held_until)
            past_deadline = item.deadline is not None and item.deadline < now
            if text and (not (away or pauses) or past_deadline):
                facts = ({FACT: min(away)} if away else {}) | paused_facts(pauses)
                state, text = item.order.marketplace_state, f"{text}{paused_words(pauses)}"
                yield item, [Failure(Code.NOT_INJECTED, text, value=state, rule=f"waiting.{state}"[:100], facts=facts)]

    def _waiting(self, connection: Connection) -> Iterator[Item]:
        rows = Item.objects.filter(
            Q(order__marketplace_state__in=["SHIPPING", "WAITING_ACCEPTANCE", *DEBIT]),
            connection=connection, kind=Kind.ORDER, status__in=[Status.READY, Status.WAITING],
            stage__in=[Stage.RECEIVED, Stage.VALIDATED], order__injected_at__isnull=True,
        )  # fmt: skip
        yield from rows.select_related("order", "connection").iterator(chunk_size=500)

    @staticmethod
    def _problem(item: Item, now: datetime, held_until: datetime | None) -> str:
        order, policy = item.order, item.connection.policy
        state = order.marketplace_state
        since = item.entered_stage_at if item.stage == Stage.VALIDATED else order.marketplace_seen_at
        since = max(since, held_until or since)
        if state == "SHIPPING" and now - since > policy.minutes("orphan_minutes"):
            return f"Ready to ship for more than {policy.orphan_minutes:g} minutes and not at SEKO."
        if state in DEBIT and now - since > policy.minutes("debit_hours"):
            return f"John Lewis has been waiting for the payment for more than {policy.debit_hours:g} hours."
        if state == "WAITING_ACCEPTANCE" and item.deadline and item.deadline - now < BEFORE_ACCEPTANCE_ENDS:
            return "Not accepted yet, and John Lewis stops waiting soon."
        return ""

    def relieved(self, connection: Connection) -> Iterator[tuple[Item, str]]:
        """The state that it waited in has passed, the partner that it waited for is back, or a pause is over."""
        faults = Fault.objects.outstanding().filter(
            record__connection=connection, category=self.slug, item__status=Status.STALLED, item__kind=Kind.ORDER
        )
        for fault in faults.select_related("item__order"):
            if fault.item is not None and fault.rule.removeprefix("waiting.") != fault.item.order.marketplace_state:
                yield fault.item, f"John Lewis moved the order to {fault.item.order.marketplace_state}"
        yield from back_again(connection, self.slug)
        yield from resumed(connection, self.slug)

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Says which wait it is."""
        side = failure.facts.get(FACT)
        return f"{failure.text} {Side(side).label} does not answer." if side else failure.text
