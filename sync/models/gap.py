"""Pushed messages that never came."""

from django.db import models

from sync.models.connection import Connection


class PushGap(models.Model):
    """A stretch of SEKO's numbering that is missing (SEKO contract 6.1). Times are business time.

    Closed when all of it arrived late, or when what it may have said was read by other means.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="push_gaps")
    service = models.CharField(max_length=60)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    noticed_at = models.DateTimeField()
    backfilled_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "service", "first"], name="push_gap_once"),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.first} to {self.last}"
