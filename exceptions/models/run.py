"""Many orders sent back as one planned run."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from exceptions.models.cause import Cause
from exceptions.models.record import ExceptionRecord


class RunState(models.TextChoices):
    """Where a run stands."""

    WAITING = "waiting", "Waiting to start"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    CANCELLED = "cancelled", "Cancelled"
    DONE = "done", "Finished"


UNDER_WAY = frozenset({RunState.WAITING, RunState.RUNNING})


class ResubmitRun(models.Model):
    """A planned resubmission of many records, worked off one by one. Times are business time.

    ``words`` says what was selected, as the person confirmed it. ``per_minute`` is the most records that go in one
    minute (real time), None = as fast as the budgets allow. ``retry_of`` is the run whose failures this one repeats.
    ``halted_by`` is who paused or cancelled it last.
    """

    words = models.TextField()
    cause = models.ForeignKey(Cause, null=True, on_delete=models.PROTECT, related_name="runs")
    fix_note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=RunState, default=RunState.WAITING)
    per_minute = models.PositiveIntegerField(null=True, blank=True)
    retry_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="retried_by")
    halted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    halted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=[RunState.WAITING, RunState.RUNNING]),
                name="run_under_way",
            ),
        ]

    def __str__(self) -> str:
        return self.words


class RunItemState(models.TextChoices):
    """What became of one record of a run. Whether the other side took it is read from the record itself."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent back"
    REFUSED = "refused", "Not sent"
    LEFT = "left", "Left in the queue"


class RunItem(models.Model):
    """One record of a run. ``version`` is the record's when the run was confirmed; ``why`` tells a refusal."""

    run = models.ForeignKey(ResubmitRun, on_delete=models.PROTECT, related_name="items")
    record = models.ForeignKey(ExceptionRecord, on_delete=models.PROTECT, related_name="run_items")
    position = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=RunItemState, default=RunItemState.WAITING)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["run", "record"], name="run_item_once")]
        indexes = [models.Index(fields=["run", "state", "position"], name="run_item_next")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.record_id}"
