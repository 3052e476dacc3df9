"""The sandbox's own paths, for demonstrations and tests: look at the world, and do what customers and the operator do.

They need no key: the sandbox only listens on the loopback address.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..clock import show_instant
from ..faults import Rule
from .amends import Amends
from .flow import FlowLine
from .lines import Line, canceled, shipped
from .orders import Order, instant
from .reasons import RETURN_REASONS
from .refusal import Refusal
from .returns import Returns
from .threads import Threads
from .world import MarketWorld

LARGEST_QUANTITY = 1_000_000

Told = dict[str, Any]
Deed = Callable[[Told], tuple[Any, int]]


class Controls:
    """The paths under ``/_sandbox/``.

    ``state``, ``orders`` and ``offers`` are to look at; ``order``, ``cancel``, ``offer``, ``incident``, ``return``,
    ``message`` and ``fault`` act. Whatever cannot be done is a 400, or the marketplace's own refusal, with a message.
    """

    def __init__(self, world: MarketWorld, *, amends: Amends, returns: Returns, threads: Threads) -> None:
        self._world = world
        self._amends = amends
        self._returns = returns
        self._threads = threads

    def routes(self) -> list[Route]:
        """Every path."""
        looks = {"state": self._state, "orders": self._orders, "offers": self._offers}
        deeds = {
            "order": self._make,
            "cancel": self._cancel,
            "offer": self._offer,
            "incident": self._incident,
            "return": self._return,
            "message": self._message,
            "fault": self._fault,
        }
        return [
            *[Route(f"/_sandbox/{name}", look, methods=["GET"]) for name, look in looks.items()],
            *[Route(f"/_sandbox/{name}", _doing(name, deed), methods=["POST"]) for name, deed in deeds.items()],
        ]

    async def _state(self, request: Request) -> Response:
        clock, faults = self._world.ground.clock, self._world.ground.faults
        now = show_instant(clock.now())
        return JSONResponse({"now": now, "speed": clock.speed, **self._world.counts(), "faults": faults.state()})

    async def _orders(self, request: Request) -> Response:
        return JSONResponse([_summary(order) for order in self._world.listed(request.query_params.getlist("state"))])

    async def _offers(self, request: Request) -> Response:
        return JSONResponse({sku: self._world.offers.left(sku) for sku in self._world.products})

    def _make(self, told: Told) -> tuple[Any, int]:
        order = self._world.make(
            told.get("scenario"),
            lines=[self._line(entry) for entry in told.get("lines", ())],
            address=told.get("address"),
            strange=bool(told.get("strange")),
        )
        return _summary(order), 201

    def _cancel(self, told: Told) -> tuple[Any, int]:
        order = self._world.find(str(told.get("order_id")))
        self._world.cancel(order)
        return _summary(order), 200

    def _offer(self, told: Told) -> tuple[Any, int]:
        sku, quantity = str(told["sku"]), int(told["quantity"])
        if self._world.offers.left(sku) is None or not 0 <= quantity <= LARGEST_QUANTITY:
            raise ValueError(f"there is no offer {sku!r}, or {quantity} is no quantity")
        self._world.offers.change({sku: quantity}, "by hand")
        return {"sku": sku, "quantity": quantity}, 200

    def _incident(self, told: Told) -> tuple[Any, int]:
        order, line = self._found(told)
        self._amends.open_incident(order, line, str(told.get("reason", "INCIDENT_NOT_RECEIVED")))
        return _summary(order), 201

    def _return(self, told: Told) -> tuple[Any, int]:
        if not self._world.settings.returns:
            raise ValueError("the platform has no returns; start it with --returns")
        order, line = self._found(told)
        reason = str(told.get("reason", RETURN_REASONS[0]))
        made = self._returns.open(order, line, quantity=int(told.get("quantity", 1)), reason=reason)
        return self._returns.json(made), 201

    def _message(self, told: Told) -> tuple[Any, int]:
        """A message to the shop: of the customer (or ``from`` OPERATOR), in ``thread_id`` or in a new thread."""
        message: Told = {"side": str(told.get("from", "CUSTOMER")), "to": ["SHOP"], "body": told.get("body")}
        if told.get("thread_id"):
            thread = self._threads.find(str(told["thread_id"]))
            self._threads.add(thread, **message)
        else:
            topic = {"type": "FREE_TEXT", "value": str(told.get("topic", "Where is my order?"))}
            thread = self._threads.open(self._world.find(str(told.get("order_id"))), topic, message)
        return self._threads.json(thread, messages=0), 201

    def _fault(self, told: Told) -> tuple[Any, int]:
        ground = self._world.ground
        ground.faults.arm(f"control:{ground.store.counter('fault')}", Rule(**told))
        return ground.faults.state(), 201

    def _found(self, told: Told) -> tuple[Order, Line]:
        """The order line that is meant: by ``order_line_id``, or the first line of ``order_id``."""
        return self._world.find_line(str(told.get("order_line_id") or f"{told.get('order_id')}-1"))

    def _line(self, told: Told) -> FlowLine:
        sku, quantity = str(told["sku"]), int(told.get("quantity", 1))
        if not 1 <= quantity <= LARGEST_QUANTITY:
            raise ValueError(f"a quantity is between 1 and {LARGEST_QUANTITY}")
        known = self._world.products.get(sku)
        price = Decimal(str(told["price"])) if "price" in told else (known.price if known else Decimal("9.99"))
        return FlowLine(sku, known.title if known else f"Sample product {sku}", quantity, price)


def _doing(name: str, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            body = await request.body()
            told = json.loads(body) if body.strip() else {}
            if not isinstance(told, dict):
                raise ValueError("the body must be a JSON object")
            content, status = deed(told)
        except Refusal as refusal:
            return JSONResponse({"message": refusal.message}, refusal.status)
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            return JSONResponse({"message": f"cannot do that ({name}): {error}"}, 400)
        return JSONResponse(content, status)

    return answer


def _summary(order: Order) -> dict[str, Any]:
    return {
        "order_id": order["order_id"],
        "state": order["state"],
        "scenario": order["scenario"],
        "created_date": show_instant(instant(order["created"])),
        "carrier_code": order["carrier"].get("code"),
        "tracking_number": order["carrier"].get("tracking_number"),
        "lines": [
            {
                "order_line_id": line["id"],
                "sku": line["sku"],
                "quantity": line["quantity"],
                "canceled": canceled(line),
                "shipped": shipped(line),
            }
            for line in order["lines"]
        ],
    }
