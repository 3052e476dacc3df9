"""Signs of life of the processes, kept in Postgres."""

import socket

from django.utils import timezone

from sync.models import Heartbeat


def beat(role: str) -> None:
    """Note that a process of this role is alive now."""
    name = f"{role}@{socket.gethostname()}"
    Heartbeat.objects.update_or_create(process=name[:100], defaults={"role": role[:40], "at": timezone.now()})
