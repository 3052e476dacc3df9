"""SEKO's answers: the envelope with the verdict, and the loose shapes of what is in it.

SEKO converts XML to JSON in places: an empty text may be ``{}``, a list of one an object, a number a text, and the
whole answer may or may not be wrapped in ``Response`` (SEKO contract 1.2 and 2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LARGEST_QUANTITY = 1_000_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class Envelope:
    """An unwrapped answer: the verdict, and the rest of the body."""

    success: bool
    message: str
    body: Mapping[str, Any]

    def text(self, name: str, longest: int = 200) -> str:
        """A text of the body; empty where SEKO writes nothing, null or ``{}``."""
        return loose_text(self.body.get(name))[:longest]


def read_envelope(document: Any) -> Envelope:
    """Unwrap an answer; raises ``ValueError`` when it carries no verdict."""
    body = document
    if isinstance(body, dict) and isinstance(body.get("Response"), dict):
        body = body["Response"]
    status = body.get("CallStatus") if isinstance(body, dict) else None
    if not isinstance(status, dict):
        raise ValueError("CallStatus is missing")
    verdict = status.get("Success")
    if isinstance(verdict, str):
        verdict = {"true": True, "false": False}.get(verdict.strip().lower())
    if not isinstance(verdict, bool):
        raise ValueError("CallStatus.Success is neither true nor false")
    return Envelope(success=verdict, message=loose_text(status.get("Message")), body=body)


def loose_text(value: Any) -> str:
    """A text that may be a number, null, ``{}`` or absent."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    return str(value)


def many(value: Any) -> list[Any]:
    """A list that may be a single object, ``{}`` or absent."""
    if isinstance(value, list):
        return value
    return [value] if value else []


def whole_number(value: Any) -> int:
    """A quantity given as a number or a text; raises ``ValueError`` unless it is whole and from 0 to a million."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("is not a number")
    if not 0 <= value <= LARGEST_QUANTITY:
        raise ValueError("is not between 0 and 1,000,000")
    if value != int(value):
        raise ValueError("is not a whole number")
    return int(value)
