"""What the warehouse says it has sent."""

from django.db import models

from sync.models.connection import Connection
from sync.models.item import Item
from sync.models.numbers import plain
from sync.models.order import Order


class Dispatch(models.Model):
    """The content of a dispatch item: the warehouse's words verbatim, and the carrier code that we resolved from them.

    ``order`` is None while no order of ours matches. ``source`` tells where the news came from: ``push`` or ``person``.
    Where the marketplace knows several shipments for an order, ``shipment_id`` is its own id of this one, and
    ``told_lines`` what it was told to be in it: order line id to quantity.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="dispatch")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="dispatches")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="dispatches")
    dispatch_id = models.CharField(max_length=200)
    dispatch_number = models.CharField(max_length=200, blank=True)
    order_number = models.CharField(max_length=200, blank=True)
    courier = models.CharField(max_length=200, blank=True)
    service = models.CharField(max_length=200, blank=True)
    tracking_number = models.CharField(max_length=200, blank=True, db_index=True)
    tracking_url = models.CharField(max_length=4000, blank=True)
    carrier_code = models.CharField(max_length=200, blank=True)
    dispatched_at = models.DateTimeField()
    source = models.CharField(max_length=20, default="push")
    shipment_id = models.CharField(max_length=100, blank=True)
    told_lines = models.JSONField(default=dict, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "dispatch_id"], name="dispatch_once")]
        indexes = [
            models.Index(fields=["courier", "service"], name="dispatch_courier"),
            models.Index(plain("tracking_number"), name="dispatch_by_tracking"),
            models.Index(plain("dispatch_number"), name="dispatch_by_number"),
        ]

    def __str__(self) -> str:
        return self.dispatch_number or self.dispatch_id


class DispatchLine(models.Model):
    """Quantity of one product in a dispatch, lots summed. Zero = a short pick."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="lines")
    product_code = models.CharField(max_length=200)
    product_key = models.CharField(max_length=200)
    ordered = models.PositiveIntegerField(null=True, blank=True)
    dispatched = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispatch", "product_key"], name="dispatch_line_once")]

    def __str__(self) -> str:
        return f"{self.dispatched} × {self.product_code}"
