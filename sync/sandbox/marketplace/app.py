"""The simulated John Lewis marketplace in Mirakl's shape, put together as one ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from ..gate import Answer, Gate
from ..ground import open_ground
from .api import MarketApi
from .controls import Controls
from .reply import json_reply
from .settings import MarketSettings
from .world import MarketWorld

log = logging.getLogger("sandbox.marketplace")


def build(settings: MarketSettings) -> ASGIApp:
    """Open the marketplace's world in ``settings.data`` and return the application that serves it.

    The world moves while the application's lifespan is open. Raises OSError when a folder or the order file cannot be
    used, ValueError when the order file is not in the Online Retail format.
    """
    return assemble(MarketWorld(open_ground(settings, name="marketplace"), settings=settings))


def assemble(world: MarketWorld) -> ASGIApp:
    """The application around an opened world."""
    ground, settings, api = world.ground, world.settings, MarketApi(world)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        world.tick()
        beat = asyncio.create_task(_beat(world))
        yield
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
        ground.close()

    controls = Controls(world, amends=api.amends, returns=api.returns, threads=api.threads)
    app = Starlette(
        routes=[*api.routes(), *controls.routes()],
        lifespan=lifespan,
        exception_handlers={HTTPException: _plain_error},
    )
    return Gate(
        app,
        identify=api.identify,
        clock=ground.clock,
        faults=ground.faults,
        ledger=ground.ledger,
        started=ground.started,
        refused=Answer.json(401, {"message": "Unauthorized", "status": 401}),
        outage=settings.outage,
        refuse_key=settings.refuse_key,
        timeout_seconds=settings.timeout_seconds,
    )


async def _beat(world: MarketWorld) -> None:
    while True:
        await asyncio.sleep(world.settings.tick_seconds)
        try:
            world.tick()
        except Exception:  # one bad moment must not stop the world
            log.exception("the marketplace could not move on; trying again")


async def _plain_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: "Not Found", 405: "Method Not Allowed"}
    return json_reply({"message": words.get(status, "Error"), "status": status}, status)
