"""What a step may use: the two ports of its connection, the settings, and what the marketplace said a moment ago."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sync import effects, limits
from sync.failures import Unreadable
from sync.models import Attempt, Connection, Item
from sync.policy import Policy
from sync.ports import Marketplace, Warehouse
from sync.shapes import MarketplaceOrder

NOT_READ_PAUSE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Context:
    """One batch of one connection. ``fresh`` = the orders for which the marketplace was asked for this batch, by order
    id, None where it showed none that can be read; ``announced`` = the oldest write of unknown outcome of each item of
    the batch, None = not read for a batch.
    """

    connection: Connection
    policy: Policy
    marketplace: Marketplace
    warehouse: Warehouse
    fresh: Mapping[str, MarketplaceOrder | None] = field(default_factory=dict)
    announced: Mapping[int, Attempt] | None = None

    def open_attempt(self, item: Item) -> Attempt | None:
        """As :func:`sync.effects.open_attempt`, as it stood when the batch was read."""
        return effects.open_attempt(item) if self.announced is None else self.announced.get(item.pk)

    def shown(self, order_id: str) -> MarketplaceOrder:
        """An order as the marketplace showed it for this batch.

        Raises :class:`sync.limits.Postponed` where it was not asked, and :class:`sync.failures.Unreadable` where it
        answered without an order that can be read.
        """
        if order_id not in self.fresh:
            raise limits.Postponed("John Lewis was not read just before", due_in=NOT_READ_PAUSE)
        order = self.fresh[order_id]
        if order is None:
            raise Unreadable("John Lewis does not show the order, or not in a form that can be read.")
        return order
