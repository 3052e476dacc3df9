"""What the steps of a batch ask of the database, read once for all of them."""

from collections.abc import Sequence

from django.db.models import prefetch_related_objects

from sync.models import Connection, Item
from sync.states import Kind, Lane

ASKED: dict[Lane, tuple[str, ...]] = {
    Lane.ORDERS: ("corrections", "order__lines"),  # dispatches are asked for when it matters: they come at any time
    Lane.DISPATCHES: ("corrections", "dispatch__order__item", "dispatch__order__lines"),
    Lane.INBOUND: ("message",),
    Lane.STOCK: ("stock_file",),
}


def lay_out(connection: Connection, items: Sequence[Item]) -> None:
    """Read what leased items of one lane carry, as it stands now, and let them all share their connection."""
    prefetch_related_objects(items, *ASKED[Lane(items[0].lane)])
    for item in items:
        item.connection = connection
        match item.kind:
            case Kind.ORDER:
                item.order.connection = connection
            case Kind.DISPATCH:
                item.dispatch.connection = connection
                if item.dispatch.order is not None:
                    item.dispatch.order.connection = connection
            case Kind.MESSAGE:
                item.message.connection = connection
            case Kind.STOCK_FILE:
                item.stock_file.connection = connection
