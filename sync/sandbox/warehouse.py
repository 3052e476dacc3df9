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

from .gate import Answer, Gate
from .ground import open_ground
from .warehouse_api import Desk, identify
from .warehouse_backdoor import Backdoor
from .warehouse_push import Outbox
from .warehouse_replies import DENIED
from .warehouse_settings import WarehouseSettings
from .warehouse_world import World

TICK_SECONDS = 0.2
ANY = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
log = logging.getLogger(__name__)


def build(settings: WarehouseSettings, *, push_transport: httpx.AsyncBaseTransport | None = None) -> ASGIApp:
    """The warehouse as an ASGI application that opens (or makes) its world in ``settings.data``.

    Its lifespan runs the scheduler. `push_transport` replaces the network of the pushes, for tests in one process.
    Raises OSError when the data folder cannot be written and what the order file raises when it cannot be read.
    """
    ground = open_ground(settings, name="warehouse")
    world = World(ground, settings=settings)
    outbox = Outbox(world, transport=push_transport)
    desk = Desk(world)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_live(world, outbox))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await outbox.close()
            ground.close()

    routes = [*Backdoor(world, outbox).routes(), Route("/{path:path}", desk.answer, methods=ANY)]
    app = Starlette(routes=routes, lifespan=lifespan)
    return Gate(
        app,
        identify=identify,
        clock=ground.clock,
        faults=ground.faults,
        ledger=ground.ledger,
        started=ground.started,
        refused=Answer.json(401, {"Message": DENIED}),
        outage=settings.outage,
        refuse_key=settings.refuse_key,
        timeout_seconds=settings.timeout_seconds,
    )


async def _live(world: World, outbox: Outbox) -> None:
    """Let time pass: settle cancelled orders, and run the push scheduler whenever it is due."""
    while True:
        try:
            outbox.put_back(world.settle())
            if outbox.due():
                await outbox.run()
        except Exception:
            log.exception("the warehouse's clockwork failed; it goes on with the next tick")
        await asyncio.sleep(TICK_SECONDS)
