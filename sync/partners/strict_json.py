"""Reading JSON that a stranger sent: whole, plain, shallow, and storable."""

import json
import math
from collections.abc import Iterable
from typing import Any

MAX_DEPTH = 64


def read_json(content: bytes) -> Any:
    """Parse a UTF-8 JSON document.

    NUL characters and lone surrogates inside texts become U+FFFD: no database stores them, and the replacement stays
    visible to whoever checks the text.

    Raises:
        ValueError: with a short reason: not UTF-8, a byte order mark, not JSON, NaN or an infinite number, more than
            64 levels deep.
    """
    if content.startswith(b"\xef\xbb\xbf"):
        raise ValueError("it begins with a byte order mark")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    try:
        document = json.loads(text, parse_float=_finite, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg.lower()} at character {error.pos})") from None
    _check_depth(document)
    if "\\u" in text or "\x00" in text:
        return storable(document)
    return document


def storable(value: Any) -> Any:
    """``value`` with every NUL and lone surrogate in its texts replaced by U+FFFD."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [storable(entry) for entry in value]
    if isinstance(value, dict):
        return {storable_text(key): storable(entry) for key, entry in value.items()}
    return value


def storable_text(text: str) -> str:
    """``text`` without NUL and lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("it holds a number out of range")
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}, which is no JSON number")


def _check_depth(document: Any) -> None:
    level = [document] if isinstance(document, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        level = [child for container in level for child in _children(container) if isinstance(child, (dict, list))]
        if not level:
            return
    raise ValueError("it is nested too deeply")


def _children(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container
