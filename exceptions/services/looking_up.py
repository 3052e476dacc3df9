"""Writing down that somebody looked for customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from exceptions.models import EntryKind
from exceptions.services import changing

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def looked_up(*, by: User, found: int) -> None:
    """Somebody searched orders by a customer's postcode. The postcode itself is not kept: it is personal data."""
    text = f"Searched by a delivery postcode: {found} {'order' if found == 1 else 'orders'} found"
    changing.write(EntryKind.REVEALED, text, by=by, data={"searched_by": "postcode", "found": found})
