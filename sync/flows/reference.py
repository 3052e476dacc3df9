"""Readings that the other flows rely on: SEKO's stock and catalogue, John Lewis's carriers and what the shop may do."""

from dataclasses import asdict
from datetime import timedelta

from django.db import transaction

from carriers import approved
from carriers.resolve import Book
from jlseko.clock import business_now
from sync import limits, pipeline
from sync.budgets import CARRIERS, STOCK
from sync.failures import Code
from sync.flows.context import Context
from sync.models import Attempt, Connection, FlowState, Item, Outcome, Product, Side
from sync.shapes import StockAnswer
from sync.skus import key_of
from sync.states import Kind, Status


def read_stock(context: Context, state: FlowState) -> dict[str, int]:
    """One full stock reading (SEKO contract 7.1): absent means zero, but only in a complete answer."""
    with limits.calling(context.connection, Side.WAREHOUSE, STOCK):
        answer = context.warehouse.stock()
    with transaction.atomic():
        read = _keep_stock(context, answer)
    return {"products": read, "released": release_for_stock(context.connection)}


def _keep_stock(context: Context, answer: StockAnswer) -> int:
    now = business_now()
    sellable = {part.strip().casefold() for part in context.policy.sellable_locations.split(",")}
    totals: dict[str, int] = {}
    spelt: dict[str, str] = {}
    for row in answer.rows:
        key = key_of(row.product_code)
        spelt.setdefault(key, row.product_code.strip())
        totals.setdefault(key, 0)
        if row.location_type.strip().casefold() in sellable:
            totals[key] += row.quantity
    if answer.complete:
        Product.objects.filter(connection=context.connection).exclude(code_key__in=totals).update(
            available=0, read_at=now
        )
    Product.objects.bulk_create(
        (
            Product(
                connection=context.connection, code=spelt[key], code_key=key, available=quantity, read_at=now,
                source="stock",
            )
            for key, quantity in totals.items()
        ),
        update_conflicts=True,
        unique_fields=["connection", "code_key"],
        update_fields=["available", "read_at"],
        batch_size=5000,
    )  # fmt: skip
    return len(totals)


def release_for_stock(connection: Connection) -> int:
    """Send orders back that SEKO refused for stock once there is some again, each at most once an hour (contract
    1.1).
    """
    waited = business_now() - connection.policy.minutes("stock_retry_minutes")
    stalled = Item.objects.filter(
        connection=connection, kind=Kind.ORDER, status=Status.STALLED, failures__contains=[{"code": Code.NO_FREE_STOCK}]
    ).select_related("order")
    released = 0
    for item in stalled:
        only_stock = all(failure["code"] == Code.NO_FREE_STOCK for failure in item.failures)
        tried = Attempt.objects.filter(item=item, outcome=Outcome.REJECTED, announced_at__gt=waited).exists()
        if only_stock and not tried and _has_stock(connection, item):
            released += pipeline.resubmit(item, why="SEKO has stock again")
    return released


def _has_stock(connection: Connection, item: Item) -> bool:
    for failure in item.failures:
        product = failure["facts"].get("product", "")
        needed = int(failure["facts"].get("needed") or 1)
        available = (
            Product.objects.filter(connection=connection, code_key=key_of(product))
            .values_list("available", flat=True)
            .first()
        )
        if available is None or available < needed:
            return False
    return True


def read_carriers(context: Context, state: FlowState) -> dict[str, int]:
    """The approved carrier list (SH21, John Lewis contract 2.8)."""
    with limits.calling(context.connection, Side.MARKETPLACE, CARRIERS):
        found = context.marketplace.carriers()
    rows = [approved.ApprovedRow(**asdict(carrier)) for carrier in found]
    diff = approved.sync_list(context.connection.name, rows, business_now())
    released = _release_for_carriers(context.connection) if diff.added else 0
    return {"carriers": len(rows), "added": len(diff.added), "removed": len(diff.removed), "released": released}


def _release_for_carriers(connection: Connection) -> int:
    """Send dispatches back whose mapped code was not on the list and is there now."""
    stalled = Item.objects.filter(
        connection=connection,
        kind=Kind.DISPATCH,
        status=Status.STALLED,
        failures__contains=[{"code": Code.CARRIER_NOT_APPROVED}],
    ).select_related("dispatch")
    book = Book.load(connection.name)
    return sum(
        pipeline.resubmit(item, why="John Lewis's approved carrier list has changed")
        for item in stalled
        if not book.resolve(item.dispatch.courier, item.dispatch.service).problem
    )


def read_profile(context: Context, state: FlowState) -> dict[str, int]:
    """What the shop is and may do (A01, PC01, SH12, John Lewis contract 2.8): discovered, never assumed."""
    with limits.calling(context.connection, Side.MARKETPLACE, "profile"):
        profile = context.marketplace.profile()
    values = asdict(profile) | {"tracking_mandatory_for": list(profile.tracking_mandatory_for)}
    Connection.objects.filter(pk=context.connection.pk).update(profile=values, profile_read_at=business_now())
    return {"read": 1}


EVERY_DAY = timedelta(days=1)
