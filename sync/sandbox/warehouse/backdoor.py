"""What a person at the warehouse would do, for tests and demonstrations.

Paths under ``/_sandbox/``, without a key: the simulated partners listen on the loopback address only.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..store import Document
from .lifecycle import stamp
from .messages import DISPATCH
from .parcels import make_dispatch, row_of
from .push import Outbox
from .shipping import EVERYDAY, Courier, tracking_number
from .world import PRODUCT, World


class Backdoor:
    """Looks into the world and moves it by hand."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self.world = world
        self.outbox = outbox

    def routes(self) -> list[Route]:
        """The paths."""
        return [
            Route("/_sandbox/state", self.state, methods=["GET"]),
            Route("/_sandbox/push", self.push, methods=["POST"]),
            Route("/_sandbox/release", self.release, methods=["POST"]),
            Route("/_sandbox/dispatch", self.dispatch, methods=["POST"]),
            Route("/_sandbox/run", self.run, methods=["POST"]),
            Route("/_sandbox/lose", self.lose, methods=["POST"]),
        ]

    async def state(self, request: Request) -> JSONResponse:
        """Counts; with ``?order=NUMBER`` also that order with its pushes, with ``?product=CODE`` that product."""
        orders = self.world.orders.values()
        told: dict[str, Any] = {
            "now": stamp(self.world.now()),
            "orders": len(orders),
            "statuses": Counter(self.world.status(order) for order in orders),
            "held": Counter(order["held"]["why"].split(":")[0] for order in orders if order["held"]),
            "scenarios": Counter(order["scenario"] for order in orders if order["scenario"]),
            "numbers_taken_twice": sorted(n for n, same in self.world.by_number.items() if len(same) > 1),
            "pushes": self.outbox.book.counts(),
            "faults": self.world.ground.faults.state(),
        }
        number = request.query_params.get("order")
        if number is not None:
            order = self.world.latest(number)
            told["order"] = order and order | {"status": self.world.status(order)}
            told["order_pushes"] = self.outbox.book.of(number)
        code = self.world.stock.find(request.query_params.get("product", ""))
        if code is not None:
            told["product"] = (self.world.ground.store.get(PRODUCT, code) or {}) | {
                "ProductCode": code, "free": self.world.stock.free(code), "elsewhere": self.world.stock.places(code),
            }  # fmt: skip
        return JSONResponse(told)

    async def push(self, request: Request) -> JSONResponse:
        """Send a push again: ``{"sequence": n, "service": name}``, as SEKO's Activity report can."""
        told = await body_of(request)
        sequence, service = told.get("sequence"), told.get("service", DISPATCH)
        if not isinstance(sequence, int) or not isinstance(service, str):
            return wrong("sequence must be a number")
        outcome = await self.outbox.resend(sequence, service=service)
        return JSONResponse(outcome) if outcome else wrong(f"there is no push {sequence} of {service}", status=404)

    async def run(self, request: Request) -> JSONResponse:
        """Let the push scheduler run now."""
        await self.outbox.run()
        return JSONResponse({"pushes": self.outbox.book.counts()})

    async def lose(self, request: Request) -> JSONResponse:
        """Lose the next pushes of a service: ``{"service": name, "times": 1}``."""
        told = await body_of(request)
        service, times = told.get("service"), told.get("times", 1)
        if not isinstance(service, str) or not isinstance(times, int) or times < 0:
            return wrong("service must be a name and times a number of 0 or more")
        self.outbox.book.lose_next(service, times)
        return JSONResponse({"service": service, "times": times})

    async def release(self, request: Request) -> JSONResponse:
        """Let a held order go on: ``{"SalesOrderNumber": number}``."""
        number = str((await body_of(request)).get("SalesOrderNumber", ""))
        if not self.world.release(number):
            return wrong(f"order {number} is not held", status=409)
        return JSONResponse({"SalesOrderNumber": number, "status": self.world.status(self.world.by_number[number][-1])})

    async def dispatch(self, request: Request) -> JSONResponse:
        """Dispatch an order and push at once: ``{"SalesOrderNumber", "courier", "service", "tracking_number"}``.

        With ``"parcels": [{"courier", "service", "tracking_number", "lines": [{"line", "quantity", "lot"}]}, ...]``
        exactly these leave, each as a dispatch of its own; without "lines" a parcel holds every line in full.
        ``"final": false`` keeps the order open for more dispatches by hand.
        """
        told = await body_of(request)
        number = str(told.get("SalesOrderNumber", ""))
        order = self.world.latest(number)
        if order is None:
            return wrong(f"order {number} is unknown", status=409)
        try:
            shipments = [self._parcel(order, parcel, place) for place, parcel in enumerate(told.get("parcels", [told]))]
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            return wrong(f"a parcel needs lines with line and quantity: {type(fault).__name__} {fault}")
        if not self.world.dispatch(number, shipments, final=told.get("final", True) is not False):
            return wrong(f"order {number} is dispatched or cancelled", status=409)
        await self.outbox.run()
        return JSONResponse({"SalesOrderNumber": number, "pushes": self.outbox.book.of(number)})

    def _parcel(self, order: Document, told: dict[str, Any], place: int) -> Document:
        everyday, draw = EVERYDAY[0], self.world.draw("by hand", order["number"], len(order["dispatches"]), place)
        courier = Courier(str(told.get("courier", everyday.name)), str(told.get("service", everyday.service)))
        given = told.get("tracking_number")
        parcel = tracking_number(courier.name, draw) if given is None else str(given)
        lines = {line["line"]: line for line in order["lines"]}
        if "lines" in told:
            rows = [
                row_of(lines[int(row["line"])], int(row["quantity"]), lot=str(row.get("lot", "")))
                for row in told["lines"]
            ]
        else:
            rows = [row_of(line, line["quantity"]) for line in order["lines"]]
        return make_dispatch(courier, parcel, rows=rows, draw=draw)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries, or an empty one."""
    try:
        told = await request.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def wrong(text: str, *, status: int = 400) -> JSONResponse:
    """What is wrong with a request by hand."""
    return JSONResponse({"error": text}, status_code=status)
