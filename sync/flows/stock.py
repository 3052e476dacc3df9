"""The recurring flows of stock: reading SEKO's figures, telling John Lewis, reading its offers, watching both."""

from django.db import transaction

from jlseko.clock import business_now
from sync import limits, pipeline
from sync.budgets import STOCK
from sync.failures import Code
from sync.flows.context import Context
from sync.models import Attempt, Connection, FlowState, Item, Outcome, Product, Side
from sync.signals import progress_made
from sync.skus import key_of
from sync.states import Kind, Milestone, Status
from sync.stock import ledger


def read_stock(context: Context, state: FlowState) -> dict[str, int]:
    """One full stock reading (SEKO contract 7.1). One that fails changes nothing: the last good figures stay."""
    as_of = business_now()
    with limits.calling(context.connection, Side.WAREHOUSE, STOCK):
        answer = context.warehouse.stock()
    with transaction.atomic():
        reading = ledger.keep_reading(context.connection, answer, as_of=as_of)
        if reading and reading.complete:
            whole = {"connection": context.connection, "item": None, "by": None}
            progress_made.send(sender=Connection, milestone=Milestone.STOCK_FRESH, **whole)
    if reading is None:
        return {"products": 0}
    return {
        "products": reading.products, "changed": reading.changed, "zeroed": reading.zeroed, "skipped": reading.skipped,
        "released": release_for_stock(context.connection),
    }  # fmt: skip


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
