"""OR11: the list of orders, its filters and its pages (John Lewis contract 1.3 and 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from .lines import line_state
from .orders import STATES, Order, order_json
from .paging import choices, moment, offset_of, offset_reply, values
from .world import MarketWorld

# "To ensure no orders are missed", the start of an update window is moved back by an undisclosed span.
WIDENED = timedelta(minutes=3)
OLD_STATES = ("WAITING_REFUND", "WAITING_REFUND_PAYMENT")


def list_orders(request: Request, world: MarketWorld) -> Response:
    """Answer OR11. Raises Refusal 400 for a parameter that cannot be read."""
    query = request.query_params
    offset, size = offset_of(query)
    keep = [test for test in _tests(query) if test is not None]
    found = [order for order in _source(query, world) if all(test(order) for test in keep)]
    if query.get("order") == "desc":
        found.reverse()
    shrinks = world.settings.quantity_shrinks
    page = [order_json(order, shrinks=shrinks) for order in found[offset : offset + size]]
    return offset_reply(request, "orders", len(found), page)


def is_free(query: QueryParams) -> bool:
    """Whether the ceiling leaves this call alone: orders asked for by id, and later pages of a poll."""
    return "order_ids" in query or query.get("offset", "0") != "0"


def _source(query: QueryParams, world: MarketWorld) -> Iterable[Order]:
    ids = values(query, "order_ids")
    if ids:
        wanted = [world.orders[order_id] for order_id in dict.fromkeys(ids) if order_id in world.orders]
        return sorted(wanted, key=lambda order: order["created"])
    return world.listed()


def _tests(query: QueryParams) -> list[Callable[[Order], bool] | None]:
    states = choices(query, "order_state_codes", (*STATES, *OLD_STATES))
    channels = frozenset(values(query, "channel_codes"))
    centres = frozenset(values(query, "fulfillment_center_code"))
    start, end = moment(query, "start_date"), moment(query, "end_date")
    since, until = moment(query, "start_update_date"), moment(query, "end_update_date")
    since = None if since is None else since - round(WIDENED.total_seconds() * 1000)
    debited, incident = query.get("customer_debited"), query.get("has_incident")
    customers = values(query, "order_references_for_customer")
    sellers = frozenset(values(query, "order_references_for_seller"))
    workflow, taxes = query.get("payment_workflow"), query.get("order_tax_mode")
    return [
        (lambda o: o["state"] in states) if states else None,
        (lambda o: "JL_UK" in channels) if channels else None,
        (lambda o: False) if query.get("only_null_channel") == "true" or customers else None,
        (lambda o: "DEFAULT" in centres) if centres else None,
        (lambda o: workflow == "PAY_ON_ACCEPTANCE") if workflow else None,
        (lambda o: taxes == "TAX_INCLUDED") if taxes else None,
        (lambda o: o["created"] >= start) if start is not None else None,
        (lambda o: o["created"] <= end) if end is not None else None,
        (lambda o: o["updated"] >= since) if since is not None else None,
        (lambda o: o["updated"] <= until) if until is not None else None,
        (lambda o: ("debited" in o["times"]) == (debited == "true")) if debited else None,
        (lambda o: _in_dispute(o) == (incident == "true")) if incident else None,
        (lambda o: o.get("reference") in sellers) if sellers else None,
    ]


def _in_dispute(order: Order) -> bool:
    return any(line_state(order, line) == "INCIDENT_OPEN" for line in order["lines"])
