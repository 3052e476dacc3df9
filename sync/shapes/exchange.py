"""One write on its way to a partner, and what is kept of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer as kept for triage. Keys are redacted; bodies are cut; ``seconds`` is wall
    time.
    """

    operation: str
    method: str
    path: str
    status: int | None
    request_body: str
    response_body: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write that is ready to leave: what will be sent, and the natural key by which its effect can be read back."""

    operation: str
    method: str
    path: str
    natural_key: str
    body: bytes | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A write that was applied. ``reference`` is the partner's own id of the effect, or empty.

    Where one write told several things, ``refused`` holds those that the partner refused, by their key, with its words;
    the others were applied. A write about a single thing that was refused raises ``Refused`` instead.
    """

    exchange: Exchange
    reference: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
