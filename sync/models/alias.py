"""Which warehouse product a marketplace SKU means."""

from django.conf import settings
from django.db import models

from sync.models.connection import Connection


class SkuAlias(models.Model):
    """One marketplace SKU, spelt exactly, resolves to one warehouse product code; never to two."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="sku_aliases")
    sku = models.CharField(max_length=200)
    product_code = models.CharField(max_length=100)
    reason = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["sku"]
        constraints = [models.UniqueConstraint(fields=["connection", "sku"], name="sku_alias_once")]

    def __str__(self) -> str:
        return f"{self.sku} → {self.product_code}"
