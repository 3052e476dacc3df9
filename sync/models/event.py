"""What happened, in order. Append-only."""

import pgtrigger
from django.conf import settings
from django.db import models

from sync.models.attempt import Attempt
from sync.models.connection import Connection
from sync.models.item import Item


class EventLane(models.TextChoices):
    """On whose side of the timeline an event is drawn."""

    MARKETPLACE = "marketplace", "John Lewis"
    OURS = "ours", "jlseko"
    WAREHOUSE = "warehouse", "SEKO"


class Event(models.Model):
    """One entry of the timeline. ``at`` is business time. Holds no personal data: field names and codes, never
    values.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="events")
    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    order_key = models.CharField(max_length=200, blank=True)
    lane = models.CharField(max_length=20, choices=EventLane)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    tone = models.CharField(max_length=10, default="plain")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    attempt = models.ForeignKey(Attempt, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["connection", "order_key", "id"], name="event_of_order")]
        triggers = [
            pgtrigger.Protect(name="event_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.title
