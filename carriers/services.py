"""Changing the mapping table. Every change leaves a version; nothing else writes these rows."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from carriers.impact import spellings
from carriers.models import Carrier, CarrierMapping, MappingTable, MappingVersion, VersionAction
from carriers.names import key
from carriers.shipments import registered
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User

EDIT_PERMISSION = "carriers.change_carriermapping"
"""Who has it may change the table (product rule: managers)."""
REVIEW_EVERY = timedelta(days=30)
"""How soon the table is due again after a review, in business time."""
_TAKEN = "Somebody else has just changed this mapping. Look at it again before you save."


def save_mapping(
    shop: str,
    courier: str,
    service: str,
    carrier_code: str,
    *,
    by: "User | None",
    note: str = "",
    expected_version: int | None = None,
) -> CarrierMapping:
    """Say that SEKO's courier and service mean this carrier code: add the row or change the live one. Releases nothing.

    Args:
        shop: name of the connection.
        courier: SEKO's courier text; the first spelling given is kept.
        service: SEKO's service text; empty = any service of the courier.
        carrier_code: a code of the approved list, exactly.
        by: who does it; None = the installation itself.
        note: why, at most 300 characters.
        expected_version: the version that the person looked at, 0 = there was no row; None = whatever there is.

    Raises:
        ValueError: with a sentence for the person: no courier, a code that is not approved, a list that was never read,
            or a row that somebody else has changed meanwhile.
    """
    _refuse_bad_names(courier, service, note)
    _refuse_unapproved(shop, carrier_code)
    try:
        with transaction.atomic():
            return _write(shop, courier, service, carrier_code, by=by, note=note, expected_version=expected_version)
    except IntegrityError:
        raise ValueError(_TAKEN) from None


def save_and_release(
    shop: str,
    courier: str,
    service: str,
    carrier_code: str,
    *,
    by: "User | None",
    note: str = "",
    expected_version: int | None = None,
) -> tuple[CarrierMapping, int]:
    """:func:`save_mapping`, then send the dispatches on their way that waited for it; returns the row and their number.

    The row is committed first, so that a worker that picks up a released dispatch already sees it. A release that fails
    half way leaves a good row, and saving again releases the rest. Raises as :func:`save_mapping`.
    """
    mapping = save_mapping(shop, courier, service, carrier_code, by=by, note=note, expected_version=expected_version)
    return mapping, release(mapping, by=by)


def release(mapping: CarrierMapping, *, by: "User | None") -> int:
    """Send every dispatch on its way that waited for this row; how many moved."""
    shipments = registered()
    released = sum(
        shipments.release(mapping.shop, courier, service, by=by)
        for courier, service in spellings(mapping.shop, mapping.courier, mapping.service)
    )
    if released:
        content = _content(mapping)
        _append(mapping, VersionAction.RELEASED, content, content, by=by, released=released)
    return released


@transaction.atomic
def retire_mapping(mapping: CarrierMapping, *, by: "User | None", note: str = "") -> None:
    """End a row; its history stays.

    Later dispatches fall back to the courier's row for any service, or stall as unmapped.

    Raises:
        ValueError: the row is retired already.
    """
    row = CarrierMapping.objects.select_for_update().get(pk=mapping.pk)
    if row.retired_at is not None:
        raise ValueError("This mapping is retired already.")
    before = _content(row)
    row.retired_at = row.updated_at = business_now()
    row.author = by
    row.version += 1
    row.save(update_fields=["retired_at", "updated_at", "author", "version"])
    _append(row, VersionAction.RETIRED, before, {"note": note} if note else {}, by=by)


@transaction.atomic
def review_done(shop: str, *, by: "User", next_review: date | None = None, owner: "User | None" = None) -> MappingTable:
    """Record that somebody has looked through the whole table.

    Args:
        shop: name of the connection.
        by: who looked.
        next_review: the day of the next look; None = in 30 days.
        owner: who owns the table from now on; None = as before, or ``by`` where nobody did.

    Raises:
        ValueError: the next review is not in the future.
    """
    now = business_now()
    next_review = next_review or (now + REVIEW_EVERY).date()
    if next_review <= now.date():
        raise ValueError("The next review must be after today.")
    table, _ = MappingTable.objects.select_for_update().get_or_create(shop=shop)
    table.owner = owner or table.owner or by
    table.reviewed_by = by
    table.last_reviewed_at = now
    table.next_review = next_review
    table.save(update_fields=["owner", "reviewed_by", "last_reviewed_at", "next_review"])
    return table


def _refuse_bad_names(courier: str, service: str, note: str) -> None:
    if not key(courier):
        raise ValueError("Name SEKO's courier.")
    for what, text, limit in (("courier", courier, 200), ("service", service, 200), ("note", note, 300)):
        if len(text) > limit:
            raise ValueError(f"The {what} is longer than {limit} characters.")
        if "\x00" in text:
            raise ValueError(f"The {what} holds a character that cannot be stored.")


def _refuse_unapproved(shop: str, carrier_code: str) -> None:
    if Carrier.objects.filter(shop=shop, code=carrier_code, removed_at__isnull=True).exists():
        return
    if not MappingTable.objects.filter(shop=shop, list_read_at__isnull=False).exists():
        raise ValueError("John Lewis' list of approved carriers has not been read yet, so no code can be chosen.")
    raise ValueError(f"“{carrier_code}” is not on John Lewis' list of approved carriers. Choose a code from the list.")


def _write(
    shop: str,
    courier: str,
    service: str,
    carrier_code: str,
    *,
    by: "User | None",
    note: str,
    expected_version: int | None,
) -> CarrierMapping:
    now = business_now()
    row = (
        CarrierMapping.objects.select_for_update()
        .filter(shop=shop, courier_key=key(courier), service_key=key(service), retired_at__isnull=True)
        .first()
    )
    if expected_version is not None and expected_version != (row.version if row else 0):
        raise ValueError(_TAKEN)
    if row is None:
        row = CarrierMapping.objects.create(
            shop=shop, courier=courier, service=service, courier_key=key(courier), service_key=key(service),
            carrier_code=carrier_code, note=note, author=by, created_at=now, updated_at=now,
        )  # fmt: skip
        _append(row, VersionAction.CREATED, {}, _content(row), by=by)
        return row
    before = _content(row)
    if before == {"carrier_code": carrier_code, "note": note}:
        return row
    row.carrier_code, row.note, row.author, row.updated_at = carrier_code, note, by, now
    row.version += 1
    row.save(update_fields=["carrier_code", "note", "author", "updated_at", "version"])
    _append(row, VersionAction.CHANGED, before, _content(row), by=by)
    return row


def _content(row: CarrierMapping) -> dict[str, str]:
    return {"carrier_code": row.carrier_code, "note": row.note}


def _append(
    row: CarrierMapping,
    action: VersionAction,
    before: dict[str, str],
    after: dict[str, str],
    *,
    by: "User | None",
    released: int | None = None,
) -> None:
    MappingVersion.objects.create(
        mapping=row, shop=row.shop, number=row.version, action=action, before=before, after=after,
        released=released, author=by, at=business_now(),
    )  # fmt: skip
