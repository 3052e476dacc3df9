"""What nobody needs any more and no flow would forget: sign-ins that are over, processes long gone, stock messages."""

import time
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jlseko.clock import business_now
from sync.gaps import STOCK_SERVICES
from sync.models import Connection, Heartbeat, InboundMessage, Item, PushGap
from sync.states import Status

EVERY_SECONDS = 600.0
SILENT = timedelta(days=7)
AT_ONCE = 1000  # messages of a shop: the deletion holds their rows no longer than a moment

_next = {"at": 0.0}  # on the monotonic clock of this process


def tidy() -> int:
    """Forget what is over, every ten minutes; returns how many rows are gone, a message counting as one."""
    if time.monotonic() < _next["at"]:
        return 0
    _next["at"] = time.monotonic() + EVERY_SECONDS
    now = timezone.now()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    silent, _ = Heartbeat.objects.filter(at__lt=now - SILENT).delete()
    return sessions + silent + sum(_forget_stock_messages(connection) for connection in Connection.objects.all())


def _forget_stock_messages(connection: Connection) -> int:
    """Forget what SEKO pushed about stock, once the history that it made is forgotten too; returns how many messages.

    SEKO's numbering (SEKO contract 6.1) is still followed afterwards: the last number of a service stays, and all of
    a service of which numbers are missing. A message that became anybody's case stays with its history.
    """
    mine = InboundMessage.objects.filter(connection=connection)
    newer = mine.filter(service=OuterRef("service"), last_sequence__gt=OuterRef("last_sequence"))
    missing = PushGap.objects.filter(connection=connection, service=OuterRef("service"), closed_at=None)
    old = mine.filter(
        Q(last_sequence=None) | Exists(newer), ~Exists(missing),
        service__in=STOCK_SERVICES, item__status=Status.DONE, item__events=None, item__faults=None,
        item__exceptions=None, received_at__lt=business_now() - timedelta(days=connection.policy.stock_history_days),
    )  # fmt: skip
    chosen = list(old.order_by("pk").values_list("item_id", flat=True)[:AT_ONCE])
    _, gone = Item.objects.filter(pk__in=chosen).delete()
    return gone.get(Item._meta.label, 0)
