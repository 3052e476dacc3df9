"""What was pushed to us."""

from django.db import models

from jlseko.encryption import EncryptedTextField
from sync.models.connection import Connection
from sync.models.item import Item


class InboundMessage(models.Model):
    """The raw body of one push, stored before anything is understood of it. ``body_hash`` makes a repeat harmless.

    ``sequence_runs`` are the numbers that it brought, as pairs of the first and the last of each unbroken run.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="message")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="messages")
    path = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    body = EncryptedTextField()
    body_hash = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    service = models.CharField(max_length=60, blank=True)
    first_sequence = models.BigIntegerField(null=True, blank=True)
    last_sequence = models.BigIntegerField(null=True, blank=True)
    sequence_runs = models.JSONField(default=list, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["connection", "service", "last_sequence"], name="inbound_sequence")]

    def __str__(self) -> str:
        return f"{self.service or 'unread'} {self.body_hash[:8]}"


class SecurityEvent(models.Model):
    """Somebody knocked at a door with the wrong key."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True)
    remote_address = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
