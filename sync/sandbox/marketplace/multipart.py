"""Bodies in ``multipart/form-data``: imports, documents, messages (John Lewis contract 1.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

from starlette.requests import Request

from .refusal import Refusal


@dataclass(frozen=True)
class Part:
    """One part of a form: its name, the name of its file (None = no file) and what it holds."""

    name: str
    filename: str | None
    content: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object in it. Raises Refusal 400 for anything else."""
        try:
            told = json.loads(self.content)
        except ValueError:
            raise Refusal(400, f"The part {self.name} is not valid JSON", "VALIDATION_ERROR") from None
        if not isinstance(told, dict):
            raise Refusal(400, f"The part {self.name} must be an object", "VALIDATION_ERROR")
        return told


async def form_of(request: Request) -> list[Part]:
    """The parts of a request. Raises Refusal 415 for another kind of body, 400 for one that cannot be read."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal(415, "Unsupported Media Type")
    return parts_of(await request.body())


def parts_of(body: bytes) -> list[Part]:
    """The parts of a body; its first line is the boundary. Raises Refusal 400 when it has none."""
    boundary = body[: max(0, body.find(b"\r\n"))]
    if not boundary.startswith(b"--"):
        raise Refusal(400, "The multipart body cannot be read", "VALIDATION_ERROR")
    parts = []
    for chunk in (b"\r\n" + body).split(b"\r\n" + boundary)[1:]:
        if chunk.startswith(b"--"):
            break
        head, _, content = chunk.partition(b"\r\n\r\n")
        told = message_from_bytes(head.lstrip(b"\r\n"))
        name = told.get_param("name", header="content-disposition")
        parts.append(Part(str(name or ""), told.get_filename(), content))
    return parts


def part_named(parts: list[Part], name: str) -> Part:
    """The first part of this name. Raises Refusal 400 when there is none."""
    found = next((part for part in parts if part.name == name), None)
    if found is None:
        raise Refusal(400, f"{name} is mandatory", "VALIDATION_ERROR")
    return found
