"""How the simulated marketplace writes its answers: pretty-printed JSON and the error envelope (contract 1.1, 1.4)."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from .refusal import Refusal


def json_reply(content: Any, status: int = 200) -> Response:
    """A JSON answer, printed with blanks round the colon as the marketplace does."""
    text = json.dumps(content, ensure_ascii=False, indent=2, separators=(",", " : "))
    return Response(text, status, media_type="application/json;charset=UTF-8")


def refusal_reply(refusal: Refusal) -> Response:
    """The error envelope ``{"message", "status"}``, with a code where the call has one, and when to come back."""
    content: dict[str, Any] = {"message": refusal.message, "status": refusal.status}
    if refusal.code is not None:
        content["code"] = refusal.code
    reply = json_reply(content, refusal.status)
    if refusal.retry_after is not None:
        reply.headers["Retry-After"] = str(refusal.retry_after)
    return reply
