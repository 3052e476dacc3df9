"""The orders of the seller API, one at a time: OR11, OR21, OR23, OR24, OR29 (John Lewis contract 2.1 to 2.5, 2.7)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..gate import mark_of
from .call import Call, done, json_body, path_key, query_key
from .carrier import told_carrier
from .list import list_orders
from .orders import Order
from .refusal import Refusal
from .shipping import Shipping
from .world import MarketWorld


class OrderCalls:
    """The handlers."""

    def __init__(self, world: MarketWorld, shipping: Shipping) -> None:
        self._world = world
        self._shipping = shipping

    def calls(self) -> list[Call]:
        """Every call on one order, and the list of them all."""
        key = path_key("order_id")
        return [
            Call("OR11", "GET", "/api/orders", self._list, query_key("order_ids")),
            Call("OR21", "PUT", "/api/orders/{order_id}/accept", self._accept, key),
            Call("OR23", "PUT", "/api/orders/{order_id}/tracking", self._track, key),
            Call("OR24", "PUT", "/api/orders/{order_id}/ship", self._ship, key),
            Call("OR29", "PUT", "/api/orders/{order_id}/cancel", self._cancel, key),
        ]

    async def _list(self, request: Request) -> Response:
        return list_orders(request, self._world)

    async def _accept(self, request: Request) -> Response:
        order = self._world.find(request.path_params["order_id"])
        if order["state"] != "WAITING_ACCEPTANCE":
            raise Refusal(
                400,
                f"The order status must be 'WAITING_ACCEPTANCE' but it is '{order['state']}'.",
                "ORDER_INVALID_STATE",
            )
        decisions = _decisions(order, await json_body(request))
        self._world.accept(order, decisions)
        return done(request, f"{sum(decisions.values())} of {len(decisions)} lines accepted")

    async def _track(self, request: Request) -> Response:
        order = self._world.find(request.path_params["order_id"])
        carrier = self._shipping.carrier(await json_body(request), "carrier_url")
        note = f"carrier {carrier['code'] or carrier['name']}"
        mark_of(request.scope).note = note
        self._shipping.track_order(order, carrier)
        return done(request, note)

    async def _ship(self, request: Request) -> Response:
        order = self._world.find(request.path_params["order_id"])
        self._shipping.ship_order(order)
        return done(request, told_carrier(order["carrier"]))

    async def _cancel(self, request: Request) -> Response:
        """OR29: the seller cancels the whole order, only while nothing of it was sent (``can_cancel``)."""
        order = self._world.find(request.path_params["order_id"])
        if order["state"] != "SHIPPING" or any(line.get("shipped") for line in order["lines"]):
            raise Refusal(400, f"The order cannot be cancelled. Current status is '{order['state']}'")
        self._world.cancel(order, reason="CANCEL_NO_STOCK")
        return done(request, "cancelled by the seller")


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
