"""One write on its way to a partner, and what is kept of the answer."""

from dataclasses import dataclass


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
    """A write that was applied. ``reference`` is the partner's own id of the effect, or empty."""

    exchange: Exchange
    reference: str = ""
