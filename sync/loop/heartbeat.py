"""Signs of life of the processes, kept in Postgres."""

import os
import socket

from django.utils import timezone

from sync.models import Heartbeat


def beat(role: str, *, process: str = "") -> None:
    """Note that a process of this role is alive now."""
    name = process or f"{role}@{socket.gethostname()}"
    Heartbeat.objects.update_or_create(process=name[:100], defaults={"role": role[:40], "at": timezone.now()})


def own_name(role: str) -> str:
    """A name for this very process, for roles of which several run on one machine."""
    return f"{role}@{socket.gethostname()}:{os.getpid()}"
