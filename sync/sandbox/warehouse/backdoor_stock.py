"""What a person at the warehouse would do to stock, for tests and demonstrations (paths under ``/_sandbox/``)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from .backdoor import body_of, wrong
from .events import COUNTED, Reason
from .stock import AVAILABLE
from .world import World


class StockBackdoor:
    """Changes stock by hand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stock = world.stock

    def routes(self) -> list[Route]:
        """The paths."""
        return [
            Route("/_sandbox/stock", self.set, methods=["POST"]),
            Route("/_sandbox/adjust", self.adjust, methods=["POST"]),
            Route("/_sandbox/move", self.move, methods=["POST"]),
            Route("/_sandbox/deliver", self.deliver, methods=["POST"]),
        ]

    async def set(self, request: Request) -> JSONResponse:
        """Set free stock: ``{"product": code, "quantity": n}``.

        With ``"raw"`` instead, stock answers tell that value whatever the truth is (null: no quantity at all), until
        ``"raw_off": true``.
        """
        told = await body_of(request)
        code, quantity = self._product(told), told.get("quantity")
        if code is None:
            return wrong("product must be known")
        if "raw" in told:
            self.stock.show_raw(code, told["raw"])
        elif told.get("raw_off"):
            self.stock.show_truth(code)
        elif isinstance(quantity, int) and _is_count(quantity):
            self.world.set_free(code, quantity)
        else:
            return wrong("quantity must be a number of 0 or more")
        return self._told(code)

    async def adjust(self, request: Request) -> JSONResponse:
        """Adjust: ``{"product", "quantity": n or -n}``, if wanted with "location", "reason_code", "reason"."""
        told = await body_of(request)
        code, quantity = self._product(told), told.get("quantity")
        if code is None or not isinstance(quantity, int) or not quantity:
            return wrong("product must be known and quantity a number other than 0")
        reason = Reason(str(told.get("reason_code", COUNTED.code)), str(told.get("reason", COUNTED.text)))
        place = str(told.get("location", AVAILABLE))
        with self.world.book.transaction():
            self.world.events.adjust({code: quantity}, self.world.now(), reason=reason, place=place)
        return self._told(code)

    async def move(self, request: Request) -> JSONResponse:
        """Move between location types: ``{"product", "quantity", "from", "to"}``."""
        told = await body_of(request)
        code, quantity = self._product(told), told.get("quantity")
        origin, to = str(told.get("from", AVAILABLE)), str(told.get("to", AVAILABLE))
        if code is None or not isinstance(quantity, int) or quantity < 1 or origin == to:
            return wrong("product must be known, quantity a number above 0, from and to two location types")
        with self.world.book.transaction():
            self.world.events.move(code, quantity, self.world.now(), origin=origin, to=to)
        return self._told(code)

    async def deliver(self, request: Request) -> JSONResponse:
        """A delivery arrives: ``{"lines": {code: quantity}, "number": text}``; receipt and put-away follow later.

        With ``"returned": number of an order`` a customer sends the goods back; they are received into Returns.
        """
        told = await body_of(request)
        given = told.get("lines")
        lines: dict[str, int] = {}
        for name, quantity in given.items() if isinstance(given, dict) else ():
            code = self.stock.find(str(name))
            if code is None or not _is_count(quantity) or not quantity:
                return wrong("lines must be known products with numbers above 0")
            lines[code] = quantity
        if not lines:
            return wrong("lines must be known products with numbers above 0")
        order = str(told.get("returned", ""))
        with self.world.book.transaction():
            number = self.world.events.arrive(
                lines, self.world.now(),
                number=str(told.get("number", "")), reference=order, comes_back=bool(order),
            )  # fmt: skip
        return JSONResponse({"number": number})

    def _product(self, told: dict[str, Any]) -> str | None:
        return self.stock.find(str(told.get("product", "")))

    def _told(self, code: str) -> JSONResponse:
        return JSONResponse({"product": code, "free": self.stock.free(code), "elsewhere": self.stock.places(code)})


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
