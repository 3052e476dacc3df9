"""Where a marketplace adapter is put to the test: a partner that runs, seen only through what every partner has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sync.ports import Marketplace
from sync.shapes import Prepared


@dataclass(frozen=True)
class Exchange:
    """One request as it arrived at the partner, and the answer as it left it. ``spoilt`` = a fault was armed for it."""

    method: str
    path: str
    query: str
    request_type: str
    request_body: bytes
    status: int | None
    answer_type: str
    answer_body: bytes
    spoilt: bool


class Place(Protocol):
    """A running partner with one shop.

    Orders are made of lines with these quantities; a ready one waits to be shipped, any other to be accepted.
    Operations are named as :class:`sync.shapes.Prepared` names them.
    """

    shop_id: str
    no_stock_reason: str
    refund_reason: str
    solved_reason: str
    carrier: str
    carriers: tuple[str, ...]

    def connect(self, *, key: str = "") -> Marketplace:
        """An adapter on this partner, with the right key unless another is given; the place closes it."""

    def nowhere(self) -> Marketplace:
        """An adapter on an address where nobody listens."""

    def order(self, *quantities: int, ready: bool = True) -> str:
        """A new order, by its id."""

    def incident(self, order_id: str) -> None:
        """The customer complains about the first line of an order."""

    def send_back(self, order_id: str) -> None:
        """The customer wants to return a piece of the first line of an order."""

    def write_to_shop(self, order_id: str, body: str) -> None:
        """The customer writes about an order."""

    def wait(self, **span: float) -> None:
        """Let the partner's time pass."""

    def until(self, true: Callable[[], bool], *, what: str) -> None:
        """Wait for something that the partner does by itself."""

    def spoil(self, operation: str, kind: str, **told: Any) -> None:
        """Let the next call of an operation go wrong."""

    def requests(self, prepared: Prepared | None = None) -> int:
        """How often a write arrived at the partner; without one, how often anything of the product did."""

    def effects(self, prepared: Prepared) -> int:
        """How often a write changed something, by the partner's own books."""

    def faults(self) -> list[str]:
        """Where an exchange departs from the published description, those that were spoilt aside."""

    def checked(self) -> int:
        """How many exchanges were compared with the published description."""

    def close(self) -> None:
        """End the partner."""
