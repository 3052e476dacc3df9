"""What nobody needs any more and no flow would forget: sign-ins that are over, processes long gone."""

import time
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from sync.models import Heartbeat

EVERY_SECONDS = 600.0
SILENT = timedelta(days=7)

_next = {"at": 0.0}  # on the monotonic clock of this process


def tidy() -> int:
    """Forget what is over, every ten minutes; returns how many rows are gone."""
    if time.monotonic() < _next["at"]:
        return 0
    _next["at"] = time.monotonic() + EVERY_SECONDS
    now = timezone.now()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    silent, _ = Heartbeat.objects.filter(at__lt=now - SILENT).delete()
    return sessions + silent
