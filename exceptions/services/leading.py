"""What a record shows of its faults: the leading category with owner, clock and headline, and the search columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from exceptions import clocks
from exceptions.category import Category, registry
from exceptions.models import CategoryOwner, Cause, ExceptionRecord, Fault
from exceptions.partner_away import parent_of
from exceptions.states import OwnerRole
from sync.failures import Failure
from sync.models import Connection, Dispatch, Item, Order
from sync.states import Kind

LONGEST = 300


def owner_of(category: Category) -> tuple[OwnerRole, Any]:
    """The queue and the person that new exceptions of a category go to."""
    chosen = CategoryOwner.objects.select_related("user").filter(category=category.slug).first()
    if chosen is None:
        return category.owner_role, None
    return OwnerRole(chosen.role), chosen.user if chosen.user and chosen.user.is_active else None


def origin_of(failure: Failure, item: Item | None, *, connection: Connection, now: datetime) -> Cause:
    """The cause that the fingerprint of a fault says."""
    category = registry.of(failure)
    return Cause.objects.get_or_create(
        connection=connection,
        category=category.slug,
        fingerprint=category.fingerprint(failure, item)[:LONGEST],
        defaults={"headline": category.headline(failure, item)[:LONGEST], "first_seen": now, "last_seen": now},
    )[0]


def leading(faults: Sequence[Fault]) -> Fault:
    """The fault that leads: lowest rank, then the oldest."""
    return min(faults, key=lambda fault: (registry.get(fault.category).rank, fault.pk))


def refresh(record: ExceptionRecord, faults: Sequence[Fault], *, now: datetime) -> None:
    """Set every derived column from the outstanding faults; the caller saves. A new lead may bring a new owner."""
    lead = leading(faults)
    category = registry.get(lead.category)
    if record.category != category.slug or not record.owner_role:
        role, person = owner_of(category)
        if role != record.owner_role or record.owner is None:
            record.owner_role, record.owner = role, person
        record.category = category.slug
    record.cause = lead.cause
    record.side = category.side
    record.headline = category.headline(lead.as_failure(), lead.item)[:LONGEST]
    record.parent = parent_of(record, faults)
    _search_columns(record, faults)
    set_clocks(record, lead.item, now=now)


def set_clocks(record: ExceptionRecord, item: Item | None, *, now: datetime) -> None:
    """Deadline, severity and place in the queue; the caller saves."""
    category = registry.get(record.category)
    order = _order_of(record)
    record.deadline, record.deadline_is_ours = clocks.deadline_of(
        item, order, found=record.opened_at, target=category.target
    )
    record.severity = clocks.severity_now(record, now)
    base = category.severity(record)
    record.act_by = clocks.act_by(record.deadline, severity=base, value=record.value)


def _order_of(record: ExceptionRecord) -> Order | None:
    if not record.order_key:
        return None
    return Order.objects.filter(connection=record.connection_id, order_id=record.order_key).first()


def _search_columns(record: ExceptionRecord, faults: Sequence[Fault]) -> None:
    order = _order_of(record)
    if order is not None:
        skus = dict.fromkeys(line.sku.strip() for line in order.lines.all())
        record.order_number, record.skus = order.order_id, " ".join(skus)
        record.value = order.total_price.quantize(Decimal("0.01"))
    items = [fault.item for fault in faults if fault.item is not None and fault.item.kind == Kind.DISPATCH]
    dispatch = Dispatch.objects.filter(item__in=items).order_by("-pk").first()
    if dispatch is not None:
        record.order_number = record.order_number or dispatch.order_number
        record.tracking_number = dispatch.tracking_number
        record.courier = " ".join(part for part in (dispatch.courier, dispatch.service) if part)
    record.order_number = record.order_number or record.order_key
    listed = [fault.item.external_key for fault in faults if fault.item is not None and fault.item.kind == Kind.LISTING]
    record.skus = record.skus or " ".join(dict.fromkeys(sku.strip() for sku in listed))
