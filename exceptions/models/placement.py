"""An order that a person has put under another cause than its fingerprint says."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from exceptions.models.cause import Cause


class Placement(models.Model):
    """From now on the faults of one order (or other subject) that would belong to ``origin`` belong to ``cause``.

    ``subject`` is the order key, else the external key of the item. Written by a split; a merge is
    :attr:`Cause.merged_into`. ``at`` is business time.
    """

    origin = models.ForeignKey(Cause, on_delete=models.PROTECT, related_name="placed_elsewhere")
    subject = models.CharField(max_length=300)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, related_name="placed_here")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["origin", "subject"], name="placement_once")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.cause}"
