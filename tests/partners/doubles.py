"""A partner in memory: answers from a list, and what was asked of it."""

import json
from typing import Any

import httpx


class Script:
    """Answers one prepared response after the other; the last one for ever."""

    def __init__(self, *responses: httpx.Response | dict[str, Any] | list[Any]) -> None:
        self._responses = [
            each if isinstance(each, httpx.Response) else httpx.Response(200, json=each) for each in responses
        ]
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self._responses[min(len(self.requests), len(self._responses)) - 1]

    @property
    def request(self) -> httpx.Request:
        """The last request."""
        return self.requests[-1]

    @property
    def sent(self) -> Any:
        """The JSON body of the last request."""
        return json.loads(self.request.content)
