"""What a step may use: the two ports of its connection, the settings, and what the marketplace said a moment ago."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync import effects
from sync.models import Attempt, Connection, Item
from sync.policy import Policy
from sync.ports import Marketplace, Warehouse
from sync.shapes import MarketplaceOrder


@dataclass(frozen=True, slots=True)
class Context:
    """One batch of one connection. ``fresh`` = orders that were read from the marketplace for this batch, by order
    id; ``announced`` = the oldest write of unknown outcome of each item of the batch, None = not read for a batch.
    """

    connection: Connection
    policy: Policy
    marketplace: Marketplace
    warehouse: Warehouse
    fresh: Mapping[str, MarketplaceOrder] = field(default_factory=dict)
    announced: Mapping[int, Attempt] | None = None

    def open_attempt(self, item: Item) -> Attempt | None:
        """As :func:`sync.effects.open_attempt`, as it stood when the batch was read."""
        return effects.open_attempt(item) if self.announced is None else self.announced.get(item.pk)
