"""Rows of the engine as they stand in the database, without running the engine.

Times are business time. An order brings its item, its connection and one line; ``OrderFactory(lines=3)`` brings three,
``OrderFactory(skus=["A", "B"])`` these. Items are written as they are asked for: a stage that no machine would reach is
the test's own business.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from jlseko.clock import business_now
from sync import postcodes
from sync.models import (
    Attempt,
    Connection,
    Correction,
    Dispatch,
    DispatchLine,
    Event,
    EventLane,
    Item,
    Order,
    OrderLine,
    Outcome,
    Product,
    Side,
)
from sync.skus import key_of
from sync.states import Kind, Lane, Stage, Status

HOME: dict[str, str] = {
    "first_name": "Ada", "last_name": "Lovelace", "company": "", "line1": "12 St James's Square", "line2": "",
    "line3": "", "city": "Marlow", "county": "Buckinghamshire", "postcode": "SL7 1AA", "country_code": "GBR",
    "phone": "01628 555 017", "email": "ada@example.com",
}  # fmt: skip
LANES: dict[Kind, Lane] = {
    Kind.ORDER: Lane.ORDERS,
    Kind.DISPATCH: Lane.DISPATCHES,
    Kind.MESSAGE: Lane.INBOUND,
    Kind.STOCK_FILE: Lane.STOCK,
    Kind.LISTING: Lane.STOCK,
}


class ConnectionFactory(DjangoModelFactory):
    """One shop paired with one account; the keys end in 4f2a and 9c1e."""

    class Meta:
        model = Connection
        django_get_or_create = ("name",)

    name = "shop"
    marketplace_kind = "mirakl"
    marketplace_url = "https://marketplace.example"
    marketplace_key = "marketplace-key-4f2a"
    warehouse_kind = "seko"
    warehouse_url = "https://warehouse.example/api/"
    warehouse_status_url = "https://warehouse.example/api/"
    warehouse_key = "warehouse-key-9c1e"
    push_secret = "pushed-" + "s" * 40


class ItemFactory(DjangoModelFactory):
    """An order item that waits for its turn, without an order."""

    class Meta:
        model = Item

    connection = factory.SubFactory(ConnectionFactory)
    kind = Kind.ORDER
    external_key = factory.Sequence(lambda number: f"JL7{number:07d}-A")
    order_key = factory.SelfAttribute("external_key")
    lane = factory.LazyAttribute(lambda item: LANES[Kind(item.kind)])
    stage = Stage.RECEIVED
    status = Status.READY
    due_at = factory.LazyFunction(timezone.now)
    deadline = factory.LazyFunction(lambda: business_now() + timedelta(days=2))
    entered_stage_at = factory.LazyFunction(business_now)
    created_at = factory.LazyFunction(business_now)


class OrderLineFactory(DjangoModelFactory):
    """One product of an order, £12.50 each."""

    class Meta:
        model = OrderLine

    order = factory.SubFactory("tests.factories.engine.OrderFactory", lines=0)
    index = factory.Sequence(lambda number: number + 1)
    line_id = factory.LazyAttribute(lambda line: f"{line.order.order_id}-{line.index}")
    sku = factory.Sequence(lambda number: f"BAG-{number:03d}")
    sku_key = factory.LazyAttribute(lambda line: key_of(line.sku))
    title = factory.LazyAttribute(lambda line: f"Jumbo bag {line.sku}")
    quantity = 1
    unit_price = Decimal("12.50")
    total_price = factory.LazyAttribute(lambda line: line.unit_price * line.quantity)
    state = "SHIPPING"


class OrderFactory(DjangoModelFactory):
    """An order that John Lewis wants shipped, with its item and its lines.

    ``lines`` = how many lines, ``skus`` = lines with exactly these SKUs, ``stalled``, ``done`` and ``injected`` say how
    far it has come; anything of the item itself is given as ``item__stage`` and so on.
    """

    class Meta:
        model = Order
        skip_postgeneration_save = True

    connection = factory.SubFactory(ConnectionFactory)
    order_id = factory.Sequence(lambda number: f"JL7{number:07d}-A")
    commercial_id = factory.LazyAttribute(lambda order: order.order_id.removesuffix("-A"))
    item = factory.SubFactory(
        ItemFactory,
        connection=factory.SelfAttribute("..connection"),
        external_key=factory.SelfAttribute("..order_id"),
        order_key=factory.SelfAttribute("..order_id"),
    )
    content_hash = "0" * 64
    placed_at = factory.LazyFunction(lambda: business_now() - timedelta(hours=3))
    marketplace_state = "SHIPPING"
    marketplace_seen_at = factory.LazyFunction(business_now)
    shipping_deadline = factory.SelfAttribute("item.deadline")
    shipping_type = "Standard"
    currency = "GBP"
    total_price = Decimal("25.00")
    shipping_price = Decimal("3.95")
    address = factory.LazyFunction(lambda: dict(HOME))
    postcode_key = factory.LazyAttribute(lambda order: postcodes.key_of((order.address or {}).get("postcode", "")))

    class Params:
        stalled = factory.Trait(
            item__status=Status.STALLED, item__due_at=None, item__stalled_at=factory.LazyFunction(business_now),
            item__failures=[{"code": "UNKNOWN_SKU", "text": "SEKO has no product BAG.", "field": "", "value": ""}],
        )  # fmt: skip
        done = factory.Trait(
            item__status=Status.DONE, item__stage=Stage.DELIVERED, item__due_at=None, marketplace_state="RECEIVED",
            item__finished_at=factory.LazyFunction(business_now),
        )  # fmt: skip
        injected = factory.Trait(
            item__stage=Stage.INJECTED, item__status=Status.WAITING, warehouse_state="Confirmed",
            warehouse_number=factory.SelfAttribute("order_id"), warehouse_seen_at=factory.LazyFunction(business_now),
            injected_at=factory.LazyFunction(lambda: business_now() - timedelta(hours=2)),
        )  # fmt: skip

    @factory.post_generation
    def lines(self, create: bool, extracted: Any, **_: Any) -> None:
        """``lines``: how many; one where nothing is said."""
        if create and extracted != 0:
            for index in range(1, (extracted or 1) + 1):
                OrderLineFactory(order=self, index=index)

    @factory.post_generation
    def skus(self, create: bool, extracted: Any, **_: Any) -> None:
        """``skus``: one line for each, in place of the others."""
        if create and extracted:
            self.lines.all().delete()
            for index, sku in enumerate(extracted, start=1):
                OrderLineFactory(order=self, index=index, sku=sku)


class DispatchFactory(DjangoModelFactory):
    """SEKO's news that an order has left by DPD; ``lines={"BAG": 2}`` says what was in it."""

    class Meta:
        model = Dispatch
        skip_postgeneration_save = True

    order = factory.SubFactory(OrderFactory, injected=True)
    connection = factory.SelfAttribute("order.connection")
    dispatch_id = factory.Sequence(lambda number: f"D-{number:06d}")
    dispatch_number = factory.SelfAttribute("dispatch_id")
    order_number = factory.SelfAttribute("order.order_id")
    item = factory.SubFactory(
        ItemFactory,
        connection=factory.SelfAttribute("..connection"),
        kind=Kind.DISPATCH,
        external_key=factory.SelfAttribute("..dispatch_id"),
        order_key=factory.SelfAttribute("..order_number"),
    )
    courier = "DPD"
    service = "Next Day"
    tracking_number = factory.Sequence(lambda number: f"155{number:011d}")
    dispatched_at = factory.LazyFunction(lambda: business_now() - timedelta(hours=1))

    @factory.post_generation
    def lines(self, create: bool, extracted: Any, **_: Any) -> None:
        """``lines``: product code to quantity."""
        if create:
            for code, quantity in (extracted or {}).items():
                DispatchLine.objects.create(
                    dispatch=self, product_code=code, product_key=key_of(code), dispatched=quantity
                )


class AttemptFactory(DjangoModelFactory):
    """A write that SEKO accepted, with the customer's name in its body."""

    class Meta:
        model = Attempt

    item = factory.LazyFunction(lambda: OrderFactory().item)
    side = Side.WAREHOUSE
    operation = "websubmit"
    natural_key = factory.LazyAttribute(lambda attempt: attempt.item.order_key)
    request_hash = "0" * 64
    request_path = "salesorders/v4/websubmit.json"
    request_body = '{"DeliveryDetails": {"FirstName": "Ada", "City": "Marlow"}, "SalesOrderNumber": "JL1-A"}'
    announced_at = factory.LazyFunction(business_now)
    announced_real = factory.LazyFunction(timezone.now)
    lease_token = factory.LazyFunction(uuid4)
    outcome = Outcome.APPLIED
    http_status = 200
    response = '{"CallStatus": {"Success": true, "Code": 0, "Message": ""}}'


class EventFactory(DjangoModelFactory):
    """One entry of the timeline of an item. Events can be neither changed nor deleted."""

    class Meta:
        model = Event

    item = factory.LazyFunction(lambda: OrderFactory().item)
    connection = factory.SelfAttribute("item.connection")
    order_key = factory.SelfAttribute("item.order_key")
    lane = EventLane.OURS
    kind = "checked"
    title = "Checked, nothing wrong"
    at = factory.LazyFunction(business_now)


class CorrectionFactory(DjangoModelFactory):
    """The city put right by nobody in particular."""

    class Meta:
        model = Correction

    item = factory.LazyFunction(lambda: OrderFactory().item)
    path = "delivery.city"
    value = "Marlow-on-Thames"
    created_at = factory.LazyFunction(business_now)


class ProductFactory(DjangoModelFactory):
    """A product that SEKO knows."""

    class Meta:
        model = Product

    connection = factory.SubFactory(ConnectionFactory)
    code = factory.Sequence(lambda number: f"BAG-{number:03d}")
    code_key = factory.LazyAttribute(lambda product: key_of(product.code))
    title = factory.LazyAttribute(lambda product: f"Jumbo bag {product.code}")
    available = 10
    source = "test"
