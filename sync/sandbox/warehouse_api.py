"""The warehouse's HTTP interface: gen-B services and the gen-A status read-back (SEKO contract 4, 5 and 7.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, unquote

from starlette.requests import Request
from starlette.responses import Response

from .gate import Mark, Question, mark_of
from .store import Document
from .warehouse_forms import FormReader, Rejected, parse
from .warehouse_intake import submit
from .warehouse_lifecycle import DISPATCHED, moment
from .warehouse_replies import (
    accepted,
    call_status,
    collapse,
    complaint,
    denied,
    not_found,
    refused,
    respond,
    wants_xml,
)
from .warehouse_world import World

LARGEST_ORDER = 10 * 1024 * 1024
LONGEST_QUERY = 2048
NOTHING_FOUND = "No results found for search criteria"
REASONS = frozenset({"001", "002", "003", "004", "005", "006"})

BASES = r"(?:/hub)?/api"
OPERATIONS = (
    ("websubmit", "POST", re.compile(rf"{BASES}/salesorders/v4/websubmit")),
    ("cancel", "POST", re.compile(rf"{BASES}/salesorders/v3/(?P<key>.+)/cancel")),
    ("stock", "GET", re.compile(rf"{BASES}/stock/v3/quantity")),
    ("status", "GET", re.compile(rf"{BASES}/salesorders/v1/(?P<key>.+)/status\.json")),
    ("tracking", "GET", re.compile(rf"{BASES}/salesorders/v1/(?P<key>.+)/tracking\.json")),
    ("release", "POST", re.compile(rf"{BASES}/salesorders/v1/(?P<key>.+)/releasefromhold\.json")),
    ("echo", "GET", re.compile(rf"{BASES}/echo/v1/(?P<key>.+)\.json")),
)


def identify(question: Question) -> tuple[str, str]:
    """Operation and natural key of a request: the order number, or the GUID of a status."""
    for name, _, pattern in OPERATIONS:
        match = pattern.fullmatch(question.path)
        if match:
            return name, match.groupdict().get("key") or (_number(question.body) if name == "websubmit" else "")
    return "", ""


def _number(body: bytes) -> str:
    try:
        return str(json.loads(body)["WebSalesOrder"]["SalesOrderNumber"])
    except (ValueError, KeyError, TypeError, RecursionError):
        found = re.search(rb"<SalesOrderNumber>\s*([^<]{1,50}?)\s*</SalesOrderNumber>", body)
        return found.group(1).decode("utf-8", "replace") if found else ""


class Desk:
    """Answers requests of the client. Every answer but those of the web server is HTTP 200 (SEKO contract 2)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = world.settings

    async def answer(self, request: Request) -> Response:
        """Route one request: unknown paths give the HTML page before the key is looked at."""
        handlers: dict[str, Callable[[Request, str, Mark], Awaitable[Response]]] = {
            "websubmit": self.websubmit, "cancel": self.cancel, "stock": self.stock, "status": self.status,
            "tracking": self.tracking, "release": self.release, "echo": self.echo,
        }  # fmt: skip
        for name, method, pattern in OPERATIONS:
            match = pattern.fullmatch(request.url.path) or pattern.fullmatch(unquote(request.url.path))
            if match is None:
                continue
            if len(request.url.query) > LONGEST_QUERY:
                return not_found()
            if request.method != method:
                return complaint(405, f"The requested resource does not support http method '{request.method}'.")
            if not self._knows_key(request):
                return denied()
            return await handlers[name](request, unquote(match.groupdict().get("key") or ""), mark_of(request.scope))
        return not_found()

    async def websubmit(self, request: Request, key: str, mark: Mark) -> Response:
        """Load a web sales order (SEKO contract 4.2)."""
        kind = request.headers.get("content-type", "").lower()
        if "json" not in kind and "xml" not in kind:
            return complaint(415, f"The request entity's media type '{kind}' is not supported for this resource.")
        body = await request.body()
        if len(body) > LARGEST_ORDER:
            return complaint(413, "Maximum request length exceeded.")
        xml = "json" not in kind
        as_xml = wants_xml(request.headers.get("accept", ""), default_xml=xml)
        try:
            order = submit(self.world, FormReader(parse(body, xml=xml), settings=self.settings).read())
        except Rejected as fault:
            mark.note = "refused"
            return respond(refused(str(fault), wrap=self.settings.wrap_failures), xml=as_xml)
        mark.applied, mark.note = True, order["scenario"] or ""
        return respond(accepted(order["guid"]), xml=as_xml)

    async def cancel(self, request: Request, key: str, mark: Mark) -> Response:
        """Cancel an order; refused late (SEKO contract 4.4)."""
        as_xml = wants_xml(request.headers.get("accept", ""), default_xml=False)
        reason = request.query_params.get("reasonCode", "")
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

    async def stock(self, request: Request, key: str, mark: Mark) -> Response:
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

    async def status(self, request: Request, key: str, mark: Mark) -> Response:
        """The status of an order by its GUID, once it can be seen (SEKO contract 5)."""
        order = self._seen(key)
        if order is None:
            return self._unknown_order()
        return self._told({"Status": self.world.status(order), "GUID": order["guid"]})

    async def tracking(self, request: Request, key: str, mark: Mark) -> Response:
        """Courier and tracking number by GUID; empty, as ``{}``, before dispatch (SEKO contract 5).

        The answer has room for one parcel: of several dispatches it tells the first.
        """
        order = self._seen(key)
        if order is None:
            return self._unknown_order()
        gone = self.world.status(order) == DISPATCHED
        shipment = order["dispatches"][0] if gone else {"courier": "", "tracking_number": ""}
        return self._told(
            {
                "Courier": shipment["courier"] or {},
                "GUID": order["guid"],
                "TrackingNumber": shipment["tracking_number"] or {},
            }
        )

    async def release(self, request: Request, key: str, mark: Mark) -> Response:
        """Release an order that is on hold (SEKO contract 4.1); a label exception cannot be released this way."""
        order = self.world.latest(key)
        if order is None:
            return self._unknown_order()
        held = order["held"]
        if held is None or held["why"] != "on hold" or not self.world.release(key):
            return self._failed("Sales Order is not on hold.")
        mark.applied = True
        return self._told({"GUID": order["guid"]})

    async def echo(self, request: Request, key: str, mark: Mark) -> Response:
        """Echo a text: the connection test (SEKO contract 1.1)."""
        return self._told({"Echo": key})

    def _knows_key(self, request: Request) -> bool:
        given = parse_qs(request.url.query)
        return self.settings.key in (given.get("api_key") or given.get("token") or [])

    def _seen(self, guid: str) -> Document | None:
        order = self.world.by_guid.get(guid.casefold())
        if order is None or self.world.now() < moment(order["accepted_at"]) + self.settings.status_lag:
            return None
        return order

    def _told(self, content: dict[str, Any]) -> Response:
        return respond({"Response": {"CallStatus": call_status(True, {}), **content}}, xml=False)

    def _unknown_order(self) -> Response:
        return self._failed("Sales Order does not exist.")

    def _failed(self, message: str) -> Response:
        return respond({"Response": {"CallStatus": call_status(False, message), "GUID": {}}}, xml=False)
