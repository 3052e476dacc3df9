"""A filter of the triage list that somebody wants to come back to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class SavedView(models.Model):
    """A name for the query string of the triage list. ``query`` holds neither place nor selection.

    A shared view is seen by everybody who may see the list; ``default_for`` makes it what a group starts with.
    ``created_at`` is business time.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(default=False)
    default_for = models.ForeignKey(Group, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once"),
            models.UniqueConstraint(fields=["default_for"], name="saved_view_one_default_per_group"),
            models.CheckConstraint(
                condition=models.Q(default_for__isnull=True) | models.Q(shared=True),
                name="saved_view_default_is_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.name
