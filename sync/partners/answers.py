"""What a partner answered, and what the HTTP layer already knows of it."""

import math
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from sync.failures import Throttled, Unauthorised, Unclear
from sync.partners.strict_json import read_json
from sync.shapes import Exchange

DEFAULT_WAIT = 2.0
SHORTEST_WAIT = 1.0
LONGEST_WAIT = 3600.0
# Not the partner's own "no": a time-out, a request that came too early, a client that gave up.
_UNCLEAR_STATUSES = frozenset({408, 425, 499})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from the wire; ``problem`` says why the body is unusable, empty when it is whole."""

    status: int
    headers: httpx.Headers
    content: bytes
    problem: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer with a status of 2xx or 4xx that is neither about the key nor about the rate."""

    status: int
    headers: httpx.Headers
    content: bytes
    exchange: Exchange

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_markup(self) -> bool:
        """Whether the body is a web page (or XML) instead of JSON."""
        return self.content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")

    @property
    def date(self) -> datetime | None:
        """The partner's clock (HTTP ``Date``), None when it sent none."""
        return http_date(self.headers.get("Date", ""))

    def json(self) -> Any:
        """The body as JSON; raises ``Unclear`` when it is empty, a web page, damaged or nested too deeply."""
        if not self.content.strip():
            raise self.unclear(f"The answer was empty (HTTP {self.status}).")
        if self.is_markup:
            raise self.unclear(f"The answer was a web page instead of data (HTTP {self.status}).")
        try:
            return read_json(self.content)
        except ValueError as error:
            raise self.unclear(f"The answer cannot be read: {error}.") from None

    def unclear(self, reason: str) -> Unclear:
        """An error for an answer that arrived but does not say what it should."""
        return Unclear(reason, exchange=self.exchange)


def judge(answer: Answer, exchange: Exchange) -> Reply:
    """Sort an answer by its HTTP code.

    Raises:
        Throttled: 429.
        Unauthorised: 401 or 403.
        Unclear: 1xx, 3xx, 5xx, 408 and their like, or a body that did not arrive whole.
    """
    status = answer.status
    if status == 429:
        wait = retry_after(answer.headers.get("Retry-After", ""), now=http_date(answer.headers.get("Date", "")))
        raise Throttled("Too many calls; the partner asked us to wait.", retry_after=wait, exchange=exchange)
    if status in (401, 403):
        raise Unauthorised(f"The key was refused (HTTP {status}).", exchange=exchange)
    if status >= 500 or status in _UNCLEAR_STATUSES:
        raise Unclear(f"The partner reported a fault of its own (HTTP {status}).", exchange=exchange)
    if not (200 <= status < 300 or 400 <= status < 500):
        raise Unclear(f"The partner pointed elsewhere, which is not followed (HTTP {status}).", exchange=exchange)
    if answer.problem:
        raise Unclear(answer.problem, exchange=exchange)
    return Reply(status=status, headers=answer.headers, content=answer.content, exchange=exchange)


def retry_after(value: str, *, now: datetime | None = None) -> float:
    """Seconds to wait, 1 to 3600, from a ``Retry-After`` header in seconds or as a date (John Lewis contract 1.5).

    2 when the header is absent or cannot be read. ``now`` is the partner's own clock; ours is used when it is None.
    """
    value = value.strip()
    at = http_date(value)
    try:
        seconds = (at - (now or datetime.now(UTC))).total_seconds() if at else float(value)
    except ValueError:
        return DEFAULT_WAIT
    if math.isnan(seconds):
        return DEFAULT_WAIT
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)


def http_date(value: str) -> datetime | None:
    """An HTTP date as aware UTC, None when it is none."""
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def decoded(content: bytes, encoding: str, limit: int) -> tuple[bytes, str]:
    """Undo the content encoding, never producing more than ``limit`` bytes; returns the content and what is wrong."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return content, ""
    if encoding not in ("gzip", "x-gzip"):
        return b"", f"The answer is packed in a way that was not asked for ({encoding[:20]})."
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, limit + 1)
    except zlib.error:
        return b"", "The packed answer is damaged."
    if len(unpacked) > limit:
        return unpacked[:limit], too_big(limit)
    if not unpacker.eof or unpacker.unused_data:
        return unpacked, "The packed answer is cut off."
    return unpacked, ""


def too_big(limit: int) -> str:
    """The sentence for an answer over the cap."""
    return f"The answer is larger than {limit // 1024} kB."
