"""The simulated SEKO warehouse: iHub gen-B with the gen-A status read-back and pushes (SEKO contract)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from ..gate import Answer, Gate
from ..ground import open_ground
from .api import Desk
from .back_orders import BackOrders
from .backdoor import Backdoor
from .backdoor_stock import StockBackdoor
from .paths import identify
from .push import Outbox
from .replies import DENIED
from .settings import WarehouseSettings
from .world import World

ANY = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
log = logging.getLogger(__name__)


class Warehouse:
    """The opened world with its desk, its pushes and its clockwork."""

    def __init__(self, settings: WarehouseSettings, *, push_transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.settings = settings
        self.ground = open_ground(settings, name="warehouse")
        self.world = World(self.ground, settings=settings)
        self.back_orders = BackOrders(self.world)
        self.outbox = Outbox(self.world, transport=push_transport)

    def app(self) -> ASGIApp:
        """The ASGI application: gate, then requests by hand, then the partner's own interface."""
        desk = Desk(self.world)
        routes = [
            *Backdoor(self.world, self.outbox).routes(),
            *StockBackdoor(self.world).routes(),
            Route("/{path:path}", desk.answer, methods=ANY),
        ]
        return Gate(
            Starlette(routes=routes, lifespan=self._lifespan),
            identify=identify,
            clock=self.ground.clock,
            faults=self.ground.faults,
            ledger=self.ground.ledger,
            started=self.ground.started,
            refused=Answer.json(401, {"Message": DENIED}),
            outage=self.settings.outage,
            refuse_key=self.settings.refuse_key,
            timeout_seconds=self.settings.timeout_seconds,
        )

    async def tick(self) -> None:
        """Settle what time has brought, and run the push scheduler when it is due."""
        self.world.settle()
        self.back_orders.settle()
        await self.outbox.collector.nightly()
        if self.outbox.due():
            await self.outbox.run()

    async def close(self) -> None:
        """Close connections and files."""
        await self.outbox.close()
        self.ground.close()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(self._live())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.close()

    async def _live(self) -> None:
        while True:
            try:
                await self.tick()
            except Exception:
                log.exception("the warehouse's clockwork failed; it goes on with the next tick")
            await asyncio.sleep(self.settings.tick_seconds)


def build(settings: WarehouseSettings, *, push_transport: httpx.AsyncBaseTransport | None = None) -> ASGIApp:
    """The warehouse as an ASGI application that opens (or makes) its world in ``settings.data``.

    Its lifespan runs the clockwork. `push_transport` replaces the network of the pushes, for tests in one process.
    Raises OSError when the data folder cannot be written and what the order file raises when it cannot be read.
    """
    return Warehouse(settings, push_transport=push_transport).app()
