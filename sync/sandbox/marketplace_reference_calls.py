"""What the marketplace tells about itself: V01, A01, PC01, SH11, SH12, SH21, RE01 (John Lewis contract 2.8)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from . import marketplace_reference as reference
from .clock import show_instant
from .marketplace_call import Call, Handler
from .marketplace_configuration import platform_configuration
from .marketplace_reply import json_reply
from .marketplace_world import MarketWorld


class ReferenceCalls:
    """The handlers: all of them reads, none with a natural key."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world

    def calls(self) -> list[Call]:
        """Every call."""
        return [
            Call("V01", "GET", "/api/version", _always({"version": "sandbox"})),
            Call("A01", "GET", "/api/account", self._account),
            Call("PC01", "GET", "/api/platform/configuration", self._configuration),
            Call("SH11", "GET", "/api/shipping/zones", _always({"shipping_zones": [reference.ZONE]})),
            Call("SH12", "GET", "/api/shipping/types", _always({"shipping_types": list(reference.SHIPPING_TYPES)})),
            Call("SH21", "GET", "/api/shipping/carriers", _always({"carriers": list(reference.CARRIERS)})),
            Call("RE01", "GET", "/api/reasons",
                 _always({"reasons": list(reference.REASONS), "total_count": len(reference.REASONS)})),
        ]  # fmt: skip

    async def _account(self, request: Request) -> Response:
        created = show_instant(self._world.ground.started)
        told = reference.account(created=created, orders=len(self._world.orders), offers=len(self._world.offers))
        return json_reply(told)

    async def _configuration(self, request: Request) -> Response:
        return json_reply(platform_configuration(self._world.settings))


def _always(content: dict[str, Any]) -> Handler:
    async def answer(request: Request) -> Response:
        return json_reply(content)

    return answer
