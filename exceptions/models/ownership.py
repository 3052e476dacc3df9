"""Who owns a category, where an admin decided differently from its file."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from exceptions.states import OwnerRole


class CategoryOwner(models.Model):
    """The queue, and optionally the person, that new exceptions of a category go to."""

    category = models.CharField(max_length=60, unique=True)
    role = models.CharField(max_length=20, choices=OwnerRole)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["category"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.category} → {self.role}"
