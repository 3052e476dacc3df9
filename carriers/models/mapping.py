"""The mapping table: who it belongs to, its rows, and every version of them."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q


class MappingTable(models.Model):
    """One shop's mapping table as a thing that somebody owns and looks through regularly."""

    shop = models.CharField(max_length=50, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_reviewed_at = models.DateTimeField(null=True, blank=True)
    next_review = models.DateField(null=True, blank=True)
    list_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["shop"]

    def __str__(self) -> str:
        return self.shop


class CarrierMapping(models.Model):
    """SEKO's courier and service mean this John Lewis carrier code.

    An empty ``service`` means any service of the courier. The names are kept as SEKO spells them; the keys are how they
    are compared (:func:`carriers.names.key`).
    ``version`` counts the changes, so that two people cannot overwrite each other. ``author`` made the last one.
    """

    shop = models.CharField(max_length=50)
    courier = models.CharField(max_length=200)
    service = models.CharField(max_length=200, blank=True)
    courier_key = models.CharField(max_length=200)
    service_key = models.CharField(max_length=200, blank=True)
    carrier_code = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["courier_key", "service_key"]
        verbose_name = "carrier mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "courier_key", "service_key"],
                condition=Q(retired_at__isnull=True),
                name="carrier_mapping_one_live",
            ),
            models.CheckConstraint(condition=~Q(courier_key=""), name="carrier_mapping_has_courier"),
            models.CheckConstraint(condition=~Q(carrier_code=""), name="carrier_mapping_has_code"),
        ]

    def __str__(self) -> str:
        return f"{self.courier} / {self.service or 'any service'} → {self.carrier_code}"


class VersionAction(models.TextChoices):
    """What was done to a mapping."""

    CREATED = "created", "Added"
    CHANGED = "changed", "Changed"
    RETIRED = "retired", "Retired"
    RELEASED = "released", "Released dispatches"


class MappingVersion(models.Model):
    """One step in the life of a mapping. Append-only: the database itself refuses to change or delete a row.

    ``before`` and ``after`` hold ``carrier_code`` and ``note``; empty = there was, or is, no mapping. ``released``
    counts the dispatches that went back on their way; None where the step releases nothing.
    """

    mapping = models.ForeignKey(CarrierMapping, on_delete=models.PROTECT, related_name="versions")
    shop = models.CharField(max_length=50)
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=20, choices=VersionAction)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    released = models.PositiveIntegerField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["shop", "-id"], name="mapping_version_of_shop")]
        triggers = [
            pgtrigger.Protect(name="mapping_version_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.mapping}"
