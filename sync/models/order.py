"""What is known of one marketplace order."""

from typing import Any, cast

from django.db import models

from jlseko.encryption import EncryptedJSONField
from sync.models.connection import Connection
from sync.models.item import Item
from sync.models.numbers import plain
from sync.shapes import Address


class Order(models.Model):
    """The content of an order item: both partners' states side by side, and the customer's data encrypted.

    ``marketplace_state`` is John Lewis's word, ``warehouse_state`` SEKO's; both are open strings. ``address`` is None
    while the platform withholds it, and ``postcode_key`` is by what its postcode is found (:mod:`sync.postcodes`).
    ``warehouse_number`` is the SalesOrderNumber, empty until an injection was announced, and ``loaded_lines`` what SEKO
    was told to send: order line id to quantity, empty where that is not known. ``seller_reference`` is our own number
    as John Lewis shows it, ``reference_tried_at`` when it was last told.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="order")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="orders")
    order_id = models.CharField(max_length=200)
    commercial_id = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    marketplace_state = models.CharField(max_length=40)
    marketplace_seen_at = models.DateTimeField()
    shipping_deadline = models.DateTimeField(null=True, blank=True)
    shipping_type = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    total_price = models.DecimalField(max_digits=14, decimal_places=4)
    shipping_price = models.DecimalField(max_digits=14, decimal_places=4)
    can_cancel = models.BooleanField(default=False)
    address = EncryptedJSONField(null=True, blank=True)
    postcode_key = models.CharField(max_length=32, blank=True, db_default="")
    raw = EncryptedJSONField(null=True, blank=True)
    marketplace_carrier = models.CharField(max_length=200, blank=True)
    marketplace_tracking = models.CharField(max_length=200, blank=True)
    seller_reference = models.CharField(max_length=200, blank=True)
    reference_tried_at = models.DateTimeField(null=True, blank=True)
    warehouse_number = models.CharField(max_length=60, blank=True, db_index=True)
    warehouse_guid = models.CharField(max_length=100, blank=True, db_index=True)
    warehouse_state = models.CharField(max_length=60, blank=True)
    loaded_lines = models.JSONField(default=dict, db_default={}, blank=True)
    warehouse_seen_at = models.DateTimeField(null=True, blank=True)
    injected_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "order_id"], name="order_once_per_connection")]
        indexes = [
            models.Index(fields=["connection", "-placed_at"], name="order_newest"),
            models.Index(fields=["connection", "injected_at"], name="order_injected"),
            models.Index(
                fields=["connection", "verified_at"],
                name="order_unreferenced",
                condition=models.Q(seller_reference="", verified_at__isnull=False),
            ),
            # What people search by
            models.Index(plain("order_id"), name="order_by_number"),
            models.Index(plain("commercial_id"), name="order_by_commercial_id"),
            models.Index(plain("warehouse_number"), name="order_by_warehouse_number"),
            models.Index(
                fields=["postcode_key", "-id"], name="order_by_postcode", condition=~models.Q(postcode_key="")
            ),
        ]

    def __str__(self) -> str:
        return self.order_id

    def delivery(self) -> Address | None:
        """The delivery address as the marketplace gave it, None while it is withheld."""
        data = cast("dict[str, Any] | None", self.address)
        return Address(**data) if data is not None else None


class OrderLine(models.Model):
    """One line of an order; its identity never changes, whatever product it resolves to."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    line_id = models.CharField(max_length=200)
    index = models.PositiveIntegerField()
    sku = models.CharField(max_length=200)
    sku_key = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField()
    cancelled_quantity = models.PositiveIntegerField(default=0)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    total_price = models.DecimalField(max_digits=14, decimal_places=4)
    tax = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    state = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["order_id", "index"]
        constraints = [models.UniqueConstraint(fields=["order", "line_id"], name="order_line_once")]
        indexes = [
            models.Index(fields=["sku"], name="order_line_sku"),
            models.Index(fields=["sku_key", "-order"], name="order_line_key"),
        ]

    def __str__(self) -> str:
        return self.line_id

    @property
    def open_quantity(self) -> int:
        """What is still to be sent: ordered minus cancelled."""
        return max(self.quantity - self.cancelled_quantity, 0)
