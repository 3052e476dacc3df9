"""Keeping John Lewis' list of approved carriers, and what each reading of it changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from carriers.models import Carrier, ListReading, MappingTable


@dataclass(frozen=True, slots=True)
class ApprovedRow:
    """One carrier of SH21 (John Lewis contract 2.8)."""

    code: str
    label: str
    standard_code: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """What a reading changed: the codes that came, went, or kept their code but changed otherwise."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


CODE_LIMIT = 200
LABEL_LIMIT = 300
_WORDS = {"label": "label", "standard_code": "standard code", "tracking_url": "tracking address"}


@transaction.atomic
def sync_list(shop: str, rows: Iterable[ApprovedRow], at: datetime) -> Diff:
    """Take over the whole approved list of ``shop`` as read at ``at`` (business time).

    A code that is missing is marked as removed, never deleted; one that comes back is live again. A reading older
    than the last one changes nothing. A row without a usable code is left out.
    """
    table, _ = MappingTable.objects.select_for_update().get_or_create(shop=shop)
    if table.list_read_at and at < table.list_read_at:
        return Diff()
    wanted = {row.code: row for row in map(_storable, rows) if row.code.strip() and len(row.code) <= CODE_LIMIT}
    known = {carrier.code: carrier for carrier in Carrier.objects.filter(shop=shop)}
    added: list[dict[str, str]] = []
    changed: list[dict[str, object]] = []
    for code, row in wanted.items():
        carrier = known.pop(code, None)
        if carrier is None or carrier.removed_at is not None:
            added.append(_add(shop, row, carrier, at))
        elif what := _update(row, carrier, at):
            changed.append({"code": code, "label": carrier.label, "what": what})
    removed = [_remove(carrier, at) for carrier in known.values() if carrier.removed_at is None]
    ListReading.objects.create(shop=shop, read_at=at, size=len(wanted), added=added, removed=removed, changed=changed)
    table.list_read_at = at
    table.save(update_fields=["list_read_at"])
    return Diff(
        added=tuple(entry["code"] for entry in added),
        removed=tuple(entry["code"] for entry in removed),
        changed=tuple(str(entry["code"]) for entry in changed),
    )


def _storable(row: ApprovedRow) -> ApprovedRow:
    """The row as the database can hold it: a list of John Lewis' must never be lost to one overlong label."""
    return ApprovedRow(
        code=row.code.replace("\x00", ""),
        label=(row.label or row.code).replace("\x00", "")[:LABEL_LIMIT],
        standard_code=row.standard_code.replace("\x00", "")[:CODE_LIMIT],
        tracking_url=row.tracking_url.replace("\x00", ""),
    )


def _add(shop: str, row: ApprovedRow, carrier: Carrier | None, at: datetime) -> dict[str, str]:
    """A carrier that was never there, or is back."""
    carrier = carrier or Carrier(shop=shop, code=row.code, first_seen_at=at)
    carrier.label = row.label
    carrier.standard_code = row.standard_code
    carrier.tracking_url = row.tracking_url
    carrier.last_seen_at = at
    carrier.removed_at = None
    carrier.save()
    return {"code": row.code, "label": carrier.label}


def _update(row: ApprovedRow, carrier: Carrier, at: datetime) -> list[str]:
    """A carrier that was there before and still is: one phrase for each thing that changed about it."""
    what = []
    for name, word in _WORDS.items():
        before, after = getattr(carrier, name), getattr(row, name)
        if before != after:
            what.append(f"{word}: {before or 'none'} → {after or 'none'}")
            setattr(carrier, name, after)
    carrier.last_seen_at = at
    carrier.save()
    return what


def _remove(carrier: Carrier, at: datetime) -> dict[str, str]:
    """A carrier that has left the list."""
    carrier.removed_at = at
    carrier.save(update_fields=["removed_at"])
    return {"code": carrier.code, "label": carrier.label}
