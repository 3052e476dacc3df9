"""The seller API of the simulated marketplace: V01, A01, PC01, SH11, SH12, SH21, RE01, OR11, OR21, OR23, OR24."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import marketplace_reference as reference
from .clock import show_instant
from .gate import Question, mark_of
from .marketplace_list import PollThrottle, list_orders
from .marketplace_orders import Order
from .marketplace_reply import json_reply, refusal_reply
from .marketplace_world import MarketWorld, Refusal

Handler = Callable[[Request], Awaitable[Response]]

OPERATIONS = {
    "/api/version": "V01",
    "/api/account": "A01",
    "/api/platform/configuration": "PC01",
    "/api/shipping/zones": "SH11",
    "/api/shipping/types": "SH12",
    "/api/shipping/carriers": "SH21",
    "/api/reasons": "RE01",
    "/api/orders": "OR11",
}
ORDER_CALL = re.compile(r"/api/orders/([^/]+)/(accept|tracking|ship)")
ORDER_OPERATIONS = {"accept": "OR21", "tracking": "OR23", "ship": "OR24"}
TRACKABLE = frozenset({"SHIPPING", "SHIPPED", "TO_COLLECT", "RECEIVED"})


def identify(question: Question) -> tuple[str, str]:
    """The operation and the natural key (an order id, or the ids asked for) of a request."""
    call = ORDER_CALL.fullmatch(question.path)
    if call is not None:
        return ORDER_OPERATIONS[call.group(2)], call.group(1)
    return OPERATIONS.get(question.path, ""), question.query.get("order_ids", "")


class MarketApi:
    """The handlers; each answers one operation of the seller API."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world
        self._key = world.settings.key
        self._throttle = PollThrottle(world.ground.clock)

    def routes(self) -> list[Route]:
        """Every path of the API."""
        reads = {
            "/api/version": self._version,
            "/api/account": self._account,
            "/api/platform/configuration": self._configuration,
            "/api/shipping/zones": self._zones,
            "/api/shipping/types": self._types,
            "/api/shipping/carriers": self._carriers,
            "/api/reasons": self._reasons,
            "/api/orders": self._orders,
        }
        writes = {"accept": self._accept, "tracking": self._track, "ship": self._ship}
        return [
            *[Route(path, self._guarded(handler), methods=["GET"]) for path, handler in reads.items()],
            *[
                Route(f"/api/orders/{{order_id}}/{name}", self._guarded(handler), methods=["PUT"])
                for name, handler in writes.items()
            ],
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                return await handler(request)
            except Refusal as refusal:
                return refusal_reply(refusal)

        return guarded

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization") != self._key:
            raise Refusal(401, "Unauthorized")
        shop = request.query_params.get("shop_id")
        if shop is not None and shop != str(reference.SHOP_ID):
            raise Refusal(403, "Access to this shop is not allowed")
        measured = "content-length" in request.headers or "transfer-encoding" in request.headers
        if request.method == "PUT" and not measured:
            raise Refusal(411, "Length Required")

    async def _version(self, request: Request) -> Response:
        return json_reply({"version": "sandbox"})

    async def _account(self, request: Request) -> Response:
        created = show_instant(self._world.ground.started)
        told = reference.account(created=created, orders=len(self._world.orders), offers=len(self._world.products))
        return json_reply(told)

    async def _configuration(self, request: Request) -> Response:
        settings = self._world.settings
        return json_reply(
            reference.platform_configuration(
                acceptance=settings.acceptance, unregistered_carriers=settings.unregistered_carriers
            )
        )

    async def _zones(self, request: Request) -> Response:
        return json_reply({"shipping_zones": [reference.ZONE]})

    async def _types(self, request: Request) -> Response:
        return json_reply({"shipping_types": [reference.SHIPPING_TYPE, reference.NEXT_DAY_TYPE]})

    async def _carriers(self, request: Request) -> Response:
        return json_reply({"carriers": list(reference.CARRIERS)})

    async def _reasons(self, request: Request) -> Response:
        return json_reply({"reasons": list(reference.REASONS), "total_count": len(reference.REASONS)})

    async def _orders(self, request: Request) -> Response:
        return list_orders(request, self._world, self._throttle)

    async def _accept(self, request: Request) -> Response:
        order = self._world.find(request.path_params["order_id"])
        if order["state"] != "WAITING_ACCEPTANCE":
            raise Refusal(
                400,
                f"The order status must be 'WAITING_ACCEPTANCE' but it is '{order['state']}'.",
                "ORDER_INVALID_STATE",
            )
        decisions = _decisions(order, await _json_body(request))
        self._world.accept(order, decisions)
        return _done(request, f"{sum(decisions.values())} of {len(decisions)} lines accepted")

    async def _track(self, request: Request) -> Response:
        order = self._world.find(request.path_params["order_id"])
        carrier = _carrier(await _json_body(request), unregistered=self._world.settings.unregistered_carriers)
        mark_of(request.scope).note = f"carrier {carrier['code'] or carrier['name']}"
        if order["state"] not in TRACKABLE:
            raise Refusal(400, f"The order status must be 'SHIPPING' but it is '{order['state']}'.")
        self._world.track(order, carrier)
        return _done(request, f"carrier {carrier['code'] or carrier['name']}")

    async def _ship(self, request: Request) -> Response:
        order = self._world.find(request.path_params["order_id"])
        if order["state"] != "SHIPPING":
            raise Refusal(400, f"The shipment cannot be validated. Current status is '{order['state']}'")
        if reference.SHIPPING_TYPE["mandatory_tracking"] and not order["carrier"].get("tracking_number"):
            raise Refusal(400, "Tracking details are mandatory for this shipping method")
        self._world.ship(order)
        carrier = order["carrier"]
        return _done(request, f"carrier {carrier.get('code') or carrier.get('name')} {carrier['tracking_number']}")


def _done(request: Request, note: str) -> Response:
    mark = mark_of(request.scope)
    mark.applied, mark.note = True, note
    return Response(status_code=204)


async def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refusal(400, "The request body is not valid JSON", "VALIDATION_ERROR") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The request body must be an object", "VALIDATION_ERROR")
    return body


def _decisions(order: Order, body: dict[str, Any]) -> dict[str, bool]:
    """The decision on every line (John Lewis contract 2.3)."""
    told = body.get("order_lines")
    if not isinstance(told, list):
        raise Refusal(400, "order_lines is mandatory", "VALIDATION_ERROR")
    known = {line["id"] for line in order["lines"]}
    decisions: dict[str, bool] = {}
    for entry in told:
        if not isinstance(entry, dict):
            raise Refusal(400, "An order line is null", "ORDER_LINE_NULL_ELEMENT")
        line, accepted = entry.get("id"), entry.get("accepted")
        if not isinstance(line, str) or not isinstance(accepted, bool):
            raise Refusal(400, "Each order line needs an id and a decision", "VALIDATION_ERROR")
        if line not in known:
            raise Refusal(404, f"Order line with id '{line}' was not found", "ORDER_LINE_NOT_FOUND")
        if line in decisions:
            raise Refusal(400, f"Order line '{line}' occurs twice", "ORDER_LINE_DUPLICATE_ID")
        decisions[line] = accepted
    if known - decisions.keys():
        raise Refusal(400, "Every order line must be decided", "ORDER_LINE_ACCEPTANCE_DECISION_MISSING")
    return decisions


def _carrier(body: dict[str, Any], *, unregistered: bool) -> dict[str, str | None]:
    """The carrier of OR23, checked against the approved list (John Lewis contract 2.4)."""
    names = ("carrier_code", "carrier_name", "carrier_standard_code", "carrier_url", "tracking_number")
    for name in names:
        if body.get(name) is not None and not isinstance(body[name], str):
            raise Refusal(400, f"Invalid value for field '{name}'")
    told = {name: (body.get(name) or "").strip() or None for name in names}
    carrier = {name.removeprefix("carrier_"): value for name, value in told.items()}
    code = carrier["code"]
    if code is None and (carrier["name"] is None or not unregistered):
        raise Refusal(400, "Invalid value for field 'carrierCode'")
    if code is not None and code not in reference.CARRIER_BY_CODE:
        raise Refusal(400, "Invalid value for field 'carrierCode'")
    if code is not None and carrier["tracking_number"] is None:
        raise Refusal(400, f"The tracking number is mandatory for the carrier '{code}'")
    return carrier
