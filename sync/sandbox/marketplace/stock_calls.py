"""Offers and stock of the seller API: OF21, STO01, STO02, STO03 (John Lewis contract 3.1 and 3.2)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from ..gate import Question, mark_of
from .call import Call, path_key, query_key, took_effect
from .imports import StockImports, import_json
from .multipart import form_of, part_named, parts_of
from .paging import offset_of, offset_reply
from .reference import product_sku
from .refusal import Refusal
from .reply import json_reply
from .settings import DELIMITERS
from .stock_file import Unreadable, first_skus
from .world import MarketWorld

SORTS = ("totalPrice", "price", "productTitle")
NAMED = 20  # SKUs of a file that stand in its natural key; a larger file is named by its number of lines
IMPORT = "/api/offers/stock/imports"


class StockCalls:
    """The handlers."""

    def __init__(self, world: MarketWorld, imports: StockImports) -> None:
        self._world = world
        self._imports = imports

    def calls(self) -> list[Call]:
        """Every call on offers and stock."""
        return [
            Call("OF21", "GET", "/api/offers", self._offers, query_key("sku", "product_id")),
            Call("STO01", "POST", IMPORT, self._start, self._file_key),
            Call("STO02", "GET", IMPORT + "/{import_id}/status", self._status, path_key("import_id")),
            Call("STO03", "GET", IMPORT + "/{import_id}/error_report", self._report, path_key("import_id")),
        ]

    async def _offers(self, request: Request) -> Response:
        query, offers = request.query_params, self._world.offers
        sort = query.get("sort", SORTS[0])
        if sort not in SORTS:
            raise Refusal(400, "Invalid value for parameter 'sort'")
        sku = query.get("sku")
        found = offers.listed(sort) if sku is None else [sku] if offers.left(sku) is not None else []
        if query.get("product_id"):
            found = [sku for sku in found if product_sku(sku) == query["product_id"]]
        if "11" not in query.get("offer_state_codes", "11").split(",") or query.get("favorite") == "true":
            found = []
        offset, size = offset_of(query)
        ordered = found[::-1] if query.get("order") == "desc" else found
        now = self._world.ground.clock.now()
        return offset_reply(
            request, "offers", len(found), [offers.json(sku, now) for sku in ordered[offset : offset + size]]
        )

    async def _start(self, request: Request) -> Response:
        content = part_named(await form_of(request), "file").content
        made = self._imports.start(content, mark_of(request.scope).key)
        took_effect(request, f"import {made['id']}, {max(0, len(made['content'].splitlines()) - 1)} lines")
        reply = json_reply({"import_id": made["id"]}, 201)
        reply.headers["Location"] = str(request.url.replace(path=f"{IMPORT}/{made['id']}/status", query=""))
        return reply

    async def _status(self, request: Request) -> Response:
        return json_reply(import_json(self._imports.find(request.path_params["import_id"])))

    async def _report(self, request: Request) -> Response:
        text = self._imports.report(request.path_params["import_id"])
        return Response(text, media_type="text/csv;charset=UTF-8")

    def _file_key(self, question: Question, parts: Mapping[str, str]) -> str:
        try:
            content = part_named(parts_of(question.body), "file").content.decode("utf-8-sig", "replace")
            skus = first_skus(content, DELIMITERS[self._world.settings.csv_delimiter], NAMED + 1)
        except (Refusal, Unreadable):
            return ""
        return ",".join(skus) if len(skus) <= NAMED else f"{content.count(chr(10))} lines"
