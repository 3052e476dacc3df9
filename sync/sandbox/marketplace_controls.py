"""The sandbox's own paths, for demonstrations and tests: look at the world, make an order, cancel one, arm a fault.

They need no key: the sandbox only listens on the loopback address.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .clock import show_instant
from .faults import Rule
from .marketplace_flow import FlowLine
from .marketplace_orders import Order, instant
from .marketplace_refusal import Refusal
from .marketplace_world import MarketWorld

LARGEST_QUANTITY = 1_000_000


def control_routes(world: MarketWorld) -> list[Route]:
    """``/_sandbox/state``, ``/orders``, ``/order``, ``/cancel``, ``/offers``, ``/offer`` and ``/fault``."""
    ground = world.ground

    async def state(request: Request) -> Response:
        now = show_instant(ground.clock.now())
        return JSONResponse(
            {"now": now, "speed": ground.clock.speed, **world.counts(), "faults": ground.faults.state()}
        )

    async def orders(request: Request) -> Response:
        return JSONResponse([_summary(order) for order in world.listed(request.query_params.getlist("state"))])

    async def make(request: Request) -> Response:
        try:
            told = await _told(request)
            order = world.make(
                told.get("scenario"),
                lines=[_line(world, entry) for entry in told.get("lines", ())],
                address=told.get("address"),
                strange=bool(told.get("strange")),
            )
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            return JSONResponse({"message": f"cannot make that order: {error}"}, 400)
        return JSONResponse(_summary(order), 201)

    async def cancel(request: Request) -> Response:
        try:
            order = world.find(str((await _told(request)).get("order_id")))
            world.cancel(order)
        except Refusal as refusal:
            return JSONResponse({"message": refusal.message}, refusal.status)
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)
        return JSONResponse(_summary(order))

    async def offers(request: Request) -> Response:
        return JSONResponse({sku: world.offers.left(sku) for sku in world.products})

    async def offer(request: Request) -> Response:
        try:
            told = await _told(request)
            sku, quantity = str(told["sku"]), int(told["quantity"])
            if world.offers.left(sku) is None or not 0 <= quantity <= LARGEST_QUANTITY:
                raise ValueError(f"there is no offer {sku!r}, or {quantity} is no quantity")
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"message": f"cannot set that quantity: {error}"}, 400)
        world.offers.change({sku: quantity}, "by hand")
        return JSONResponse({"sku": sku, "quantity": quantity})

    async def fault(request: Request) -> Response:
        try:
            rule = Rule(**await _told(request))
        except (ValueError, TypeError) as error:
            return JSONResponse({"message": f"cannot arm that fault: {error}"}, 400)
        ground.faults.arm(f"control:{ground.store.counter('fault')}", rule)
        return JSONResponse(ground.faults.state(), 201)

    return [
        Route("/_sandbox/state", state, methods=["GET"]),
        Route("/_sandbox/orders", orders, methods=["GET"]),
        Route("/_sandbox/order", make, methods=["POST"]),
        Route("/_sandbox/cancel", cancel, methods=["POST"]),
        Route("/_sandbox/offers", offers, methods=["GET"]),
        Route("/_sandbox/offer", offer, methods=["POST"]),
        Route("/_sandbox/fault", fault, methods=["POST"]),
    ]


async def _told(request: Request) -> dict[str, Any]:
    body = await request.body()
    told = json.loads(body) if body.strip() else {}
    if not isinstance(told, dict):
        raise ValueError("the body must be a JSON object")
    return told


def _line(world: MarketWorld, told: dict[str, Any]) -> FlowLine:
    sku, quantity = str(told["sku"]), int(told.get("quantity", 1))
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise ValueError(f"a quantity is between 1 and {LARGEST_QUANTITY}")
    known = world.products.get(sku)
    price = Decimal(str(told["price"])) if "price" in told else (known.price if known else Decimal("9.99"))
    return FlowLine(sku, known.title if known else f"Sample product {sku}", quantity, price)


def _summary(order: Order) -> dict[str, Any]:
    return {
        "order_id": order["order_id"],
        "state": order["state"],
        "scenario": order["scenario"],
        "created_date": show_instant(instant(order["created"])),
        "carrier_code": order["carrier"].get("code"),
        "tracking_number": order["carrier"].get("tracking_number"),
    }
