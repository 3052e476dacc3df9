"""Which steps of a runbook were done for an exception."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from exceptions.models.record import ExceptionRecord


class RunbookStep(models.Model):
    """One step that somebody has ticked. ``text`` is the step as it read then; ``at`` is business time."""

    record = models.ForeignKey(ExceptionRecord, on_delete=models.PROTECT, related_name="steps_done")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["record", "text"], name="runbook_step_once")]

    def __str__(self) -> str:
        return self.text
