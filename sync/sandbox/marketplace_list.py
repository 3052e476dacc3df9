"""OR11: the list of orders, its filters, its pages and its throttle (John Lewis contract 1.3, 1.5 and 2.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from .clock import SandboxClock, parse_instant
from .marketplace_orders import STATES, Order, millis, order_json
from .marketplace_reply import json_reply
from .marketplace_world import MarketWorld, Refusal

PAGE, LARGEST_PAGE, LARGEST_LIST = 10, 100, 100
# "To ensure no orders are missed", the start of an update window is moved back by an undisclosed span.
WIDENED = timedelta(minutes=3)
POLL_EVERY = timedelta(minutes=1)
POLL_SLACK = timedelta(seconds=3)
OLD_STATES = ("WAITING_REFUND", "WAITING_REFUND_PAYMENT")


class PollThrottle:
    """One new poll of the list per simulated minute; the later pages of a poll are free."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last: datetime | None = None

    def refuse(self) -> int | None:
        """Real seconds to wait, at least 1, when a poll comes too early; None when it may pass (and is counted)."""
        now = self._clock.now()
        early = None if self._last is None else self._last + POLL_EVERY - POLL_SLACK - now
        if early is not None and early > timedelta(0):
            return max(1, math.ceil(self._clock.real_seconds(early)))
        self._last = now
        return None


def list_orders(request: Request, world: MarketWorld, throttle: PollThrottle) -> Response:
    """Answer OR11. Raises Refusal 400 for a parameter that cannot be read."""
    query = request.query_params
    offset = _whole(query.get("offset"), "offset", 0)
    size = min(_whole(query.get("max"), "max", PAGE), LARGEST_PAGE)
    keep = [test for test in _tests(request) if test is not None]
    if "order_ids" not in query and offset == 0:
        wait = throttle.refuse()
        if wait is not None:
            reply = json_reply({"message": "Too many requests", "status": 429}, 429)
            reply.headers["Retry-After"] = str(wait)
            return reply
    found = [order for order in _source(request, world) if all(test(order) for test in keep)]
    if query.get("order") == "desc":
        found.reverse()
    page = found[offset : offset + size]
    reply = json_reply({"orders": [order_json(order) for order in page], "total_count": len(found)})
    links = _links(request, offset, size, len(found))
    if links:
        reply.headers["Link"] = links
    return reply


def _source(request: Request, world: MarketWorld) -> Iterable[Order]:
    ids = _values(request, "order_ids")
    if ids:
        wanted = [world.orders[order_id] for order_id in dict.fromkeys(ids) if order_id in world.orders]
        return sorted(wanted, key=lambda order: order["created"])
    return world.listed()


def _tests(request: Request) -> list[Callable[[Order], bool] | None]:
    states = frozenset(_values(request, "order_state_codes"))
    unknown = states - {*STATES, *OLD_STATES}
    if unknown:
        raise Refusal(400, f"Invalid value for parameter 'order_state_codes': {', '.join(sorted(unknown))}")
    channels = frozenset(_values(request, "channel_codes"))
    start, end = _moment(request, "start_date"), _moment(request, "end_date")
    since, until = _moment(request, "start_update_date"), _moment(request, "end_update_date")
    since = None if since is None else since - millis_of(WIDENED)
    debited, incident = request.query_params.get("customer_debited"), request.query_params.get("has_incident")
    customers = _values(request, "order_references_for_customer")
    sellers = _values(request, "order_references_for_seller")
    return [
        (lambda o: o["state"] in states) if states else None,
        (lambda o: "JL_UK" in channels) if channels else None,
        (lambda o: o["created"] >= start) if start is not None else None,
        (lambda o: o["created"] <= end) if end is not None else None,
        (lambda o: o["updated"] >= since) if since is not None else None,
        (lambda o: o["updated"] <= until) if until is not None else None,
        (lambda o: ("debited" in o["times"]) == (debited == "true")) if debited else None,
        (lambda o: incident != "true") if incident else None,
        (lambda o: False) if customers or sellers else None,
    ]


def millis_of(span: timedelta) -> int:
    """A span in whole milliseconds."""
    return round(span.total_seconds() * 1000)


def _values(request: Request, name: str) -> list[str]:
    values = [part for text in request.query_params.getlist(name) for part in text.split(",") if part]
    if len(values) > LARGEST_LIST:
        raise Refusal(400, f"The limit of {LARGEST_LIST} is exceeded for the parameter : {name}")
    return values


def _moment(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return millis(parse_instant(text))
    except ValueError:
        raise Refusal(400, f"Invalid value for parameter '{name}'") from None


def _whole(text: str | None, name: str, default: int) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or (name == "max" and int(text) == 0):
        raise Refusal(400, f"Invalid value for parameter '{name}'")
    return int(text)


def _links(request: Request, offset: int, size: int, total: int) -> str:
    def link(start: int, rel: str) -> str:
        query = {**request.query_params, "max": str(size), "offset": str(start)}
        return f'<{request.url.replace(query=urlencode(query))}>; rel="{rel}"'

    parts = [link(max(0, offset - size), "previous")] if offset > 0 else []
    if offset + size < total:
        parts.append(link(offset + size, "next"))
    return ", ".join(parts)
