"""What the desk remembers of one person."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class DeskReader(models.Model):
    """Since when the list counts as looked at, and how this person wants the desk. ``looked_at`` is business time."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_reader")
    looked_at = models.DateTimeField(null=True)
    looked_before_at = models.DateTimeField(null=True)
    shortcuts = models.BooleanField(default=True)
    practised_at = models.DateTimeField(null=True)
    practice_put_away = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)
