"""Intent before effect: one row per write that was about to leave."""

from django.db import models
from django.db.models import Q

from jlseko.encryption import EncryptedTextField
from sync.models.connection import Side
from sync.models.item import Item


class Outcome(models.TextChoices):
    """How a write ended. No outcome yet = announced: nobody may send it again before a read-back."""

    APPLIED = "applied", "Accepted"
    NOT_APPLIED = "not_applied", "Not applied"
    REJECTED = "rejected", "Refused"
    UNKNOWN = "unknown", "Outcome unknown"


class Attempt(models.Model):
    """One announced write and what became of it. Kept for ever; never updated after its outcome is definite."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="attempt_log")
    side = models.CharField(max_length=20, choices=Side)
    operation = models.CharField(max_length=40)
    natural_key = models.CharField(max_length=250)
    request_hash = models.CharField(max_length=64)
    request_path = models.CharField(max_length=500)
    request_body = EncryptedTextField(blank=True)
    announced_at = models.DateTimeField()
    announced_real = models.DateTimeField()
    lease_token = models.UUIDField()
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=40, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response = EncryptedTextField(blank=True)
    reason = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["side", "operation", "natural_key", "item"],
                condition=Q(outcome__in=["", "unknown"]),
                name="attempt_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.natural_key}"

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet if it was applied."""
        return self.outcome in ("", Outcome.UNKNOWN)
