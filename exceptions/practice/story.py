"""What is invented: a small list, and the one order in it that somebody will put right.

All of it are model instances that are never saved.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django.utils import timezone

from exceptions.category import registry
from exceptions.fixes.address_form import AddressForm
from exceptions.models import ExceptionRecord, Fault
from exceptions.practice.walk import Walk
from exceptions.services.fixing import Rehearsed
from exceptions.services.proving import PROOFS, proved_words
from exceptions.states import OwnerRole, Severity, State
from jlseko.clock import business_now
from sync.corrections import overlay_address
from sync.failures import Failure
from sync.models import Connection, Event, EventLane, Item, Order
from sync.partners.seko.bodies import order_body
from sync.policy import Policy
from sync.rehearsal import Rehearsal
from sync.rules import address as address_rules
from sync.rules.preflight import Change
from sync.shapes import Address, WarehouseLine, WarehouseOrder
from sync.states import Kind, Milestone, Stage, Status

NUMBER: Final = "PRACTICE-1"
CATEGORY: Final = "address_not_acceptable"
FIELD: Final = "delivery.postcode"
GIVEN: Final = Address(
    first_name="Robin", last_name="Sample", line1="1 Example Street", city="Leeds", county="West Yorkshire",
    postcode="LS1 4A", country_code="GB",
)  # fmt: skip
ANSWER: Final = "LS1 4AP"  # what the customer says when asked
PRICE: Final = Decimal("84.00")
LEFT: Final = timedelta(hours=3, minutes=10)
WAITED: Final = timedelta(minutes=22)
READ_AFTER: Final = timedelta(minutes=5)  # as SEKO's answers are as a rule read again


class PracticeForm(AddressForm):
    """The form of the real page over the invented address."""

    def address(self) -> Address:
        """The invented one, with what was saved laid over it."""
        saved = self.faults[0].value
        return overlay_address(GIVEN, {FIELD: saved} if saved else {}) or GIVEN


class Story:
    """The invented list and order as they stand for one walk. Times are business time at normal speed, so that the
    demo's fast clock does not run away with them.
    """

    def __init__(self, walk: Walk, *, reader: Any) -> None:
        self.walk = walk
        self.reader = reader
        self.behind = business_now() - timezone.now()
        self.policy = Policy()

    def at(self, real: datetime) -> datetime:
        """The story's time at a real moment of the walk."""
        return real + self.behind

    @cached_property
    def now(self) -> datetime:
        """The present of the story: READ_AFTER is skipped at its end."""
        sent = self.walk.sent_at
        return self.at(sent) + READ_AFTER if sent and self.walk.done else self.at(timezone.now())

    @cached_property
    def connection(self) -> Connection:
        """No partner: it has no address and no key."""
        return Connection(name="practice", warehouse_kind="practice", marketplace_kind="practice")

    @cached_property
    def item(self) -> Item:
        """Where the order stands in the loop."""
        opened = self.at(self.walk.began_at) - WAITED
        stage = Stage.INJECTED if self.walk.done else Stage.RECEIVED
        return Item(
            connection=self.connection, kind=Kind.ORDER, external_key=NUMBER, order_key=NUMBER, stage=stage,
            status=Status.STALLED, entered_stage_at=opened, stalled_at=opened, created_at=opened,
        )  # fmt: skip

    @cached_property
    def order(self) -> Order:
        """What John Lewis sent."""
        opened, sent = self.item.created_at, self.walk.sent_at
        return Order(
            item=self.item, connection=self.connection, order_id=NUMBER, placed_at=opened - timedelta(minutes=5),
            marketplace_state="SHIPPING", marketplace_seen_at=opened, currency="GBP", total_price=PRICE,
            shipping_price=Decimal(0), shipping_deadline=self.at(self.walk.began_at) + LEFT,
            injected_at=self.at(sent) if sent else None,
        )  # fmt: skip

    def failures(self, postcode: str) -> list[Failure]:
        """What the real rules say about the address with this postcode."""
        return address_rules.check(overlay_address(GIVEN, {FIELD: postcode}), self.policy)

    @cached_property
    def fault(self) -> Fault:
        """The one thing that is wrong, in the words of the rule that found it."""
        found = self.failures(GIVEN.postcode)[0]
        return Fault(
            item=self.item, category=CATEGORY, code=found.code, field=found.field, text=found.text, rule=found.rule,
            value=self.walk.postcode or found.value, found_at=self.item.created_at,
            fixed_at=self.item.created_at if self.walk.postcode else None,
            resubmitted_at=self.item.created_at if self.walk.sent else None,
            cleared_at=self.now if self.walk.done else None,
        )  # fmt: skip

    @cached_property
    def record(self) -> ExceptionRecord:
        """The exception to practise on."""
        walk, sent = self.walk, self.walk.sent_at
        found = self._row(NUMBER, CATEGORY, self.fault.text, left=LEFT, value=PRICE, severity=Severity.HIGH)
        found.item, found.occurrences = self.item, 1 + walk.returned
        found.owner = self.reader if walk.taken else None
        found.state = State.CLAIMED if walk.taken else State.OPEN
        if sent:
            found.state, found.resubmitted_at, found.accepted_at = State.RESUBMITTED, self.at(sent), self.at(sent)
        if sent and walk.done:
            proof = PROOFS[Milestone.INJECTION_VERIFIED]
            found.state, found.closed_at = State.VERIFIED, self.now
            found.closed_reason = proved_words(proof, self.at(sent), self.now)
        return found

    @property
    def rows(self) -> list[ExceptionRecord]:
        """The small list, the most urgent first."""
        carrier = "Fagans Freight, Pallet 48 has no John Lewis carrier code"
        return [
            self.record,
            self._row("PRACTICE-2", "unmapped_carrier", carrier, left=timedelta(hours=7), value=Decimal("129.00")),
            self._row("PRACTICE-3", "no_free_stock", "SEKO has no free stock of TOWEL-GREY-L",
                      left=timedelta(days=2), value=Decimal("36.50")),
        ]  # fmt: skip

    def _row(
        self, number: str, category: str, headline: str, *, left: timedelta, value: Decimal,
        severity: Severity = Severity.NORMAL,
    ) -> ExceptionRecord:  # fmt: skip
        kind, began = registry.get(category), self.at(self.walk.began_at)
        return ExceptionRecord(
            connection=self.connection, order_key=number, order_number=number, category=category, headline=headline,
            state=State.OPEN, owner_role=OwnerRole(kind.owner_role), side=kind.side, severity=severity, value=value,
            deadline=began + left, opened_at=began - WAITED,
        )  # fmt: skip

    @cached_property
    def events(self) -> list[Event]:
        """What happened to the order so far."""
        opened = self.item.created_at
        found = [
            self._event(EventLane.MARKETPLACE, "received", "Order received", opened - timedelta(minutes=5)),
            self._event(EventLane.MARKETPLACE, "accepted", "Order accepted", opened - timedelta(minutes=2), "good"),
            self._event(EventLane.OURS, "stalled", self.fault.text, opened, "bad"),
        ]
        if self.walk.sent_at:
            sent = self.at(self.walk.sent_at)
            found += [
                self._event(EventLane.OURS, "resubmitted", "Sent back", sent),
                self._event(EventLane.WAREHOUSE, "injected", "SEKO accepted the order", sent, "good"),
            ]
        if self.walk.done:
            found.append(self._event(EventLane.WAREHOUSE, "read_back", "SEKO shows the order", self.now, "good"))
        return found

    @staticmethod
    def _event(lane: EventLane, kind: str, title: str, at: datetime, tone: str = "plain") -> Event:
        return Event(lane=lane, kind=kind, title=title, at=at, tone=tone)

    def try_out(self, postcode: str) -> Rehearsed:
        """The rehearsal of the real page: the same rules, and the request as SEKO's client would write it."""
        failures = self.failures(postcode)
        ready = address_rules.prepare(overlay_address(GIVEN, {FIELD: postcode}) or GIVEN, self.policy)
        changes = [Change(FIELD, GIVEN.postcode, ready.postcode)] if ready.postcode != GIVEN.postcode else []
        request = "" if failures else order_body(self._request(ready)).decode()
        return Rehearsed(self.item, Rehearsal(failures, request, [] if failures else changes))

    def _request(self, delivery: Address) -> WarehouseOrder:
        line = WarehouseLine(1, "LAMP-BRASS", 1, PRICE, Decimal("14.00"))
        return WarehouseOrder(
            number=NUMBER, reference=NUMBER, guid="", placed_at=self.order.placed_at, currency="GBP", sub_total=PRICE,
            tax_total=Decimal("14.00"), shipping_total=Decimal(0), delivery=delivery, lines=(line,),
        )  # fmt: skip

    def is_the_answer(self, postcode: str) -> bool:
        """Whether this is the postcode that the customer gave."""
        return "".join(postcode.split()).upper() == "".join(ANSWER.split())
