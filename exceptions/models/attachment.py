"""A file that somebody put to an exception, and who was named in a note."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from exceptions.models.entry import Entry


class Attachment(models.Model):
    """A small file beside a note or a proof pack, kept in the database with everything else. Append-only.

    ``size`` in bytes.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        triggers = [
            pgtrigger.Protect(name="attachment_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """Somebody was named in a note; ``seen_at`` (business time) is when they opened the exception."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["entry", "user"], name="mention_once")]
        indexes = [
            models.Index(fields=["user"], condition=models.Q(seen_at__isnull=True), name="mention_unseen"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.entry_id}"
