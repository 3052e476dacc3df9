"""Fixes laid over the original: reading and writing them. The original is never touched."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Final

from django.db import transaction

from jlseko.clock import business_now
from sync import timeline
from sync.models import Correction, Item, Order
from sync.rules.address import LABELS
from sync.shapes import Address

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OUTCOME: Final = "attempt.outcome"  # a person's word about one attempt: the same word later is about another
NAMES: Final[dict[str, str]] = {
    "tracking_number": "Tracking number",
    "carrier_code": "Carrier code, for this dispatch",
    "order_id": "John Lewis order number",
    "gift.message": "Gift message",
    "warehouse.number": "Number at SEKO",
    "warehouse.adopt": "SEKO’s order is this one",
    "warehouse.cancel": "Cancellation at SEKO",
    "part.settled": "Cancelled part, dealt with",
    "dispatch.wait_until": "Wait for the dispatch until",
    "dispatch.manual": "Dispatch as SEKO told it",
    "confirmation.accept": "Taken as confirmed",
}
_ADDRESS_FIELDS = frozenset(field.name for field in fields(Address))


def live(item: Item) -> dict[str, str]:
    """The corrections in force on an item, path to value; as they were read with its batch."""
    return {each.path: each.value for each in item.corrections.all() if each.reverted_at is None}


def live_now(item: Item) -> dict[str, str]:
    """The same, asked anew: a person may take a correction back at any time."""
    return dict(item.corrections.filter(reverted_at=None).values_list("path", "value"))


def overlay_address(address: Address | None, corrections: Mapping[str, str]) -> Address | None:
    """An address with its ``delivery.*`` corrections laid over; None stays None unless something was entered."""
    changes = {
        path.removeprefix("delivery."): value
        for path, value in corrections.items()
        if path.startswith("delivery.") and path.removeprefix("delivery.") in _ADDRESS_FIELDS
    }
    if address is None and not changes:
        return None
    return Address(**{**asdict(address or Address()), **changes})


def effective_address(order: Order) -> Address | None:
    """The delivery address as it will be sent."""
    return overlay_address(order.delivery(), live(order.item))


def label_of(path: str) -> str:
    """The place of a correction in words."""
    known = LABELS.get(path.removeprefix("delivery.")) or NAMES.get(path)
    return known or path.replace(".", " ").replace("_", " ").capitalize()


def in_words(value: str) -> str:
    """A correction for a reader: a decision that is kept as a JSON object is told part by part, the rest as it is."""
    try:
        told = json.loads(value) if value.startswith("{") else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return value
    return ", ".join(_part(str(name), part) for name, part in told.items() if part)


def _part(name: str, part: object) -> str:
    if isinstance(part, dict):
        return ", ".join(f"{inner}: {value}" for inner, value in part.items())
    return f"{name.replace('_', ' ')}: {part}"


@transaction.atomic
def save(item: Item, corrections: Mapping[str, str], *, by: "User | None") -> None:
    """Lay ``corrections`` (path to value) over an item; an earlier value of the same path is reverted and kept. What
    stands there already is not written again, save a word about an :data:`OUTCOME`.
    """
    now = business_now()
    current = live(item)
    changed = {path: value for path, value in corrections.items() if path == OUTCOME or current.get(path) != value}
    if not changed:
        return
    item.corrections.filter(path__in=changed, reverted_at__isnull=True).update(reverted_at=now, reverted_by=by)
    Correction.objects.bulk_create(
        Correction(item=item, path=path, value=value, previous=current.get(path, ""), author=by, created_at=now)
        for path, value in changed.items()
    )
    timeline.record(item, "corrected", f"Corrected: {', '.join(map(label_of, sorted(changed)))}", actor=by)


@transaction.atomic
def revert(correction: Correction, *, by: "User") -> None:
    """Take one correction back; the original shows through again."""
    taken_back = Correction.objects.filter(pk=correction.pk, reverted_at__isnull=True).update(
        reverted_at=business_now(), reverted_by=by
    )
    if taken_back:
        timeline.record(
            correction.item, "correction_reverted", f"Correction taken back: {label_of(correction.path)}", actor=by
        )
