"""The line between product and partner inside one process: a request runs through the partner's gate to its end.

Nothing sleeps: what takes time moves the simulated clock. What a socket would say is said in httpx's own errors.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

import httpx
from starlette.types import ASGIApp, Message

from sync.partners.transport import Limits
from sync.sandbox.gate import ConnectionLost
from tests.campaign.days.clock import TimeIsUp, VirtualClock

Call = TypeVar("Call")
READ, TOTAL = Limits().read, Limits().total


def to_its_end(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits for anything but its turn."""
    try:
        while True:
            work.send(None)
    except StopIteration as done:
        return done.value


@dataclass
class Received:
    """What came back so far."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


class Wire(httpx.BaseTransport, Generic[Call]):
    """One partner behind its gate. ``before`` names a request and may raise an error of httpx instead of letting it
    leave; ``settle`` lets the partner's world catch up with the clock; ``after`` hears when the partner is through.
    """

    def __init__(
        self,
        app: ASGIApp,
        clock: VirtualClock,
        *,
        settle: Callable[[], None],
        before: Callable[[httpx.Request], Call],
        after: Callable[[Call], None],
        latency: Callable[[], float],
    ) -> None:
        self._app = app
        self._clock = clock
        self._settle = settle
        self._before = before
        self._after = after
        self._latency = latency

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Take one request to the partner and its answer back."""
        request.read()
        self._clock.sleep(self._latency())
        call = self._before(request)
        self._settle()
        try:
            received = self._exchange(request)
        finally:
            self._after(call)
        headers = [(name, value) for name, value in received.headers]
        return httpx.Response(received.status, headers=headers, stream=httpx.ByteStream(received.body))

    def _exchange(self, request: httpx.Request) -> Received:
        received, outer, began = Received(), self._clock.patience, self._clock.now
        overall = began + timedelta(seconds=TOTAL)
        read = timedelta(seconds=READ)

        async def receive() -> Message:
            return {"type": "http.request", "body": request.content, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                received.status, received.headers = message["status"], list(message.get("headers", []))
            else:
                received.body += message.get("body", b"")
            self._clock.patience = min(overall, self._clock.now + read)

        self._clock.patience = min(overall, began + read)
        try:
            to_its_end(self._app(self._scope(request), receive, send))
        except TimeIsUp:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        except ConnectionLost:
            if self._clock.now > began:
                raise httpx.RemoteProtocolError("closed without an answer", request=request) from None
            raise httpx.ReadError("connection reset", request=request) from None
        finally:
            self._clock.patience = outer
        return received

    @staticmethod
    def _scope(request: httpx.Request) -> dict[str, Any]:
        url = request.url
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
            "scheme": url.scheme, "path": url.path, "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query, "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 1), "server": (url.host, url.port or 443),
        }  # fmt: skip
