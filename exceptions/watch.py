"""The chore of the desk: finds what nobody reported, lets go what needs nobody, wakes what has slept long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from exceptions import clocks, services
from exceptions.category import Category, registry
from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync import pipeline
from sync.loop import ticker
from sync.models import Connection, Event, Item

EVERY = timedelta(minutes=1)


def register() -> None:
    """Have the ticker run it about once a business minute for each connection."""
    ticker.register("watch", every=EVERY, run=run, title="Watch for what is stuck")


def run(connection: Connection) -> dict[str, int]:
    """One round for one connection; returns what it did."""
    now = business_now()
    counts = {"stalled": 0, "relieved": 0}
    for category in registry:
        counts["relieved"] += sum(pipeline.resubmit(item, why=why) for item, why in list(category.relieved(connection)))
        for item, failures in list(category.watch(connection)):
            if not _sent_back_lately(item, category, now):
                counts["stalled"] += pipeline.stall(item, failures)
    counts["woken"] = services.wake(connection)
    counts["severity"] = refresh_severity(connection, now=now)
    return counts


def _sent_back_lately(item: Item, category: Category, now: datetime) -> bool:
    """It was sent back a moment ago, for whatever reason and by whomever: give it its chance."""
    since = now - category.patience
    return Event.objects.filter(item=item, kind="resubmitted", at__gt=since).exists()


def refresh_severity(connection: Connection, *, now: datetime) -> int:
    """Time alone makes things worse: bring the stored severity of open records up to date; returns how many changed."""
    changed = []
    for record in ExceptionRecord.objects.open().filter(connection=connection).iterator(chunk_size=500):
        severity = clocks.severity_now(record, now)
        if severity != record.severity:
            record.severity = severity
            changed.append(record)
    for record in changed:
        ExceptionRecord.objects.filter(pk=record.pk).update(severity=record.severity)
    return len(changed)
