"""What stands in a proof pack, as one list of rows that the CSV and the PDF both show.

Whoever makes it: no customer data, neither in payloads nor in sentences. Notes of the desk stay in the house: that one
was written is told, its words are not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from exceptions.category import registry
from exceptions.detail import reading
from exceptions.detail.masking import known_values
from exceptions.models import Entry, EntryKind, ExceptionRecord
from exceptions.proof_pack.clock import Clock, against, clock_of
from exceptions.states import State
from jlseko.ui.badges import money_text
from sync.exchanges import exchange_of
from sync.looks import MARKETPLACE_STATES
from sync.masking import Mask
from sync.models import Attempt, Dispatch, Order

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST: Final = 30_000  # characters of one payload; a spreadsheet takes 32,767 in a cell
INTERNAL: Final = "A note of the desk; its words stay in the house"
NUMBERS, CLOCK, PARCELS, EVENTS, EXCHANGES, HISTORY, PACK = (
    "Numbers", "Clock", "Parcels", "What happened", "Requests and answers", "History of the exception", "This pack",
)  # fmt: skip
PARTS: Final = (NUMBERS, CLOCK, PARCELS, EVENTS, EXCHANGES, HISTORY, PACK)


@dataclass(frozen=True, slots=True)
class Row:
    """One fact. ``digest`` is the SHA-256 of the bytes that were sent or received, ``content`` the same without
    customer data. ``at`` is business time.
    """

    part: str
    what: str
    detail: str = ""
    at: datetime | None = None
    who: str = ""
    outcome: str = ""
    digest: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one record at one moment. ``about`` is the order number, else what the record is about."""

    record: ExceptionRecord
    about: str
    headline: str
    clock: Clock
    made_by: str
    made_at: datetime
    rows: Sequence[Row]

    def of(self, part: str) -> list[Row]:
        """The rows of one of :data:`PARTS`."""
        return [row for row in self.rows if row.part == part]


def gather(record: ExceptionRecord, *, by: User, at: datetime) -> Facts:
    """Read it all; ``at`` is the business time of the pack."""
    order = reading.order_of(record)
    dispatches = parcels_of(order)
    attempts = reading.attempts_of(record)[::-1]
    faults = reading.checklist(record, order)
    corrections = reading.corrections_of(fault.item for fault in faults if fault.item)
    mask = Mask(show=False, known=known_values(order, faults, corrections))
    clock = clock_of(record, order, dispatches, attempts)
    made_by = _name(by)
    rows = [
        *_numbers(record, order, mask), *_clock(clock), *_parcels(dispatches, clock), *_events(record, mask),
        *_exchanges(attempts, mask), *_history(record, mask),
        Row(PACK, "Made by", made_by, at=at, who="jlseko"),
    ]  # fmt: skip
    about = (order.order_id if order else "") or record.subject or f"exception {record.pk}"
    return Facts(record, about, mask.text(record.headline), clock, made_by, at, rows)


def parcels_of(order: Order | None) -> list[Dispatch]:
    """What SEKO has sent of an order, oldest first."""
    return list(order.dispatches.order_by("dispatched_at", "pk")) if order else []


def numbers_of(record: ExceptionRecord, order: Order | None) -> list[tuple[str, str]]:
    """The reference numbers of both sides, those that are known."""
    named = [("John Lewis order", record.order_number)]
    if order:
        named = [
            ("John Lewis order", order.order_id), ("John Lewis reference", order.commercial_id),
            ("SEKO order number", order.warehouse_number), ("SEKO GUID", order.warehouse_guid),
            ("Our number at John Lewis", order.seller_reference),
        ]  # fmt: skip
    elif not record.order_number:
        named = [("About", record.subject)]
    return [(label, value) for label, value in named if value]


def _numbers(record: ExceptionRecord, order: Order | None, mask: Mask) -> Iterator[Row]:
    for label, value in numbers_of(record, order):
        yield Row(NUMBERS, label, value)
    yield Row(NUMBERS, "Exception", f"{record.pk}: {registry.get(record.category).title}", at=record.opened_at)
    yield Row(NUMBERS, "What is wrong", mask.text(record.headline), outcome=str(State(record.state).label))
    if order:
        state = MARKETPLACE_STATES.get(order.marketplace_state, order.marketplace_state)
        yield Row(NUMBERS, "Placed", money_text(order.total_price, order.currency or "GBP"), at=order.placed_at)
        yield Row(NUMBERS, "State at John Lewis", f"{state} ({order.marketplace_state})", at=order.marketplace_seen_at)
        yield Row(NUMBERS, "State at SEKO", order.warehouse_state or "not known yet", at=order.warehouse_seen_at)


def _clock(clock: Clock) -> Iterator[Row]:
    measured = "what the moments below are measured against" if clock.deadline else "none is known"
    yield Row(CLOCK, clock.whose, measured, at=clock.deadline)
    for mark in clock.marks:
        yield Row(CLOCK, mark.label, mark.words, at=mark.at)


def _parcels(dispatches: Sequence[Dispatch], clock: Clock) -> Iterator[Row]:
    for number, each in enumerate(dispatches, start=1):
        name = f"Parcel {number} of {len(dispatches)}"
        by_hand = "entered by hand, not told by SEKO" if each.source == "person" else ""
        facts = [
            f"SEKO dispatch {each.dispatch_number or each.dispatch_id}", f"courier {each.courier or 'not named'}",
            each.service, f"John Lewis carrier code {each.carrier_code or 'none yet'}",
            f"tracking number {each.tracking_number or 'none'}",
            f"shipment {each.shipment_id}" if each.shipment_id else "", by_hand,
        ]  # fmt: skip
        measured = against(each.dispatched_at, clock.deadline, missing="")
        yield Row(PARCELS, f"{name} dispatched", ", ".join(filter(None, facts)), each.dispatched_at, "SEKO", measured)
        if each.confirmed_at:
            shown = against(each.confirmed_at, clock.deadline, missing="")
            yield Row(PARCELS, f"{name} shown as shipped", "read back", each.confirmed_at, "John Lewis", shown)


def _events(record: ExceptionRecord, mask: Mask) -> Iterator[Row]:
    for event in reading.events_of(record):
        actor = f"by {_name(event.actor)}" if event.actor else ""
        detail = ", ".join(filter(None, (mask.text(event.detail), actor)))
        yield Row(EVENTS, mask.text(event.title), detail, event.at, str(event.get_lane_display()))


def _exchanges(attempts: Sequence[Attempt], mask: Mask) -> Iterator[Row]:
    for attempt in attempts:
        told = exchange_of(attempt, body=mask.payload, text=mask.text)
        way = f"{mask.text(attempt.request_path)}, key {attempt.natural_key}"
        yield Row(
            EXCHANGES, f"{told.title} ({attempt.operation})", way, attempt.announced_at, "jlseko",
            digest=attempt.request_hash, content=_content(told.request),
        )  # fmt: skip
        answered = [f"HTTP {attempt.http_status}" if attempt.http_status else "", told.reason]
        known_by = {"read-back": "known by reading back", "person": "known by a person's evidence"}
        answered.append(known_by.get(attempt.settled_by, ""))
        yield Row(
            EXCHANGES, f"Answer to {attempt.operation}", ", ".join(filter(None, answered)), attempt.settled_at,
            str(attempt.get_side_display()), told.outcome,
            hashlib.sha256(attempt.response.encode()).hexdigest() if attempt.response else "", _content(told.answer),
        )  # fmt: skip


def _history(record: ExceptionRecord, mask: Mask) -> Iterator[Row]:
    for entry in record.entries.select_related("actor"):
        yield Row(HISTORY, str(EntryKind(entry.kind).label), _told(entry, mask), entry.at, _name(entry.actor))


def _told(entry: Entry, mask: Mask) -> str:
    return INTERNAL if entry.kind == EntryKind.NOTE else mask.text(entry.text)


def _content(data: Any) -> str:
    """A masked payload as text; one that no cell could hold is cut, and says so."""
    if data in ("", None):
        return ""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … cut here, {len(text):,} characters in all"


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else "jlseko"
