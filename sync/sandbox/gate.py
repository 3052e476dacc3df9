"""The gate in front of a simulated partner: applies faults and windows, and writes every request into the ledger."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .clock import SandboxClock
from .faults import NEVER, Faults, Rule, Windows
from .ledger import Ledger
from .quirk import collapse

LARGEST_BODY = 32 * 1024 * 1024
BIG_ANSWER = 20 * 1024 * 1024
TIMEOUT_SECONDS = 3.0  # closes without an answer after a short wait, so that a demonstration does not stand still
HANG_SECONDS = 30.0  # longer than any client waits
SLOW_SECONDS = 4.0
DRIP_SECONDS = 60.0
OWN_PATHS = "/_sandbox/"
HTML_ERROR = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"


class ConnectionLost(Exception):
    """The connection ends without an answer (only seen by in-process test clients)."""


@dataclass
class Mark:
    """What the handler of a request tells the gate about it, for the ledger."""

    operation: str = ""
    key: str = ""
    applied: bool = False
    note: str = ""


@dataclass(frozen=True)
class Question:
    """A request as the gate sees it. `query` holds the first value of each parameter."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    """A whole answer. With `lost` set it is never sent: ``timeout``, ``hang`` or ``reset``."""

    status: int
    body: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    lost: str = ""

    @classmethod
    def json(cls, status: int, content: Any) -> Answer:
        """A JSON answer."""
        return cls(status, json.dumps(content).encode(), [(b"content-type", b"application/json;charset=UTF-8")])

    @classmethod
    def html(cls, status: int, body: bytes = HTML_ERROR) -> Answer:
        """An HTML answer, as gateways give."""
        return cls(status, body, [(b"content-type", b"text/html")])


def mark_of(scope: Scope) -> Mark:
    """The mark that belongs to a request; handlers set `applied`, `note` and the like on it."""
    mark: Mark = scope["sandbox.mark"]
    return mark


class Gate:
    """ASGI wrapper around one simulated partner.

    `identify` names the operation and the natural key of a request before it is handled. `refused` is the partner's
    own answer to a wrong key, used while a refused-key window is open; an outage window alternates 503 and HTML.
    Paths under ``/_sandbox/`` pass untouched.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        identify: Callable[[Question], tuple[str, str]],
        clock: SandboxClock,
        faults: Faults,
        ledger: Ledger,
        started: datetime,
        refused: Answer,
        outage: Windows = NEVER,
        refuse_key: Windows = NEVER,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._app = app
        self._identify = identify
        self._clock = clock
        self._faults = faults
        self._ledger = ledger
        self._started = started
        self._refused = refused
        self._outage = outage
        self._refuse_key = refuse_key
        self._timeout_seconds = timeout_seconds
        self._turned_away = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request through windows, faults, handler, faults and ledger."""
        if scope["type"] != "http" or scope["path"].startswith(OWN_PATHS):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            return
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        question = Question(scope["method"], scope["path"], query, body)
        mark = Mark(*self._identify(question))
        answer, rule = await self._decide(scope, question, mark)
        mark.note = "; ".join(filter(None, [mark.note, _told_to_wait(answer)]))
        path = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        self._ledger.write(
            direction="in",
            method=question.method,
            path=path,
            operation=mark.operation,
            natural_key=mark.key,
            body=body,
            applied=mark.applied,
            status=None if answer.lost else answer.status,
            answer=answer.body,
            note=mark.note,
        )
        await self._give(answer, rule, scope, send)

    async def _decide(self, scope: Scope, question: Question, mark: Mark) -> tuple[Answer, Rule | None]:
        age = self._clock.now() - self._started
        if self._outage.cover(age):
            self._turned_away += 1
            mark.note = "outage window"
            return (Answer.html(503) if self._turned_away % 2 else Answer(503)), None
        if self._refuse_key.cover(age):
            mark.note = "refused-key window"
            return self._refused, None
        rule = self._faults.take(mark.operation, mark.key, "before")
        if rule is not None:
            mark.note = f"fault before effect: {rule.kind}"
            return _spoilt(rule, Answer(200)), rule
        answer = await _handle(self._app, scope, question.body, mark)
        rule = self._faults.take(mark.operation, mark.key, "after")
        if rule is not None:
            mark.note = "; ".join(filter(None, [mark.note, f"fault after effect: {rule.kind}"]))
            return _spoilt(rule, answer), rule
        return answer, None

    async def _give(self, answer: Answer, rule: Rule | None, scope: Scope, send: Send) -> None:
        seconds = rule.seconds if rule else 0.0
        if answer.lost:
            waits = {"timeout": self._timeout_seconds, "hang": HANG_SECONDS, "reset": 0.0}
            await asyncio.sleep(seconds or waits[answer.lost])
            await _drop(send, abrupt=answer.lost == "reset")
            return
        if rule is not None and rule.kind == "slow":
            await asyncio.sleep(seconds or SLOW_SECONDS)
        headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
        if answer.status != 204:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if rule is not None and rule.kind == "drip":
            await _drip(answer.body, seconds or DRIP_SECONDS, send)
        else:
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


def _told_to_wait(answer: Answer) -> str:
    """What the ledger keeps of an answer that says when to ask again."""
    waits = [value.decode("latin-1") for name, value in answer.headers if name.lower() == b"retry-after"]
    return f"retry-after {waits[0]}" if waits and not answer.lost else ""


def _spoilt(rule: Rule, answer: Answer) -> Answer:
    """What becomes of an answer under a fault."""
    if rule.kind in ("timeout", "hang", "reset"):
        return Answer(answer.status, answer.body, lost=rule.kind)
    if rule.kind in ("500", "503", "429"):
        spoilt = Answer.json(int(rule.kind), {"message": "Please try again later", "status": int(rule.kind)})
        if rule.kind == "429" and rule.retry_after is not None:
            spoilt.headers.append((b"retry-after", str(rule.retry_after).encode()))
        return spoilt
    if rule.kind == "refusal":
        status = rule.status or 400
        return Answer.json(status, {"message": rule.message, "status": status})
    if rule.kind == "html":
        return Answer.html(rule.status or 502)
    bodies: dict[str, Callable[[], bytes]] = {
        "empty": lambda: b"",
        "truncated": lambda: answer.body[: len(answer.body) // 2],
        "big": lambda: answer.body + b" " * BIG_ANSWER,
        "collapsed": lambda: _collapsed(answer.body),
        "unknown_value": lambda: _rewritten(answer.body, lambda told: _with_value(told, rule.field, rule.value)),
        "unknown_field": lambda: _rewritten(answer.body, lambda told: {**told, "field_of_tomorrow": {"new": True}}),
    }
    return Answer(answer.status, bodies[rule.kind](), answer.headers) if rule.kind in bodies else answer


def _collapsed(body: bytes) -> bytes:
    """A JSON body with one-entry lists as objects and empty texts as ``{}``; any other body stays as it is."""
    try:
        return json.dumps(collapse(json.loads(body)), ensure_ascii=False).encode()
    except ValueError:
        return body


def _with_value(told: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    return {**told, name: value} if name in told else told


def _rewritten(body: bytes, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    """A JSON body with every object changed; any other body stays as it is."""
    try:
        return json.dumps(json.loads(body, object_hook=change), ensure_ascii=False).encode()
    except ValueError:
        return body


async def _read(receive: Receive) -> bytes | None:
    """The body; None when the client went away in the middle of it: then it has asked for nothing."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _handle(app: ASGIApp, scope: Scope, body: bytes, mark: Mark) -> Answer:
    """Run the handler and keep its answer back."""
    answer = Answer(500)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")

    await app({**scope, "sandbox.mark": mark}, receive, keep)
    return answer


async def _drip(body: bytes, seconds: float, send: Send) -> None:
    pause = min(0.5, seconds / max(1, len(body)))
    step = max(1, int(len(body) * pause / seconds))
    for start in range(0, len(body), step):
        await send({"type": "http.response.body", "body": body[start : start + step], "more_body": True})
        await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b""})


async def _drop(send: Send, *, abrupt: bool) -> None:
    """Close the connection without an answer; uvicorn's `send` belongs to the object that holds the transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionLost("the simulated partner closes the connection without an answer")
    if abrupt and not transport.is_closing():
        linger = struct.pack("ii", 1, 0)  # reset instead of an orderly end
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    while not send.__self__.disconnected:  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
