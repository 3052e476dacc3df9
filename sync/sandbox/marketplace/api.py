"""The seller API of the simulated marketplace: which call goes where, who may call, and how often."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path

from ..gate import Question, mark_of
from .amend_calls import AmendCalls
from .amends import Amends
from .call import Call, Handler
from .cycles import Cycles
from .documents import DocumentCalls
from .imports import StockImports
from .list import is_free
from .money import MoneyBook
from .money_calls import MoneyCalls
from .order_calls import OrderCalls
from .reference import SHOP_ID
from .reference_calls import ReferenceCalls
from .refusal import Refusal
from .reply import refusal_reply
from .return_calls import ReturnCalls
from .returns import Returns
from .shipment_calls import ShipmentCalls
from .shipping import Shipping
from .stock_calls import StockCalls
from .thread_calls import ThreadCalls
from .threads import Threads
from .throttle import Throttle
from .world import MarketWorld


class MarketApi:
    """All calls of the seller API around one world."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world
        self._throttle = Throttle(world.ground.clock, poll_every=world.settings.poll_every)
        shipping = Shipping(world)
        self.amends, self.returns, self.threads = Amends(world), Returns(world), Threads(world)
        money = MoneyBook(world)
        self.calls: list[Call] = [
            *ReferenceCalls(world).calls(),
            *OrderCalls(world, shipping).calls(),
            *ShipmentCalls(world, shipping).calls(),
            *AmendCalls(world, self.amends).calls(),
            *DocumentCalls(world).calls(),
            *ReturnCalls(world, self.returns).calls(),
            *ThreadCalls(world, self.threads).calls(),
            *MoneyCalls(world, money, Cycles(world, money)).calls(),
            *StockCalls(world, StockImports(world)).calls(),
        ]
        self._paths = [(call, compile_path(call.path)[0]) for call in self.calls]

    def routes(self) -> list[Route]:
        """Every call as a route; paths without a placeholder come first, so that none is taken for an id."""
        ordered = sorted(self.calls, key=lambda call: "{" in call.path)
        return [Route(call.path, self._guarded(call.handle), methods=[call.method]) for call in ordered]

    def identify(self, question: Question) -> tuple[str, str]:
        """The operation and the natural key of a request; both empty for a path that is not ours."""
        for call, path in self._paths:
            found = path.match(question.path) if call.method == question.method else None
            if found is not None:
                return call.operation, call.key(question, found.groupdict())
        return "", ""

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                return await handler(request)
            except Refusal as refusal:
                mark = mark_of(request.scope)
                mark.note = mark.note or f"refused: {refusal.message}"
                return refusal_reply(refusal)

        return guarded

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization") != self._world.settings.key:
            raise Refusal(401, "Unauthorized")
        shop = request.query_params.get("shop_id")
        if shop is not None and shop != str(SHOP_ID):
            raise Refusal(403, "Access to this shop is not allowed")
        measured = "content-length" in request.headers or "transfer-encoding" in request.headers
        if request.method == "PUT" and not measured:
            raise Refusal(411, "Length Required")
        if self._world.settings.throttle:
            self._slow_down(request)

    def _slow_down(self, request: Request) -> None:
        operation = mark_of(request.scope).operation
        if "page_token" in request.query_params or (operation == "OR11" and is_free(request.query_params)):
            return
        wait = self._throttle.refuse(operation)
        if wait is not None:
            raise Refusal(429, "Too many requests", retry_after=wait)
