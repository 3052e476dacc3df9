"""Returns of the seller API: RT04, RT11, RT12, RT21, RT25, RT26, RT27 (John Lewis contract 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from .call import Call, Handler, entries_of, json_body, list_key, one_by_one, query_key, text_of
from .lines import Line
from .orders import Order
from .paging import Row, choices, moment, seek_query, seek_reply, seek_sort, values
from .reasons import RETURN_REASONS
from .refusal import Refusal
from .reply import json_reply
from .returns import METHODS, RETURN_WINDOW, RETURNABLE, STATES, Return, Returns
from .world import MarketWorld

MOST = 100
Act = Callable[[dict[str, Any]], dict[str, Any]]


class ReturnCalls:
    """The handlers. What a platform without returns answers is not known; here it is 404, as with shipments."""

    def __init__(self, world: MarketWorld, returns: Returns) -> None:
        self._world = world
        self._returns = returns

    def calls(self) -> list[Call]:
        """Every call of the family."""
        ids, path = list_key("returns", "id"), "/api/returns"
        listed = query_key("return_id", "order_commercial_id", "order_line_id")
        return [
            Call("RT11", "GET", path, self._open(self._list), listed),
            Call("RT12", "GET", f"{path}/items_to_return", self._open(self._items), listed),
            Call("RT04", "PUT", path, self._each(self._returns.patch), ids),
            Call("RT21", "PUT", f"{path}/accept", self._each(self._returns.accept), ids),
            Call("RT25", "PUT", f"{path}/receive", self._each(self._returns.receive), ids),
            Call("RT26", "PUT", f"{path}/compliance", self._each(self._returns.comply, lines=True), ids),
            Call("RT27", "PUT", f"{path}/close", self._each(self._returns.close), ids),
        ]

    def _open(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            if not self._world.settings.returns:
                raise Refusal(404, "Not Found")
            return await handler(request)

        return answer

    def _each(self, act: Act, *, lines: bool = False) -> Handler:
        async def answer(request: Request) -> Response:
            entries = entries_of(await json_body(request), "returns", most=MOST)
            for entry in entries:
                text_of(entry, "id")
                if lines:
                    entries_of(entry, "return_lines", most=2 * MOST)
            with self._world.ground.store.transaction():
                return json_reply(one_by_one(request, entries, act, name="return", field="id"))

        return self._open(answer)

    async def _list(self, request: Request) -> Response:
        query = seek_query(request)
        ids, rmas = values(query, "return_id"), values(query, "return_rma")
        states = choices(query, "return_state", STATES)
        orders, lines = values(query, "order_commercial_id"), values(query, "order_line_id")
        customers = values(query, "customer_id")
        made = moment(query, "return_creation_date_from"), moment(query, "return_creation_date_to")
        changed = moment(query, "return_last_updated_from"), moment(query, "return_last_updated_to")
        _, descending = seek_sort(query, ("date_created",), descending=False)

        def kept(each: Return) -> bool:
            order = self._world.find(each["order_id"])
            return (
                (not ids or each["id"] in ids)
                and (not rmas or each["rma"] in rmas)
                and (not states or each["state"] in states)
                and (not orders or order["commercial_id"] in orders)
                and (not customers or f"C-{order['number']}" in customers)
                and (not lines or any(line["order_line_id"] in lines for line in each["lines"]))
                and _within(each["created"], made)
                and _within(each["updated"], changed)
            )

        rows: list[Row] = [((each["created"], each["number"]), each) for each in self._returns.all() if kept(each)]
        return seek_reply(request, rows, self._returns.json, descending=descending)

    async def _items(self, request: Request) -> Response:
        query = seek_query(request)
        orders, lines = values(query, "order_commercial_id"), values(query, "order_line_id")
        _, descending = seek_sort(query, ("order_line_id",), descending=False)
        rows: list[Row] = [
            (line["id"], (order, line))
            for order in self._world.listed(RETURNABLE)
            for line in order["lines"]
            if (not orders or order["commercial_id"] in orders) and (not lines or line["id"] in lines)
        ]
        return seek_reply(request, rows, lambda found: self._item(*found), descending=descending)

    def _item(self, order: Order, line: Line) -> dict[str, Any]:
        return {
            "order_commercial_id": order["commercial_id"],
            "order_line_id": line["id"],
            "returnable_quantity": self._returns.returnable(line),
            "return_window": RETURN_WINDOW,
            "available_return_methods": [METHODS[0]],
            "available_return_reasons": list(RETURN_REASONS),
        }


def _within(stored: int, window: tuple[int | None, int | None]) -> bool:
    since, until = window
    return (since is None or stored >= since) and (until is None or stored <= until)
