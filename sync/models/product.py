"""Our own catalogue of what the warehouse knows."""

from django.db import models

from sync.models.connection import Connection


class Product(models.Model):
    """A product code in the warehouse's own spelling, with the last stock reading. ``code_key`` ignores case, as SEKO
    does.

    ``available`` is free stock in sellable locations, None = never read, and below zero where SEKO took more away than
    it had told of. ``read_at`` is the business time as of which a reading told of this very product, or of a change of
    it; ``remote_read_at`` the same on SEKO's clock; a later complete reading speaks for it too
    (:func:`sync.stock.figures.as_of`). ``version`` is the id of the :class:`sync.models.StockChange` behind the figure.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="products")
    code = models.CharField(max_length=100)
    code_key = models.CharField(max_length=100)
    title = models.CharField(max_length=200, blank=True)
    available = models.IntegerField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    remote_read_at = models.DateTimeField(null=True, blank=True)
    version = models.BigIntegerField(default=0)
    source = models.CharField(max_length=20)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["connection", "code_key"], name="product_once")]

    def __str__(self) -> str:
        return self.code
