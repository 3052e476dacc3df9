"""What to read out, or to paste into a mail, when SEKO or John Lewis has to be asked: both numbers and the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exceptions.category import Category, Mover, registry
from exceptions.models import ExceptionRecord, Fault
from exceptions.states import Blame
from jlseko.ui.times import london, utc
from sync.models import Event, Order, Side
from sync.states import Kind

EVIDENCE = 5


@dataclass(frozen=True, slots=True)
class CallSheet:
    """Whom to ask, and the text without customer data."""

    whom: str
    subject: str
    text: str


def write(
    record: ExceptionRecord, order: Order | None, *, stuck: str, faults: Iterable[Fault], events: Iterable[Event]
) -> CallSheet:
    """The call sheet of a record. It names no customer: numbers, codes and times only."""
    category = registry.get(record.category)
    lines = [*_numbers(record, order)]
    if category.ask:
        lines += ["", "What we ask", f"- {category.ask}"]
    lines += ["", "What we see", f"- {stuck}"]
    lines += [f"- {fault.text}" for fault in faults if not fault.field.startswith("delivery.")]
    told = [event for event in events if event.lane != "ours"][-EVIDENCE:]
    if told:
        lines += ["", "What happened (London time, UTC in brackets)"]
        lines += [f"- {_both(event.at)}: {event.get_lane_display()}: {event.title}" for event in told]
    if record.deadline and not record.deadline_is_ours:
        lines += ["", f"It must be done by {_both(record.deadline)}."]
    subject = f"{_about(record, order)}: {record.headline}"
    return CallSheet(_whom(record, order, category), subject, "\n".join([subject, "", *lines]))


def _whom(record: ExceptionRecord, order: Order | None, category: Category) -> str:
    """The side that can say or do something about it."""
    if record.partner in Side.values:
        return str(Side(record.partner).label)
    if category.mover in (Mover.SEKO, Mover.JOHN_LEWIS):
        return category.mover.value
    at_seko = record.side in (Blame.WAREHOUSE, Blame.OUR_MAPPING) or (order is not None and order.injected_at)
    return "SEKO" if at_seko else "John Lewis"


def _both(moment: datetime) -> str:
    return f"{london(moment)} ({utc(moment)})"


def _about(record: ExceptionRecord, order: Order | None) -> str:
    """What is asked about, in the words of whoever is asked."""
    if order is None and not record.order_number and record.item is not None:
        if record.item.kind == Kind.LISTING:
            return f"SKU {record.item.external_key}"
        if record.item.kind == Kind.STOCK_FILE:
            return "Stock file"
    return f"Order {_number(record, order)}"


def _number(record: ExceptionRecord, order: Order | None) -> str:
    return (order.warehouse_number if order else "") or record.order_number or "without a number"


def _numbers(record: ExceptionRecord, order: Order | None) -> list[str]:
    named = [("John Lewis order", record.order_number)]
    if order:
        named = [
            ("John Lewis order", order.order_id),
            ("John Lewis reference", order.commercial_id),
            ("SEKO order number", order.warehouse_number or "not loaded yet"),
            ("SEKO GUID", order.warehouse_guid),
        ]
    named += [("Courier", record.courier), ("Tracking number", record.tracking_number)]
    return [f"{label}: {value}" for label, value in named if value]
