"""The envelope of everything that travels."""

import uuid

from django.db import models
from django.db.models import Q

from sync.models.connection import Connection
from sync.states import FINAL, Kind, Stage, Status


class Item(models.Model):
    """One thing on its way: an order, a dispatch or a pushed message, with its place, its lease and its last failure.

    ``stage`` and ``status`` are written by :mod:`sync.pipeline` alone. ``due_at`` and ``lease_until`` are real time on
    the database's clock; ``deadline`` and ``entered_stage_at`` are business time. ``order_key`` is the marketplace
    order that the item belongs to, empty while nobody knows it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=20)
    external_key = models.CharField(max_length=200)
    order_key = models.CharField(max_length=200, blank=True, db_index=True)
    lane = models.CharField(max_length=20)
    stage = models.CharField(max_length=20, default=Stage.RECEIVED)
    status = models.CharField(max_length=20, default=Status.READY)
    priority = models.SmallIntegerField(default=5)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    recheck = models.BooleanField(default=False)
    deadline = models.DateTimeField(null=True, blank=True)
    entered_stage_at = models.DateTimeField()
    failures = models.JSONField(default=list, blank=True)
    stalled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "external_key"], name="item_once_per_connection"),
            models.CheckConstraint(
                name="item_lease_is_whole",
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "priority", "due_at", "id"],
                name="item_due",
                condition=Q(status__in=[Status.READY, Status.WAITING, Status.UNKNOWN], due_at__isnull=False),
            ),
            models.Index(fields=["lease_until"], name="item_leased", condition=Q(status=Status.LEASED)),
            models.Index(fields=["connection", "kind", "status", "stage"], name="item_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_key}"

    @property
    def is_final(self) -> bool:
        """Whether nothing will ever happen to it again."""
        return self.status in FINAL

    @property
    def kind_enum(self) -> Kind:
        """The kind as its enum."""
        return Kind(self.kind)

    @staticmethod
    def new_lease_token() -> uuid.UUID:
        """A fencing token."""
        return uuid.uuid4()
