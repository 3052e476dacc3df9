"""One John Lewis shop paired with one SEKO account."""

import hmac
import secrets
from typing import Any

from django.conf import settings
from django.db import models

from jlseko.clock import business_now
from jlseko.encryption import EncryptedTextField
from sync.policy import Policy

SHORTEST_SHOWN = 12  # of a shorter key, four characters would tell too much


class Side(models.TextChoices):
    """Which partner a call, a limit or a state is about."""

    MARKETPLACE = "marketplace", "John Lewis"
    WAREHOUSE = "warehouse", "SEKO"


class Connection(models.Model):
    """Addresses, keys and settings of one pair of partners. Keys are stored encrypted and never shown again.

    ``push_secret_before`` still opens the push door until ``push_secret_before_until``; times are business time.
    ``restored_at`` is when the database last came back from a backup: orders from before it may have been sent in the
    time that the backup does not know, so SEKO is asked for them before they are sent.
    """

    name = models.SlugField(unique=True)
    marketplace_kind = models.CharField(max_length=30)
    marketplace_url = models.URLField(max_length=300)
    marketplace_key = EncryptedTextField()
    warehouse_kind = models.CharField(max_length=30)
    warehouse_url = models.URLField(max_length=300)
    warehouse_status_url = models.URLField(max_length=300, blank=True)
    warehouse_key = EncryptedTextField()
    push_secret = EncryptedTextField()
    push_secret_before = EncryptedTextField(blank=True, default="")
    push_secret_before_until = models.DateTimeField(null=True, blank=True)
    marketplace_key_set_at = models.DateTimeField(null=True, blank=True)
    marketplace_key_set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    warehouse_key_set_at = models.DateTimeField(null=True, blank=True)
    warehouse_key_set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settings = models.JSONField(default=dict, blank=True)
    profile = models.JSONField(default=dict, blank=True)
    profile_read_at = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> Policy:
        """The settings of this connection, defaults filled in."""
        return Policy.of(self.settings)

    @property
    def has_shipments(self) -> bool:
        """Whether an order may have several shipments, as the shop's profile was discovered (PC01); unknown = no."""
        return self.profile.get("multi_shipment") is True

    @staticmethod
    def new_push_secret() -> str:
        """A secret for the push URL, 256 bits."""
        return secrets.token_urlsafe(32)

    def push_secret_matches(self, given: str) -> bool:
        """Compare in constant time; the secret before this one is good too, until its time is over."""
        now_good = hmac.compare_digest(self.push_secret.encode(), given.encode())
        before_good = hmac.compare_digest(self.push_secret_before.encode(), given.encode())
        return now_good or (before_good and self.push_secret_overlaps)

    @property
    def push_secret_overlaps(self) -> bool:
        """Whether the push secret before this one still opens the door."""
        until = self.push_secret_before_until
        return bool(self.push_secret_before) and until is not None and business_now() < until

    def key_tail(self, side: Side) -> str:
        """The last four characters of a stored key: enough to recognise it, too little to use it."""
        key: Any = self.marketplace_key if side == Side.MARKETPLACE else self.warehouse_key
        return str(key)[-4:] if len(str(key)) >= SHORTEST_SHOWN else ""
