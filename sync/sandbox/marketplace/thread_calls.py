"""Messages of the seller API: M10, M11, M12, OR43 (John Lewis contract 5.2)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from .call import Call, path_key, query_key, took_effect
from .multipart import form_of, part_named
from .paging import Row, choices, moment, seek_query, seek_reply, values
from .refusal import Refusal
from .reply import json_reply
from .threads import SHOWN_MESSAGES, Thread, Threads
from .world import MarketWorld

ENTITIES = ("MMP_ORDER", "MMP_OFFER", "MPS_ORDER", "MPS_SERVICE", "SELLER_OPERATOR")
PAGE = 50
MOST_FILES = 50


class ThreadCalls:
    """The handlers."""

    def __init__(self, world: MarketWorld, threads: Threads) -> None:
        self._world = world
        self._threads = threads

    def calls(self) -> list[Call]:
        """Every call on messages."""
        inbox = "/api/inbox/threads"
        return [
            Call("M11", "GET", inbox, self._list, query_key("entity_id")),
            Call("M10", "GET", inbox + "/{thread_id}", self._show, path_key("thread_id")),
            Call("M12", "POST", inbox + "/{thread_id}/message", self._reply, path_key("thread_id")),
            Call("OR43", "POST", "/api/orders/{order_id}/threads", self._open, path_key("order_id")),
        ]

    async def _list(self, request: Request) -> Response:
        query = seek_query(request)
        kinds, ids = choices(query, "entity_type", ENTITIES), values(query, "entity_id")
        since, channels = moment(query, "updated_since"), values(query, "channel_codes")
        if ids and not kinds:
            raise Refusal(400, "entity_type is mandatory with entity_id")
        messages = SHOWN_MESSAGES if query.get("with_messages") == "true" else None
        nothing = (kinds and "MMP_ORDER" not in kinds) or (channels and "JL_UK" not in channels)
        rows: list[Row] = [
            ((each["updated"], each["number"]), each)
            for each in ([] if nothing else self._threads.all())
            if (not ids or each["order_id"] in ids) and (since is None or each["updated"] >= since)
        ]

        def shown(thread: Thread) -> dict[str, Any]:
            return self._threads.json(thread, messages=messages)

        return seek_reply(request, rows, shown, page=PAGE, descending=True)

    async def _show(self, request: Request) -> Response:
        thread = self._threads.find(request.path_params["thread_id"])
        return json_reply(self._threads.json(thread, messages=0))

    async def _open(self, request: Request) -> Response:
        order = self._world.find(request.path_params["order_id"])
        told, files = await _told(request, "thread_input")
        topic = told.get("topic") if isinstance(told.get("topic"), dict) else {}
        receivers = told.get("to") if isinstance(told.get("to"), list) else []
        message = {"side": "SHOP", "to": receivers, "body": told.get("body"), "files": files}
        return _made(request, self._threads.open(order, topic or {}, message))

    async def _reply(self, request: Request) -> Response:
        thread = self._threads.find(request.path_params["thread_id"])
        told, files = await _told(request, "message_input")
        named = told.get("to") if isinstance(told.get("to"), list) else []
        receivers = [str(each.get("type")) for each in named or [] if isinstance(each, dict)]
        self._threads.add(thread, side="SHOP", to=receivers, body=told.get("body"), files=files)
        return _made(request, thread)


async def _told(request: Request, name: str) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    """The JSON part of a message, and the names and sizes of its files. Raises Refusal 400 above 50 files."""
    parts = await form_of(request)
    files = [(part.filename or "file", len(part.content)) for part in parts if part.name == "files"]
    if len(files) > MOST_FILES:
        raise Refusal(400, f"A message cannot have more than {MOST_FILES} attachments")
    return part_named(parts, name).json(), files


def _made(request: Request, thread: Thread) -> Response:
    message = thread["messages"][-1]
    took_effect(request, f"message {message['id']} to {', '.join(message['to'])}")
    return json_reply({"message_id": message["id"], "thread_id": thread["id"]}, 201)
