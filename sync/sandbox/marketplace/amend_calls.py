"""Changes to orders in the seller API: OR04, OR28, OR30, OR64 (John Lewis contract 2.7)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..gate import mark_of
from .amends import Amends
from .call import Call, done, entries_of, json_body, list_key, path_key, text_of, took_effect
from .refusal import Refusal
from .reply import json_reply
from .world import MarketWorld

MOST_ORDERS = 100
MOST_LINES = 1000
LONGEST_REFERENCE = 2000
TAX_MODES = ("TAX_INCLUDED", "TAX_EXCLUDED")


class AmendCalls:
    """The handlers."""

    def __init__(self, world: MarketWorld, amends: Amends) -> None:
        self._world = world
        self._amends = amends

    def calls(self) -> list[Call]:
        """Every call that changes an order."""
        return [
            Call("OR04", "PUT", "/api/orders", self._update, list_key("orders", "order_id")),
            Call("OR28", "PUT", "/api/orders/refund", self._refund, list_key("refunds", "order_line_id", cut="-")),
            Call("OR30", "PUT", "/api/orders/cancel", self._cancel, list_key("cancelations", "order_line_id", cut="-")),
            Call("OR64", "PUT", "/api/orders/{order_id}/lines/{line}/resolve_incident", self._resolve,
                 path_key("order_id")),
        ]  # fmt: skip

    async def _update(self, request: Request) -> Response:
        """OR04: the seller's own reference of an order. It answers 200 with the errors inside (contract 1.4)."""
        entries = entries_of(await json_body(request), "orders", most=MOST_ORDERS)
        for entry in entries:
            text_of(entry, "order_id")
        with self._world.ground.store.transaction():
            updated = [self._updated(entry) for entry in entries]
        good = sum(1 for each in updated if not each["errors"])
        mark = mark_of(request.scope)
        mark.applied, mark.note = good > 0, f"{good} of {len(entries)} taken"
        return json_reply({"updated_orders": updated})

    def _updated(self, entry: dict[str, Any]) -> dict[str, Any]:
        order_id = entry["order_id"]
        error = self._error(entry)
        if error is not None:
            return {"order_id": order_id, "errors": [error], "updated": None}
        order, references = self._world.find(order_id), entry.get("references") or {}
        if "order_reference_for_seller" in references:
            order["reference"] = references["order_reference_for_seller"]
            self._world.touch(order)
        return {
            "order_id": order_id,
            "errors": [],
            "updated": {"references": {"order_reference_for_seller": order.get("reference")}},
        }

    def _error(self, entry: dict[str, Any]) -> dict[str, str] | None:
        if entry["order_id"] not in self._world.orders:
            return _fault("order.not_found", "order_id", f"Order with id '{entry['order_id']}' was not found")
        if entry.get("order_lines"):
            return _fault("eco_contributions.disabled", "order_lines", "Eco-contributions are not collected")
        references = entry.get("references") or {}
        told = references.get("order_reference_for_seller") if isinstance(references, dict) else 0
        if told is not None and (not isinstance(told, str) or not told.strip() or len(told) > LONGEST_REFERENCE):
            message = f"must be a text of 1 to {LONGEST_REFERENCE} characters that is not blank"
            return _fault("value.invalid", "references.order_reference_for_seller", message)
        return None

    async def _refund(self, request: Request) -> Response:
        body = await json_body(request)
        refunds = self._amends.refund(entries_of(body, "refunds", most=MOST_LINES))
        took_effect(request, f"{len(refunds)} refunds")
        return json_reply({"order_tax_mode": _tax_mode(body), "refunds": refunds})

    async def _cancel(self, request: Request) -> Response:
        body = await json_body(request)
        cancelations = self._amends.cancel(entries_of(body, "cancelations", most=MOST_LINES))
        pieces = sum(entry["quantity"] for entry in cancelations)
        took_effect(request, f"{pieces} pieces of {len(cancelations)} lines cancelled")
        return json_reply({"order_tax_mode": _tax_mode(body), "cancelations": cancelations})

    async def _resolve(self, request: Request) -> Response:
        order, line = self._world.find_line(request.path_params["line"])
        if order["order_id"] != request.path_params["order_id"]:
            raise Refusal(404, f"Order line with id '{line['id']}' was not found", "ORDER_LINE_NOT_FOUND")
        reason = (await json_body(request)).get("reason_code")
        self._amends.resolve(order, line, reason)
        return done(request, f"incident on {line['id']} resolved: {reason}")


def _tax_mode(body: dict[str, Any]) -> str:
    told = body.get("order_tax_mode") or TAX_MODES[0]
    if told not in TAX_MODES:
        raise Refusal(400, "Invalid value for field 'order_tax_mode'", "VALIDATION_ERROR")
    return str(told)


def _fault(code: str, field: str, message: str) -> dict[str, str]:
    return {"code": code, "field": field, "message": message}
