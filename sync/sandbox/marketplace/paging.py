"""How lists are asked for and handed out: filters, offset pages and seek pages (John Lewis contract 1.3)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from ..clock import parse_instant
from .orders import millis
from .refusal import Refusal
from .reply import json_reply

PAGE, LARGEST_PAGE, LARGEST_LIST = 10, 100, 100

Row = tuple[Any, Any]


def values(query: QueryParams, name: str) -> list[str]:
    """The values of a list-valued parameter, comma separated or repeated. Raises Refusal 400 above 100 values."""
    found = [part for text in query.getlist(name) for part in text.split(",") if part]
    if len(found) > LARGEST_LIST:
        raise Refusal(400, f"The limit of {LARGEST_LIST} is exceeded for the parameter : {name}")
    return found


def choices(query: QueryParams, name: str, known: Sequence[str]) -> frozenset[str]:
    """The values of a parameter with a closed list. Raises Refusal 400 for a value that is not on it."""
    found = frozenset(values(query, name))
    unknown = found - set(known)
    if unknown:
        raise Refusal(400, f"Invalid value for parameter '{name}': {', '.join(sorted(unknown))}")
    return found


def moment(query: QueryParams, name: str) -> int | None:
    """An instant in milliseconds, None where it is not given. Raises Refusal 400 for what is no instant."""
    text = query.get(name)
    if not text:
        return None
    try:
        return millis(parse_instant(text))
    except ValueError:
        raise Refusal(400, f"Invalid value for parameter '{name}'") from None


def whole(query: QueryParams, name: str, default: int) -> int:
    """A whole number, `default` where it is not given. Raises Refusal 400 for anything else and for a page of 0."""
    text = query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or (name in ("max", "limit") and int(text) == 0):
        raise Refusal(400, f"Invalid value for parameter '{name}'")
    return int(text)


def offset_reply(request: Request, name: str, total: int, page: list[dict[str, Any]]) -> Response:
    """One offset page: the entries under `name`, ``total_count``, and a ``Link`` header to the pages beside it."""
    offset, size = offset_of(request.query_params)
    reply = json_reply({name: page, "total_count": total})
    links = _links(request, offset, size, total)
    if links:
        reply.headers["Link"] = links
    return reply


def offset_of(query: QueryParams) -> tuple[int, int]:
    """The offset and the size of the page that is asked for."""
    return whole(query, "offset", 0), min(whole(query, "max", PAGE), LARGEST_PAGE)


def seek_query(request: Request) -> QueryParams:
    """The parameters of a seek list: those of the first page for a page asked for by token.

    All other parameters are ignored beside a token. Raises Refusal 400 for a token that was not given out.
    """
    token = request.query_params.get("page_token")
    return request.query_params if token is None else QueryParams(_opened(token)[0])


def seek_reply(
    request: Request,
    rows: Sequence[Row],
    show: Callable[[Any], dict[str, Any]],
    *,
    page: int = PAGE,
    largest: int = LARGEST_PAGE,
    descending: bool = False,
) -> Response:
    """One seek page of (key, thing), sorted by key; no two keys are the same. Only what is on the page is shown."""
    rows = sorted(rows, key=lambda row: row[0], reverse=descending)
    query = seek_query(request)
    size = min(whole(query, "limit", page), largest)
    start = _start(request.query_params.get("page_token"), [key for key, _ in rows], size, descending=descending)
    shown = rows[start : start + size]
    content: dict[str, Any] = {"data": [show(thing) for _, thing in shown]}
    asked = urlencode(query.multi_items())
    if start + size < len(rows):
        content["next_page_token"] = _sealed(asked, "after", shown[-1][0])
    if start > 0 and shown:
        content["previous_page_token"] = _sealed(asked, "before", shown[0][0])
    return json_reply(content)


def seek_sort(query: QueryParams, criteria: Sequence[str], *, descending: bool) -> tuple[str, bool]:
    """The criterion asked for and whether it falls; the first one, as `descending` says, where nothing is asked.

    Raises Refusal 400 for another criterion.
    """
    name, _, direction = query.get("sort", criteria[0]).partition(",")
    if name not in criteria or direction.upper() not in ("", "ASC", "DESC"):
        raise Refusal(400, "Invalid value for parameter 'sort'")
    return name, direction.upper() == "DESC" if direction else descending


def _start(token: str | None, keys: list[Any], size: int, *, descending: bool) -> int:
    if token is None:
        return 0
    _, side, mark = _opened(token)
    mark = tuple(mark) if isinstance(mark, list) else mark
    passed = sum(1 for key in keys if (key >= mark if descending else key <= mark))
    if side == "after":
        return passed
    return max(0, passed - (1 if mark in keys else 0) - size)


def _sealed(asked: str, side: str, mark: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([asked, side, mark]).encode()).decode().rstrip("=")


def _opened(token: str) -> tuple[str, str, Any]:
    try:
        asked, side, mark = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError):
        raise Refusal(400, "Invalid value for parameter 'page_token'") from None
    return str(asked), str(side), mark


def _links(request: Request, offset: int, size: int, total: int) -> str:
    def link(start: int, rel: str) -> str:
        query = {**request.query_params, "max": str(size), "offset": str(start)}
        return f'<{request.url.replace(query=urlencode(query))}>; rel="{rel}"'

    parts = [link(max(0, offset - size), "previous")] if offset > 0 else []
    if offset + size < total:
        parts.append(link(offset + size, "next"))
    return ", ".join(parts)
