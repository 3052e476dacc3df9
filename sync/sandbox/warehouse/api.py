"""The warehouse's HTTP interface: the gate of the web server and the gen-B services (SEKO contract 2, 4 and 7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from ..gate import Mark, mark_of
from ..quirk import collapse
from .forms import FormReader
from .gen_a import NOTHING_FOUND, GenA, Parts
from .intake import submit
from .paths import find_operation
from .products import load_product
from .reader import Rejected, parse
from .receipts import load_receipt
from .replies import (
    accepted,
    call_status,
    complaint,
    denied,
    not_found,
    refused,
    respond,
    wants_xml,
)
from .world import REASONS, World

LARGEST_BODY = 10 * 1024 * 1024
LONGEST_QUERY = 2048
Handler = Callable[[Request, Parts, Mark], Awaitable[Response]]


class Desk:
    """Answers requests of the client. Every answer but those of the web server is HTTP 200 (SEKO contract 2)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = world.settings
        old = GenA(world)
        self._handlers: dict[str, Handler] = {
            "websubmit": self.websubmit, "cancel": self.cancel, "stock": self.stock, "product": self.product,
            "product_update": self.product_update, "receipt": self.receipt, "status": old.status,
            "tracking": old.tracking, "release": old.release, "cancel_held": old.cancel_held, "cancel_v1": old.cancel,
            "dispatches": old.dispatches, "adjustments": old.adjustments, "movements": old.movements,
            "stock_v1": old.stock, "grn": old.grn, "echo": old.echo,
        }  # fmt: skip

    async def answer(self, request: Request) -> Response:
        """Route one request: unknown paths give the HTML page before the key is looked at."""
        found = find_operation(request.url.path)
        if found is None or len(request.url.query) > LONGEST_QUERY:
            return not_found()
        operation, parts = found
        if request.method != operation.method:
            return complaint(405, f"The requested resource does not support http method '{request.method}'.")
        if not self._knows_key(request):
            return denied()
        response = await self._handlers[operation.name](request, parts, mark_of(request.scope))
        response.headers["Date"] = format_datetime(self.world.now() + self.settings.skew, usegmt=True)
        return response

    async def websubmit(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Load a web sales order (SEKO contract 4.2)."""

        def take(body: dict[str, Any]) -> str:
            order = submit(self.world, FormReader(body, settings=self.settings).read())
            mark.note = order["scenario"] or ""
            return str(order["guid"])

        return await self._load(request, mark, "salesorder", take)

    async def product(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Load a product (SEKO contract 7.3)."""
        return await self._load(request, mark, "productmaster", lambda body: load_product(self.world, body))

    async def product_update(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Update a product; what is left empty becomes empty (SEKO contract 7.3)."""
        take = partial(load_product, self.world, update=True)
        return await self._load(request, mark, "productmaster", take)

    async def receipt(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Announce a delivery (SEKO contract 7.4)."""
        return await self._load(request, mark, "receipt", lambda body: load_receipt(self.world, body))

    async def _load(self, request: Request, mark: Mark, word: str, take: Callable[[dict[str, Any]], str]) -> Response:
        """One load: form of the body, then the record itself; every refusal is HTTP 200 (SEKO contract 2)."""
        kind = request.headers.get("content-type", "").lower()
        if "json" not in kind and "xml" not in kind:
            return complaint(415, f"The request entity's media type '{kind}' is not supported for this resource.")
        body = await request.body()
        if len(body) > LARGEST_BODY:
            return complaint(413, "Maximum request length exceeded.")
        xml = "json" not in kind
        as_xml = wants_xml(request.headers.get("accept", ""), default_xml=xml)
        try:
            guid = take(parse(body, xml=xml, word=word))
        except Rejected as fault:
            mark.note = "refused"
            return respond(refused(str(fault), wrap=self.settings.wrap_failures), xml=as_xml)
        mark.applied = True
        return respond(accepted(guid), xml=as_xml)

    async def cancel(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Cancel an order; refused late (SEKO contract 4.4)."""
        as_xml = wants_xml(request.headers.get("accept", ""), default_xml=False)
        key, reason = parts["key"], request.query_params.get("reasonCode", "")
        prefix = f"Error Submitting Sales Order Cancellation: {key} - Error. "
        if reason and reason not in REASONS:
            verdict: str | None = f"Invalid Reason Code {reason}."
        else:
            verdict = self.world.cancel(key, reason=reason)
        if verdict is None:
            mark.applied = True
            return respond(accepted(None), xml=as_xml)
        mark.note = "refused"
        text = f"Error. {verdict}" if "pick wave" in verdict else prefix + verdict
        return respond(refused(text, wrap=self.settings.wrap_failures), xml=as_xml)

    async def stock(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Stock quantity: XML unless JSON is asked for, zero rows left out (SEKO contract 7.1)."""
        as_xml = wants_xml(request.headers.get("accept", ""), default_xml=True)
        dc = request.query_params.get("dc", "")
        if dc and dc != self.settings.dc:
            return respond(refused("Error. Invalid Mapping - DC", wrap=self.settings.wrap_failures), xml=as_xml)
        asked = request.query_params.get("productCodes", "")
        stock = self.world.stock
        if asked.strip():
            given = asked.split("~" if "~" in asked else ",")
            codes = list(dict.fromkeys(filter(None, (stock.find(code) or stock.find(code.strip()) for code in given))))
        else:
            codes = stock.codes()
        rows = stock.rows(codes, dc=self.settings.dc, unseen=self.world.unseen())
        verdict = call_status(bool(rows), "" if rows else NOTHING_FOUND)
        answer = {"CallStatus": verdict, "List": {"StockQuantityLineItem": rows} if rows else {}}
        return respond(collapse(answer) if self.settings.quirks else answer, xml=as_xml)

    def _knows_key(self, request: Request) -> bool:
        given = parse_qs(request.url.query)
        return self.settings.key in (given.get("api_key") or given.get("token") or [])
