"""Taking one correction back, so that the original goes out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from exceptions.models import EntryKind, ExceptionRecord
from exceptions.services import changing
from exceptions.services.errors import Refused
from sync import corrections as overlay
from sync.corrections import label_of
from sync.models import Correction

if TYPE_CHECKING:
    from django.contrib.auth.models import User

GONE = "This correction was taken back or replaced already."


@transaction.atomic
def take_back(
    record: ExceptionRecord, correction: int, *, by: User, expected_version: int | None = None
) -> ExceptionRecord:
    """Take the correction with this primary key back; what it had put right counts as not fixed again.

    Raises:
        Refused: the record is not open, or no such correction is in force on its items.
    """
    found = changing.lock(record, with_items=True)
    changing.check_may(by, "fix_exception", found)
    changing.check_version(found, expected_version)
    changing.check_open(found)
    own = Q(item=found.item_id) | Q(item__in=found.faults.values("item"))
    if found.order_key:
        own |= Q(item__connection=found.connection_id, item__order_key=found.order_key)
    row = Correction.objects.filter(own, pk=correction, reverted_at__isnull=True).select_related("item").first()
    if row is None:
        raise Refused(GONE)
    overlay.revert(row, by=by)
    found.faults.outstanding().filter(item=row.item, field__in=[row.path, ""]).update(fixed_at=None)
    changing.update(found, **changing.acknowledge(found))
    changing.write(
        EntryKind.FIX_REVERTED, f"Taken back: {label_of(row.path)}", record=found, by=by, data={"path": row.path}
    )
    return found
