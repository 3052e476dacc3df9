"""One call of the seller API: its operation, its path, who answers it, and what its natural key is."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from ..gate import Question, mark_of
from .refusal import Refusal

Handler = Callable[[Request], Awaitable[Response]]
KeyOf = Callable[[Question, Mapping[str, str]], str]


def no_key(question: Question, parts: Mapping[str, str]) -> str:
    """For calls that concern nothing in particular."""
    return ""


def path_key(name: str) -> KeyOf:
    """The natural key is a part of the path."""
    return lambda question, parts: unquote(parts[name])


def query_key(*names: str) -> KeyOf:
    """The natural key is the first of these parameters that is given."""
    return lambda question, parts: next((question.query[name] for name in names if question.query.get(name)), "")


def list_key(name: str, field: str, *, cut: str = "") -> KeyOf:
    """The natural key is every different `field` in the JSON list `name`, comma separated.

    With `cut` only what stands before its last occurrence counts: the order id of an order line's id.
    """

    def key(question: Question, parts: Mapping[str, str]) -> str:
        try:
            entries = json.loads(question.body)[name]
            found = [str(entry[field]) for entry in entries]
        except (ValueError, TypeError, KeyError):
            return ""
        return ",".join(dict.fromkeys(text.rpartition(cut)[0] if cut else text for text in found))

    return key


@dataclass(frozen=True)
class Call:
    """One operation of the seller API; `path` is a Starlette template."""

    operation: str
    method: str
    path: str
    handle: Handler
    key: KeyOf = no_key


def done(request: Request, note: str) -> Response:
    """The empty 204 of a call that took effect."""
    took_effect(request, note)
    return Response(status_code=204)


def took_effect(request: Request, note: str) -> None:
    """Tell the ledger that the call changed the world, and how."""
    mark = mark_of(request.scope)
    mark.applied, mark.note = True, note


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises Refusal 400 for anything else."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refusal(400, "The request body is not valid JSON", "VALIDATION_ERROR") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The request body must be an object", "VALIDATION_ERROR")
    return body


def entries_of(body: Mapping[str, Any], name: str, *, most: int) -> list[dict[str, Any]]:
    """The objects in the list `name`. Raises Refusal 400 when it is missing, empty, above `most`, or holds others."""
    told = body.get(name)
    if not isinstance(told, list) or not told:
        raise Refusal(400, f"{name} is mandatory", "VALIDATION_ERROR")
    if len(told) > most:
        raise Refusal(400, f"The limit of {most} is exceeded for the parameter : {name}")
    if not all(isinstance(entry, dict) for entry in told):
        raise Refusal(400, f"{name} must hold objects", "VALIDATION_ERROR")
    return told


def text_of(entry: Mapping[str, Any], name: str) -> str:
    """A mandatory text. Raises Refusal 400 when it is missing, blank or no text."""
    told = entry.get(name)
    if not isinstance(told, str) or not told.strip():
        raise Refusal(400, f"{name} is mandatory", "VALIDATION_ERROR")
    return told


def one_by_one(
    request: Request,
    entries: list[dict[str, Any]],
    act: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    name: str,
    field: str,
) -> dict[str, Any]:
    """Partial success: ``<name>_success`` and ``<name>_errors`` of a batch in which every entry stands for itself.

    `field` names the entry that an error speaks of (John Lewis contract 2.6 and 5.1).
    """
    success, errors = [], []
    for entry in entries:
        try:
            success.append(act(entry))
        except Refusal as refusal:
            errors.append({field: entry.get(field), "message": refusal.message})
    mark = mark_of(request.scope)
    mark.applied = bool(success)
    mark.note = "; ".join([f"{len(success)} of {len(entries)} taken", *(str(error["message"]) for error in errors[:3])])
    return {f"{name}_success": success, f"{name}_errors": errors}
