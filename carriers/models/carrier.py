"""John Lewis' approved carriers, as last read."""

from django.db import models


class Carrier(models.Model):
    """One carrier of a shop's approved list (John Lewis contract 2.8, SH21).

    A carrier that left the list stays, with ``removed_at``. ``shop`` is the name of the
    connection. ``code`` is compared exactly: codes are John Lewis' own strings.
    """

    shop = models.CharField(max_length=50)
    code = models.CharField(max_length=200)
    label = models.CharField(max_length=300)
    standard_code = models.CharField(max_length=200, blank=True)
    tracking_url = models.TextField(blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["label", "code"]
        constraints = [models.UniqueConstraint(fields=["shop", "code"], name="carrier_once")]

    def __str__(self) -> str:
        return f"{self.label} ({self.code})" if self.label != self.code else self.code


class ListReading(models.Model):
    """One reading of the approved list and what it changed against the one before.

    ``added`` and ``removed`` are lists of ``{"code", "label"}``; ``changed`` has ``what`` too, a list of phrases.
    """

    shop = models.CharField(max_length=50)
    read_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    added = models.JSONField(default=list)
    removed = models.JSONField(default=list)
    changed = models.JSONField(default=list)

    class Meta:
        ordering = ["-read_at", "-id"]
        indexes = [models.Index(fields=["shop", "-read_at"], name="list_reading_of_shop")]

    def __str__(self) -> str:
        return f"{self.shop} at {self.read_at:%Y-%m-%d %H:%M}"

    @property
    def quiet(self) -> bool:
        """Whether nothing had changed."""
        return not (self.added or self.removed or self.changed)
