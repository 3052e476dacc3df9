"""Why several orders are stuck at once."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sync.models import Connection


class Cause(models.Model):
    """One root cause, found again by its fingerprint (one carrier service, one SKU, one address rule).

    How many orders it holds is always counted, never stored. The last fix is kept for the day it returns. A cause with
    ``merged_into`` gets no more faults: they go there. Times are business time.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="causes")
    category = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=300)
    headline = models.CharField(max_length=300)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    fix_note = models.CharField(max_length=300, blank=True)
    fixed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    fixed_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        ordering = ["-last_seen"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["connection", "category", "fingerprint"], name="cause_once"),
        ]

    def __str__(self) -> str:
        return self.headline
