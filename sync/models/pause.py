"""Flows that a person has stopped for a while."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from jlseko.clock import business_now
from sync.models.connection import Connection


class PauseQuerySet(models.QuerySet["Pause"]):
    """Pauses by whether they hold."""

    def in_force(self) -> "PauseQuerySet":
        """Those that hold now: one whose time is over holds nothing, even before anybody has noted its end."""
        return self.filter(Q(until=None) | Q(until__gt=business_now()), ended_at=None)


class Pause(models.Model):
    """One pause of one flow or lane of a connection: why, by whom, until when.

    Times are business time; ``until`` None = until somebody resumes it.
    """

    objects = PauseQuerySet.as_manager()

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="pauses")
    flow = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "flow"], condition=Q(ended_at__isnull=True), name="pause_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow} paused"
