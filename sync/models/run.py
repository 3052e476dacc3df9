"""The recurring flows: where each stands, and what each run did."""

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction

from sync.database_clock import DatabaseNow
from sync.models.connection import Connection


class LeaseLost(Exception):
    """Somebody else runs this flow by now: store nothing more."""


class FlowState(models.Model):
    """One recurring flow of one connection. ``due_at`` and the lease are real time; the rest is business time.

    ``watermark`` is the partner's own clock: the largest remote time of the last poll that was committed whole.
    ``cursor`` is where a reading stands that takes several runs.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="flows")
    flow = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    watermark = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    last_started_at = models.DateTimeField(null=True, blank=True)
    last_good_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "flow"], name="flow_once_per_connection")]

    def __str__(self) -> str:
        return f"{self.connection_id}/{self.flow}"

    def keep_lease(self) -> None:
        """Extend the lease by its whole length; raises :class:`LeaseLost` when somebody else runs the flow by now."""
        if self.lease_token is None:
            return
        ends = DatabaseNow() + timedelta(seconds=settings.LEASE_SECONDS)
        if not FlowState.objects.filter(pk=self.pk, lease_token=self.lease_token).update(leased_until=ends):
            raise LeaseLost(str(self))

    @staticmethod
    def bring_forward(connection: Connection, flow: str) -> None:
        """Make a flow due now, once more where it is running; the partner's budget still holds it.

        It takes effect when the caller's transaction ends: a run that began before would not see what it is wanted for,
        and no lock is held on the flow meanwhile.
        """

        def due_now() -> None:
            rows = FlowState.objects.filter(connection=connection, flow=flow, due_at__gt=DatabaseNow())
            rows.update(due_at=DatabaseNow())

        transaction.on_commit(due_now, robust=True)


class Run(models.Model):
    """One run of a flow: when, with what result, with which counts."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    flow = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    succeeded = models.BooleanField()
    counts = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["connection", "flow", "-id"], name="run_newest")]

    def __str__(self) -> str:
        return f"{self.flow} {self.started_at:%H:%M:%S}"


class Heartbeat(models.Model):
    """The last sign of life of one process, in real time. Health is read from here, never from Redis."""

    process = models.CharField(max_length=100, unique=True)
    role = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering = ["role", "process"]

    def __str__(self) -> str:
        return self.process
