"""What the marketplace tells about itself: reference data, settings, figures (John Lewis contract 2.8)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..clock import show_instant
from . import reference
from .call import Call, Handler, query_key
from .configuration import platform_configuration
from .paging import choices
from .reasons import REASONS
from .reply import json_reply
from .statistics import PERIODS, statistics
from .world import MarketWorld


class ReferenceCalls:
    """The handlers: all of them reads."""

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
                 _always({"reasons": list(REASONS), "total_count": len(REASONS)})),
            Call("CUR01", "GET", "/api/currencies", _always({"currencies": list(reference.CURRENCIES)})),
            Call("A21", "GET", "/api/account/statistics", self._statistics, query_key("periods")),
            Call("AF01", "GET", "/api/additional_fields", self._fields, query_key("entities")),
            Call("DO01", "GET", "/api/documents", self._document_types, query_key("entities")),
        ]  # fmt: skip

    async def _account(self, request: Request) -> Response:
        created = show_instant(self._world.ground.started)
        told = reference.account(created=created, orders=len(self._world.orders), offers=len(self._world.offers))
        return json_reply(told)

    async def _configuration(self, request: Request) -> Response:
        return json_reply(platform_configuration(self._world.settings))

    async def _statistics(self, request: Request) -> Response:
        chosen = choices(request.query_params, "periods", tuple(PERIODS))
        periods = [period for period in PERIODS if not chosen or period in chosen]
        offers = sum(1 for sku in self._world.products if self._world.offers.left(sku))
        told = statistics(self._world.listed(), periods, self._world.ground.clock.now(), offers=offers)
        return json_reply(told)

    async def _fields(self, request: Request) -> Response:
        kinds = choices(request.query_params, "entities", ("OFFER", "SHOP", "ORDER", "ORDER_LINE"))
        found = [each for each in reference.ADDITIONAL_FIELDS if not kinds or each["entity"] in kinds]
        return json_reply({"additional_fields": found, "total_count": len(found)})

    async def _document_types(self, request: Request) -> Response:
        kinds = choices(request.query_params, "entities", ("ORDER", "SHOP"))
        found = [each for each in reference.DOCUMENT_TYPES if not kinds or each["entity"] in kinds]
        return json_reply({"documents": found})


def _always(content: dict[str, Any]) -> Handler:
    async def answer(request: Request) -> Response:
        return json_reply(content)

    return answer
