"""A marketplace whose list shows some orders minutes after others that are younger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

from starlette.datastructures import QueryParams

from sync.sandbox.marketplace import list as list_calls
from sync.sandbox.marketplace.orders import Order
from sync.sandbox.marketplace.world import MarketWorld
from sync.sandbox.scenarios import chance

every_order = list_calls._source
HIDDEN, SHARE = timedelta(minutes=10), 0.4


def shown_late(world: MarketWorld, seed: int, held_back: Callable[[], None]) -> mock._patch[object]:
    """Keep some orders out of the list for a while after each change; whoever asks for one by its id is told.

    ``held_back`` hears of each order that an answer lacked.
    """

    def is_late(order: Order) -> bool:
        age = world.ground.clock.now() - datetime.fromtimestamp(order["updated"] / 1000, UTC)
        return age < HIDDEN and chance(seed, "shown late", order["order_id"]) < SHARE

    def source(query: QueryParams, asked: MarketWorld) -> Iterator[Order]:
        for order in every_order(query, asked):
            if "order_ids" not in query and is_late(order):
                held_back()
            else:
                yield order

    return mock.patch.object(list_calls, "_source", source)
