"""``manage.py after_restore``: to be run once a backup was loaded, before anything else is started."""

from typing import Any

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from jlseko.clock import business_now
from sync import lanes, timeline
from sync.models import Connection, FlowState, Item
from sync.states import Status


class Command(BaseCommand):
    """Nothing that was done after the backup is known here any more; both partners still know it."""

    help = "Make a restored database safe to work with: read before sending, poll and read two weeks again at once."

    def handle(self, *args: Any, **options: Any) -> None:
        """Note the time, end all leases and sign-ins, make every flow and every waiting item due."""
        with transaction.atomic():
            shops = Connection.objects.filter(active=True)
            shops.update(restored_at=business_now())
            Item.objects.filter(status=Status.LEASED).update(lease_until=timezone.now())
            lanes.sweep()
            waiting = Item.objects.filter(status__in=[Status.READY, Status.WAITING, Status.UNKNOWN])
            due = waiting.update(due_at=timezone.now())
            FlowState.objects.update(lease_token=None, leased_until=None, due_at=timezone.now())
            Session.objects.all().delete()
            for shop in shops:
                timeline.record(shop, "restored", "The database came back from a backup", tone="warn")
        self.stdout.write(f"{due} items and all flows are due. Orders that SEKO may have already are asked for first.")
