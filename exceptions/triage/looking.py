"""Since when a person has looked at the list: what is newer is marked as new. Times are business time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from exceptions.models import DeskReader
from exceptions.roles import Person
from jlseko.clock import business_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def looked_at(user: Person) -> datetime | None:
    """When this person last said that they had looked at everything; None = never."""
    found: datetime | None = getattr(getattr(user, "desk_reader", None), "looked_at", None)
    return found


def mark(user: User) -> datetime:
    """Count everything that is there now as looked at; the moment before is kept for :func:`take_back`."""
    now = business_now()
    reader, _created = DeskReader.objects.get_or_create(user=user)
    reader.looked_before_at, reader.looked_at = reader.looked_at, now
    reader.save(update_fields=["looked_before_at", "looked_at"])
    return now


def take_back(user: User) -> None:
    """Mark as new again what was new before the last :func:`mark`."""
    reader = DeskReader.objects.filter(user=user).first()
    if reader is not None:
        reader.looked_at = reader.looked_before_at
        reader.save(update_fields=["looked_at"])
