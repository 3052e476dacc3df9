"""What the pages of the desk ask beyond :mod:`exceptions.reading`."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q

from exceptions.models import ExceptionRecord
from exceptions.triage.quick_views import conditions
from jlseko.clock import business_now

Person = AbstractBaseUser | AnonymousUser


def next_in_queue(user: Person, *, after: ExceptionRecord | None = None) -> ExceptionRecord | None:
    """The most urgent record that this person could take on next, other than the one before them."""
    wanted = conditions(user, business_now())
    mine = wanted["my-queue"] & (Q(owner__isnull=True) | Q(owner_id=user.pk)) | wanted["open"] & Q(owner_id=user.pk)
    rows = ExceptionRecord.objects.visible_to(user).filter(mine)
    return (rows.exclude(pk=after.pk) if after else rows).by_urgency().first()
