"""The shipments of the seller API: ST01, ST06, ST11, ST12, ST23, ST24 (John Lewis contract 2.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..clock import show_instant
from .call import Call, Handler, entries_of, json_body, list_key, one_by_one, query_key, text_of
from .deadline import shipping_deadline
from .lines import unpacked
from .orders import Order, address_json, instant
from .paging import Row, choices, moment, seek_query, seek_reply, seek_sort, values
from .reference import SHIPPING_TYPE
from .refusal import Refusal
from .reply import json_reply
from .shipments import DEBIT_STATES, STATES, Shipment, shipment_json
from .shipping import Shipping
from .world import MarketWorld

MOST = 1000


class ShipmentCalls:
    """The handlers. With multi-shipment off the whole family answers 404."""

    def __init__(self, world: MarketWorld, shipping: Shipping) -> None:
        self._world = world
        self._shipping = shipping

    def calls(self) -> list[Call]:
        """Every call of the family."""
        ids = list_key("shipments", "id")
        return [
            Call("ST01", "POST", "/api/shipments", self._open(self._create), list_key("shipments", "order_id")),
            Call("ST11", "GET", "/api/shipments", self._open(self._list), query_key("order_id")),
            Call("ST12", "GET", "/api/shipments/items_to_ship", self._open(self._to_ship), query_key("order_id")),
            Call("ST23", "POST", "/api/shipments/tracking", self._open(self._track), ids),
            Call("ST24", "PUT", "/api/shipments/ship", self._open(self._ship), ids),
            Call("ST06", "PUT", "/api/shipments/delete", self._open(self._delete), ids),
        ]

    def _open(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            if not self._world.settings.multi_shipment:
                raise Refusal(404, "Not Found")
            return await handler(request)

        return answer

    async def _create(self, request: Request) -> Response:
        entries = entries_of(await json_body(request), "shipments", most=MOST)
        for entry in entries:
            _check_new(entry)
        with self._world.ground.store.transaction():
            told = one_by_one(request, entries, self._shipping.create, name="shipment", field="order_id")
        return json_reply(told, 201)

    async def _track(self, request: Request) -> Response:
        entries = entries_of(await json_body(request), "shipments", most=MOST)
        for entry in entries:
            if not isinstance(entry.get("tracking"), dict):
                raise Refusal(400, "tracking is mandatory", "VALIDATION_ERROR")
        return self._each(request, entries, self._shipping.track)

    async def _ship(self, request: Request) -> Response:
        entries = entries_of(await json_body(request), "shipments", most=MOST)
        return self._each(request, entries, self._shipping.ship)

    async def _delete(self, request: Request) -> Response:
        entries = entries_of(await json_body(request), "shipments", most=MOST)
        return self._each(request, entries, self._shipping.delete)

    def _each(
        self, request: Request, entries: list[dict[str, Any]], act: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> Response:
        for entry in entries:
            text_of(entry, "id")
        with self._world.ground.store.transaction():
            return json_reply(one_by_one(request, entries, act, name="shipment", field="id"))

    async def _list(self, request: Request) -> Response:
        query = seek_query(request)
        orders = frozenset(values(query, "order_id"))
        states = choices(query, "shipment_state_code", STATES)
        debits = choices(query, "shipment_customer_debit_state_code", DEBIT_STATES)
        _, descending = seek_sort(query, ("dateCreated",), descending=False)
        since, until = moment(query, "last_updated_from"), moment(query, "last_updated_to")

        def kept(shipment: Shipment) -> bool:
            return (
                (not states or shipment["state"] in states)
                and (not debits or "NO_DEBIT" in debits)
                and (since is None or shipment["updated"] >= since)
                and (until is None or shipment["updated"] <= until)
            )

        book = self._world.shipments
        source = [each for order_id in sorted(orders) for each in book.of(order_id)] if orders else book.all()
        rows: list[Row] = [((each["created"], each["number"]), each) for each in source if kept(each)]
        return seek_reply(request, rows, self._shown, descending=descending)

    async def _to_ship(self, request: Request) -> Response:
        query = seek_query(request)
        orders, centres = frozenset(values(query, "order_id")), values(query, "fulfillment_center_code")
        _, descending = seek_sort(query, ("shippingDate",), descending=False)
        since, until = moment(query, "shipping_date_from"), moment(query, "shipping_date_to")
        rows: list[Row] = []
        for order in self._world.listed(("SHIPPING",)):
            since_when = order["times"]["debited"]
            wanted = (not orders or order["order_id"] in orders) and (not centres or "DEFAULT" in centres)
            timely = (since is None or since_when >= since) and (until is None or since_when <= until)
            if wanted and timely and any(unpacked(line) > 0 for line in order["lines"]):
                rows.append(((since_when, order["order_id"]), order))
        return seek_reply(request, rows, _items, descending=descending)

    def _shown(self, shipment: Shipment) -> dict[str, Any]:
        return shipment_json(shipment, self._world.find(shipment["order_id"]))


def _check_new(entry: dict[str, Any]) -> None:
    """What the published schema asks of an ST01 entry; a request that breaks it is refused as a whole."""
    text_of(entry, "order_id")
    for line in entries_of(entry, "shipment_lines", most=2**31):
        quantity = line.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise Refusal(400, "quantity must be greater than or equal to 1", "VALIDATION_ERROR")
    if not isinstance(entry.get("shipped", False), bool):
        raise Refusal(400, "Invalid value for field 'shipped'", "VALIDATION_ERROR")
    if not isinstance(entry.get("tracking") or {}, dict):
        raise Refusal(400, "Invalid value for field 'tracking'", "VALIDATION_ERROR")


def _items(order: Order) -> dict[str, Any]:
    """What is left to ship of one order (ST12)."""
    paid = instant(order["times"]["debited"])
    return {
        "order_id": order["order_id"],
        "references": {"order_reference_for_customer": None, "order_reference_for_seller": order.get("reference")},
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "shipping_address": address_json(order),
        "shipping_date": show_instant(paid),
        "shipping_deadline": show_instant(shipping_deadline(paid)),
        "shipping_type_code": SHIPPING_TYPE["code"],
        "shipping_type_standard_code": SHIPPING_TYPE["standard_code"],
        "shipment_lines": [
            {
                "order_line_id": line["id"],
                "offer_sku": line["sku"],
                "product_title": line["title"],
                "quantity": unpacked(line),
                "package_reference": None,
            }
            for line in order["lines"]
            if unpacked(line) > 0
        ],
    }
