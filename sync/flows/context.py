"""What a step may use: the two ports of its connection, the settings, and what the marketplace said a moment ago."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.models import Attempt, Connection
from sync.policy import Policy
from sync.ports import Marketplace, Warehouse
from sync.shapes import MarketplaceOrder


@dataclass(frozen=True, slots=True)
class Context:
    """One batch of one connection. ``fresh`` = orders that were read from the marketplace for this batch, by order
    id; ``announced`` = the oldest write of unknown outcome of each item.
    """

    connection: Connection
    policy: Policy
    marketplace: Marketplace
    warehouse: Warehouse
    fresh: Mapping[str, MarketplaceOrder] = field(default_factory=dict)
    announced: Mapping[int, Attempt] = field(default_factory=dict)
