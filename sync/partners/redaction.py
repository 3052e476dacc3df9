"""Keeps keys out of everything that is stored, logged or shown."""

import re
from urllib.parse import quote

from sync.partners.strict_json import storable_text

HIDDEN = "***"
_PARAMETER = re.compile(r"(?i)\b(api_?key|token|authorization)(=|%3D)[^&\s\"'<>]+")


class Redaction:
    """Knows one partner's key and hides it, however a text came by it.

    Args:
        key: the key as sent; its URL-encoded form is hidden too.
        parameter: name of the query parameter that carries it, next to the usual ones.
    """

    def __init__(self, key: str, *, parameter: str = "") -> None:
        spellings = sorted({key, quote(key, safe="")}, key=len, reverse=True)
        self._key = re.compile("|".join(re.escape(spelling) for spelling in spellings), re.IGNORECASE)
        self._parameter = re.compile(rf"(?i)\b({re.escape(parameter)})(=)[^&\s\"'<>]+") if parameter else None

    def text(self, text: str) -> str:
        """``text`` without the key, and storable in a database."""
        hidden = self._key.sub(HIDDEN, storable_text(text))
        hidden = _PARAMETER.sub(rf"\1\2{HIDDEN}", hidden)
        return self._parameter.sub(rf"\1\2{HIDDEN}", hidden) if self._parameter else hidden

    def body(self, content: bytes, keep: int) -> str:
        """The first ``keep`` characters of a body, cut only after the key is hidden so that no half of it stays."""
        return self.text(content[: max(32 * keep, 65_536)].decode("utf-8", "replace"))[:keep]
