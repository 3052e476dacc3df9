"""For how long a person sees the customer data of one record after asking for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from exceptions.models import ExceptionRecord
from exceptions.roles import may_see_personal_data

KEY: Final = "revealed"
LASTS: Final = timedelta(minutes=10)  # real time, like the session that it is kept in


def remember(request: HttpRequest, record: ExceptionRecord) -> None:
    """Show the data of this record in this session for :data:`LASTS`."""
    now = timezone.now()
    kept = {pk: until for pk, until in _kept(request).items() if datetime.fromisoformat(until) > now}
    request.session[KEY] = kept | {str(record.pk): (now + LASTS).isoformat()}


def is_shown(request: HttpRequest, record: ExceptionRecord) -> bool:
    """Whether the data are shown now; the right is asked for again, since it may have been taken away."""
    until = _kept(request).get(str(record.pk))
    if until is None or not may_see_personal_data(request.user):
        return False
    return datetime.fromisoformat(until) > timezone.now()


def _kept(request: HttpRequest) -> dict[str, str]:
    found = request.session.get(KEY)
    return found if isinstance(found, dict) else {}
