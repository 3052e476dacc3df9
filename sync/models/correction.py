"""A fix laid over the original."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from jlseko.encryption import EncryptedTextField
from sync.models.item import Item


class Correction(models.Model):
    """One value that replaces another on its way out. The original is never touched; later polls do not wipe it.

    ``path`` is a place in the item's own terms (:attr:`sync.failures.Failure.field`), e.g. ``delivery.city``.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="corrections")
    path = models.CharField(max_length=200)
    value = EncryptedTextField(blank=True)
    previous = EncryptedTextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    reverted_at = models.DateTimeField(null=True, blank=True)
    reverted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "path"], condition=Q(reverted_at__isnull=True), name="correction_one_live"
            ),
        ]

    def __str__(self) -> str:
        return self.path
